"""Reads pictures from a table of pixels, a line each, as contests hand out `train.csv` and `test.csv`.

With a header, the label stands in a column of that name, wherever it is, and an id likewise; without one, the label comes first
where the number of columns is one more than a square.
"""

import io
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.errors import DataError

LABELS, IDS = (
    ("label", "class", "target"),
    ("id", "imageid", "image_id", "index", "unnamed: 0", ""),
)  # names of columns, in small letters
NAMED = 5  # faults in one message


@dataclass(frozen=True)
class Table:
    """The pictures of a table.

    Attributes:
        images: bytes `(rows, side, side)`.
        labels: texts, `None` where there is no such column; whole numbers are written `9`, whatever they were.
        ids: texts, `None` where there is no such column.
        scaled: whether pixels were from 0 to 1.
    """

    images: np.ndarray
    labels: list[str] | None
    ids: list[str] | None
    scaled: bool


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what; numbers from 0 on, `None` for what is not there."""

    count: int
    label: int | None
    id: int | None

    @property
    def pixels(self):
        """Numbers of the columns with pixels."""
        return [column for column in range(self.count) if column not in (self.label, self.id)]


def read(path):
    """Read a table of pixels.

    Raises:
        DataError: columns that are no square of pixels; or the first few lines with too few or too many columns, without a
            label, or with a pixel that is no number from 0 to 255.
    """
    lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").rstrip().splitlines()
    if not lines:
        raise DataError(f"{path} is empty; expected a line of pixels for each picture")
    separator = max(b",;\t", key=lines[0].count)
    first = [field.strip(b" \"'").decode("utf-8", "replace") for field in lines[0].split(bytes([separator]))]
    named = not all(map(_is_number, first))
    columns = _by_name(path, first) if named else _by_count(path, len(first))
    lines = lines[named:]
    widths = np.array([line.count(separator) + 1 if line else 0 for line in lines], int)
    whole = np.flatnonzero(widths == columns.count)
    faults = {row: f"{widths[row]} columns instead of {columns.count}" for row in np.flatnonzero(widths != columns.count)}
    if not len(whole):
        raise DataError(f"{path} has no line with {columns.count} columns")
    texts = {column: str for column in (columns.label, columns.id) if column is not None}
    content = io.BytesIO(b"\n".join(lines[row] for row in whole))
    frame = pd.read_csv(
        content, sep=chr(separator), header=None, dtype=texts, low_memory=False, skipinitialspace=True, keep_default_na=False
    )
    pixels = frame[columns.pixels].apply(pd.to_numeric, errors="coerce").to_numpy("float32")
    wrong = ~((pixels >= 0) & (pixels <= 255))
    for row in np.flatnonzero(wrong.any(axis=1)):
        column = columns.pixels[wrong[row].argmax()]
        faults[whole[row]] = f"column {column + 1} holds '{frame.iat[row, column]}'; expected a pixel from 0 to 255"
    if columns.label is not None:
        for row in np.flatnonzero(frame[columns.label].str.strip() == ""):
            faults[whole[row]] = "no label"
    _require_none(path, {row + 1 + named: fault for row, fault in faults.items()})
    side, scaled = math.isqrt(len(columns.pixels)), bool(pixels.max() <= 1)
    images = np.rint(pixels * 255 if scaled else pixels).astype(np.uint8).reshape(-1, side, side)
    labels = None if columns.label is None else [_plain(text) for text in frame[columns.label]]
    return Table(images, labels, None if columns.id is None else frame[columns.id].tolist(), scaled)


def _by_name(path, names):
    lower = [name.lower() for name in names]
    label, id = (next((lower.index(name) for name in known if name in lower), None) for known in (LABELS, IDS))
    columns = Columns(len(names), label, id)
    if not _is_square(len(columns.pixels)):
        raise DataError(
            f"{path} has the columns {', '.join(names[:3])} ... {names[-1]}; without label and id these are "
            f"{len(columns.pixels)}, which is no square of pixels. The label's column is called {' or '.join(LABELS)}"
        )
    return columns


def _by_count(path, count):
    if _is_square(count):
        return Columns(count, None, None)
    if _is_square(count - 1):
        return Columns(count, 0, None)
    raise DataError(f"{path} has {count} columns and no header; expected a square of pixels, or a label and a square of pixels")


def _require_none(path, faults):
    if faults:
        first = sorted(faults)[:NAMED]
        more = f"; {len(faults) - NAMED} more lines" if len(faults) > NAMED else ""
        raise DataError(f"{path} {'; '.join(f'line {line}: {faults[line]}' for line in first)}{more}")


def _is_square(count):
    return count > 1 and math.isqrt(count) ** 2 == count


def _is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _plain(label):
    """A label without the point that a whole number may have been written with."""
    return str(int(float(label))) if _is_number(label) and float(label).is_integer() else label.strip()
