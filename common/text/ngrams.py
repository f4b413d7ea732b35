"""N-grams counted by sorting.

Only the longest n-grams are sorted, filled up with cuts where the text ends; as a beginning stands before what it begins, the
counts of all shorter ones are lengths of runs in the same sorted array. N-grams are packed into 64-bit integers, which NumPy
sorts by vector instructions; an alphabet that is too large for that, or a higher order, takes strings of bytes instead.
"""

from dataclasses import dataclass

import numpy as np

from common.text.symbols import CUT

MISSING = -1


def ngram_keys(order, alphabet_size):
    """The narrowest keys that hold n-grams of `order` symbols below `alphabet_size`."""
    bits = 64 // order
    return PackedKeys(order, bits) if alphabet_size <= 1 << bits else ByteKeys(order)


@dataclass(frozen=True)
class PackedKeys:
    """N-grams as uint64, `bits` of it for a symbol, the first symbol highest; shorter n-grams are filled up with cuts."""

    order: int
    bits: int

    def windows(self, symbols):
        """Keys of the n-grams that begin at every symbol which is no cut and go on to the next cut at most."""
        text = symbols != CUT
        first = symbols.astype("uint64") << np.uint64(self.bits * (self.order - 1))
        keys = first.copy()
        for _ in range(self.order - 1):
            # the n-gram from here is this symbol and the n-gram from the next
            keys[:-1] = keys[1:] >> np.uint64(self.bits)
            keys |= first
            keys *= text
        return keys[text]

    def prefix(self, keys, length):
        """Keys of the first `length` symbols."""
        rest = np.uint64(self.bits * (self.order - length))
        return keys >> rest << rest if length else np.zeros_like(keys)

    def pack(self, symbols):
        """Keys of rows of symbols, `(n-grams, up to order)`."""
        keys = np.zeros(len(symbols), "uint64")
        for place, column in enumerate(symbols.T):
            keys |= column.astype("uint64") << np.uint64(self.bits * (self.order - 1 - place))
        return keys

    def unpack(self, keys):
        """Symbols of keys, int32 `(n-grams, order)`."""
        shifts = np.uint64(self.bits) * np.arange(self.order - 1, -1, -1, dtype="uint64")
        return ((keys[:, None] >> shifts) & np.uint64((1 << self.bits) - 1)).astype("int32")


@dataclass(frozen=True)
class ByteKeys:
    """N-grams as strings of bytes, four for a symbol, which sort in the same order; several times slower. See `PackedKeys`."""

    order: int

    def windows(self, symbols):
        places = np.flatnonzero(symbols)
        rows = np.zeros((len(places), self.order), "int32")
        alive = np.ones(len(places), bool)
        for column in range(self.order):
            rows[alive, column] = symbols[places[alive] + column]
            alive &= rows[:, column] != CUT
        return self.pack(rows)

    def prefix(self, keys, length):
        return keys.astype(f"S{4 * length}").astype(keys.dtype) if length else np.zeros_like(keys)

    def pack(self, symbols):
        rows = np.zeros((len(symbols), self.order), ">u4")
        rows[:, : symbols.shape[1]] = symbols
        return rows.view(f"S{4 * self.order}")[:, 0]

    def unpack(self, keys):
        return np.ascontiguousarray(keys).view(">u4").reshape(len(keys), self.order).astype("int32")


def run_starts(keys):
    """Places in sorted keys where another key begins."""
    return np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.zeros(0, "int64")


def run_lengths(keys):
    """Different keys of sorted keys, and how often each stands there."""
    starts = run_starts(keys)
    return keys[starts], np.diff(starts, append=len(keys))


def count(symbols, keys):
    """Sorted keys and counts of the longest n-grams of a part of the corpus: a pure function, which any machine may compute."""
    windows = keys.windows(symbols)
    windows.sort()
    return run_lengths(windows)


