"""What the places of the candidates in the text say of each: counts, neighbours, cohesion, where it stands.

All places of all candidates are found at once, chunk by chunk, as arrays; every measure is a count over these.
"""

from array import array
from pathlib import Path

import numpy as np
import pandas as pd

from common.text.characters import POINTS
from common.text.matching import WordTree
from common.text.ngrams import Runs, run_lengths, summed
from common.text.normalise import code_points
from common.text.segmenter import lines
from common.text.symbols import CUT, in_threads
from competitions.power_vocab.segmenter import tag

BLOCK = 20_000  # characters of the blocks over which the spread of a word is counted
LINE_END = ord("\n")
WHOLE = 1 << 21  # a bit above every Unicode code point: the neighbour stands beside a whole word
WORD_BITS = 22  # what a word's number is shifted by
SIDES = ("left", "right")
COUNTED = (
    "whole",
    "lines",
    "blocks",
    "alone",
    "titles",
    *(f"{side}_{what}" for side in SIDES for what in ("cuts", "whole_cuts")),
)


def table(domain, background, words, folder, limit, workers=1):
    """What the texts say of each word.

    Places where a word begins and ends with words of the dictionary count as whole; entropies are taken over these, for a word
    that has none over all of its places. A neighbour that cuts counts as another one each time: whatever may stand there does.

    Args:
        domain: its text, `TextFile` or a list of `Text`s.
        background: that of the general corpus.
        words: distinct texts.
        folder: for temporary files.
        limit: records in memory.
        workers: threads.

    Returns:
        DataFrame with a row for each word: `word`; `count` and `whole` (places); `background` (places there); `lines` and
        `blocks` (different ones); `alone` (places between two cuts) and `titles` (places that are a whole line);
        `left_entropy` and `right_entropy` (nats); `left_cut` and `right_cut` (shares of places beside a cut); `cohesion` (log
        of the smallest ratio of the count to what independent parts would give); `parts` and `tags` (of the word segmented by
        itself, with blanks between); `length`; `part_keyness` and `character_keyness` (mean log frequency ratio of parts, and
        of characters).
    """
    words = list(words)
    parts, tags = parts_and_tags(words)
    strings = Strings(words, parts)
    tree = WordTree(with_ends(strings.numbers), POINTS)
    counted, neighbours = count_places(domain, tree, len(words), len(strings.numbers), folder, limit, workers)
    counts, sizes = counted["count"], [sum(int(text.inside.sum()) for text in texts) for texts in (domain, background)]
    of_background = count(background, tree, len(strings.numbers), workers)
    logs = np.log((counts + 1) / (of_background * (sizes[0] / max(1, sizes[1])) + 1))
    whole, own = counted["whole"], counts[: len(words)]
    taken = np.where(whole > 0, whole, own)
    frame = pd.DataFrame({"word": words, "count": own, "whole": whole, "background": of_background[: len(words)]})
    for name in ("lines", "blocks", "alone", "titles"):
        frame[name] = counted[name]
    for side in SIDES:
        cuts = np.where(whole > 0, counted[f"{side}_whole_cuts"], counted[f"{side}_cuts"])
        frame[f"{side}_entropy"] = entropy(neighbours[side], whole, taken)
        frame[f"{side}_cut"] = cuts / np.maximum(taken, 1)
    frame["cohesion"] = cohesion(own, counts, strings, sizes[0])
    frame["parts"] = parts
    frame["tags"] = tags
    frame["length"] = [len(word) for word in words]
    frame["part_keyness"] = strings.mean_of_parts(logs)
    frame["character_keyness"] = strings.mean_of_characters(logs)
    return frame


def parts_and_tags(words):
    """The parts of each word and their parts of speech, with blanks between: two lists of texts."""
    parts, tags, known = [], [], {}  # most sequences of tags are those of another word, too
    for word in words:
        pairs = tag(word)
        parts.append(" ".join(part for part, _ in pairs))
        names = " ".join(name for _, name in pairs)
        tags.append(known.setdefault(names, names))
    return parts, tags


class Strings:
    """Numbers of all texts whose places must be counted: words, then their parts, characters, and the sides of their splits.

    Args:
        words: distinct texts.
        parts: of each word, with blanks between.

    Attributes:
        numbers: `{text: number}`, those of the words first.
        splits: number of the word and of both sides of each of its splits, int64 `(splits, 3)`. A word is split between its
            parts, one of a single part between all its characters.
    """

    def __init__(self, words, parts):
        self.numbers = {word: number for number, word in enumerate(words)}
        pieces = [parted.split(" ") for parted in parts]
        self._parts, self._characters = self._flat(pieces), self._flat(words)
        splits = array("q")
        for word, (text, names) in enumerate(zip(words, pieces, strict=True)):
            place = 0
            for name in (names if len(names) > 1 else text)[:-1]:
                place += len(name)
                splits.extend((word, self._number(text[:place]), self._number(text[place:])))
        self.splits = np.array(splits).reshape(-1, 3)

    def _number(self, text):
        return self.numbers.setdefault(text, len(self.numbers))

    def _flat(self, lists):
        """Numbers of the texts of all lists, one behind the other, and the list of each."""
        numbers = np.fromiter((self._number(text) for texts in lists for text in texts), "int64")
        return numbers, np.repeat(np.arange(len(lists)), [len(texts) for texts in lists])

    def mean_of_parts(self, values):
        """Mean over the parts of each word of what belongs to each text, float `(words,)`."""
        return mean(values, *self._parts)

    def mean_of_characters(self, values):
        """Mean over the characters of each word of what belongs to each text, float `(words,)`."""
        return mean(values, *self._characters)


