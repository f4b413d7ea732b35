"""The organisers' rule: binary log loss, the lower the better."""

import numpy as np

from common.errors import DataError
from common.experiment import Metric

CLIP = 1e-15  # as scikit-learn did at the time: a certain and wrong row costs 34.5
CERTAIN = 1e-6  # our own answers keep this far from 0 and 1: float32 has a number there


def score(truth, probability):
    """Mean of -log p of the true class; arguments and errors as of `checked_losses`."""
    return float(checked_losses(truth, probability).mean())


def checked_losses(truth, probability):
    """-log p of the true class of each pair, `(rows,)`.

    Args:
        truth: 0 or 1 of each pair, `(rows,)`.
        probability: that the two questions mean the same, `(rows,)`.

    Raises:
        DataError: the lengths differ, a label is neither 0 nor 1, a probability is no number from 0 to 1; with the row.
    """
    truth, probability = np.asarray(truth), np.asarray(probability, dtype="float64")
    if truth.shape != probability.shape or truth.ndim != 1 or not len(truth):
        raise DataError(f"expected as many probabilities as labels, found {probability.shape} and {truth.shape}")
    for wrong, what in (
        (~np.isin(truth, (0, 1)), "label {0}, expected 0 or 1"),
        (~((probability >= 0) & (probability <= 1)), "probability {1}, expected a number from 0 to 1"),
    ):
        if wrong.any():
            row = int(wrong.argmax())
            raise DataError(f"row {row}: {what.format(truth[row], probability[row])} ({int(wrong.sum())} such rows)")
    return losses(truth, probability)


def losses(truth, probability):
    """-log p of the true class of each pair, `(rows,)`; arguments as of `checked_losses`, which checks them."""
    likely = np.clip(np.asarray(probability, dtype="float64"), CLIP, 1 - CLIP)
    return -np.where(np.asarray(truth) == 1, np.log(likely), np.log1p(-likely))


def log_loss(protocol):
    """The `Metric` of a protocol, whose name keeps scores of the two apart."""
    return Metric(f"log loss, protocol {protocol}", checked_losses, score=lambda losses: float(losses.mean()), greater=False)


def clip(probability):
    """Probabilities that are never 0 or 1, so that no row can cost more than 14."""
    return np.clip(probability, CERTAIN, 1 - CERTAIN)
