"""Nearest neighbours by cosine, exact, a few rows at a time."""

import numpy as np

HELD = 20_000_000  # similarities that are held at once


def nearest(vectors, rows, near):
    """The nearest other words of some words.

    Args:
        vectors: float `(words, dim)`, of length 1 or zero.
        rows: words asked for.
        near: neighbours of each.

    Returns:
        `(neighbours, cosines)`, `(rows, near)` each, the nearest first; fewer columns where there are fewer words.
    """
    near = max(0, min(near, len(vectors) - 1))
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
