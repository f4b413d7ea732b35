"""Pictures that every contest can use; a contest's own stand in its folder. Files only, no screen is needed."""

import contextlib
import errno

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import ConfusionMatrixDisplay

from common import paths

BINS = 15  # of a reliability curve, of equally many records each


def save(figure, path):
    """Write a figure as PNG, atomically, and close it."""
    with paths.atomic(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def learning_curves(log, path, score_name="score"):
    """Loss and official score by epoch (of trees: by round, both on the validation part), a line for each fold.

    Args:
        log: data frame with columns `fold`, `epoch`, `loss`, `score` and, where a training has several, `stage`; a column
            without a number gets no panel.
        path: PNG file to write.
    """
    panels = {"loss": ("loss", "Loss"), "score": (score_name, f"{score_name} on the validation part")}
    panels = {column: titles for column, titles in panels.items() if log[column].notna().any()}
    figure, axes = plt.subplots(
        1, len(panels), figsize=(5.5 * len(panels), 4), layout="constrained", squeeze=False, sharex=True
    )
    changes = changes_of_stage(log)
    for axis, (column, (label, title)) in zip(axes[0], panels.items(), strict=True):
        for fold, rows in log.groupby("fold"):
            marker = "o" if rows[column].count() == 1 else None  # one epoch, or one that was scored, makes no line
            axis.plot(np.arange(1, len(rows) + 1), rows[column], marker=marker, label=f"fold {fold}")
        for change in changes:
            axis.axvline(change + 1.5, color="grey", linestyle=":", linewidth=1)
        axis.set(xlabel="epoch (dotted: the next stage begins)" if len(changes) else "epoch", ylabel=label, title=title)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes[0, -1].legend(fontsize="small")
    save(figure, path)


def changes_of_stage(log):
    """Rows of the first fold after which another stage begins."""
    if "stage" not in log:
        return []
    stages = log.loc[log["fold"] == log["fold"].iloc[0], "stage"].to_numpy()
    return np.flatnonzero(stages[1:] != stages[:-1])


def confusion_matrix(truth, prediction, labels, path):
    """Counts and shares of each true class.

    Args:
        truth: class indices `(rows,)`.
        prediction: class indices `(rows,)`.
        labels: names of the classes.
        path: PNG file to write.
    """
    many = len(labels) > 6  # their names would run into each other
    figure, axes = plt.subplots(1, 2, figsize=(16, 7.5) if many else (11, 4.6), layout="constrained")
    for axis, normalize, title in ((axes[0], None, "Counts"), (axes[1], "true", "Share of the true class")):
        ConfusionMatrixDisplay.from_predictions(
            truth,
            prediction,
            labels=range(len(labels)),
            display_labels=labels,
            normalize=normalize,
            ax=axis,
            cmap="Blues",
            colorbar=False,
            xticks_rotation="vertical" if many else "horizontal",
            values_format=".3f" if normalize else "d",
        )
        axis.set_title(title)
    save(figure, path)


def calibration(labels, predictions, path):
    """Reliability curves: the share that is true among records of similar probability; below, how often these are given.

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
    curves.set(ylabel="share that is true", title="Calibration, out of fold")
    curves.legend(fontsize="small")
    counts.set(xlabel="probability", ylabel="records", yscale="log")
    save(figure, path)


def reliability(labels, probability):
    """Mean probability and share that is true of `BINS` groups of equally many records in the order of probability."""
    order = np.argsort(probability, kind="stable")
    groups = np.array_split(order, min(BINS, len(order)))
    return np.array([[values[group].mean() for group in groups] for values in (probability, labels)])


@contextlib.contextmanager
def drawing(what):
    """Turn an error inside the block into a line on screen: a picture that cannot be drawn must cost no training.

    A full disk and a stop by the keyboard go on as they are.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        print(f"Warning: {what} could not be drawn ({type(error).__name__}: {error}); nothing else is lost")
        plt.close("all")
