"""All words of a dictionary that may stand in a text, and the best way through them.

Written by hand because jieba's own search takes no other scores than its dictionary's; words are found by pyahocorasick.
"""

import math

import ahocorasick
import numpy as np

SINGLE, BEGIN, MIDDLE, END = range(4)  # what a character is in its word
NEXT = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0]], bool)  # which tag may follow which
FIRST, LAST = np.array([1, 1, 0, 0], bool), np.array([1, 0, 0, 1], bool)
OUT = -1e9
ABREAST = 256  # texts whose tags are sought at once


class Lattice:
    """Finds the most probable words of a text: the sum of their logarithms is greatest.

    Args:
        counts: how often each word of the dictionary occurs; what is below 1 counts as 1.
        patterns: list of `(compiled expression, count)` of runs that are words though no dictionary holds them: numbers...
    """

    def __init__(self, counts, patterns=()):
        counts = {word: max(float(count), 1.0) for word, count in counts.items()}
        total = math.log(sum(counts.values()) + sum(count for _, count in patterns) + 1)
        self.unknown = -total  # of a character that no word holds: as if it had been seen once
        self.patterns = [(expression, math.log(count) - total) for expression, count in patterns]
        self.automaton = ahocorasick.Automaton()
        for word, count in counts.items():
            self.automaton.add_word(word, (len(word), math.log(count) - total))
        self.automaton.make_automaton()

    def edges(self, text):
        """Words that may stand in a text: for each end, exclusive, a dict of start to logarithm of the probability."""
        edges = [{end - 1: self.unknown} for end in range(1, len(text) + 1)]
        for last, (length, weight) in self.automaton.iter(text) if len(self.automaton) else ():
            edges[last][last + 1 - length] = weight
        for expression, weight in self.patterns:
            for found in expression.finditer(text):
                here = edges[found.end() - 1]
                here[found.start()] = max(here.get(found.start(), weight), weight)
        return edges

    def best(self, text, tags=None, proposed=(), share=1.0):
        """Ends of the words of the best way through a text.

        Args:
            text: not empty.
            tags: logarithms of the probability of each tag, `(characters, 4)`, which count beside the words'; `None` for none.
            proposed: ends of further words to choose from, those of another segmentation of the text.
            share: weight of the words' logarithms beside the tags'.
        """
        edges = self.edges(text)
        start = 0
        for end in proposed:
            edges[end - 1].setdefault(start, self.unknown * (1 + 0.1 * (end - start)))
            start = end
        if tags is not None:
            tags = np.asarray(tags, "float64")
            single, begin, last = (tags[:, column].tolist() for column in (SINGLE, BEGIN, END))
            middle = np.concatenate([[0.0], np.cumsum(tags[:, MIDDLE])]).tolist()
        best, came = [0.0], [0]
        for end, here in enumerate(edges, start=1):
            greatest, source = -math.inf, end - 1
            for start, weight in here.items():
                value = best[start] + share * weight
                if tags is not None:
                    if end - start == 1:
                        value += single[start]
                    else:
                        value += begin[start] + middle[end - 1] - middle[start + 1] + last[end - 1]
                if value > greatest:
                    greatest, source = value, start
            best.append(greatest)
            came.append(source)
        ends, end = [], len(text)
        while end:
            ends.append(end)
            end = came[end]
        return ends[::-1]


def words(text, ends):
    """The words of a text, from their ends."""
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def tags_of(lengths):
    """The tag of each character, from the lengths of the words; int8 `(characters,)`."""
    lengths = np.asarray(lengths, int)
    ends = np.cumsum(lengths)
    tags = np.full(int(lengths.sum()), MIDDLE, "int8")
    tags[ends - lengths], tags[ends - 1] = BEGIN, END
    tags[(ends - 1)[lengths == 1]] = SINGLE
    return tags


def ends_of(tags):
    """Ends of the words of legal tags."""
    return (np.flatnonzero((tags == SINGLE) | (tags == END)) + 1).tolist()


def best_tags(several):
    """The legal tags of the greatest sum of scores; a word begins with the first of a text and ends with its last.

    Args:
        several: for each text an array `(characters, 4)`.

    Returns:
        For each text int8 `(characters,)`.
    """
    several = [np.asarray(scores, "float64") for scores in several]
    lengths, found = np.array([len(scores) for scores in several], int), [np.empty(0, "int8")] * len(several)
    rows_by_length = np.argsort(-lengths, kind="stable")
    for start in range(0, len(several), ABREAST):
        rows = [row for row in rows_by_length[start : start + ABREAST] if lengths[row]]
        if rows:
            for row, tags in zip(rows, _best_tags([several[row] for row in rows]), strict=True):
                found[row] = tags
    return found


def _best_tags(several):
    """`best_tags` of texts that are not empty, the longest first, all of them step by step."""
    lengths = np.array([len(scores) for scores in several])
    padded = np.zeros((len(several), lengths[0], 4))
    for row, scores in zip(padded, several, strict=True):
        row[: len(scores)] = scores
    allowed = np.where(NEXT, 0.0, OUT)
    reached, came = np.where(FIRST, padded[:, 0], OUT), np.zeros(padded.shape, "int8")
    for step in range(1, lengths[0]):
        on = np.searchsorted(-lengths, -step)  # texts that are longer
        ways = reached[:on, :, None] + allowed
        came[:on, step] = ways.argmax(axis=1)
        reached[:on] = ways.max(axis=1) + padded[:on, step]
    tag, tags = np.where(LAST, reached, 2 * OUT).argmax(axis=1), np.empty(padded.shape[:2], "int8")
    for step in range(lengths[0] - 1, -1, -1):
        on = np.searchsorted(-lengths, -step)
        tags[:on, step] = tag[:on]
        tag[:on] = came[np.arange(on), step, tag[:on]]
    return [row[:length] for row, length in zip(tags, lengths, strict=True)]
