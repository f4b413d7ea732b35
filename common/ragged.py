"""Sequences of different lengths, kept in one flat array.

texts = Ragged.of([np.array([3, 1, 4]), np.array([1, 5])])
texts.padded(np.array([1, 0]))                             # (2, 16), zeros behind the ends
"""

from dataclasses import dataclass

import numpy as np

MULTIPLE = 16  # padded lengths are rounded up to it: few different shapes, so few compilations on JAX


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths, one behind the other in one array, which may be memory-mapped.

    Attributes:
        values: `(total, ...)`.
        bounds: where each row begins, and at last the total, int64 `(rows + 1,)`.
    """

    values: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, rows, width=(), dtype="int32"):
        """The ragged array of a list of arrays `(steps, *width)`."""
        lengths = [len(row) for row in rows]
        values = np.concatenate([np.empty((0, *width), dtype), *rows], dtype=dtype, casting="unsafe")
        return cls(values, np.cumsum([0, *lengths], dtype="int64"))

    def __len__(self):
        return len(self.bounds) - 1

    def __getitem__(self, row):
        return self.values[self.bounds[row] : self.bounds[row + 1]]

    @property
    def lengths(self):
        """Steps of each row, `(rows,)`."""
        return np.diff(self.bounds)

    def take(self, rows):
        """The ragged array of some rows, in the order given."""
        return Ragged.of([self[row] for row in rows], self.values.shape[1:], self.values.dtype)

    def spread(self, rows, total):
        """These rows at other places, which rise, of a ragged array of `total` rows; the others are empty."""
        lengths = np.zeros(total, "int64")
        lengths[rows] = self.lengths
        return Ragged(self.values, np.concatenate([[0], np.cumsum(lengths)]))

    def padded(self, rows, begins=0, lengths=None, multiple=MULTIPLE, steps=None):
        """Rows, or a window of each, behind one another in one array with zeros behind their ends.

        Args:
            rows: which ones, `(batch,)`.
            begins: first step of each window, `(batch,)`.
            lengths: steps of each window, `(batch,)`; all that are left where it is `None`.
            multiple: the padded length is a multiple of it.
            steps: the padded length, where it is given.

        Returns:
            `(batch, longest, ...)` with at least one step.
        """
        rows = np.asarray(rows)
        lengths = self.bounds[rows + 1] - self.bounds[rows] - begins if lengths is None else np.asarray(lengths)
        width = rounded_up(max(1, int(lengths.max(initial=1))), multiple) if steps is None else steps
        step = np.arange(width)
        inside = step < lengths[:, None]  # (batch, longest)
        place = (self.bounds[rows] + begins)[:, None] + step
        result = np.zeros((len(rows), width, *self.values.shape[1:]), self.values.dtype)
        result[inside] = self.values[place[inside]]
        return result


def rounded_up(lengths, multiple):
    """Lengths rounded up to multiples of a number."""
    return -(-lengths // multiple) * multiple
