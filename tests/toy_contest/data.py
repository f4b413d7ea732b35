"""Reads `train.csv` (id,x,y,colour), `test.csv` (id,x,y) and, for `evaluate`, `test_labels.csv` (id,colour)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from common import paths
from common.errors import DataError

COLOURS = ("red", "blue")


@dataclass(frozen=True)
class Dataset:
    """Points `(rows, 2)` and class indices `(rows,)` of the training part, points and ids of the test part."""

    points: np.ndarray
    labels: np.ndarray
    test_points: np.ndarray
    test_ids: tuple[str, ...]
    fingerprint: str


def load(folder):
    """Read both files of a folder.

    Raises:
        DataError: a file or column is missing, or a colour is unknown; with the line.
    """
    train, test = read(folder / "train.csv", ("id", "x", "y", "colour")), read(folder / "test.csv", ("id", "x", "y"))
    return Dataset(
        points=train[["x", "y"]].to_numpy(float),
        labels=class_indices(folder / "train.csv", train),
        test_points=test[["x", "y"]].to_numpy(float),
        test_ids=tuple(test["id"].astype(str)),
        fingerprint=paths.fingerprint([folder / "train.csv", folder / "test.csv"]),
    )


def read(path, columns):
    """A CSV with the given columns."""
    if not path.exists():
        raise DataError(f"{path} is missing; expected columns {','.join(columns)}")
    frame = pd.read_csv(path)
    if lacking := set(columns) - set(frame):
        raise DataError(f"{path} has no column {', '.join(sorted(lacking))}; found {','.join(frame)}")
    return frame


def class_indices(path, frame):
    """Class index of each row's colour."""
    unknown = ~frame["colour"].isin(COLOURS)
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        raise DataError(f"{path} line {row + 2}: unknown colour '{frame['colour'][row]}'; expected {' or '.join(COLOURS)}")
    return frame["colour"].map(COLOURS.index).to_numpy()


def main(config):
    """Check the files and count the points."""
    dataset = load(config.data)
    print(f"{config.data}: {len(dataset.labels)} training points, {len(dataset.test_ids)} test points")
