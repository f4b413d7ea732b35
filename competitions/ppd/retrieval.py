"""Nearest questions by the cosine of their vectors: exact, block by block, so that no N x N matrix is ever made."""

import numpy as np

from common.errors import ConfigError, DataError
from common.text.normalise import normalise

CELLS = 1 << 24  # cosines that are held at a time: 64 MB
RANKS = (1, 5, 10)


def search(vectors, queries, k, own=None):
    """The `k` nearest vectors of each query.

    Args:
        vectors: of length 1, float32 `(rows, dim)`.
        queries: likewise `(queries, dim)`.
        k: how many; fewer where there are not so many rows.
        own: the row that each query is itself, `(queries,)`, which is left out by its number: another row with the same vector
            stays. `None` leaves out nothing.

    Returns:
        Row numbers `(queries, k)`, the nearest first and of equal ones the one that stands first, and their cosines.

    Raises:
        ConfigError: `k` is below 1.
    """
    if k < 1:
        raise ConfigError(f"k={k}: expected at least 1")
    k = min(k, len(vectors) - (own is not None))
    block = max(1, CELLS // max(1, len(vectors)))
    rows, cosines = np.empty((len(queries), k), int), np.empty((len(queries), k), "float32")
    for start in range(0, len(queries), block):
        part = slice(start, min(start + block, len(queries)))
        cosine = queries[part] @ vectors.T
        if own is not None:
            cosine[np.arange(len(cosine)), own[part]] = -np.inf
        found = np.sort(np.argpartition(-cosine, k - 1, axis=1)[:, :k], axis=1) if k < cosine.shape[1] else all_of(cosine)
        near = np.take_along_axis(cosine, found, axis=1)
        order = np.argsort(-near, axis=1, kind="stable")
        rows[part] = np.take_along_axis(found, order, axis=1)
        cosines[part] = np.take_along_axis(near, order, axis=1)
    return rows, cosines


def all_of(cosine):
    """Every column's number in every row."""
    return np.broadcast_to(np.arange(cosine.shape[1]), cosine.shape)


def accuracy(vectors, groups, ranks=RANKS):
    """How often one of the nearest questions is of the same group: the original's protocol, without its slips.

    Every question is looked for among all the others. It is left out by its number, and not as the nearest one, which a
    duplicate may be; those that are alone in their group stand in the way of others but are not counted, since they cannot
    be found.

    Args:
        vectors: of length 1, `(rows, dim)`.
        groups: number of each question's group, `(rows,)`.
        ranks: how many of the nearest may hold it.

    Returns:
        Dict with `top1`, `top5`, ... and `queries`, how many were counted.

    Raises:
        ConfigError: no group has two questions.
    """
    place, counted = places(vectors, groups, max(ranks))
    return {**{f"top{rank}": float(np.mean(place <= rank)) for rank in ranks}, "queries": len(counted)}


def places(vectors, groups, last):
    """`accuracy` question by question.

    Returns:
        1 where the nearest other question is of the same group, 2 where the second is, up to `last`, else 1 more than that,
        `(counted,)`; row numbers of the counted questions.

    Raises:
        ConfigError: no group has two questions.
    """
    counted = np.flatnonzero(np.bincount(groups)[groups] > 1)
    if not len(counted):
        raise ConfigError("no group has two questions: there is nothing to find")
    rows, _ = search(vectors, vectors[counted], last, own=counted)
    hits = groups[rows] == groups[counted, None]
    return np.where(hits.any(axis=1), hits.argmax(axis=1), last) + 1, counted


def nearest(trained, known, text, k=10):
    """The questions of the encoder's file that are nearest to a text.

    Args:
        trained: `Encoder`.
        known: arrays of the known questions, `texts` and `vectors`.
        text: a question.
        k: how many.

    Returns:
        List of `(question, cosine)`, the nearest first.

    Raises:
        DataError: the encoder knows no character of the text.
    """
    if not set(normalise(text)) & set(trained.vocabulary.characters_):
        raise DataError(f"the encoder has learnt no character of '{text[:60]}'")
    rows, cosines = search(known["vectors"].astype("float32"), trained.encode([text]), k)
    return [(str(known["texts"][row]), float(cosine)) for row, cosine in zip(rows[0], cosines[0], strict=True)]
