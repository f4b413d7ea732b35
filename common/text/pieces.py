"""Words of a corpus that was cut into pieces: counted, and with what stands to their left and right."""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.text.matching import WordTree, joined, piece_bounds
from common.text.ngrams import Runs, run_lengths, run_starts, summed
from common.text.symbols import CUT, in_threads

BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse
INVERSE = pow(BASE, -1, 1 << 64)
LONGEST_WORD = 64  # characters; text without punctuation can be one piece of a million
HASH_RANGES = np.arange(1, 1 << 10, dtype="uint64") << np.uint64(54)


@dataclass(frozen=True)
class Words:
    """Different pieces.

    Attributes:
        symbols: of all words in the order of their first occurrence, with a cut after each, `(symbols,)`.
        counts: how often a piece is this word, int64 `(words,)`.
        total: of all pieces, also of those that are not among the words.
        left, right: entropies in nats of the symbols before and after every occurrence, also inside of other pieces, a cut
            counts as one symbol. `(words,)`
    """

    symbols: np.ndarray
    counts: np.ndarray
    total: int
    left: np.ndarray
    right: np.ndarray


def words_of(text, tree, folder, workers, limit, min_count, min_share=0.0, entropies=True):
    """Pieces that occur often enough, and are not longer than `LONGEST_WORD`.

    Pieces are counted by a hash of their symbols. As the words are then looked up exactly, a count in which two of them are
    mixed shows, and all is repeated with other hashes: the result does not hang on them.

    Args:
        text: `SymbolFile`.
        tree: `WordTree` of the n-grams within which nothing is cut.
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
        runs, total = count_pieces(text, tree, folder / f"pieces-{seed}", workers, limit, symbol_values(text, seed))
        counts, places, lengths = frequent_pieces(runs, max(min_count, int(min_share * total) + 1))
        symbols = text.pieces(places, lengths)
        left = right = None
        if entropies:
            exact, left, right = surroundings(text, symbols, folder / f"neighbours-{seed}", workers, limit)
        else:
            exact = count_whole(text, symbols, workers)
        if np.array_equal(exact, counts):
            return Words(symbols, counts, total, left, right)
    raise AssertionError  # the loop has no end


def symbol_values(text, seed):
    """Random values of the symbols; 0 of a cut."""
    values = np.random.default_rng(seed).integers(1 << 63, size=len(text.alphabet), dtype="uint64") * np.uint64(2) + np.uint64(
        1
    )
    values[CUT] = 0
    return values


def count_pieces(text, tree, path, workers, limit, values):
    """Runs of hash, count, first place and length of all different pieces; and how many pieces there are."""
    runs, total = Runs(path, HASH_RANGES, limit), 0
    tasks = ((text, chunk, tree, values) for chunk in text.chunks)
    for hashes, counts, places, lengths in in_threads(_pieces_of_chunk, tasks, workers):
        runs.add(hashes, counts, places, lengths)
        total += int(counts.sum())
    return runs, total


def _pieces_of_chunk(text, chunk, tree, values):
    symbols = text.read(chunk)
    gaps = joined(symbols, tree)
    np.packbits(gaps).tofile(_gap_file(text, chunk))
    starts, ends = piece_bounds(symbols, gaps)
    codes, hashes = pd.factorize(hash_pieces(symbols, starts, ends, values))
    first = np.empty(len(hashes), "int64")
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    order = np.argsort(hashes)
    first = first[order]
    counts = np.bincount(codes, minlength=len(hashes))[order]
    return hashes[order], counts, starts[first] + chunk.start, ends[first] - starts[first]


def _gap_file(text, chunk):
    """Where the gaps of a chunk are kept, a bit for each, since matching all n-grams again would take longer."""
    return text.path.with_name(f"gaps-{chunk.start}")


def hash_pieces(symbols, starts, ends, values):
    """Polynomials in `BASE` whose coefficients are the values of a piece's symbols, modulo 2^64."""
    sums = np.full(len(symbols), BASE, "uint64")
    sums[0] = 1
    np.cumprod(sums, out=sums)
    sums *= values[symbols]
    np.cumsum(sums, out=sums)
    shift = np.full(len(symbols), INVERSE, "uint64")
    shift[0] = 1
    np.cumprod(shift, out=shift)
    return (sums[ends - 1] - sums[starts - 1]) * shift[starts]  # a chunk begins with a cut


