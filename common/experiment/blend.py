"""Ways to make one prediction of several runs that predict probabilities.

    ensemble(plan, of_probabilities(metric, seed=42, gain=0.001))

Hill climbing is written here because it is shorter than any dependency.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from common.experiment.ensemble import Blend
from common.experiment.folds import split


@dataclass(frozen=True)
class Stacked:
    """What several runs say of some records: probabilities `(runs, rows, classes)`."""

    values: np.ndarray

    @classmethod
    def of(cls, part, members, rows=None):
        """What member runs have written of a part, of all rows or some."""
        arrays = [member.load_arrays(part)["probability"] for member in members]
        return cls(np.stack([array if rows is None else array[rows] for array in arrays]))

    def take(self, rows):
        """Those of some rows."""
        return Stacked(self.values[:, rows])


def draw_confusions(classes, finished, found, truth, blended):
    """`after` of a `Blend`, the names of the classes bound to it: the confusion matrix of the nested choice, out of fold."""
    from common.report import plots

    with plots.drawing("confusion matrix"):
        path = finished.plots / "confusion_matrix.png"
        plots.confusion_matrix(truth, blended.nested.argmax(axis=1), classes, path)


def of_probabilities(metric, seed, gain, after=None):
    """The `Blend` by mean, rank mean, hill climbing and stack, each without and with an offset for every class.

    Args:
        metric: the contest's `Metric`; truth are class indices `(rows,)`, answers probabilities `(rows, classes)`.
        seed: of the parts to cross-fit on.
        gain: what another way must gain over the mean.
        after: see `Blend`.
    """
    plain = {
        "mean": fit_mean,
        "rank mean": lambda found, labels: RankMean(found.values),
        "hill climbing": partial(fit_hill_climbing, metric),
        "stack": fit_stack,
    }
    ways = plain | {f"{name} + offsets": partial(fit_with_offsets, learn, metric) for name, learn in plain.items()}
    return of_arrays(ways, gain, lambda found, labels: split(labels, seed), after)


def of_arrays(ways, gain, parts, after=None):
    """The `Blend` of ways that take arrays `Stacked`; the plain mean stays unless another gains.

    Args:
        ways: by name, `"mean"` among them.
        gain: what another way must gain over the mean.
        parts: `parts(found, truth)`, to cross-fit on.
        after: see `Blend`.
    """
    return Blend(
        ways=ways,
        plain=("mean",),
        gain=gain,
        gather=Stacked.of,
        split=parts,
        single=lambda member, found, number: found.values[number],
        after=after,
    )


def means(metric):
    """The ways that need no classes: the plain mean, and weights by hill climbing."""
    return {"mean": fit_mean, "hill climbing": partial(fit_hill_climbing, metric)}


@dataclass(frozen=True)
class Mean:
    """The weighted mean; equal weights where there are none."""

    weights: np.ndarray | None = None

    def __call__(self, found):
        return mean(found.values, self.weights)


@dataclass(frozen=True)
class RankMean:
    """The mean of ranks among the predictions that it was learnt on."""

    references: np.ndarray

    def __call__(self, found):
        return rank_mean(found.values, self.references)


@dataclass(frozen=True)
class Stack:
    """A logistic regression on the logarithms of all runs' probabilities."""

    model: Any

    def __call__(self, found):
        stacked = np.zeros(found.values.shape[1:])
        stacked[:, self.model.classes_] = self.model.predict_proba(_log_columns(found.values))  # an unseen class stays 0
        return stacked


@dataclass(frozen=True)
class Offset:
    """Another way, and then an offset for each class."""

    way: Any
    offsets: np.ndarray

    def __call__(self, found):
        return apply_offsets(self.way(found), self.offsets)


def fit_mean(found, truth):
    """Equal weights, whatever is found."""
    return Mean()


def fit_hill_climbing(metric, found, labels):
    """Weights by greedy selection."""
    return Mean(hill_climb(found.values, lambda prediction: metric.gain(metric.of(labels, prediction), 0.0)))


def fit_stack(found, labels, regularisation=1.0):
    """Logistic regression; `regularisation` is scikit-learn's `C`."""
    return Stack(LogisticRegression(C=regularisation, max_iter=1000).fit(_log_columns(found.values), labels))


def fit_with_offsets(learn, metric, found, labels):
    """Any of the others, then an offset for each class."""
    way = learn(found, labels)
    prediction = way(found)
    sure = np.eye(prediction.shape[1])
    return Offset(
        way, class_offsets(prediction, labels, lambda labels, classes: metric.gain(metric.of(labels, sure[classes]), 0.0))
    )


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
