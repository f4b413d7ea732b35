"""Reads what word vectors are judged by, as it is published: pairs of words with ratings, and analogies of four words."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from common import paths
from common.errors import DataError
from common.text.corpus import read

COMMENTS = ("#", "%")
SHOWN = 5  # faults in one message
FIRST_SECTION = "(before the first section)"


class Pair(NamedTuple):
    """Two words, and the file they are from."""

    of: str
    first: str
    second: str


def read_pairs(path, rated):
    """Pairs of a file and their ratings, NaN where a line has none.

    Fields stand between tabs, commas (quoted as in CSV) or blanks, whichever the first line has; lines that begin with # or %,
    blank ones and a heading are passed over.

    Args:
        path: the file.
        rated: every line must have a rating; otherwise it may have one.

    Raises:
        DataError: lines are bad, all of the first ones named, or there is none.
    """
    pairs, ratings, faults, split = [], [], [], None
    for number, line in enumerate(read(Path(path)), start=1):
        if not line.strip() or line.lstrip().startswith(COMMENTS):
            continue
        split = split or separator_of(line)
        fields = split(line.strip("\r\n"))
        heading = not pairs and not faults
        if len(fields) not in ((3,) if rated else (2, 3)) or not all(fields[:2]):
            faults.append(f"line {number}: expected word, word{', rating' if rated else ''}, found '{line[:60]}'")
            continue
        rating = rating_of(fields[2]) if len(fields) == 3 else np.nan
        if heading and (rating is None or (len(fields) == 2 and is_heading(fields))):
            faults.append(None)  # the heading, if it is the only line of its kind
            continue
        if rating is None:
            faults.append(f"line {number}: the rating must be a number such as 7.5, found '{fields[2][:60]}'")
            continue
        pairs.append(Pair(Path(path).stem, *fields[:2]))
        ratings.append(rating)
    faults = [fault for fault in faults if fault]
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise DataError(f"{path}:\n  " + "\n  ".join(faults[:SHOWN]) + more)
    if not pairs:
        raise DataError(f"{path} holds no pairs; expected word, word, rating on each line")
    return pairs, ratings


def separator_of(line):
    """How lines like this one are split into fields."""
    if "\t" in line:
        return lambda one: [field.strip() for field in one.rstrip("\t").split("\t")]
    if "," in line:
        return lambda one: [field.strip() for field in next(csv.reader([one]))]
    return str.split


def is_heading(fields):
    """Whether two fields name columns."""
    return fields[0].rstrip("12_ ").lower() in ("word", "w", "first", "left") and fields[0] != fields[1]


def rating_of(field):
    """A finite number, or `None`."""
    try:
        return rating if np.isfinite(rating := float(field)) else None
    except ValueError:
        return None


def read_analogies(folder):
    """Questions `(section, four words)` of all files of a folder, and faults of lines that are none.

    Raises:
        DataError: there is no file.
    """
    files = paths.listed(folder, "*.txt")
    if not files:
        raise DataError(f"{folder} holds no analogies (.txt): `: section`, then four words a line")
    questions, faults = {}, []
    for path in files:
        section = f"{path.stem}: {FIRST_SECTION}"
        for number, line in enumerate(read(path), start=1):
            fields = line.split()
            if line.startswith(":"):
                section = f"{path.stem}: {line[1:].strip()}"
                questions.setdefault(section, [])
            elif len(fields) == 4:
                questions.setdefault(section, []).append(tuple(fields))
            elif fields:
                faults.append(f"{path} line {number}: expected four words, found '{line[:60]}'")
    return questions, faults
