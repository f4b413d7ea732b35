"""Pictures that every contest can use; a contest's own stand in its folder. Files only, no screen is needed."""

import contextlib

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay

from common import paths


def save(figure, path):
    """Write a figure as PNG, atomically, and close it."""
    with paths.atomic(path) as temporary:
        figure.savefig(temporary, dpi=110, bbox_inches="tight")
    plt.close(figure)


def learning_curves(log, path, score_name="score"):
    """Loss and official score by epoch (of trees: by round, both on the validation part), a line for each fold.

    Args:
        log: data frame with columns `fold`, `epoch`, `loss`, `score` and, where a training has several, `stage`.
        path: PNG file to write.
    """
    figure, (losses, scores) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for fold, rows in log.groupby("fold"):
        epochs = np.arange(1, len(rows) + 1)
        losses.plot(epochs, rows["loss"], label=f"fold {fold}")
        scores.plot(epochs, rows["score"], label=f"fold {fold}")
    if "stage" in log:
        first = log[log["fold"] == log["fold"].iloc[0]]
        for change in np.flatnonzero(first["stage"].to_numpy()[1:] != first["stage"].to_numpy()[:-1]):
            for axes in (losses, scores):
                axes.axvline(change + 1.5, color="grey", linestyle=":", linewidth=1)
    losses.set(xlabel="epoch", ylabel="loss", title="Loss (dotted: the next stage begins)" if "stage" in log else "Loss")
    scores.set(xlabel="epoch", ylabel=score_name, title=f"{score_name} on the validation part")
    scores.legend(fontsize="small")
    save(figure, path)


def confusion_matrix(truth, prediction, labels, path):
    """Counts and shares of each true class.

    Args:
        truth: class indices `(rows,)`.
        prediction: class indices `(rows,)`.
        labels: names of the classes.
        path: PNG file to write.
    """
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
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
            values_format=".3f" if normalize else "d",
        )
        axis.set_title(title)
    save(figure, path)


@contextlib.contextmanager
def drawing(what):
    """Turn an error inside the block into a line on screen: a picture that cannot be drawn must cost no training.

    A full disk and a stop by the keyboard go on as they are.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        print(f"Warning: {what} could not be drawn ({type(error).__name__}: {error}); everything else is written")
        plt.close("all")
