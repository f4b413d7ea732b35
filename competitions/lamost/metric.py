"""The organisers' rule: the unweighted mean of the four F1."""

import numpy as np
from sklearn.metrics import f1_score

from common.experiment import Metric

LABELS = ("star", "galaxy", "qso", "unknown")


def score(truth, prediction):
    """Macro-F1 over all four classes, also those that are neither true nor predicted (they count 0).

    Args:
        truth: class indices or names `(rows,)`.
        prediction: of the same kind.
    """
    return float(class_scores(truth, prediction).mean())


def class_scores(truth, prediction):
    """F1 of star, galaxy, qso and unknown, shape `(4,)`."""
    named = len(truth) and isinstance(truth[0], str)
    return f1_score(truth, prediction, labels=LABELS if named else range(len(LABELS)), average=None, zero_division=0)


def count(truth, probability):
    """True and predicted class of each spectrum, `(rows, 2)`."""
    return np.stack([truth, np.argmax(probability, axis=1)], axis=1)


def class_scores_of(counts, times=None):
    """`class_scores` of what `count` gives: a hundredth of the time, for blends that ask a hundred thousand times.

    Args:
        counts: true and predicted class `(rows, 2)`.
        times: how often each row stands there; once without.
    """
    table = np.bincount(counts @ [len(LABELS), 1], times, len(LABELS) ** 2).reshape(len(LABELS), len(LABELS))
    return 2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)


MACRO_F1 = Metric(
    "macro-F1",
    count,
    score=lambda counts: float(class_scores_of(counts).mean()),
    figures=lambda counts: {"classes": dict(zip(LABELS, class_scores_of(counts).tolist(), strict=True))},
    weighted=lambda counts, times: float(class_scores_of(counts, times).mean()),
)
