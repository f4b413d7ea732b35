"""Every occurrence of every word of a dictionary in a text, as array operations: all places go down the tree together."""

import itertools

import numpy as np
import pandas as pd

from common.text.symbols import CUT

SYMBOL_BITS = 21  # a Unicode code point
NOWHERE = -1
LARGEST_TABLE = 1 << 14  # symbols of an alphabet whose pairs still make a table; it then takes 256 MB


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

    def matches(self, symbols, places=slice(None)):
        """Occurrences of the words, also overlapping ones.

        Args:
            symbols: of a text that ends with a cut, `(symbols,)`.
            places: where words may begin, rising; everywhere without.

        Yields:
            for lengths 1, 2, ..., places where a word of that length begins, rising, and the numbers of the words.
        """
        nodes, length = self._first[symbols[places]], 1
        alive = np.flatnonzero(nodes)
        places, nodes = alive if isinstance(places, slice) else places[alive], nodes[alive]
        while len(places):
            words = self._words[nodes]
            found = words != NOWHERE
            yield length, places[found], words[found]
            nodes = self._edges.get_indexer(nodes << SYMBOL_BITS | symbols[places + length].astype("int64")) + 1
            alive = nodes > 0
            places, nodes, length = places[alive], nodes[alive], length + 1

    def joined(self, symbols):
        """Whether an occurrence of a word covers the gap after each symbol; bool `(symbols,)`. For `symbols` see `matches`."""
        gaps = np.zeros(len(symbols), bool)
        for length, places, _ in self.matches(symbols):
            for gap in range(length - 1):
                gaps[places + gap] = True
        return gaps


class Lattice:
    """Ways through many strings at once: nodes stand before, between and after symbols, and edges are pieces.

    Args:
        starts, ends: nodes of the edges, `(edges,)`; every node but the first of a string has an edge that ends there.
        depths: of the ends: how many symbols stand before them in their string.
        nodes: above every node.

    Attributes:
        order: of the given edges, in which this class numbers them.
        starts, ends: in that order.
    """

    def __init__(self, starts, ends, depths, nodes):
        self._nodes, self._longest = nodes, (ends - starts).max(initial=0)
        keys = self._keys(starts, ends, depths)
        self.order = np.argsort(keys)
        self._sorted, self.starts, self.ends, depths = (
            keys[self.order],
            starts[self.order],
            ends[self.order],
            depths[self.order],
        )
        self._groups = np.flatnonzero(np.diff(self.ends, prepend=-1))  # first edges of those that end at one node
        self._levels = np.searchsorted(depths[self._groups], np.arange(1, depths.max(initial=0) + 2))

    def _keys(self, starts, ends, depths):
        """Sorted by depth, so that all that is needed was computed before; of equals the longest first."""
        return (depths * self._nodes + ends) * (self._longest + 1) + self._longest - (ends - starts)

    def find(self, starts, ends, depths):
        """Numbers of edges, or `NOWHERE`."""
        keys = self._keys(starts, ends, depths)
        places = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        return np.where((self._sorted[places] == keys) & (ends - starts <= self._longest), places, NOWHERE)

    def best(self, scores, goals):
        """Edges of the ways with the highest sums; of equal ones that with the longest last edge.

        Args:
            scores: float64 `(edges,)`.
            goals: last nodes of the strings.
        """
        sums, last = np.zeros(self._nodes), np.full(self._nodes, NOWHERE)
        bounds = np.append(self._groups, len(self.starts))
        for first, end in itertools.pairwise(self._levels):
            part = slice(bounds[first], bounds[end])
            new, ends = sums[self.starts[part]] + scores[part], self.ends[part]
            groups = self._groups[first:end] - part.start
            sums[ends[groups]] = np.maximum.reduceat(new, groups)
            highest = np.flatnonzero(new == sums[ends])[::-1]  # the first of equals is written last
            last[ends[highest]] = highest + part.start
        found, edges = [np.zeros(0, "int64")], last[goals]
        while len(edges := edges[edges != NOWHERE]):
            found.append(edges)
            edges = last[self.starts[edges]]
        return np.concatenate(found)


class Pairs:
    """A set of pairs of symbols, as a table; for `joined` faster than the tree of words of two symbols.

    Args:
        first, second: symbols of the pairs, `(pairs,)`.
        alphabet_size: above every symbol, at most `LARGEST_TABLE`.
    """

    def __init__(self, first, second, alphabet_size):
        self._size, self._table = alphabet_size, np.zeros(alphabet_size**2, bool)
        self._table[first.astype("int64") * alphabet_size + second] = True

    def joined(self, symbols):
        """Whether each symbol and the next are such a pair; bool `(symbols,)`."""
        return np.append(self._table[symbols[:-1].astype("int32") * np.int32(self._size) + symbols[1:]], False)


def piece_bounds(symbols, gaps):
    """Starts and ends of the pieces between cuts and gaps that are not joined."""
    text = symbols != CUT
    ends = text & ~gaps
    starts = text.copy()
    starts[1:] &= ~(text[:-1] & gaps[:-1])
    return np.flatnonzero(starts), np.flatnonzero(ends) + 1
