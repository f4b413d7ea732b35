"""Which character follows which: counts of pairs, weights of characters by frequency, the best way through candidates.

Reference: kexue.fm archive 3831.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse

from common.errors import DataError
from common.text.corpus import read

COUNT = re.compile(r"(\S{1,2})[\t ]+(\d+)")  # a line of a file of counts
FILE = "language"  # of a run, .npz


@dataclass(frozen=True)
class Bigrams:
    """Counts over a list of characters.

    Attributes:
        single: of each character `(characters,)`.
        pairs: of each followed by each, a sparse matrix `(characters, characters)`.
    """

    single: np.ndarray
    pairs: sparse.csr_array

    @classmethod
    def unknown(cls, characters):
        """One in which nothing was ever said: every pair is as likely as any other."""
        count = len(characters)
        return cls(np.zeros(count), sparse.csr_array((count, count)))

    @classmethod
    def of_counts(cls, counts, characters):
        """That of a dict from characters and pairs to counts; characters that are none of the classes are left out."""
        places = {character: place for place, character in enumerate(characters)}
        single, first, second, times = np.zeros(len(characters)), [], [], []
        for text, count in counts.items():
            if all(character in places for character in text):
                if len(text) == 1:
                    single[places[text]] = count
                else:
                    first.append(places[text[0]])
                    second.append(places[text[1]])
                    times.append(count)
        pairs = sparse.csr_array((np.array(times, float), (first, second)), (len(characters), len(characters)))
        return cls(np.maximum(single, pairs.sum(axis=1)), pairs)  # a file may count pairs alone

    @classmethod
    def read(cls, path, characters):
        """That of a file: lines of a character or a pair, a blank and its count, or else any text, which is counted.

        Raises:
            DataError: the file is missing or no text, a line of counts is none, or none of its pairs is of these characters.
        """
        counts, counted = Counter(), None
        for number, line in enumerate(read([path]), start=1):
            found = COUNT.fullmatch(line.strip())
            if counted is None and line.strip():
                counted = bool(found)
            if not counted:
                counts.update(line)
                counts.update(map("".join, pairwise(line)))
            elif found:
                counts[found[1]] += int(found[2])
            elif line.strip():
                raise DataError(f"{path} line {number}: expected a pair of characters and its count, found '{line[:40]}'")
        found = cls.of_counts(counts, characters)
        if not found.pairs.nnz:
            raise DataError(
                f"{path} holds no pair of the {len(characters)} characters; expected text, or lines such as 电视 12426"
            )
        return found

    def save(self, run):
        """Write it into a run's folder."""
        pairs = self.pairs.tocoo()
        run.save_arrays(FILE, single=self.single, first=pairs.row, second=pairs.col, count=pairs.data)

    @classmethod
    def load(cls, run):
        """What `save` wrote into a run's folder."""
        arrays = run.load_arrays(FILE)
        shape = (len(arrays["single"]),) * 2
        return cls(arrays["single"], sparse.csr_array((arrays["count"], (arrays["first"], arrays["second"])), shape))

    def weights(self):
        """Weights of the classes, mean 1: of N, the i-th most frequent has ((N - i) / N + 1) ** 3 before division by the mean.

        So that of two characters that look alike, 日 and 曰, the common one wins. Equal where nothing was counted.
        """
        count = len(self.single)
        if not self.single.any():
            return np.ones(count, "float32")
        rank = np.empty(count)
        rank[np.argsort(-self.single, kind="stable")] = np.arange(count)
        weights = ((count - rank) / count + 1) ** 3
        return (weights / weights.mean()).astype("float32")

    def begin(self, classes):
        """Logarithms of how likely a line begins with some characters `(classes,)`, as their frequency says."""
        return np.log((self.single[classes] + 1) / (self.single.sum() + len(self.single)))

    def follow(self, before, after):
        """Logarithms of how likely some characters follow others `(before, after)`; each pair counts once more than it did."""
        counts = self.pairs[before][:, after].toarray()
        return np.log((counts + 1) / (self.single[before][:, None] + len(self.single)))


def most_likely(classes, probability, bigrams):
    """The sequence of candidates that is likeliest by what they look like and by what follows what (Viterbi).

    Args:
        classes: candidates of each place `(places, candidates)`.
        probability: of each, by its looks `(places, candidates)`.
        bigrams: a `Bigrams`.

    Returns:
        The chosen class of each place, a list.
    """
    looks = np.log(np.maximum(probability, 1e-12))
    score, back = bigrams.begin(classes[0]) + looks[0], []
    for before, after, own in zip(classes, classes[1:], looks[1:], strict=False):
        reached = score[:, None] + bigrams.follow(before, after)
        back.append(reached.argmax(axis=0))
        score = reached.max(axis=0) + own
    place = int(score.argmax())
    path = [place]
    for step in reversed(back):
        path.append(place := int(step[place]))
    return [int(row[place]) for row, place in zip(classes, reversed(path), strict=True)]
