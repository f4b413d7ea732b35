"""Every occurrence of every word of a dictionary in a text, as array operations: all places go down the tree together."""

import numpy as np
import pandas as pd

from common.text.symbols import CUT

SYMBOL_BITS = 21  # a Unicode code point
NOWHERE = -1


class WordTree:
    """The words of a dictionary as a tree whose edges are symbols.

    Args:
        words: symbols of the words, with a cut after each; int `(symbols,)`.
        alphabet_size: above every symbol.
    """

    def __init__(self, words, alphabet_size):
        ends = np.flatnonzero(words == CUT)
        places = np.append(0, ends[:-1] + 1)[: len(ends)]
        numbers = np.arange(len(ends))  # of the words which are not at their ends
        nodes, edges, size = np.zeros(len(ends), "int64"), [], 1
        self._words = [np.full(1, NOWHERE, "int32")]
        while len(numbers):
            new, unique = pd.factorize(nodes << SYMBOL_BITS | words[places])
            edges.append(unique)
            nodes, places = new + size, places + 1
            size += len(unique)
            at_end = words[places] == CUT
            word = np.full(len(unique), NOWHERE, "int32")
            word[new[at_end]] = numbers[at_end]
            self._words.append(word)
            numbers, nodes, places = numbers[~at_end], nodes[~at_end], places[~at_end]
        self._words = np.concatenate(self._words)
        self._edges = pd.Index(np.concatenate([np.zeros(0, "int64"), *edges]))  # edge number i leads to node i + 1
        self._first = self._edges.get_indexer(np.arange(alphabet_size)) + 1

    def matches(self, symbols):
        """Occurrences of the words, also overlapping ones.

        Args:
            symbols: of a text that ends with a cut, `(symbols,)`.

        Yields:
            for lengths 1, 2, ..., places where a word of that length begins, rising, and the numbers of the words.
        """
        nodes = self._first[symbols]
        places = np.flatnonzero(nodes)
        nodes, length = nodes[places], 1
        while len(places):
            words = self._words[nodes]
            found = words != NOWHERE
            yield length, places[found], words[found]
            nodes = self._edges.get_indexer(nodes << SYMBOL_BITS | symbols[places + length].astype("int64")) + 1
            alive = nodes > 0
            places, nodes, length = places[alive], nodes[alive], length + 1


def joined(symbols, tree):
    """Whether a word of the tree covers the gap after each symbol; bool `(symbols,)`."""
    gaps = np.zeros(len(symbols), bool)
    for length, places, _ in tree.matches(symbols):
        for gap in range(length - 1):
            gaps[places + gap] = True
    return gaps


def piece_bounds(symbols, gaps):
    """Starts and ends of the pieces between cuts and gaps that are not joined."""
    text = symbols != CUT
    ends = text & ~gaps
    starts = text.copy()
    starts[1:] &= ~(text[:-1] & gaps[:-1])
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1
