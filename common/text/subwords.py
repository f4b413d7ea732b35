"""Vectors for words that the text of the vectors lacks, from their characters.

    subwords = Subwords.of(vectors)
    vector, share = subwords.vector("无人机群")

Every character and every run of two gets a vector, such that their mean comes near the vector of the words that hold them:
weighted ridge regression on words and vectors alone, so that it serves vectors of any origin.

Reference: Zhao, Mudgal and Liang 2018, "Generalizing word embeddings using bag of subwords", arXiv 1809.04259; Chen et al. 2015
(characters of Chinese words).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

LONGEST = 2  # characters of a run; words of other scripts get three and four as well
LONGEST_LATIN = 4
MOST = 9  # runs of one word in a table, its first ones: all of a Chinese word of four characters
RIDGE = 1.0
STEPS = 30  # of conjugate gradients


def ngrams(word):
    """Runs of characters of a word with its ends marked: of one and two, or in Latin letters of three and four."""
    marked = f"<{word}>"
    if word.isascii():
        lengths = range(3, LONGEST_LATIN + 1)
        return [marked[start : start + length] for length in lengths for start in range(len(marked) - length + 1)]
    runs = [marked[start : start + 2] for start in range(len(marked) - 1)]
    return [*word, *runs]


def parts_of(words):
    """Runs of characters that several words share, as `common.layers.SubwordEmbedding` takes them.

    Args:
        words: the i-th has the id i + 1.

    Returns:
        int32 `(words + 1, MOST)`: ids of the first runs of each word, from 1 on, and zeros behind them.
    """
    runs = [list(dict.fromkeys(ngrams(word)))[:MOST] for word in words]
    counts = Counter(run for each in runs for run in each)
    places = {run: place for place, run in enumerate((run for run in counts if counts[run] > 1), start=1)}
    parts = np.zeros((len(runs) + 1, MOST), "int32")
    for row, each in enumerate(runs, start=1):
        known = [places[run] for run in each if run in places]
        parts[row, : len(known)] = known
    return parts


@dataclass(frozen=True)
class Subwords:
    """Vectors of runs of characters.

    Attributes:
        places: row of each run.
        vectors: float32 `(runs, dim)`.
    """

    places: dict
    vectors: np.ndarray

    @classmethod
    def of(cls, known, ridge=RIDGE):
        """Those that explain the directions of known vectors best.

        Args:
            known: `WordVectors`.
            ridge: weight of the squares of the runs' vectors.
        """
        from scipy import sparse

        places, rows, columns, values = {}, [], [], []
        for row, word in enumerate(known.words):
            runs = ngrams(word)
            for run in runs:
                rows.append(row)
                columns.append(places.setdefault(run, len(places)))
                values.append(1 / len(runs))
        held = sparse.csr_matrix((values, (rows, columns)), (len(known.words), len(places)), dtype="float32")
        return cls(places, ridge_regression(held, known.unit, ridge))

    def vector(self, word):
        """The mean of a word's runs, `(dim,)`, and the share of its runs that are known; zeros and 0 where none is."""
        runs = ngrams(word)
        found = [self.places[run] for run in runs if run in self.places]
        if not found:
            return np.zeros(self.vectors.shape[1], "float32"), 0.0
        return self.vectors[found].sum(axis=0) / len(runs), len(found) / len(runs)


def ridge_regression(held, targets, ridge):
    """`argmin |held w - targets|^2 + ridge |w|^2` by conjugate gradients on all columns at once, `(runs, dim)`."""
    solution = np.zeros((held.shape[1], targets.shape[1]), "float32")
    residual = held.T @ targets
    direction, size = residual.copy(), (residual**2).sum(axis=0)
    for _ in range(STEPS):
        moved = held.T @ (held @ direction) + ridge * direction
        step = size / np.maximum((direction * moved).sum(axis=0), 1e-12)
        solution += step * direction
        residual -= step * moved
        new = (residual**2).sum(axis=0)
        direction = residual + new / np.maximum(size, 1e-12) * direction
        size = new
    return solution.astype("float32")
