"""Candidates for the vocabulary, and what the text says of each: counts, neighbours, cohesion, where it stands.

Candidates come from two sides. Words of jieba's dictionary that follow one another often join to phrases (SF6 + 断路器); the
words that discovery finds know no dictionary. All places of all candidates are then found at once, as arrays, and every
measure is a count over these.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from common.text.characters import DIGITS_AND_LETTERS, FULL_WIDTH, HAN, ROMAN_NUMERALS, any_of
from common.text.normalise import code_points
from competitions.power_vocab.segmenter import segment, tag

INSIDE = HAN + DIGITS_AND_LETTERS + FULL_WIDTH + ROMAN_NUMERALS  # ranges; everything else cuts, and never joins neighbours
PIECE = re.compile(any_of(INSIDE) + "+")
WORTHY = re.compile(f"{any_of(HAN)}|^[A-Za-zＡ-Ｚａ-ｚ]")  # a word has a Chinese character or begins with a letter
SHORTEST = 2  # characters of a word
BLOCK = 20_000  # characters of the blocks over which the spread of a word is counted
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # of the rolling hash; odd, so that no character gets lost


@dataclass(frozen=True)
class Text:
    """A text as arrays.

    Attributes:
        characters: code points, uint32 `(characters,)`; the first and the last are line ends.
        inside: whether each may belong to a word, bool `(characters,)`.
        begins: whether a word of the dictionary begins there, bool `(characters,)`; so the one before it ends there.
    """

    characters: np.ndarray
    inside: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(cls, text):
        """Read a text and segment it."""
        text = f"\n{text}\n"
        characters = code_points(text)
        begins = np.zeros(len(characters), dtype=bool)
        lengths = np.array([len(word) for word in segment(text)], dtype="int64")
        begins[np.cumsum(lengths) - lengths] = True
        return cls(characters, inside(characters), begins)


def inside(points):
    """Whether code points are Chinese characters, digits, Latin letters or Roman numerals, of any width; bool as the input."""
    return np.logical_or.reduce([(points >= first) & (points < end) for first, end in INSIDE])


def phrases(text, words, longest, least):
    """Runs of dictionary words, and single ones, that occur often enough and are cut by nothing.

    Longer runs are looked for only where shorter ones were frequent, so the work shrinks with the length.

    Args:
        text: `Text`.
        words: of a run, at most.
        longest: characters of a run, at most.
        least: occurrences, at least.

    Returns:
        set of texts.
    """
    starts = np.flatnonzero(text.begins)
    ends = np.append(starts[1:], len(text.characters))
    hashes = prefix_hashes(text.characters)
    usable = text.inside[starts] & text.inside[ends - 1] & (ends - starts <= longest)
    found, alive = set(), usable.copy()
    for run in range(words):
        first = np.flatnonzero(alive[: len(starts) - run])
        last = first + run
        fits = usable[last] & (ends[last] - starts[first] <= longest)
        first, last = first[fits], last[fits]
        keys = window_hashes(hashes, starts[first], ends[last] - starts[first])
        _, places, inverse, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        found.update(
            "".join(map(chr, text.characters[starts[first[place]] : ends[last[place]]])) for place in places[counts >= least]
        )
        alive[:] = False
        alive[first[counts[inverse] >= least]] = True
    return {word for word in found if usable_word(word, longest)}


def usable_word(word, longest):
    """Whether a text can be a word of the vocabulary at all."""
    return SHORTEST <= len(word) <= longest and bool(PIECE.fullmatch(word)) and bool(WORTHY.search(word))


def prefix_hashes(characters):
    """Polynomial hashes of all beginnings of a text, uint64 `(characters + 1,)`, and the powers that windows need.

    The hash of a beginning is the sum of its characters times rising powers, so that windows are differences; uint64
    wraps around, which is the arithmetic modulo 2^64 that is meant.
    """
    powers = np.cumprod(np.concatenate([[np.uint64(1)], np.full(len(characters), MULTIPLIER)]), dtype="uint64")
    sums = np.concatenate([[np.uint64(0)], np.cumsum(characters.astype("uint64") * powers[:-1], dtype="uint64")])
    return sums, powers


def window_hashes(hashes, starts, lengths):
    """A hash of each window of a text, the same wherever it stands, uint64 `(windows,)`."""
    sums, powers = hashes
    with np.errstate(over="ignore"):
        return (sums[starts + lengths] - sums[starts]) * powers[len(powers) - 1 - starts]


def locate(text, words):
    """Every place of every word, overlapping ones too.

    Args:
        text: `Text`.
        words: distinct texts.

    Returns:
        `(numbers, starts)`, int64 `(places,)` each: the word's place in `words` and where it begins.
    """
    hashes, size = prefix_hashes(text.characters), len(text.characters)
    lengths = np.array([len(word) for word in words], dtype="int64")
    numbers, starts = [np.empty(0, "int64")], [np.empty(0, "int64")]
    for length in np.unique(lengths[(lengths > 0) & (lengths <= size)]):
        of_length = np.flatnonzero(lengths == length)
        letters = np.stack([code_points(words[number]) for number in of_length])  # (words, length)
        # hashed as if they stood at the text's very beginning
        with np.errstate(over="ignore"):
            keys = (letters.astype("uint64") * hashes[1][:length]).sum(axis=1, dtype="uint64") * hashes[1][size]
        places = np.flatnonzero(text.inside[: size - length + 1] & text.inside[length - 1 :])
        # a hash table: sorting takes ten times as long
        found = pd.Index(keys).get_indexer(window_hashes(hashes, places, length))
        places, found = places[found >= 0], found[found >= 0]
        same = (letters[found] == text.characters[places[:, None] + np.arange(length)]).all(axis=1)  # a hash is no proof
        numbers.append(of_length[found[same]])
        starts.append(places[same])
    return np.concatenate(numbers), np.concatenate(starts)


def count(text, words):
    """Occurrences of each word, overlapping ones too, int64 `(words,)`."""
    return np.bincount(locate(text, words)[0], minlength=len(words))


def table(text, background, words):
    """What the texts say of each word.

    Places where a word begins and ends with words of the dictionary count as whole; entropies are taken over these, for a word
    that has none over all of its places. A neighbour that cuts counts as another one each time: whatever may stand there does.

    Args:
        text: `Text` of the domain.
        background: `Text` of the general corpus.
        words: distinct texts.

    Returns:
        DataFrame with a row for each word: `word`; `count` and `whole` (places); `background` (places there); `lines` and
        `blocks` (different ones); `alone` (places between two cuts) and `titles` (places that are a whole line);
        `left_entropy` and `right_entropy` (nats); `left_cut` and `right_cut` (shares of places beside a cut); `cohesion` (log
        of the smallest ratio of the count to what independent parts would give); `parts` and `tags` (of the word segmented by
        itself, with blanks between); `length`; `part_keyness` and `character_keyness` (mean log frequency ratio of parts, and
        of characters).
    """
    words = list(words)
    lengths = np.array([len(word) for word in words], dtype="int64")
    numbers, starts = locate(text, words)
    ends = starts + lengths[numbers]
    whole = text.begins[starts] & text.begins[ends]
    wholes = np.bincount(numbers[whole], minlength=len(words))
    lines = np.cumsum(text.characters == ord("\n"))
    cut_left, cut_right = ~text.inside[starts - 1], ~text.inside[ends]
    at_line_end = (text.characters[starts - 1] == ord("\n")) & (text.characters[ends] == ord("\n"))
    taken = whole | (wholes[numbers] == 0)
    tagged = [tag(word) for word in words]
    parts = [[part for part, _ in pairs] for pairs in tagged]
    frame = pd.DataFrame({"word": words, "count": np.bincount(numbers, minlength=len(words)), "whole": wholes})
    frame["background"] = count(background, words)
    frame["lines"] = distinct(numbers, lines[starts], len(words))
    frame["blocks"] = distinct(numbers, starts // BLOCK, len(words))
    frame["alone"] = np.bincount(numbers[cut_left & cut_right], minlength=len(words))
    frame["titles"] = np.bincount(numbers[at_line_end], minlength=len(words))
    for side, places, cuts in (("left", starts - 1, cut_left), ("right", ends, cut_right)):
        frame[f"{side}_entropy"] = entropy(numbers[taken], text.characters[places[taken]], cuts[taken], len(words))
        frame[f"{side}_cut"] = np.bincount(numbers[taken & cuts], minlength=len(words)) / np.maximum(
            np.bincount(numbers[taken], minlength=len(words)), 1
        )
    frame["cohesion"] = cohesion(text, frame["count"].to_numpy(), parts)
    frame["parts"] = [" ".join(names) for names in parts]
    frame["tags"] = [" ".join(name for _, name in pairs) for pairs in tagged]
    frame["length"] = lengths
    frame["part_keyness"] = mean_keyness(text, background, parts)
    frame["character_keyness"] = mean_keyness(text, background, [list(word) for word in words])
    return frame


def distinct(numbers, values, total):
    """How many different values each number goes with, int64 `(total,)`."""
    pairs = pd.unique(numbers * (values.max(initial=0) + 1) + values)
    return np.bincount(pairs // (values.max(initial=0) + 1), minlength=total)


def entropy(numbers, neighbours, cuts, total):
    """Entropy in nats of the neighbours that go with each number, float `(total,)`.

    Args:
        numbers: word of each place.
        neighbours: code point beside it.
        cuts: whether the neighbour cuts; then it counts as one that occurs nowhere else.
        total: number of words.
    """
    keys, counts = np.unique(numbers[~cuts].astype("int64") << 21 | neighbours[~cuts], return_counts=True)
    totals = np.bincount(numbers, minlength=total)
    inner = np.bincount(keys >> 21, counts * np.log(counts), minlength=total)
    return np.log(np.maximum(totals, 1)) - inner / np.maximum(totals, 1)


def cohesion(text, counts, parts):
    """Log of the smallest ratio of a word's count to what chance would give, over its splits between parts, float `(words,)`.

    A word of a single part is split between all its characters.
    """
    splits = [list(part[0]) if len(part) == 1 else part for part in parts]
    sides = [[("".join(split[:place]), "".join(split[place:])) for place in range(1, len(split))] for split in splits]
    known = {part: None for pairs in sides for pair in pairs for part in pair}
    counted = dict(zip(known, count(text, list(known)).tolist(), strict=True))
    size = int(text.inside.sum())
    expected = np.array([max((counted[a] * counted[b] for a, b in pairs), default=0) for pairs in sides], dtype=float)
    return np.log(np.maximum(counts, 1) * size / np.maximum(expected, 1.0))


def mean_keyness(text, background, parts):
    """Mean over the parts of each word of the log frequency ratio to the background, float `(words,)`."""
    known = list({part: None for of_word in parts for part in of_word})
    scale = text.inside.sum() / max(1, background.inside.sum())
    logs = np.log((count(text, known) + 1) / (count(background, known) * scale + 1))
    found = dict(zip(known, logs.tolist(), strict=True))
    return np.array([np.mean([found[part] for part in of_word]) for of_word in parts])
