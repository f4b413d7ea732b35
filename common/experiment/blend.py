"""Ways to make one prediction of several runs. Predictions are arrays `(rows, classes)`, one per run.

Hill climbing is written here because it is shorter than any dependency.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression


def mean(predictions, weights=None):
    """Weighted mean, `(runs, rows, classes)` to `(rows, classes)`; equal weights where none are given."""
    return np.average(predictions, axis=0, weights=weights)


def rank_mean(predictions, references):
    """Mean over runs of each probability's rank among those of a reference set; for runs whose probabilities differ in scale.

    Ranks are taken against fixed references, not within `predictions`, so that an answer does not depend on its neighbours.

    Args:
        predictions: `(runs, rows, classes)`.
        references: `(runs, reference rows, classes)`, the out-of-fold predictions of the same runs.

    Returns:
        `(rows, classes)`, each row scaled to sum 1.
    """
    ranks = np.mean(
        [
            [np.searchsorted(np.sort(known), column, side="right") / len(known) for known, column in zip(*pair, strict=True)]
            for pair in zip(np.swapaxes(references, 1, 2), np.swapaxes(predictions, 1, 2), strict=True)
        ],
        axis=0,
    ).T  # (rows, classes)
    ranks = ranks + 1e-9  # a row below all references is undecided
    return ranks / ranks.sum(axis=1, keepdims=True)


def hill_climb(predictions, score, rounds=30):
    """Weights by greedy selection with replacement: start with the best run, add whichever run helps most, stop when none does.

    Never worse than the best single run on the rows it is given.

    Args:
        predictions: `(runs, rows, classes)`.
        score: `score(prediction) -> float`, greater is better.
        rounds: additions at most.

    Returns:
        Weights `(runs,)` that sum to 1.

    Reference: Caruana et al. 2004, "Ensemble selection from libraries of models".
    """
    predictions = np.asarray(predictions)
    scores = [score(prediction) for prediction in predictions]
    counts = np.zeros(len(predictions))
    counts[int(np.argmax(scores))] = 1
    best = max(scores)
    for _ in range(rounds):
        total = np.tensordot(counts, predictions, axes=1)
        scores = [score((total + prediction) / (counts.sum() + 1)) for prediction in predictions]
        if max(scores) <= best:
            break
        best = max(scores)
        counts[int(np.argmax(scores))] += 1
    return counts / counts.sum()


def stack(predictions, labels, regularisation=1.0):
    """Logistic regression on the logarithms of all runs' probabilities.

    Args:
        predictions: `(runs, rows, classes)`, out of fold.
        labels: class indices `(rows,)`.
        regularisation: scikit-learn's `C`.

    Returns:
        A function from predictions `(runs, rows, classes)` to probabilities `(rows, classes)`.
    """
    model = LogisticRegression(C=regularisation, max_iter=1000).fit(_log_columns(predictions), labels)

    def apply(others):
        stacked = np.zeros(np.shape(others)[1:])
        stacked[:, model.classes_] = model.predict_proba(_log_columns(others))  # a class that it never saw stays 0
        return stacked

    return apply


def _log_columns(predictions):
    logs = np.log(np.clip(predictions, 1e-6, 1))  # (runs, rows, classes)
    return np.concatenate(list(logs), axis=1)


def class_offsets(prediction, labels, score, span=2.0, steps=21, sweeps=3):
    """Numbers to add to the log-probabilities so that the most probable class scores best.

    Prior correction chosen by the metric itself: coordinate ascent over a grid, the first class fixed at 0. Of equal scores
    the smallest offset wins.

    Args:
        prediction: probabilities `(rows, classes)`.
        labels: class indices `(rows,)`.
        score: `score(labels, classes) -> float` on class indices, greater is better.
        span: greatest offset either way.
        steps: points of the grid.
        sweeps: passes over the classes.

    Returns:
        Offsets `(classes,)`.
    """
    logs = np.log(np.clip(prediction, 1e-6, 1))
    offsets = np.zeros(logs.shape[1])
    grid = sorted({0.0, *np.linspace(-span, span, steps)}, key=abs)  # small changes first: they win ties
    for _ in range(sweeps):
        for column in range(1, len(offsets)):
            trials = []
            for value in grid:
                offsets_tried = offsets.copy()
                offsets_tried[column] = value
                trials.append(score(labels, np.argmax(logs + offsets_tried, axis=1)))
            offsets[column] = grid[int(np.argmax(trials))]
    return offsets


def apply_offsets(prediction, offsets):
    """Probabilities `(rows, classes)` after adding `offsets` to their logarithms."""
    shifted = np.clip(prediction, 1e-6, 1) * np.exp(offsets)
    return shifted / shifted.sum(axis=1, keepdims=True)