def mean(values, numbers, lists):
    """Mean over each list of the values of its numbers."""
    return np.bincount(lists, values[numbers]) / np.bincount(lists)


def with_ends(words):
    """Code points of some words, with a cut after each."""
    points = code_points(lines(words)).astype("int64")
    points[points == LINE_END] = CUT
    return points


def count(texts, tree, total, workers):
    """Places of each text of a tree, overlapping ones too, int64 `(total,)`."""
    found = in_threads(count_chunk, ((text, tree, total) for text in texts), workers)
    return sum(found, start=np.zeros(total, "int64"))


def count_chunk(text, tree, total):
    """The same in one chunk."""
    counts = np.zeros(total, "int64")
    for _, _, numbers in tree.matches(text.characters):
        counts += np.bincount(numbers, minlength=total)
    return counts


def count_places(texts, tree, words, total, folder, limit, workers):
    """What can be added up over chunks.

    Args:
        texts: `TextFile` or a list of `Text`s.
        tree: of `total` texts, of which the first `words` are words.
        folder, limit, workers: see `table`.

    Returns:
        dict of int64 arrays: `count` of all texts `(total,)`, and `COUNTED` of the words `(words,)`; and of both sides the
        `Runs` of keys and counts that `entropy` takes.
    """
    sums = {"count": np.zeros(total, "int64"), **{name: np.zeros(words, "int64") for name in COUNTED}}
    runs = {side: Runs(Path(folder) / side, limit) for side in SIDES}
    latest = np.full(words, -1)  # block in which each word was seen last, of those that end a chunk
    tasks = ((text, tree, words, total) for text in texts)
    for found, neighbours, (first, in_first), (last, in_last) in in_threads(places_of_chunk, tasks, workers):
        for name, values in found.items():
            sums[name] += values
        sums["blocks"][in_first[latest[in_first] == first]] -= 1  # the chunk before had this block's beginning
        latest[in_last] = last
        for side in SIDES:
            runs[side].add(*neighbours[side])
    return sums, runs


def places_of_chunk(text, tree, words, total):
    """See `count_places`; also the number of the chunk's first and last block, and the words that occur in these."""
    found = {"count": np.zeros(total, "int64"), **{name: np.zeros(words, "int64") for name in COUNTED}}
    line = np.cumsum(text.characters == LINE_END)
    keys = {side: [np.zeros(0, "int64")] for side in SIDES}
    first, last = text.start // BLOCK, (text.start + len(text.characters) - 2) // BLOCK
    in_first, in_last = [np.zeros(0, "int64")], [np.zeros(0, "int64")]

    def add(name, numbers):
        found[name] += np.bincount(numbers, minlength=words)

    for length, starts, numbers in tree.matches(text.characters):
        found["count"] += np.bincount(numbers, minlength=total)
        starts, numbers = starts[numbers < words], numbers[numbers < words].astype("int64")
        ends = starts + length
        whole, blocks = text.begins[starts] & text.begins[ends], (text.start + starts) // BLOCK
        cuts = {"left": ~text.inside[starts - 1], "right": ~text.inside[ends]}
        beside = {"left": text.characters[starts - 1], "right": text.characters[ends]}
        add("whole", numbers[whole])
        found["lines"] += distinct(numbers, line[starts], words)
        found["blocks"] += distinct(numbers, blocks, words)
        in_first.append(np.unique(numbers[blocks == first]))
        in_last.append(np.unique(numbers[blocks == last]))
        add("alone", numbers[cuts["left"] & cuts["right"]])
        add("titles", numbers[(beside["left"] == LINE_END) & (beside["right"] == LINE_END)])
        for side in SIDES:
            add(f"{side}_cuts", numbers[cuts[side]])
            add(f"{side}_whole_cuts", numbers[cuts[side] & whole])
            inner = ~cuts[side]
            keys[side].append(numbers[inner] << WORD_BITS | whole[inner] * WHOLE | beside[side][inner])
    neighbours = {side: run_lengths(np.sort(np.concatenate(parts))) for side, parts in keys.items()}
    return found, neighbours, (first, np.concatenate(in_first)), (last, np.concatenate(in_last))


def distinct(numbers, values, total):
    """How many different values each number goes with, int64 `(total,)`."""
    size = int(values.max(initial=0)) + 1
    return np.bincount(pd.unique(numbers * size + values) // size, minlength=total)


def entropy(neighbours, whole, totals):
    """Entropy in nats of the neighbours of each word, float `(words,)`; a cut counts as one that occurs nowhere else.

    Args:
        neighbours: `Runs` of keys - number of the word, whether its place is whole, code point that is no cut - and counts.
        whole: whole places of each word; where it has some, the others do not count.
        totals: places that count.
    """
    inner = np.zeros(len(whole))
    for keys, counts in neighbours:
        keys, counts = summed(keys, counts)
        numbers = keys >> WORD_BITS
        taken = (keys & WHOLE > 0) | (whole[numbers] == 0)
        np.add.at(inner, numbers[taken], counts[taken] * np.log(counts[taken]))
    return np.log(np.maximum(totals, 1)) - inner / np.maximum(totals, 1)


def cohesion(own, counts, strings, size):
    """Log of the smallest ratio of a word's count to what chance would give, over its splits, float `(words,)`.

    Args:
        own: places of each word.
        counts: places of each text of `strings`.
        strings: `Strings`.
        size: characters of the text.
    """
    words, left, right = strings.splits.T
    expected = np.zeros(len(own))
    np.maximum.at(expected, words, (counts[left] * counts[right]).astype(float))
    return np.log(np.maximum(own, 1) * size / np.maximum(expected, 1.0))
