"""Words of a corpus that was cut into pieces: counted, and with what stands to their left and right."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.text.matching import WordTree, piece_bounds
from common.text.ngrams import Runs, run_lengths, run_starts, summed
from common.text.symbols import CUT, in_threads

BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
INVERSE = pow(BASE, -1, 1 << 64)
LONGEST_WORD = 64  # characters; text without punctuation can be one piece of a million


@dataclass(frozen=True)
class Words:
    """Different pieces.

    Attributes:
        symbols: of all words in the order of their first occurrence, with a cut after each, `(symbols,)`.
        counts: how often a piece is this word, int64 `(words,)`.
        total: of all pieces, also of those that are not among the words.
        left, right: entropies in nats of the symbols before and after every occurrence, also inside of other pieces, a cut
            counts as one symbol. `(words,)`; `None` where they were not wanted.
    """

    symbols: np.ndarray
    counts: np.ndarray
    total: int
    left: np.ndarray | None
    right: np.ndarray | None


class Collision(Exception):
    """Two different pieces have the same hash."""


def words_of(text, ngrams, folder, workers, limit, min_count, min_share=0.0, entropies=True):
    """Pieces that occur often enough, and are not longer than `LONGEST_WORD`.

    Pieces are counted by a hash of their symbols; where a second hash shows that two of them share the first one, all is
    repeated with other hashes.

    Args:
        text: `SymbolFile`.
        ngrams: `WordTree` or `Pairs` of the n-grams within which nothing is cut.
        folder: for temporary files.
        workers: threads.
        limit: records in memory.
        min_count: of a word.
        min_share: of all pieces, which a word must surpass.
        entropies: whether those of the neighbours are wanted, which take most of the time.

    Returns:
        `Words`.
    """
    for seed in itertools.count():
        try:
            runs, total = count_pieces(text, ngrams, folder / f"pieces-{seed}", workers, limit, symbol_values(text, seed))
            counts, places, lengths = frequent_pieces(runs, max(min_count, int(min_share * total) + 1))
        except Collision:
            continue
        symbols = text.pieces(places, lengths)
        left, right = surroundings(text, symbols, folder / "neighbours", workers, limit) if entropies else (None, None)
        return Words(symbols, counts, total, left, right)
    raise AssertionError  # the loop has no end


def symbol_values(text, seed):
    """Random values of the symbols for both hashes, odd, and 0 of a cut; uint64 `(2, alphabet)`."""
    shape = 2, len(text.alphabet)
    values = np.random.default_rng(seed).integers(1 << 63, size=shape, dtype="uint64") * np.uint64(2) + np.uint64(1)
    values[:, CUT] = 0
    return values


def count_pieces(text, ngrams, path, workers, limit, values):
    """Runs of hash, second hash, count, first place and length of all different pieces; and how many pieces there are."""
    runs, total = Runs(path, limit), 0
    tasks = ((text, chunk, ngrams, values) for chunk in text.chunks)
    for hashes, seconds, counts, places, lengths in in_threads(_pieces_of_chunk, tasks, workers):
        runs.add(hashes, seconds, counts, places, lengths)
        total += int(counts.sum())
    return runs, total


def _pieces_of_chunk(text, chunk, ngrams, values):
    symbols = text.read(chunk)
    starts, ends = piece_bounds(symbols, ngrams.joined(symbols))
    hashes, seconds = hash_pieces(symbols, starts, ends, values)
    codes, hashes = pd.factorize(hashes)
    first = np.empty(len(hashes), "int64")
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    if (seconds[first][codes] != seconds).any():
        raise Collision
    order = np.argsort(hashes)
    first = first[order]
    counts = np.bincount(codes, minlength=len(hashes))[order]
    return hashes[order], seconds[first], counts, starts[first] + chunk.start, ends[first] - starts[first]


def hash_pieces(symbols, starts, ends, values):
    """Polynomials in `BASE` whose coefficients are the values of a piece's symbols, modulo 2^64; one for each row of values."""
    powers = np.full(len(symbols), BASE, "uint64")
    powers[0] = 1
    np.cumprod(powers, out=powers)
    shift = np.full(len(symbols), INVERSE, "uint64")
    shift[0] = 1
    np.cumprod(shift, out=shift)
    shift = shift[starts]
    for of_symbol in values:
        sums = of_symbol[symbols]
        sums *= powers
        np.cumsum(sums, out=sums)
        yield (sums[ends - 1] - sums[starts - 1]) * shift  # a chunk begins with a cut


def frequent_pieces(runs, min_count):
    """Counts, first places and lengths of the frequent pieces, in the order of their places."""
    found = [[np.zeros(0, "int64")] * 3]
    for hashes, seconds, counts, places, lengths in runs:
        starts = run_starts(hashes)
        if (np.repeat(seconds[starts], np.diff(starts, append=len(hashes))) != seconds).any():
            raise Collision
        sums = np.add.reduceat(counts, starts)
        kept = (sums >= min_count) & (lengths[starts] <= LONGEST_WORD)
        found.append((sums[kept], np.minimum.reduceat(places, starts)[kept], lengths[starts][kept]))
    counts, places, lengths = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(places)
    return counts[order], places[order], lengths[order]


def surroundings(text, words, path, workers, limit):
    """Entropies of the left and right neighbours of each word; see `Words`."""
    number, size = np.count_nonzero(words == CUT), len(text.alphabet)
    sides = [Runs(path.with_name(f"{path.name}-{side}"), limit) for side in ("left", "right")]
    tree = WordTree(words, size)
    tasks = ((text, chunk, tree, np.min_scalar_type(number * size)) for chunk in text.chunks)
    for pairs in in_threads(_neighbours_in_chunk, tasks, workers):
        for side, found in zip(sides, pairs, strict=True):
            side.add(*found)
    return [_entropies(side, number, size) for side in sides]


def _neighbours_in_chunk(text, chunk, tree, dtype):
    """For each side, sorted pairs (word, neighbour) as one number, and their counts; the narrower, the faster to sort."""
    symbols, size = text.read(chunk), dtype.type(len(text.alphabet))
    left, right = [np.zeros(0, dtype)], [np.zeros(0, dtype)]
    for length, places, words in tree.matches(symbols):
        first = words.astype(dtype) * size
        left.append(first + symbols[places - 1].astype(dtype))
        right.append(first + symbols[places + length].astype(dtype))
    return [run_lengths(np.sort(np.concatenate(pairs))) for pairs in (left, right)]


def _entropies(runs, number, size):
    totals, sums = np.zeros((2, number))
    for pairs, counts in runs:
        pairs, counts = summed(pairs.astype("int64"), counts)
        np.add.at(totals, pairs // size, counts)  # adds one after the other, so that the ranges leave no trace in the sums
        np.add.at(sums, pairs // size, counts * np.log(counts))
    return np.maximum(np.log(totals) - sums / totals, 0.0)
