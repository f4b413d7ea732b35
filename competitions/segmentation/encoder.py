"""Ids of characters, of neighbours and of the listed words around a character: what the networks read."""

import gzip
import json
from dataclasses import dataclass
from functools import cached_property

import ahocorasick
import numpy as np

from common.text.normalise import half_width
from common.text.vocabulary import CharVocabulary

SHAPES = str.maketrans("123456789", "0" * 9) | {point: ord("a") for a, z in ("az", "AZ") for point in range(ord(a), ord(z) + 1)}
PARTS = 4  # of the training texts, in the order of time: words of one alone are as many as a later time has unknown ones
SEVERAL = -1  # of them hold a word
LONGEST = 5  # characters of a listed word; longer ones are alike


def shaped(text):
    """A text in half width whose digits and Latin letters are alike; the length stays."""
    return half_width(text).translate(SHAPES)


@dataclass(frozen=True)
class Encoder:
    """Numbers the characters and the frequent neighbours of some texts.

    Attributes:
        characters: `CharVocabulary`.
        pairs: keys of the neighbours that have a number, sorted, int64.
        lists: dicts, each of the words of a list to the part of the training text that alone holds them, or `SEVERAL`.

    The channels are a character, it and the one before, it and the one behind, and for each list what words are around it.
    """

    characters: CharVocabulary
    pairs: np.ndarray
    lists: tuple = ()

    @classmethod
    def of(cls, texts, least_pairs, lists=()):
        """The encoder of some texts; neighbours that are rarer than `least_pairs` have no number."""
        texts = [shaped(text) for text in texts]
        characters = CharVocabulary(2).fit(texts)
        ids = [characters.encode(text) for text in texts]
        keys, counts = np.unique(np.concatenate([keys_of(one) for one in ids]), return_counts=True)
        return cls(characters, keys[counts >= max(1, least_pairs)], lists)

    @property
    def sizes(self):
        """How many ids each channel knows."""
        return (len(self.characters), len(self.pairs) + 2, len(self.pairs) + 2, *(LONGEST**3 + 1 for _ in self.lists))

    @property
    def channels(self):
        """How many ids a character has."""
        return len(self.sizes)

    @cached_property
    def automata(self):
        """What finds the words of each list, with their length and part."""
        found = []
        for words in self.lists:
            found.append(ahocorasick.Automaton())
            for word, part in words.items():
                found[-1].add_word(word, (len(word), part))
            found[-1].make_automaton()
        return found

    def encode(self, text, part=None):
        """Ids of each character, int32 `(characters, channels)`; 0 is padding, 1 unknown or no word.

        Args:
            text: as it is.
            part: of the training text where it stands. Nothing is told of words that this part alone holds, as nothing would
                be in a text that has not been learnt from.
        """
        text = shaped(text)
        ids = self.characters.encode(text)
        keys = keys_of(ids)
        places = np.minimum(np.searchsorted(self.pairs, keys), max(0, len(self.pairs) - 1))
        known = self.pairs[places] == keys if len(self.pairs) else np.zeros(len(keys), bool)
        pairs = np.where(known, places + 2, 1)
        listed = [words_around(text, automaton, part) for automaton in self.automata]
        return np.stack([ids, pairs[:-1], pairs[1:], *listed], axis=1).astype("int32")

    def save(self, folder):
        """Write `characters.json`, `pairs.npy` and `lists.json.gz`."""
        self.characters.save(folder / "characters.json")
        content = json.dumps(list(map(list, self.lists)))  # in ASCII, which half a character survives, too
        (folder / "lists.json.gz").write_bytes(gzip.compress(content.encode(), mtime=0))
        np.save(folder / "pairs.npy", self.pairs)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        lists = json.loads(gzip.decompress((folder / "lists.json.gz").read_bytes()))
        characters, pairs = CharVocabulary.load(folder / "characters.json"), np.load(folder / "pairs.npy", allow_pickle=False)
        return cls(characters, pairs, tuple(dict.fromkeys(words, SEVERAL) for words in lists))


def parts(count):
    """The part, of `PARTS`, of each of so many texts in the order of time."""
    return (np.arange(count) * PARTS // max(1, count)).tolist()


def words_of(segmented):
    """The list of the words of texts in the order of time, as `Encoder.lists` has it; a single character needs none."""
    found = {}
    for part, words in zip(parts(len(segmented)), segmented, strict=True):
        for word in set(map(shaped, words)):
            if len(word) > 1:
                found[word] = part if found.get(word, part) == part else SEVERAL
    return found


def words_around(text, automaton, part=None):
    """A number of how long the longest listed words are that begin with, go through and end with each character, from 1 on."""
    begins, inside, ends = ([0] * len(text) for _ in range(3))
    for last, (length, alone) in automaton.iter(text) if len(automaton) else ():
        if part is None or part != alone:
            first, size = last + 1 - length, min(length, LONGEST) - 1
            begins[first], ends[last] = max(begins[first], size), max(ends[last], size)
            for place in range(first + 1, last):
                inside[place] = max(inside[place], size)
    return 1 + np.array(begins, int) + LONGEST * np.array(inside, int) + LONGEST**2 * np.array(ends, int)


def keys_of(ids):
    """A number for each pair of neighbours, that of the beginning and the end too, int64 `(characters + 1,)`."""
    padded = np.concatenate([[0], ids, [0]]).astype("int64")
    return padded[:-1] << 32 | padded[1:]


def pieces(text, longest):
    """A text cut behind the ends of its sentences, and where one is longer, anywhere; the pieces join to it."""
    found, start = [], 0
    for end, letter in enumerate(text, start=1):
        if letter in "。！？；" or end - start >= longest or end == len(text):
            found.append(text[start:end])
            start = end
    return found
