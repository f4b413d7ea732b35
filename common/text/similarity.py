"""How near words are in meaning: cosines of vectors that were mended after their training, of words that have none, too."""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from common.text.normalise import normalise
from common.text.subwords import Subwords
from common.text.word_vectors import WordVectors

FOUND, FROM_CHARACTERS, UNKNOWN = 1.0, 0.5, 0.0  # how a word is known: by its own vector, by its characters, or not at all
FREQUENT = 20_000  # words that the components are of
BLOCK = 256  # analogies at a time
FILE = "model.json"


class Words:
    """Vectors with what unknown words need, computed once for all that is done to them.

    Args:
        vectors: `WordVectors`, the most frequent words first.
    """

    def __init__(self, vectors):
        self.vectors = vectors

    @cached_property
    def subwords(self):
        """Vectors of runs of characters."""
        return Subwords.of(self.vectors)

    @cached_property
    def components(self):
        """Mean and first principal components of frequent words."""
        frequent = self.vectors.unit[:FREQUENT]
        mean = frequent.mean(axis=0)
        return mean, np.linalg.svd(frequent - mean, full_matrices=False)[2]

    def place(self, word):
        """Row of a word as it is written, else in half width and small letters; `None` where it has no vector."""
        places = self.vectors.places
        return places.get(word, places.get(normalise(word)))

    def look_up(self, word):
        """The word's own vector at length 1 (zeros where it has none), what its characters say, and how it is known."""
        place = self.place(word)
        of_characters, share = self.subwords.vector(word if place is not None else normalise(word))
        if place is not None:
            return self.vectors.unit[place], of_characters, FOUND
        return np.zeros_like(of_characters), of_characters, FROM_CHARACTERS if share else UNKNOWN


@dataclass(frozen=True)
class Similarity:
    """Cosines of vectors that were mended after their training.

    Attributes:
        words: the `Words`.
        removed: principal components that are taken out, the mean with them; 0 takes out nothing.
        mixed: weight of what its characters say beside a word's own vector.
        typical: the median similarity, which stands for a pair of which nothing is known.

    Reference: Mu and Viswanath 2018, arXiv 1702.01417 (all-but-the-top).
    """

    words: Words
    removed: int
    mixed: float
    typical: float = 0.0

    def vector(self, word):
        """A word's vector at length 1, `(dim,)`, and how it is known; zeros where nothing is."""
        own, of_characters, known = self.words.look_up(word)
        if known == UNKNOWN:
            return own, known
        mended = own + self.mixed * of_characters if known == FOUND else of_characters
        mended = mended / max(np.linalg.norm(mended), 1e-8)
        if self.removed:
            mean, components = self.words.components
            mended = mended - mean
            mended = mended - components[: self.removed].T @ (components[: self.removed] @ mended)
        return mended / max(np.linalg.norm(mended), 1e-8), known

    def predict(self, pairs, rows=None):
        """Similarity and how it is known, `(pairs, 2)`."""
        pairs = pairs if rows is None else [pairs[row] for row in rows]
        vectors = {word: self.vector(word) for pair in pairs for word in pair[-2:]}
        found = np.empty((len(pairs), 2))
        for row, (*_, first, second) in enumerate(pairs):
            (one, known), (other, also) = vectors[first], vectors[second]
            same = first == second or self.same(first, second)
            known = FOUND if same else min(known, also)
            found[row] = 1.0 if same else one @ other if known != UNKNOWN else self.typical, known
        return found

    def same(self, first, second):
        """Whether two ways to write a word mean one: the same vector, or none and the same normal form."""
        places = self.words.place(first), self.words.place(second)
        return places[0] == places[1] and (places[0] is not None or normalise(first) == normalise(second))

    @cached_property
    def mended(self):
        """All words with their vectors as `vector` mends them, for neighbours and analogies."""
        vectors = np.stack([self.vector(word)[0] for word in self.words.vectors.words])
        return WordVectors(self.words.vectors.words, vectors)

    def analogies(self, questions):
        """Right answers and questions whose four words have vectors, by 3CosAdd: the word nearest to b - a + c but these.

        Args:
            questions: list of four words each.

        Reference: Mikolov et al. 2013, "Linguistic regularities in continuous space word representations".
        """
        places = [[self.words.place(word) for word in question] for question in questions]
        places = np.array([one for one in places if None not in one], int).reshape(-1, 4)
        vectors, right = self.mended.vectors, 0
        for start in range(0, len(places), BLOCK):
            *given, answer = places[start : start + BLOCK].T
            first, second, third = given
            cosines = (vectors[second] - vectors[first] + vectors[third]) @ vectors.T
            cosines[np.arange(len(answer)), given] = -np.inf
            right += int((cosines.argmax(axis=1) == answer).sum())
        return right, len(places)

    def save(self, folder):
        """Write what was chosen, without the vectors."""
        text = json.dumps({"removed": self.removed, "mixed": self.mixed, "typical": self.typical})
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder, words):
        """What `save` wrote, of these `Words`."""
        return cls(words, **json.loads((folder / FILE).read_text(encoding="utf-8")))
