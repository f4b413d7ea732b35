"""Reads `train.csv` (id,x,y,colour), `test.csv` (id,x,y) and, for `evaluate`, `test_labels.csv` (id,colour)."""

import numpy as np
import pandas as pd

from common.errors import DataError

COLOURS = ("red", "blue")


def read(path, *columns):
    """Some columns of a CSV; `DataError` where the file or one of them is missing."""
    frame = pd.read_csv(path) if path.exists() else pd.DataFrame()
    if lacking := set(columns) - set(frame):
        raise DataError(f"{path} is missing or has no column {', '.join(sorted(lacking))}; expected {','.join(columns)}")
    return frame[list(columns)]


def colours(path):
    """Class index of each row; `DataError` where a colour is unknown, with the line."""
    found = read(path, "colour")["colour"]
    for row in np.flatnonzero(~found.isin(COLOURS)):
        raise DataError(f"{path} line {row + 2}: unknown colour '{found[row]}'; expected {' or '.join(COLOURS)}")
    return found.map(COLOURS.index).to_numpy()


def main(config):
    """Check the files and count the points."""
    print(f"{len(colours(config.data / 'train.csv'))} training points, {len(read(config.data / 'test.csv', 'x'))} test points")
