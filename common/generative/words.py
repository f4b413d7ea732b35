"""Ids of the words of sentences, or of the characters where sentences have no blanks."""

import json
from collections import Counter

import numpy as np

from common import paths
from common.generative.quality import words
from common.generative.sequences import END, PADDING

UNKNOWN = 2
FIRST = 3  # id of the most frequent word
SIGN = "<unk>"  # how an unknown word is written


class Words:
    """Words that occur often enough, the most frequent first.

    Args:
        known: list of them.
    """

    def __init__(self, known):
        self.known = known
        self.ids = {word: FIRST + place for place, word in enumerate(known)}
        self.blank = any(len(word) > 1 for word in known)  # what joins words

    @classmethod
    def of(cls, sentences, least):
        """Those of sentences that occur at least so often; equally frequent ones in their order."""
        counts = Counter(word for one in sentences for word in words(one))
        return cls(
            [word for word, count in sorted(counts.items(), key=lambda p: (-p[1], p[0])) if count >= least and word != SIGN]
        )

    def __len__(self):
        return FIRST + len(self.known)

    def encode(self, sentences, end=True):
        """Ids `(sentences, steps)`, each sentence with its end where `end`, padded to the longest."""
        each = [[self.ids.get(word, UNKNOWN) for word in words(one)] + [END] * end for one in sentences]
        found = np.full((len(each), max(map(len, each))), PADDING, "int32")
        for row, ids in zip(found, each, strict=True):
            row[: len(ids)] = ids
        return found

    def decode(self, ids):
        """Sentences of ids, a list; padding and ends are left out."""
        names = ["", "", SIGN, *self.known]
        return [(" " if self.blank else "").join(names[one] for one in row if one > END) for row in ids]

    def save(self, path):
        """Write the words as a JSON list."""
        with paths.atomic(path) as temporary:
            temporary.write_text(json.dumps(self.known, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path):
        """What `save` wrote."""
        return cls(json.loads(path.read_text(encoding="utf-8")))
