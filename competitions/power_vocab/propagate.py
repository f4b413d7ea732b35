"""From seed words to their like: breadth-first by cosine, or by communities of the similarity graph."""

import numpy as np

from common.errors import ConfigError

HELD = 20_000_000  # similarities that are held at once
FLOOR, RISE, SPEED = 0.6, 0.4, 0.35  # of the threshold, as the original
EDGE = 0.5  # cosine that makes an edge of the graph


def threshold(depth):
    """Cosine that a neighbour must reach to enter at a depth: `0.6 + 0.4 (1 - exp(-0.35 depth))`; it rises with distance."""
    return FLOOR + RISE * (1 - np.exp(-SPEED * np.asarray(depth, float)))


def nearest(vectors, rows, near):
    """The nearest other words of some words.

    Args:
        vectors: float `(words, dim)`, of length 1 or zero.
        rows: words asked for.
        near: neighbours of each.

    Returns:
        `(neighbours, cosines)`, `(rows, near)` each, the nearest first; fewer columns where there are fewer words.
    """
    near = min(near, len(vectors) - 1)
    neighbours, cosines = np.empty((len(rows), near), "int64"), np.empty((len(rows), near), "float32")
    chunk = max(1, HELD // max(1, len(vectors)))
    for start in range(0, len(rows), chunk):
        part = np.asarray(rows[start : start + chunk])
        similar = vectors[part] @ vectors.T
        similar[np.arange(len(part)), part] = -np.inf
        found = np.argpartition(-similar, near - 1, axis=1)[:, :near] if near else np.empty((len(part), 0), "int64")
        values = np.take_along_axis(similar, found, axis=1)
        order = np.lexsort((found, -values), axis=1)  # ties by the word's place: the same in every run
        neighbours[start : start + chunk] = np.take_along_axis(found, order, axis=1)
        cosines[start : start + chunk] = np.take_along_axis(values, order, axis=1)
    return neighbours, cosines


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
    """Community of each word in the graph of similar words, int64 `(words,)`, by InfoMap: their number is found, not chosen.

    Args:
        vectors: float `(words, dim)`, of length 1 or zero.
        near: neighbours of a word that may be joined to it.
        seed: of the search.

    Raises:
        ConfigError: the optional package `infomap` is missing.

    Reference: Rosvall and Bergstrom 2008, Maps of random walks on complex networks reveal community structure.
    """
    try:
        from infomap import Infomap
    except ImportError:
        raise ConfigError(
            "model=communities needs the optional package infomap (AGPL or commercial licence): pip install 'infomap>=2.16', "
            "or leave communities out of model="
        ) from None
    neighbours, cosines = nearest(vectors, np.arange(len(vectors)), near)
    graph = Infomap(silent=True, two_level=True, seed=seed)
    rows, columns = np.nonzero(cosines >= EDGE)
    edges = (rows.tolist(), neighbours[rows, columns].tolist(), cosines[rows, columns].tolist())
    for row, other, weight in zip(*edges, strict=True):
        graph.add_link(row, other, weight)
    found = np.full(len(vectors), -1)
    if len(rows):
        for node, community in graph.run().modules().items():
            found[node] = community
    alone = np.flatnonzero(found < 0)
    found[alone] = found.max(initial=0) + 1 + np.arange(len(alone))  # a word without neighbours is a community of its own
    return found
