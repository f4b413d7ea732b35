"""Texts that say nearly the same, found among many by MinHash.

    groups = near_duplicates(texts)              # equal numbers for texts that should share a fold
    groups = kept(folder, name, twins, texts)    # the same of sentences, from a file where they were found before
    new = Apart(); new.takes(text)               # whether none before is a twin of it: of sentences that are made up

Reference: Broder 1997, On the resemblance and containment of documents.
"""

from collections import Counter, defaultdict

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from common import paths
from common.text import normalise as normal_form
from common.text.normalise import code_points, normalise

ROWS = 4  # of a band: a pair of Jaccard similarity s is compared with probability 1 - (1 - s ** ROWS) ** bands
TWINS = {"similarity": 0.5, "shingle": 5, "bands": 40}  # of sentences
VERSION = paths.code_version(__file__, normal_form.__file__)
AT_ONCE = 1 << 21  # shingles that are hashed together
MIX = np.uint64(0x9E3779B97F4A7C15)  # odd, 2 ** 64 divided by the golden ratio


def near_duplicates(texts, similarity=0.6, shingle=4, bands=16, seed=0):
    """Numbers of the groups of texts that resemble one another, directly or through others.

    Two texts are compared where one of the bands of their signatures is the same: with the default of pairs as similar as 0.6
    nine in ten, as 0.8 all. They belong together if the Jaccard similarity of their shingles of letters and digits, whatever
    their case and width, is at least `similarity`. Texts without a letter or digit are alike where they are equal.

    Args:
        texts: sequence of texts.
        similarity: from above 0 to 1.
        shingle: characters of a shingle.
        bands: of a signature.
        seed: of the hash functions.

    Returns:
        Whole numbers from 0 on, `(texts,)`.
    """
    if not len(texts):
        return np.empty(0, int)
    shingles = [shingles_of(text, shingle) for text in texts]
    signatures = signatures_of(shingles, bands * ROWS, np.random.default_rng(seed))  # (texts, bands * ROWS)
    first, second = [], []
    for band in range(bands):
        keys = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS]).view(f"V{8 * ROWS}").ravel()
        order = np.argsort(keys, kind="stable")
        alike = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])  # neighbours with the same key
        first.append(order[alike])
        second.append(order[alike + 1])
    pairs = np.unique(np.stack([np.concatenate(first), np.concatenate(second)], axis=1), axis=0)
    kept = np.array([jaccard(shingles[one], shingles[other]) >= similarity for one, other in pairs], bool)
    one, other = pairs[kept].T if len(pairs) else np.empty((2, 0), int)
    linked = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(texts), len(texts)))
    return connected_components(linked, directed=False)[1].astype(int)


def twins(texts):
    """`near_duplicates` of sentences: half of their runs of five characters are the same, which chance does not bring about."""
    return near_duplicates(texts, **TWINS)


class Apart:
    """Sentences of which no two are twins. Each is compared with all that share a shingle: exact, and meant for thousands."""

    def __init__(self):
        self.sizes = []  # shingles of each sentence
        self.holders = defaultdict(list)  # sentences by shingle

    def takes(self, text):
        """Whether a text is a twin of none that was taken before; if so, it is taken."""
        shingles = shingles_of(text, TWINS["shingle"]).tolist()
        shared = Counter(number for shingle in shingles for number in self.holders.get(shingle, ()))
        if any(both >= TWINS["similarity"] * (len(shingles) + self.sizes[number] - both) for number, both in shared.items()):
            return False
        for shingle in shingles:
            self.holders[shingle].append(len(self.sizes))
        self.sizes.append(len(shingles))
        return True


def kept(folder, name, find, texts):
    """What `find(texts)` gives, from a file of a folder where it was found before by this code."""
    path = folder / f"groups-{name}-{VERSION}.npy"
    if not path.exists():
        with paths.atomic(path) as temporary:
            np.save(temporary, find(texts))
    groups = np.load(path)
    paths.require_rows(path, len(groups), len(texts))
    return groups


def shingles_of(text, size):
    """Hashes of the distinct shingles of a text, sorted, uint64."""
    plain = "".join(letter for letter in normalise(text) if letter.isalnum()) or text
    points = code_points(plain).astype("uint64")
    width = min(size, len(points))
    hashed = np.zeros(len(points) - width + 1 if width else 1, "uint64")
    for place in range(width):
        hashed = hashed * np.uint64(1_000_003) + points[place : len(points) - width + 1 + place]
    return np.unique(hashed)


def signatures_of(shingles, size, generator):
    """The least hash of each text's shingles under each of many functions, uint64 `(texts, size)`."""
    factors = generator.integers(1, 1 << 63, size, dtype="uint64") | np.uint64(1)
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
