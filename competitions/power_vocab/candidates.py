"""Candidates for the vocabulary: words of jieba's dictionary that follow one another often join to phrases (SF6 + 断路器).

The words that discovery finds, which know no dictionary, stand beside them in `features`; what the text says of each, in
`places`.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from common.text.characters import HAN, any_of
from common.text.ngrams import Runs, run_starts
from common.text.symbols import in_threads
from competitions.power_vocab.texts import INSIDE

PIECE = re.compile(any_of(INSIDE) + "+")
WORTHY = re.compile(f"{any_of(HAN)}|^[A-Za-zＡ-Ｚａ-ｚ]")  # a word has a Chinese character or begins with a letter
SHORTEST = 2  # characters of a word
MULTIPLIER = 0x9E3779B97F4A7C15  # of the rolling hash; odd, so that it has an inverse
INVERSE = pow(MULTIPLIER, -1, 1 << 64)


def phrases(texts, words, longest, least, most, folder, limit, workers=1):
    """Runs of dictionary words, and single ones, that occur often enough and are cut by nothing.

    Longer runs are looked for only where shorter ones were frequent, so the work shrinks with the length. Runs are counted by a
    hash of 64 bits, chunk by chunk, and the counts are merged on disk.

    Args:
        texts: `TextFile`, or a list of `Text`s.
        words: of a run, at most.
        longest: characters of a run, at most.
        least: occurrences, at least.
        most: runs; where there are more, `least` rises until there are not.
        folder: for temporary files.
        limit: records in memory.
        workers: threads.

    Returns:
        set of texts, and the least occurrences that all of them have.
    """
    alive, frequent, found = [None] * len(texts), None, []
    for length in range(1, words + 1):
        runs = Runs(Path(folder) / f"runs-{length}", limit)
        tasks = ((text, length, longest, firsts, frequent) for text, firsts in zip(texts, alive, strict=True))
        alive = []
        for firsts, *columns in in_threads(runs_of, tasks, workers):
            alive.append(firsts)
            runs.add(*columns)
        keys, *columns = frequent_runs(runs, least)
        found.append(columns)
        frequent = pd.Index(keys)
        runs.path.unlink(missing_ok=True)
    counts, places, lengths = map(np.concatenate, zip(*found, strict=True))
    if len(counts) > most:
        least = int(np.partition(counts, -most - 1)[-most - 1]) + 1
    kept = np.flatnonzero(counts >= least)
    kept = kept[np.argsort(places[kept])]
    return {word for word in read_places(texts, places[kept], lengths[kept]) if usable_word(word, longest)}, least


def runs_of(text, length, longest, alive, frequent):
    """Runs of `length` words of a chunk.

    Args:
        text: `Text`.
        length: in words.
        longest: characters, at most.
        alive: words where a run of one word less begins, packed bits; `None` for the first length.
        frequent: `pandas.Index` of the hashes of those that are frequent.

    Returns:
        words where a run begins, packed bits; and of all different runs, sorted: hash, count, first place, characters.
    """
    starts = np.flatnonzero(text.begins)
    ends = np.append(starts[1:], len(text.characters))
    usable = text.inside[starts] & text.inside[ends - 1] & (ends - starts <= longest)
    hashes = prefix_hashes(text.characters)
    if alive is None:
        first = np.flatnonzero(usable)
    else:
        first = np.flatnonzero(np.unpackbits(alive, count=len(starts)))
        keys = window_hashes(hashes, starts[first], ends[first + length - 2])
        first = first[frequent.get_indexer(keys) >= 0]
    first = first[first + length <= len(starts)]
    last = first + length - 1
    first = first[usable[last] & (ends[last] - starts[first] <= longest)]
    begins, stops = starts[first], ends[first + length - 1]
    keys, places, counts = np.unique(window_hashes(hashes, begins, stops), return_index=True, return_counts=True)
    runs = np.zeros(len(starts), bool)
    runs[first] = True
    return np.packbits(runs), keys, counts, begins[places] + text.start, (stops - begins)[places].astype("int8")


def frequent_runs(runs, least):
    """Hash, count, first place and characters of all runs that occur at least `least` times, sorted by hash."""
    found = [[np.zeros(0, dtype) for dtype in ("uint64", "int64", "int64", "int8")]]
    for keys, counts, places, lengths in runs:
        starts = run_starts(keys)
        sums = np.add.reduceat(counts, starts)
        kept = starts[sums >= least]
        found.append([keys[kept], sums[sums >= least], places[kept], lengths[kept]])
    return map(np.concatenate, zip(*found, strict=True))


def read_places(texts, places, lengths):
    """The strings at some places of a text, which rise."""
    for text in texts:
        first, end = np.searchsorted(places, [text.start, text.start + len(text.characters) - 1])
        if first < end:
            letters = text.characters.tobytes().decode("utf-32-le", "surrogatepass")
            begins = places[first:end] - text.start
            yield from (
                letters[begin : begin + length]
                for begin, length in zip(begins.tolist(), lengths[first:end].tolist(), strict=True)
            )


def usable_word(word, longest):
    """Whether a text can be a word of the vocabulary at all."""
    return SHORTEST <= len(word) <= longest and bool(PIECE.fullmatch(word)) and bool(WORTHY.search(word))


def prefix_hashes(characters):
    """Sums of characters times rising powers of the multiplier, uint64 `(characters + 1,)`, and the inverse powers.

    The windows' hashes are differences of these; uint64 wraps around, which is the arithmetic modulo 2^64 that is meant.
    """
    sums = np.zeros(len(characters) + 1, "uint64")
    np.cumsum(characters * rising(MULTIPLIER, len(characters)), out=sums[1:])
    return sums, rising(INVERSE, len(characters))


def rising(base, count):
    """The first powers of a number modulo 2^64, uint64 `(count,)`."""
    powers = np.full(count, base, "uint64")
    powers[:1] = 1
    return np.cumprod(powers, out=powers)


def window_hashes(hashes, starts, ends):
    """A hash of each window of a text, the same wherever it stands, uint64 `(windows,)`."""
    sums, inverses = hashes
    return (sums[ends] - sums[starts]) * inverses[starts]
