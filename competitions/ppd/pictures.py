"""What the ensemble draws."""

import matplotlib.pyplot as plt
import numpy as np

from common.report import plots

BINS = 15  # of equally many pairs each


def calibration(labels, predictions, path):
    """Reliability curves: the share of positives among pairs of similar probability. Below, how often probabilities are given.

    Args:
        labels: 0 or 1, `(rows,)`.
        predictions: probabilities `(rows,)` by the name of who gave them.
        path: PNG file to write.
    """
    figure, (curves, counts) = plt.subplots(2, 1, figsize=(7, 8), height_ratios=(3, 1), sharex=True, layout="constrained")
    curves.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as it should be")
    for name, probability in predictions.items():
        given, found = reliability(labels, probability)
        curves.plot(given, found, marker="o", markersize=3, label=name)
        counts.hist(probability, bins=np.linspace(0, 1, 51), histtype="step")
    curves.set(ylabel="share of positives", title="Calibration, out of fold")
    curves.legend(fontsize="small")
    counts.set(xlabel="probability", ylabel="pairs", yscale="log")
    plots.save(figure, path)


def reliability(labels, probability):
    """Mean probability and share of positives of `BINS` groups of equally many pairs in the order of probability."""
    order = np.argsort(probability, kind="stable")
    groups = np.array_split(order, min(BINS, len(order)))
    return np.array([[values[group].mean() for group in groups] for values in (probability, labels)])
