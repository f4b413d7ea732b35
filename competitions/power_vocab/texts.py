"""A text as arrays: its characters, which of them belong to words, where jieba's words begin. Of any size, chunk by chunk."""

from dataclasses import dataclass

import numpy as np

from common.text.characters import DIGITS_AND_LETTERS, FULL_WIDTH, HAN, ROMAN_NUMERALS
from common.text.normalise import code_points
from common.text.segmenter import batches
from competitions.power_vocab.segmenter import segment

INSIDE = HAN + DIGITS_AND_LETTERS + FULL_WIDTH + ROMAN_NUMERALS  # ranges; everything else cuts, and never joins neighbours
BYTES_PER_CHARACTER = 400  # of a chunk that is being worked on, at most
LARGEST_CHUNK = 1 << 20  # characters; more is not faster


@dataclass(frozen=True)
class Text:
    """A text as arrays, or a part of one that begins and ends with a line end.

    Attributes:
        characters: code points, uint32 `(characters,)`; the first and the last are line ends.
        begins: whether a word of the dictionary begins there, bool `(characters,)`; so the one before it ends there.
        inside: whether each may belong to a word, bool `(characters,)`.
        start: number of its first character in the whole text.
    """

    characters: np.ndarray
    begins: np.ndarray
    inside: np.ndarray
    start: int = 0

    @classmethod
    def of(cls, text, start=0):
        """Read a text and segment it."""
        text = f"\n{text}\n"
        characters = code_points(text)
        begins = np.zeros(len(characters), dtype=bool)
        lengths = np.array([len(word) for word in segment(text)], dtype="int64")
        begins[np.cumsum(lengths) - lengths] = True
        return cls(characters, begins, inside(characters), start)


def inside(points):
    """Whether code points are Chinese characters, digits, Latin letters or Roman numerals, of any width; bool as the input."""
    return np.logical_or.reduce([(points >= first) & (points < end) for first, end in INSIDE])


class TextFile:
    """A text of any size, segmented once and kept in a file. Iterating over it gives `Text`s that fit into memory.

    Args:
        path: of the file that is made.
        lines: iterable of texts.
        memory: bytes for the work on all chunks that are worked on at a time.
        workers: how many these are.

    Attributes:
        inside: how many characters may belong to words.
        size: how many there are.
    """

    def __init__(self, path, lines, memory, workers):
        self.path, self.inside, self._chunks = path, 0, []
        start = 0
        with open(path, "wb") as file:
            size = min(LARGEST_CHUNK, memory // (workers + 1) // BYTES_PER_CHARACTER)
            for batch in batches(lines, size):
                text = Text.of("\n".join(batch), start)
                self._chunks.append((file.tell(), len(text.characters), start))
                text.characters.tofile(file)
                text.begins.tofile(file)
                self.inside += int(text.inside.sum())
                start += len(text.characters) - 1  # the line end before the next chunk is the one behind this
        self.size = start

    def __len__(self):
        return len(self._chunks)

    def __iter__(self):
        for offset, size, start in self._chunks:
            characters = np.fromfile(self.path, "uint32", size, offset=offset)
            begins = np.fromfile(self.path, bool, size, offset=offset + characters.nbytes)
            yield Text(characters, begins, inside(characters), start)
