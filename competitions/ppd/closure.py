"""What the labels of some pairs imply for others: a = b and b = c give a = c, and a = b and b != c give a != c.

As the graph it belongs to how a contest's pairs were sampled, so only `protocol=contest` uses it. Clusters are always built
from the pairs that are given, those of a fold's training part: the winners built them from all labels, so that their validation
pairs leaked.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold

from competitions.ppd import graph

PARTS = 20  # of the training part: each learns what the other 19 imply, nearly as much as a new pair learns from all
SHRINK = 2.0  # pairs of the mean that a question's share of positives is drawn to

POSITIVES_OF_CLUSTER = 1 / 3  # of n(n-1) ordered pairs, and
POSITIVES_OF_QUESTION = 8  # for each question of a cluster, at most
NEGATIVES = 1.2  # random pairs for each positive of the closure
ADDED_WEIGHT = 0.2  # of a pair from the closure, as the winner's

MATES = 10  # that a question is replaced by at test time, at most
OWN_SHARE = 0.8  # of a pair's own probability; the rest is the mean of its variants


def clusters(pairs, labels, questions):
    """Questions that positive pairs join, in one step or many.

    Args:
        pairs: question numbers `(rows, 2)`.
        labels: 0 or 1, `(rows,)`.
        questions: how many there are.

    Returns:
        Number of the cluster of each question, `(questions,)`.
    """
    return components(pairs[labels == 1], questions)


def components(pairs, questions):
    """Number of the component of each question where all pairs join, `(questions,)`."""
    edges = coo_array((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(questions, questions))
    return connected_components(edges, directed=False)[1]


def components_of(pairs, questions):
    """Number of the component in which each of these pairs lies, `(rows,)`."""
    return components(pairs, questions)[pairs[:, 0]]


def negative_links(pairs, known, labels, cluster):
    """How many known negatives stand between a question of each pair and the cluster of the other one, `(rows,)`."""
    size = cluster.max() + 1

    def ways(some):
        return np.concatenate([some[:, 0] * size + cluster[some[:, 1]], some[:, 1] * size + cluster[some[:, 0]]])

    places, counts = np.unique(ways(known[labels == 0]), return_counts=True)
    wanted = ways(pairs)
    if not len(places):
        return np.zeros(len(pairs), int)
    found = np.searchsorted(places, wanted).clip(max=len(places) - 1)
    return np.where(places[found] == wanted, counts[found], 0).reshape(2, -1).sum(axis=0)


def rules(pairs, known, labels, questions):
    """What follows for each pair: 1 sure positive, 0 sure negative, -1 nothing.

    Two questions of one cluster mean the same. A negative spreads one step: a != b gives a != every mate of b, and every mate
    of a != b. Where both follow, the negative holds.
    """
    cluster = clusters(known, labels, questions)
    negative = negative_links(pairs, known, labels, cluster) > 0
    return np.where(negative, 0, np.where(cluster[pairs[:, 0]] == cluster[pairs[:, 1]], 1, -1))


def describe(pairs, known, labels, questions):
    """What known pairs, none of which is among `pairs`, imply for each pair.

    Returns:
        Data frame `(rows, columns)`, float32, the same for (a, b) and (b, a).
    """
    first, second = pairs.T
    cluster = clusters(known, labels, questions)
    size = np.bincount(cluster)[cluster]
    seen = np.bincount(known.ravel(), minlength=questions)
    positive = np.bincount(known[labels == 1].ravel(), minlength=questions)
    share = (positive + SHRINK * labels.mean()) / (seen + SHRINK)
    columns = {
        "same_cluster": cluster[first] == cluster[second],
        "negative_links": negative_links(pairs, known, labels, cluster),
    }
    for name, values in (("cluster", size), ("labelled", seen), ("positive_share", share)):
        columns[f"{name}_min"] = np.minimum(values[first], values[second])
        columns[f"{name}_max"] = np.maximum(values[first], values[second])
    return pd.DataFrame(columns).astype("float32")


def describe_training(pairs, labels, questions, seed=0):
    """`describe` for the training pairs themselves: each part of them from the labels of the other parts.

    A pair that stands there twice, in either order, lies in one part: its twin's label would be its own.
    """
    tables, pair = [], graph.keys(pairs, questions)
    parts = GroupKFold(min(PARTS, len(np.unique(pair))), shuffle=True, random_state=seed)
    for rest, part in parts.split(pairs, groups=pair):
        table = describe(pairs[part], pairs[rest], labels[rest], questions)
        tables.append(table.set_index(part))
    return pd.concat(tables).sort_index()


def augment(pairs, labels, questions, generator):
    """More training pairs: positives from inside the clusters, and random negatives.

    Args:
        pairs: training pairs `(rows, 2)`.
        labels: 0 or 1, `(rows,)`.
        questions: how many there are.
        generator: NumPy random generator.

    Returns:
        Pairs `(more, 2)`, their labels and their weights `(more,)`. None of them is a training pair.

    Reference: the winner's code, CortexFoundation/paipaidai_rank1.
    """
    cluster = clusters(pairs, labels, questions)
    size = np.bincount(cluster)
    wanted = np.minimum(size * (size - 1) * POSITIVES_OF_CLUSTER, POSITIVES_OF_QUESTION * size).astype(int)
    wanted[size <= 2] = 0
    order = np.argsort(cluster, kind="stable")
    start = np.cumsum(size) - size
    place = np.repeat(np.arange(len(size)), wanted)
    drawn = generator.integers(size[place], size=(2, len(place)))
    positives = order[start[place] + drawn].T
    paired = np.unique(pairs)
    negatives = generator.choice(paired, size=(int(NEGATIVES * len(positives)), 2))
    negatives = negatives[cluster[negatives[:, 0]] != cluster[negatives[:, 1]]]
    more = np.concatenate([positives, negatives])
    implied = np.repeat([1, 0], [len(positives), len(negatives)])
    ordered = np.sort(more, axis=1) @ [questions, 1]
    known = np.isin(ordered, np.sort(pairs, axis=1) @ [questions, 1]) | (more[:, 0] == more[:, 1])
    fresh = np.unique(ordered, return_index=True)[1]
    fresh = fresh[~known[fresh]]
    return more[fresh], implied[fresh], np.full(len(fresh), ADDED_WEIGHT, "float32")


def variants(pairs, cluster, generator):
    """Each pair with one side replaced by a mate from its cluster, up to `MATES` times a side.

    Args:
        pairs: question numbers `(rows, 2)`.
        cluster: from `clusters`.
        generator: NumPy random generator; it chooses where a cluster has more mates.

    Returns:
        Pairs `(variants, 2)`, and the row that each stands for `(variants,)`.
    """
    shuffled = generator.permutation(len(cluster))
    order = shuffled[np.argsort(cluster[shuffled], kind="stable")]
    size = np.bincount(cluster)
    start = np.cumsum(size) - size
    found, rows = [], []
    for side in (0, 1):
        own = cluster[pairs[:, side]]
        count = np.minimum(size[own], MATES + 1)  # one more, for the question itself may be among them
        row = np.repeat(np.arange(len(pairs)), count)
        step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        mate = order[start[own[row]] + step]
        itself = mate == pairs[row, side]
        full = np.bincount(row, itself, minlength=len(pairs)) == 0  # it is not: then the last mate is one too many
        kept = ~itself & (mate != pairs[row, 1 - side]) & ~(full[row] & (step == MATES))
        one = pairs[row[kept]].copy()
        one[:, side] = mate[kept]
        found.append(one)
        rows.append(row[kept])
    return np.concatenate(found), np.concatenate(rows)


def blend_variants(own, probability, rows):
    """`0.8 own + 0.2 mean of all variants`, the pair itself among them, `(rows,)`.

    Args:
        own: probability of each pair `(rows,)`.
        probability: of each variant `(variants,)`.
        rows: from `variants`.
    """
    count = np.bincount(rows, minlength=len(own)) + 1
    mean = (own + np.bincount(rows, probability, minlength=len(own))) / count
    return OWN_SHARE * own + (1 - OWN_SHARE) * mean
