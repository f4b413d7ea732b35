"""Ids of characters and of neighbours: what the networks read."""

from dataclasses import dataclass

import numpy as np

from common.text.normalise import half_width
from common.text.vocabulary import CharVocabulary

SHAPES = str.maketrans("123456789", "0" * 9) | {point: ord("a") for a, z in ("az", "AZ") for point in range(ord(a), ord(z) + 1)}
CHANNELS = 3  # character, it and the one before, it and the one behind


def shaped(text):
    """A text in half width whose digits and Latin letters are alike; the length stays."""
    return half_width(text).translate(SHAPES)


@dataclass(frozen=True)
class Encoder:
    """Numbers the characters and the frequent neighbours of some texts.

    Attributes:
        characters: `CharVocabulary`.
        pairs: keys of the neighbours that have a number, sorted, int64.
    """

    characters: CharVocabulary
    pairs: np.ndarray

    @classmethod
    def of(cls, texts, least_pairs):
        """The encoder of some texts; neighbours that are rarer than `least_pairs` have no number."""
        texts = [shaped(text) for text in texts]
        characters = CharVocabulary(2).fit(texts)
        ids = [characters.encode(text) for text in texts]
        keys, counts = np.unique(np.concatenate([keys_of(one) for one in ids]), return_counts=True)
        return cls(characters, keys[counts >= max(1, least_pairs)])

    @property
    def sizes(self):
        """How many ids each channel knows."""
        return (len(self.characters), len(self.pairs) + 2, len(self.pairs) + 2)

    def encode(self, text):
        """Ids of each character, int32 `(characters, 3)`; 0 is padding, 1 unknown."""
        ids = self.characters.encode(shaped(text))
        keys = keys_of(ids)
        places = np.minimum(np.searchsorted(self.pairs, keys), max(0, len(self.pairs) - 1))
        known = self.pairs[places] == keys if len(self.pairs) else np.zeros(len(keys), bool)
        pairs = np.where(known, places + 2, 1)
        return np.stack([ids, pairs[:-1], pairs[1:]], axis=1).astype("int32")

    def save(self, folder):
        """Write `characters.json` and `pairs.npy`."""
        self.characters.save(folder / "characters.json")
        np.save(folder / "pairs.npy", self.pairs)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        return cls(CharVocabulary.load(folder / "characters.json"), np.load(folder / "pairs.npy", allow_pickle=False))


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
