"""The graph of all pairs: questions are its nodes, training and test pairs its edges, whatever their labels.

It tells nothing about what a question means. It helps because of how a contest's pairs were sampled: questions that stand in
many pairs, and pairs whose questions share neighbours, mean the same more often. Only `protocol=contest` uses it.

Everything is a product of sparse matrices or comes from a library; no array has a place for every two questions.
"""

import networkx as nx
import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from sklearn.decomposition import NMF, TruncatedSVD

BLOCK = 20_000  # pairs that are described at a time: bounds the sparse products
FARTHEST = 6  # steps of the longest detour that is looked for
DAMPING = 0.9  # of the PageRank, as the winner's
FACTORS = 16  # of the singular value decomposition
PARTS = 2  # of the non-negative factorisation, as the winner's


def describe(pairs, edges, questions, seed=0):
    """Features of each pair's place in the graph, the same for (a, b) and (b, a).

    Args:
        pairs: question numbers `(rows, 2)`.
        edges: all pairs that make the graph `(edges, 2)`; the one under description may be among them or not.
        questions: how many there are.
        seed: of the factorisations.

    Returns:
        Data frame `(rows, columns)`, float32.
    """
    matrix = adjacency(edges, questions)
    nodes = describe_nodes(matrix)
    first, second = pairs.T
    columns = {"edge_repeats": repeats(pairs, edges, questions)}
    for name, values in nodes.items():
        columns[f"{name}_min"] = np.minimum(values[first], values[second])
        columns[f"{name}_max"] = np.maximum(values[first], values[second])
    columns["component"] = columns.pop("component_max")  # the edge joins both, so that their components are one
    del columns["component_min"]
    between = [describe_between(matrix, pairs[start : start + BLOCK]) for start in range(0, len(pairs), BLOCK)]
    columns |= {name: np.concatenate([part[name] for part in between]) for name in between[0]}
    columns["common_share"] = columns["common_neighbours"] / np.maximum(columns["degree_min"], 1)
    columns |= describe_factors(matrix, pairs, seed)
    return pd.DataFrame(columns).astype("float32")


def adjacency(edges, questions):
    """Symmetric matrix of 0 and 1, `(questions, questions)` sparse; an edge of a question with itself is left out."""
    edges = edges[edges[:, 0] != edges[:, 1]]
    both = np.concatenate([edges, edges[:, ::-1]]).T
    matrix = csr_array(coo_array((np.ones(both.shape[1], "float32"), tuple(both)), shape=(questions, questions)))
    matrix.data[:] = 1  # a pair that stands there twice is one edge
    return matrix


def repeats(pairs, edges, questions):
    """How often each pair stands among the edges, in either order, `(rows,)`."""
    known, counts = np.unique(keys(edges, questions), return_counts=True)
    wanted = keys(pairs, questions)
    place = np.searchsorted(known, wanted).clip(max=len(known) - 1)
    return np.where(known[place] == wanted, counts[place], 0)


def keys(pairs, questions):
    """One number for each unordered pair, `(rows,)`."""
    return pairs.min(axis=1).astype("int64") * questions + pairs.max(axis=1)


def describe_nodes(matrix):
    """Features of every question: a dict of arrays `(questions,)`."""
    degree = matrix.sum(axis=1)
    around = matrix @ degree / np.maximum(degree, 1)
    _, component = connected_components(matrix, directed=False)
    graph = nx.from_edgelist(zip(*(side.tolist() for side in matrix.nonzero()), strict=True))
    core, rank = np.zeros(len(degree)), np.zeros(len(degree))
    for values, found in ((core, nx.core_number(graph)), (rank, nx.pagerank(graph, alpha=DAMPING, max_iter=1000))):
        values[list(found)] = list(found.values())
    return {
        "degree": degree,
        "neighbour_degree": around,
        "core": core,
        "pagerank": rank * len(graph),  # 1 on average, however many questions there are
        "component": np.bincount(component)[component],
    }


def describe_between(matrix, pairs):
    """Features of the ways between the questions of each pair that do not use the pair's own edge: a dict of arrays."""
    first, second = pairs.T
    left, right = emptied(matrix[first], second), emptied(matrix[second], first)
    shared = left.multiply(right)
    common = shared.sum(axis=1)
    rarity = 1 / np.log1p(np.maximum(matrix.sum(axis=1), 1))
    return {
        "common_neighbours": common,
        "common_rarity": shared @ rarity,  # Adamic and Adar 2003: a neighbour with few others says more
        "neighbour_union": left.sum(axis=1) + right.sum(axis=1) - common,
        "detour": detour(matrix, pairs, left, right),
    }


def emptied(rows, columns):
    """Sparse rows with one column of each row emptied."""
    own = np.repeat(columns, np.diff(rows.indptr))
    rows.data[rows.indices == own] = 0
    rows.eliminate_zeros()
    return rows


def detour(matrix, pairs, left, right):
    """Steps of the shortest path between the questions of each pair without its own edge, `(rows,)`; NaN beyond `FARTHEST`.

    Both ends reach out in turn until they meet. The one never enters the other's question, so no walk uses the pair's own edge.

    Args:
        matrix: adjacency.
        pairs: question numbers `(rows, 2)`.
        left, right: neighbours of either question but the other one, sparse `(rows, questions)`.
    """
    steps, rows = np.full(len(pairs), np.nan), np.arange(len(pairs))
    ends = [left, right]
    for length in range(2, FARTHEST + 1):
        met = ends[0].multiply(ends[1]).sum(axis=1) > 0
        steps[rows[met]] = length
        open_ways = ~met & (ends[0].sum(axis=1) > 0) & (ends[1].sum(axis=1) > 0)
        rows, ends = rows[open_ways], [end[open_ways] for end in ends]
        side = length % 2
        ends[side] = emptied(ends[side] @ matrix, pairs[rows, 1 - side])
        ends[side].data[:] = 1  # reached, in however many ways
    return steps


def describe_factors(matrix, pairs, seed):
    """Similarity of both questions in low-rank factorisations of the adjacency: a dict of arrays `(rows,)`."""
    first, second = pairs.T
    looped = matrix + eye_array(matrix.shape[0], dtype="float32", format="csr")  # a question is near itself
    factors = TruncatedSVD(min(FACTORS, matrix.shape[0] - 1), random_state=seed).fit_transform(looped)
    lengths = np.linalg.norm(factors, axis=1)
    products = np.einsum("ij,ij->i", factors[first], factors[second])
    columns = {
        "svd_product": products,
        "svd_cosine": products / np.maximum(lengths[first] * lengths[second], 1e-12),
        "svd_distance": np.linalg.norm(factors[first] - factors[second], axis=1),
    }
    parts = NMF(PARTS, init="nndsvda", random_state=seed, tol=1e-3).fit_transform(matrix)
    for number, part in enumerate(parts.T):
        columns[f"nmf_product_{number}"] = part[first] * part[second]
        columns[f"nmf_difference_{number}"] = np.abs(part[first] - part[second])
    return columns
