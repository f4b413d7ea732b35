"""Ids of characters."""

import json
from collections import Counter
from pathlib import Path

import numpy as np

from common import paths
from common.errors import DataError
from common.text.characters import POINTS
from common.text.normalise import code_points

PADDING, UNKNOWN = 0, 1
FIRST = 2  # id of the most frequent character


class CharVocabulary:
    """Characters that occur often enough, and an id for each: 0 is padding, 1 unknown, then the most frequent first.

    Args:
        min_count: of a character that gets an id.

    Attributes:
        characters_: list of characters; that with id `i` stands at `i - 2`.
    """

    def __init__(self, min_count=1):
        self.min_count = min_count

    def fit(self, texts):
        """Count the characters of an iterable of texts; equal counts are ordered by code point."""
        counts = Counter()
        for text in texts:
            counts.update(text)
        kept = (character for character, count in counts.items() if count >= self.min_count)
        return self._set(sorted(kept, key=lambda character: (-counts[character], character)))

    def _set(self, characters):
        self.characters_ = characters
        self._ids = np.full(POINTS, UNKNOWN, dtype="int32")
        self._ids[code_points("".join(characters))] = np.arange(FIRST, FIRST + len(characters))
        return self

    def __len__(self):
        return FIRST + len(self.characters_)

    def encode(self, text):
        """Ids of the characters of a text, int32 `(characters,)`."""
        return self._ids[code_points(text)]

    def save(self, path):
        """Write the characters as a JSON list."""
        with paths.atomic(path) as temporary:
            temporary.write_text(json.dumps(self.characters_, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
            DataError: it is not a list of characters.
        """
        try:
            characters = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{path} is no JSON file ({error})") from None
        if not isinstance(characters, list) or not all(isinstance(one, str) and len(one) == 1 for one in characters):
            raise DataError(f"{path}: expected a list of single characters")
        if len(set(characters)) < len(characters):
            raise DataError(f"{path}: a character stands there twice, so ids would shift")
        return cls()._set(characters)
