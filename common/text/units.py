"""The units of a text that models count or read: characters, or words of any language."""

import json
import re
from collections import Counter

import numpy as np

from common import paths
from common.text import segment
from common.text.characters import HAN, any_of
from common.text.normalise import normalise

PADDING, UNKNOWN = 0, 1
FIRST = 2  # id of the most frequent unit
_HAN = re.compile(any_of(HAN))
_TAG = re.compile(r"<[a-z/][^<>]{0,40}>")  # <br />, as reviews from the web have it
_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_CHARACTER = re.compile(r"\S")


def spans(text, units="words"):
    """Where the units of a text stand: a list of `(unit, start, end)`, the unit in its normal form.

    Chinese text is cut into words by rjieba, other text at what is no letter or digit; punctuation marks are units, blanks and
    tags such as `<br />` are none.

    Args:
        text: as it was written.
        units: `words` or `characters`.
    """
    plain = _TAG.sub(lambda tag: " " * len(tag[0]), normalise(text))  # as long as the text
    if units == "characters":
        return [(found[0], found.start(), found.end()) for found in _CHARACTER.finditer(plain)]
    if not _HAN.search(plain):
        return [(found[0], found.start(), found.end()) for found in _WORD.finditer(plain)]
    result, end = [], 0
    for word in segment.segment(plain):
        start, end = end, end + len(word)
        if not word.isspace():
            result.append((word, start, end))
    return result


def words(text):
    """The words of a text in their normal form."""
    return [unit for unit, _, _ in spans(text)]


def characters(text):
    """The characters of a text in their normal form, without blanks."""
    return [unit for unit, _, _ in spans(text, "characters")]


UNITS = {"words": words, "characters": characters}


class UnitVocabulary:
    """Units that occur often enough, and an id for each: 0 is padding, 1 unknown, then the most frequent first.

    Args:
        units: `words` or `characters`.
        listed: the units that have an id; the first has `FIRST`.

    Attributes:
        counts: how often each id occurred in the texts that `of` was given, int64; of a loaded one `None`.
    """

    def __init__(self, units, listed, counts=None):
        self.units, self.listed, self.counts = units, list(listed), counts
        self._ids = {unit: number for number, unit in enumerate(self.listed, start=FIRST)}

    @classmethod
    def of(cls, texts, units, min_count=1, most=None):
        """The vocabulary of an iterable of texts; equal counts are ordered by the unit.

        Args:
            min_count: of a unit that gets an id.
            most: units at most.
        """
        counts, cut = Counter(), UNITS[units]
        for text in texts:
            counts.update(cut(text))
        kept = sorted((unit for unit, count in counts.items() if count >= min_count), key=lambda unit: (-counts[unit], unit))
        kept = kept[:most]
        unknown = sum(counts.values()) - sum(counts[unit] for unit in kept)
        return cls(units, kept, np.array([0, unknown, *(counts[unit] for unit in kept)]))

    def __len__(self):
        return FIRST + len(self.listed)

    def ids(self, units):
        """Ids of units, int32 `(units,)`."""
        return np.array([self._ids.get(unit, UNKNOWN) for unit in units], "int32")

    def encode(self, text):
        """Ids of the units of a text, int32 `(units,)`."""
        return self.ids(UNITS[self.units](text))

    def save(self, path):
        """Write it as JSON."""
        with paths.atomic(path) as temporary:
            temporary.write_text(json.dumps({"units": self.units, "listed": self.listed}, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path):
        """Read what `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))
