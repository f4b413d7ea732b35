"""Characters as small numbers, and a corpus of them on disk, in chunks that fit into memory."""

import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd

from common import cluster
from common.text.characters import DIGITS_AND_LETTERS, HAN, POINTS, any_of
from common.text.corpus import blocks
from common.text.normalise import code_points

CUT = 0  # stands for everything that is not text; equal neighbours of this kind are one
UNSEEN = -1
TEXT = re.compile(f"({any_of(HAN + DIGITS_AND_LETTERS)}+)")  # to word discovery, whose published forms cut at all else


class Alphabet:
    """Numbers of the characters of text - Chinese, ASCII digits and letters - from 1 in the order of their first occurrence.

    Attributes:
        points: code points by number, of which the first stands for a cut.
    """

    def __init__(self, characters=""):
        self._numbers = np.full(POINTS, CUT, dtype="int32")
        for first, end in HAN + DIGITS_AND_LETTERS:
            self._numbers[first:end] = UNSEEN
        self.points = np.array([ord("\n")], dtype="uint32")
        self.extend(characters)

    def __len__(self):
        return len(self.points)

    def extend(self, text):
        """Numbers of the characters of a text, int32 `(characters,)`; those never seen before get the next numbers."""
        points = code_points(text)
        numbers = self._numbers[points]
        if (numbers == UNSEEN).any():
            unseen = pd.unique(points[numbers == UNSEEN])  # in the order of their first occurrence
            self._numbers[unseen] = np.arange(len(self), len(self) + len(unseen))
            self.points = np.concatenate([self.points, unseen])
            numbers = self._numbers[points]
        return numbers

    def encode(self, text):
        """Numbers of the characters of a text, int32 `(characters,)`; 0 for cuts and for characters without a number."""
        return np.maximum(self._numbers[code_points(text)], CUT)

    def decode(self, symbols):
        """The strings between cuts, one for each cut."""
        text = self.points[symbols].astype("<u4").tobytes().decode("utf-32-le")
        return text.split("\n")[:-1]

    def has_chinese(self):
        return bool((self.points >= HAN[0][0]).any())


class Chunk(NamedTuple):
    """A part of a corpus on disk that begins and ends with a cut: `size` symbols, of which the first is number `start`."""

    start: int
    size: int
    offset: int  # bytes
    dtype: str


class SymbolFile:
    """The symbols of a corpus in a file, written and read by the chunk.

    Args:
        path: of the file.
        corpus, encoding: see `common.text.corpus.read`.
        size: characters of a chunk; as words never go on over a cut, a chunk ends at one and may be longer.

    Attributes:
        alphabet: `Alphabet` of the corpus.
        chunks: list of `Chunk`.
        size: symbols of all chunks.
    """

    def __init__(self, path, corpus, encoding, size):
        self.path, self.alphabet, self.chunks, self.size = path, Alphabet(), [], 0
        rest = [np.zeros(1, "int32")]
        with open(path, "wb") as file:
            for block in blocks(corpus, encoding, size):
                symbols = self.alphabet.extend(block)
                cuts = np.flatnonzero(symbols == CUT)
                if not len(cuts):
                    rest.append(symbols)
                    continue
                self._write(file, np.concatenate([*rest, symbols[: cuts[-1] + 1]]))
                rest = [symbols[cuts[-1] :]]

    def _write(self, file, symbols):
        symbols = symbols[np.append(True, (symbols[1:] != CUT) | (symbols[:-1] != CUT))]
        if len(symbols) > 1:
            dtype = "uint16" if len(self.alphabet) <= 1 << 16 else "uint32"
            self.chunks.append(Chunk(self.size, len(symbols), file.tell(), dtype))
            symbols.astype(dtype).tofile(file)
            self.size += len(symbols)

    def read(self, chunk):
        """Symbols of a chunk, `(size,)`."""
        return np.fromfile(self.path, chunk.dtype, chunk.size, offset=chunk.offset)

    def pieces(self, starts, lengths):
        """Symbols of many places, put together with a cut after each.

        Args:
            starts: numbers of the first symbols, sorted; int `(pieces,)`.
            lengths: int `(pieces,)`; a piece lies in one chunk.
        """
        found = [np.zeros(0, "int32")]
        for chunk in self.chunks:
            first, end = np.searchsorted(starts, [chunk.start, chunk.start + chunk.size])
            if first < end:
                found.append(spans(self.read(chunk).astype("int32"), starts[first:end] - chunk.start, lengths[first:end]))
        return np.concatenate(found)


def spans(symbols, starts, lengths):
    """Parts of an array, put together with a cut after each."""
    ends = np.cumsum(lengths + 1)
    places = np.arange(ends[-1] if len(ends) else 0)
    places += np.repeat(starts - (ends - lengths - 1), lengths + 1)
    places[ends - 1] = 0  # anywhere: overwritten
    parts = symbols[places]
    parts[ends - 1] = CUT
    return parts


def with_cuts(rows):
    """Rows of symbols as one array, with a cut after each."""
    return np.pad(rows, ((0, 0), (0, 1)), constant_values=CUT).ravel()


def in_threads(function, tasks, workers):
    """Results of `function(*task)` in the order of the tasks; NumPy works outside Python's lock, so threads are enough."""
    with ThreadPoolExecutor(workers) as pool:
        yield from _in_order(pool.submit, function, tasks, workers)


def on_cluster(function, tasks, address):
    """The same on a Dask cluster; see `common.cluster.client` for what is raised."""
    with cluster.client(address) as client:

        def submit(function, *task):
            return client.submit(function, *task, pure=False)

        yield from _in_order(submit, function, tasks, ahead=2 * max(1, sum(client.nthreads().values())))


def _in_order(submit, function, tasks, ahead):
    """At most `ahead` tasks are under way or finished and not yet fetched: what bounds the memory."""
    waiting = deque()
    for task in tasks:
        waiting.append(submit(function, *task))
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