class Runs:
    """Sorted records on disk, merged by ranges of their keys, so that only one range is in memory at a time.

    Args:
        path: of the file that is made.
        ranges: sorted first keys of the narrowest ranges, which are never split.
        limit: records of a merged range, unless one of the narrowest alone has more.
    """

    def __init__(self, path, ranges, limit):
        self.path, self.ranges, self.limit, self.runs = path, ranges, limit, []

    def add(self, *columns):
        """Write sorted keys and whatever belongs to each."""
        bounds = np.searchsorted(columns[0], self.ranges)
        with open(self.path, "ab") as file:
            offsets = []
            for column in columns:
                offsets.append((file.tell(), column.dtype))
                column.tofile(file)
        self.runs.append((np.concatenate([[0], bounds, [len(columns[0])]]), offsets))

    def __iter__(self):
        """Columns of all records in a range of keys, sorted, those of an earlier run first; range by range."""
        sizes = sum((np.diff(bounds) for bounds, _ in self.runs), np.zeros(len(self.ranges) + 1, "int64"))
        first, total = 0, 0
        for number, size in enumerate(sizes):
            if total and total + size > self.limit:
                yield self._merged(first, number)
                first, total = number, 0
            total += size
        if total:
            yield self._merged(first, len(sizes))

    def _merged(self, first, end):
        parts = []
        for bounds, offsets in self.runs:
            start, size = bounds[first], bounds[end] - bounds[first]
            if size:
                parts.append([np.fromfile(self.path, dtype, size, offset=at + start * dtype.itemsize) for at, dtype in offsets])
        if len(parts) == 1:
            return parts[0]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        order = np.argsort(columns[0], kind="stable")  # merges runs that are sorted
        return [column[order] for column in columns]


def summed(keys, counts):
    """Different keys of sorted keys, and the sums of their counts."""
    starts = run_starts(keys)
    return keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts


@dataclass(frozen=True)
class NgramCounts:
    """Frequent n-grams.

    Attributes:
        keys: `PackedKeys` or `ByteKeys`.
        by_length: for lengths 1 to order, sorted keys and their counts.
        total: of which the counts are parts.
    """

    keys: object
    by_length: list
    total: int

    def look_up(self, keys, length, default):
        """Counts of n-grams of one length."""
        known, counts = self.by_length[length - 1]
        if not len(known):
            return np.full(len(keys), default)
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[places] == keys, counts[places], default)

    def cohesion(self, length):
        """How much more often n-grams occur than their parts would meet by chance.

        `ln min total c(ab) / (c(a) c(b))` over all splits; a part without a count takes the total, so that split shows nothing.

        Returns:
            float64, one for each n-gram of this length.
        """
        keys, counts = self.by_length[length - 1]
        symbols = self.keys.unpack(keys)[:, :length]
        ratio = np.full(len(keys), np.inf)
        for split in range(1, length):
            left = self.look_up(self.keys.pack(symbols[:, :split]), split, self.total)
            right = self.look_up(self.keys.pack(symbols[:, split:]), length - split, self.total)
            ratio = np.minimum(ratio, self.total * counts.astype(float) / (left.astype(float) * right))
        return np.log(ratio)


def frequent(runs, keys, min_count, beginnings_only):
    """Counts of all n-grams that occur at least `min_count` times, from runs of the longest ones.

    Args:
        runs: sorted keys and counts, whole ranges of first symbols at a time.
        keys: `PackedKeys` or `ByteKeys`.
        min_count: of an n-gram that is kept.
        beginnings_only: count shorter n-grams only as beginnings of kept ones of full length, and let those make up the
            total; else the total is that of the kept single characters.
    """
    found = [[] for _ in range(keys.order)]
    for longest, counts in runs:
        longest, counts = summed(longest, counts)
        if beginnings_only:
            kept = (counts >= min_count) & (longest != keys.prefix(longest, keys.order - 1))
            longest, counts = longest[kept], counts[kept]
        shorter = np.zeros_like(longest)
        for length in range(1, keys.order + 1):
            prefixes = keys.prefix(longest, length)
            long_enough = prefixes != shorter
            ngrams, sums = summed(prefixes[long_enough], counts[long_enough])
            found[length - 1].append((ngrams[sums >= min_count], sums[sums >= min_count]))
            shorter = prefixes
    empty = (keys.pack(np.zeros((0, 1), "int32")), np.zeros(0, "int64"))
    by_length = [tuple(np.concatenate(columns) for columns in zip(empty, *parts, strict=True)) for parts in found]
    return NgramCounts(keys, by_length, int(by_length[-1 if beginnings_only else 0][1].sum()))
