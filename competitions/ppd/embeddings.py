"""Reads the files of embeddings, plain or zipped: an id and its numbers on each line."""

import io
import re
import zipfile

import numpy as np
import pandas as pd

from common import paths
from common.errors import DataError
from common.images.archive import FAULTS

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf)", re.ASCII | re.IGNORECASE)  # as files have it
PLENTY = 1 << 23  # bytes that a zip may unpack to, however small it is
LONGEST = 10_000  # characters of an id or a question
TIMES = 50  # its size is what a larger one may unpack to; numbers take 3 times, and some KB of zeros could take GB


def find(folder, unit):
    """The file `<unit>_embed.txt` or `.zip` of a folder."""
    for suffix in (".txt", ".zip"):
        if (path := folder / f"{unit}_embed{suffix}").exists():
            return path
    raise DataError(f"{folder} needs {unit}_embed.txt or {unit}_embed.zip. `make data COMP=ppd` says where the files come from")


def read(path):
    """Ids and vectors of an embedding file: an id and its numbers on each line, blanks or tabs between them.

    A first line of two whole numbers, how many ids there are and how wide, as word2vec writes it, is passed over.

    Returns:
        `(ids,)` and float32 `(ids, width)`.

    Raises:
        DataError: a row of another width, something that is no finite number, a repeated id; with its line.
    """
    lines = text_of(path).rstrip("\n").split("\n")
    first = 2 if len(lines) > 1 and lines[0].split() == [str(len(lines) - 1), str(len(lines[1].split()) - 1)] else 1
    names, numbers = zip(*((*line.split(None, 1), "", "")[:2] for line in lines[first - 1 :]), strict=True)
    widths = np.array([len(row.split()) for row in numbers])
    wrong = widths != max(1, widths[0])
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{path} line {row + first}: {widths[row]} numbers after '{names[row][:20]}', "
            f"expected {max(1, widths[0])} as on line {first}"
        )
    repeated = pd.Index(names).duplicated()
    if repeated.any():
        row = int(repeated.argmax())
        raise DataError(f"{path} line {row + first}: the id '{names[row]}' stands above already")
    try:
        vectors = np.loadtxt(io.StringIO("\n".join(numbers)), dtype="float32", ndmin=2, comments=None)
    except ValueError as error:
        row = next(row for row, text in enumerate(numbers) if not all(map(NUMBER.fullmatch, text.split())))
        raise DataError(f"{path} line {row + first}: not a number ({error})") from None
    if not np.isfinite(vectors).all():
        row = int((~np.isfinite(vectors)).any(axis=1).argmax())
        raise DataError(f"{path} line {row + first}: a number that is not finite")
    return array_of(names, path), vectors


def array_of(texts, path):
    """An array of the texts of a file; NumPy gives each the room of the longest, so a broken line could fill the memory.

    Raises:
        DataError: one is longer than `LONGEST`.
    """
    longest = max(texts, key=len, default="")
    if len(longest) > LONGEST:
        raise DataError(
            f"{path}: '{longest[:20]}...' has {len(longest):,} characters, expected at most {LONGEST:,}; a line broke"
        )
    return np.array(texts)


def text_of(path):
    """The text of a file, or of the one text file in a zip."""
    try:
        if path.suffix != ".zip":
            return path.read_text(encoding="utf-8-sig")
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(".txt") and not paths.hidden(name)]
            if len(members) != 1:
                raise DataError(f"{path} must hold one .txt file, found {', '.join(archive.namelist()) or 'nothing'}")
            longest = max(PLENTY, TIMES * archive.getinfo(members[0]).compress_size)
            with archive.open(members[0]) as file:
                content = file.read(longest + 1)
            if len(content) > longest:
                raise DataError(f"{path} unpacks to more than {longest:,} bytes, which no embeddings of its size do")
            return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: {error}") from None
    except DataError:
        raise
    except FAULTS as error:
        if isinstance(error, OSError) and error.filename:  # of the file itself, and not of what a damaged directory points to
            raise
        raise DataError(
            f"{path} is no complete zip file ({error}); a download that broke off, or locked? Fetch it again"
        ) from None