def frequent_pieces(runs, min_count):
    """Counts, first places and lengths of the frequent pieces, in the order of their places."""
    found = [[np.zeros(0, "int64")] * 3]
    for hashes, counts, places, lengths in runs:
        starts = run_starts(hashes)
        sums = np.add.reduceat(counts, starts)
        kept = (sums >= min_count) & (lengths[starts] <= LONGEST_WORD)
        found.append((sums[kept], np.minimum.reduceat(places, starts)[kept], lengths[starts][kept]))
    counts, places, lengths = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(places)
    return counts[order], places[order], lengths[order]


def count_whole(text, words, workers):
    """How often each word is a whole piece."""
    number, tree = np.count_nonzero(words == CUT), WordTree(words, len(text.alphabet))
    tasks = ((text, chunk, tree, number) for chunk in text.chunks)
    return sum(in_threads(_whole_in_chunk, tasks, workers))


def _whole_in_chunk(text, chunk, tree, number):
    symbols, starts, _, is_end = _pieces_again(text, chunk)
    whole = np.zeros(number, "int64")
    for length, places, words in tree.matches(symbols, starts):
        whole += np.bincount(words[is_end[places + length]], minlength=number)
    return whole


def _pieces_again(text, chunk):
    """Symbols of a chunk, where its pieces start, and whether one starts or ends at each place."""
    symbols = text.read(chunk)
    gaps = np.unpackbits(np.fromfile(_gap_file(text, chunk), "uint8"), count=len(symbols)).astype(bool)
    starts, ends = piece_bounds(symbols, gaps)
    is_start, is_end = np.zeros((2, len(symbols) + 1), bool)
    is_start[starts], is_end[ends] = True, True
    return symbols, starts, is_start, is_end


def surroundings(text, words, path, workers, limit):
    """How often each word is a whole piece, and the entropies of its left and right neighbours; see `Words`."""
    number, size = np.count_nonzero(words == CUT), len(text.alphabet)
    ranges = np.arange(1, number, max(1, number >> 10)) * size
    sides = [Runs(path.with_name(f"{path.name}-{side}"), ranges, limit) for side in ("left", "right")]
    whole = np.zeros(number, "int64")
    word_tree = WordTree(words, size)
    tasks = ((text, chunk, word_tree, number) for chunk in text.chunks)
    for pieces, *pairs in in_threads(_neighbours_in_chunk, tasks, workers):
        whole += pieces
        for side, found in zip(sides, pairs, strict=True):
            side.add(*found)
    return whole, *(_entropies(side, number, size) for side in sides)


def _neighbours_in_chunk(text, chunk, tree, number):
    """Counts of whole pieces by word; and for each side, sorted pairs (word, neighbour) as one number, and their counts."""
    symbols, _, is_start, is_end = _pieces_again(text, chunk)
    size = len(text.alphabet)
    pair = np.min_scalar_type(number * size)  # the narrower, the faster to sort
    whole, left, right = np.zeros(number, "int64"), [np.zeros(0, pair)], [np.zeros(0, pair)]
    for length, places, words in tree.matches(symbols):
        whole += np.bincount(words[is_start[places] & is_end[places + length]], minlength=number)
        first = words.astype(pair) * pair.type(size)
        left.append(first + symbols[places - 1].astype(pair))
        right.append(first + symbols[places + length].astype(pair))
    return whole, *(run_lengths(np.sort(np.concatenate(pairs))) for pairs in (left, right))


def _entropies(runs, number, size):
    totals, sums = np.zeros((2, number))
    for pairs, counts in runs:
        pairs, counts = summed(pairs.astype("int64"), counts)
        totals += np.bincount(pairs // size, counts, number)
        sums += np.bincount(pairs // size, counts * np.log(counts), number)
    return np.maximum(np.log(totals) - sums / totals, 0.0)
