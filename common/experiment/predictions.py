"""Kinds of predictions: how they are written, and how those of several fits become one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Kind:
    """What the frame needs to know of the predictions of a model, and no more.

    Attributes:
        pack, unpack: predictions to a dict of arrays and back.
        join: `join(several, rows, records)` puts those of the folds' validation rows into the place of these rows.
        mean: `mean(several, records)` makes one of the predictions of several fits for the same records.
    """

    pack: Callable
    unpack: Callable
    join: Callable
    mean: Callable


def join_rows(several, rows, records):
    """Arrays in the place of their rows, float32; NaN where a row was never validated."""
    joined = np.full((len(records), *several[0].shape[1:]), np.nan, dtype="float32")
    for part, places in zip(several, rows, strict=True):
        joined[places] = part
    return joined


def mean_rows(several, records):
    """The mean of arrays."""
    return np.mean(several, axis=0)


ROWS = Kind(  # an array with a row for each record, such as class probabilities
    pack=lambda found: {"probability": found},
    unpack=lambda arrays: arrays["probability"],
    join=join_rows,
    mean=mean_rows,
)


def take(records, rows):
    """Some of a list, an array or whatever has `take`."""
    if isinstance(records, np.ndarray):
        return records[rows]
    return records.take(rows) if hasattr(records, "take") else [records[row] for row in rows]
