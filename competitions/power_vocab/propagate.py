"""From seed words to their like: breadth-first by cosine, or by communities of the similarity graph."""

import numpy as np

from common.graph import Graph, MapEquation
from common.graph.neighbours import nearest

FLOOR, RISE, SPEED = 0.6, 0.4, 0.35  # of the threshold, as the original
EDGE = 0.5  # cosine above which words are joined in the graph
TRIALS = 2  # searches of the communities, of which the shortest code counts


def threshold(depth):
    """Cosine that a neighbour must reach to enter at a depth: `0.6 + 0.4 (1 - exp(-0.35 depth))`; it rises with distance."""
    return FLOOR + RISE * (1 - np.exp(-SPEED * np.asarray(depth, float)))


def spread(vectors, seeds, allowed, near=20):
    """Depth at which each word is reached from the seeds, int64 `(words,)`; -1 for those that are not.

    The neighbours of a word at depth d stand at depth d + 1, and enter where their cosine reaches `threshold` of it.

    Args:
        vectors: float `(words, dim)`, of length 1 or zero.
        seeds: places of the seed words, at depth 0.
        allowed: whether each word may enter, bool `(words,)`.
        near: neighbours of a word that are looked at.
    """
    depths = np.full(len(vectors), -1)
    depths[seeds] = 0
    wave, depth = np.asarray(seeds, dtype="int64"), 0
    while len(wave):
        depth += 1
        neighbours, cosines = nearest(vectors, wave, near)
        reached = np.unique(neighbours[cosines >= threshold(depth)])
        wave = reached[(depths[reached] < 0) & allowed[reached]]
        depths[wave] = depth
    return depths


def communities(vectors, near=20, seed=1):
    """Community of each word in the graph of similar words, int64 `(words,)`: their number is found, not chosen.

    Args:
        vectors: float `(words, dim)`, of length 1 or zero; a word without neighbours is a community of its own.
        near: neighbours of a word that may be joined to it.
        seed: of the search.
    """
    return MapEquation(trials=TRIALS, seed=seed).fit_predict(Graph.from_vectors(vectors, near=near, floor=EDGE))
