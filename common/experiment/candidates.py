"""Predictions as the best few classes of each record: of several thousand, the others have nothing to say.

Candidates are an array `(rows, KEPT, 2)` of class and probability, the most probable first.
"""

from dataclasses import dataclass, replace

import numpy as np

from common.experiment.blend import hill_climb
from common.experiment.predictions import ROWS

KEPT = 10  # of a trained network, the tenth has a probability of nearly nothing


def best(probability, classes=None):
    """Candidates of probabilities `(rows, columns)`; `classes` names those of the columns, `(rows, columns)`."""
    kept = min(KEPT, probability.shape[1])
    order = np.argpartition(-probability, kept - 1, axis=1)[:, :kept]
    order = np.take_along_axis(order, np.argsort(-np.take_along_axis(probability, order, 1), axis=1, kind="stable"), 1)
    named = order if classes is None else np.take_along_axis(classes, order, 1)
    return np.stack([named, np.take_along_axis(probability, order, 1)], axis=-1).astype("float32")


@dataclass(frozen=True)
class Gathered:
    """Candidates of several predictions for the same records, side by side.

    Attributes:
        classes: of all of them together, `(rows, columns)`.
        values: the probability that each prediction gives them, `(predictions, rows, columns)`; a class that stands in two
            columns has none in the second.
    """

    classes: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, several):
        """Those of a list of candidates."""
        all_kept = several[0].shape[1] < KEPT  # then each has every class
        classes = np.concatenate([one[..., 0] for one in several[: 1 if all_kept else None]], axis=1)  # (rows, columns)
        again = np.triu(classes[:, :, None] == classes[:, None, :], 1).any(axis=1)
        values = []
        for one in several:
            same = classes[:, :, None] == one[:, None, :, 0]  # (rows, columns, candidates)
            values.append(np.where(again, 0, np.einsum("rcd,rd->rc", same, one[..., 1])))
        return cls(classes, np.stack(values))

    @classmethod
    def of_part(cls, part, members, rows=None):
        """What member runs have written of a part, of all rows or some."""
        arrays = [member.load_arrays(part)["probability"] for member in members]
        return cls.of([array if rows is None else array[rows] for array in arrays])

    def take(self, rows):
        """Those of some records."""
        return Gathered(self.classes[rows], self.values[:, rows])

    def of_one(self, number):
        """What one of the predictions says alone."""
        return Gathered(self.classes, self.values[[number]])


@dataclass(frozen=True)
class Mean:
    """The weighted mean; equal weights where there are none."""

    weights: np.ndarray | None = None

    def __call__(self, found):
        return best(np.average(found.values, axis=0, weights=self.weights), found.classes)


def fit_weights(found, truth):
    """Weights by greedy selection, see `hill_climb`."""

    def accuracy(values):
        return np.mean(np.take_along_axis(found.classes, values.argmax(axis=1)[:, None], 1)[:, 0] == truth)

    return Mean(hill_climb(found.values, accuracy))


CANDIDATES = replace(ROWS, mean=lambda several, records: Mean()(Gathered.of(several)))
