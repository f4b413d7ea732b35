"""Texts that say nearly the same, found among many by MinHash.

    groups = near_duplicates(texts)              # equal numbers for texts that should share a fold

Reference: Broder 1997, On the resemblance and containment of documents.
"""

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from common.text.normalise import code_points, normalise

SHINGLE = 4  # characters
BANDS, ROWS = 16, 4  # a pair of Jaccard similarity s is compared with probability 1 - (1 - s ** ROWS) ** BANDS
AT_ONCE = 1 << 21  # shingles that are hashed together
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, 2 ** 64 divided by the golden ratio


def near_duplicates(texts, similarity=0.6, seed=0):
    """Numbers of the groups of texts that resemble one another, directly or through others.

    Two texts are compared where one of `BANDS` parts of their signatures is the same: of pairs as similar as 0.6 nine in ten,
    as 0.8 all. They belong together if the Jaccard similarity of their shingles of four letters and digits, whatever their case
    and width, is at least `similarity`. Texts without a letter or digit are alike where they are equal.

    Args:
        texts: sequence of texts.
        similarity: from above 0 to 1.
        seed: of the hash functions.

    Returns:
        Whole numbers from 0 on, `(texts,)`.
    """
    shingles = [shingles_of(text) for text in texts]
    signatures = signatures_of(shingles, np.random.default_rng(seed))  # (texts, BANDS * ROWS)
    first, second = [], []
    for band in range(BANDS):
        keys = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS]).view(f"V{8 * ROWS}").ravel()
        order = np.argsort(keys, kind="stable")
        alike = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])  # neighbours with the same key
        first.append(order[alike])
        second.append(order[alike + 1])
    pairs = np.unique(np.stack([np.concatenate(first), np.concatenate(second)], axis=1), axis=0)
    kept = np.array([jaccard(shingles[one], shingles[other]) >= similarity for one, other in pairs], bool)
    one, other = pairs[kept].T if len(pairs) else np.empty((2, 0), int)
    linked = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(texts), len(texts)))
    return connected_components(linked, directed=False)[1]


def shingles_of(text):
    """Hashes of the distinct shingles of a text, sorted, uint64."""
    plain = "".join(letter for letter in normalise(text) if letter.isalnum()) or text
    points = code_points(plain).astype("uint64")
    width = min(SHINGLE, len(points))
    hashed = np.zeros(len(points) - width + 1 if width else 1, "uint64")
    for place in range(width):
        hashed = hashed * np.uint64(1_000_003) + points[place : len(points) - width + 1 + place]
    return np.unique(hashed)


def signatures_of(shingles, generator):
    """The least hash of each text's shingles under each of many functions, uint64 `(texts, BANDS * ROWS)`."""
    factors = generator.integers(1, 1 << 63, BANDS * ROWS, dtype="uint64") | np.uint64(1)
    lengths = np.array([len(one) for one in shingles])
    result, start = np.empty((len(shingles), len(factors)), "uint64"), 0
    while start < len(shingles):
        count = max(1, int(np.searchsorted(np.cumsum(lengths[start:]), AT_ONCE, side="right")))
        hashed = np.concatenate(shingles[start : start + count])
        begins = np.cumsum([0, *lengths[start : start + count - 1]])
        for column, factor in enumerate(factors):
            mixed = (hashed ^ (hashed >> np.uint64(29))) * factor
            mixed = (mixed ^ (mixed >> np.uint64(32))) * MIX
            result[start : start + count, column] = np.minimum.reduceat(mixed, begins)
        start += count
    return result


def jaccard(first, second):
    """Size of the intersection of two sorted sets over that of their union."""
    both = len(np.intersect1d(first, second, assume_unique=True))
    return both / (len(first) + len(second) - both)
