"""Graphs: nodes of any name and weighted links, in an order that depends on nothing but the names."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from common.errors import DataError
from common.graph.neighbours import nearest

SYMMETRIC = 1e-9  # of the greatest weight: by how much an undirected matrix may differ from its transpose


@dataclass(frozen=True)
class Graph:
    """Nodes and weighted links.

    The links are sorted by the names of their ends and parallel ones are added up, so the same labelled graph is the same
    object whatever the order in which nodes and links were given. Loops stay; links of weight zero go, their nodes stay.

    Attributes:
        nodes: names, as given or, where only links were given, sorted.
        order: places in `nodes` by sorted name, int64 `(nodes,)`.
        source, target: ends of each link as ranks of the sorted names, int64 `(links,)`; undirected ones have
            `source <= target`.
        weight: float64 `(links,)`, above 0.
        directed: whether a link leads one way only.
        dropped: links that were given with weight zero.
    """

    nodes: tuple
    order: np.ndarray
    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    directed: bool
    dropped: int

    @classmethod
    def from_edges(cls, edges, nodes=None, directed=False):
        """A graph of (source, target) or (source, target, weight), weight 1 where there is none.

        Args:
            edges: iterable of such; names are whatever hashes: numbers, texts.
            nodes: all names, where some have no edge or their order matters; sorted ends of the edges by default.
            directed: else an edge leads both ways, and (a, b) and (b, a) are parallel.

        Raises:
            DataError: an edge or a weight that is none, a name twice, an edge to a name that is not among `nodes`.
        """
        edges = [read_edge(edge, number) for number, edge in enumerate(edges)]
        ends = {name for source, target, _ in edges for name in (source, target)}
        nodes = sorted(ends, key=sorting) if nodes is None else [plain(name) for name in nodes]
        check_names(nodes)
        rank, order = ranked(nodes)
        for source, target, _ in edges:
            for name in (source, target):
                if name not in rank:
                    raise DataError(f"The edge {source!r} - {target!r} leads to {name!r}, which is not among the nodes")
        source, target = (np.array([rank[edge[side]] for edge in edges], dtype="int64") for side in (0, 1))
        weight = np.array([edge[2] for edge in edges], dtype="float64")
        return cls(tuple(nodes), order, *merged(source, target, weight, directed), directed, int((weight == 0).sum()))

    @classmethod
    def from_matrix(cls, matrix, nodes=None, directed=False):
        """A graph of its adjacency matrix, sparse or dense `(nodes, nodes)`; row `i`, column `j` is the weight from i to j.

        Args:
            matrix: weights; a loop of an undirected graph counts its weight on the diagonal once.
            nodes: names of the rows, 0, 1, ... by default.
            directed: else the matrix must be symmetric.

        Raises:
            DataError: not square, not symmetric, or a weight that is negative or no number.
        """
        matrix = sparse.coo_array(matrix)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise DataError(f"An adjacency matrix is square, but this one is {' x '.join(map(str, matrix.shape))}")
        matrix.sum_duplicates()
        nodes = range(matrix.shape[0]) if nodes is None else [plain(name) for name in nodes]
        check_names(nodes)
        if len(nodes) != matrix.shape[0]:
            raise DataError(f"{len(nodes)} names for {matrix.shape[0]} rows of the matrix")
        source, target, weight = matrix.row.astype("int64"), matrix.col.astype("int64"), matrix.data.astype("float64")
        for place in np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))[:1]:
            raise bad_weight(weight[place], f"row {source[place]}, column {target[place]}")
        if not directed:
            difference = abs(matrix - matrix.T).tocoo()
            if len(difference.data) and difference.data.max() > SYMMETRIC * weight.max():
                place = difference.data.argmax()
                row, column = difference.row[place], difference.col[place]
                raise DataError(f"The matrix is not symmetric at row {row}, column {column}: directed=True reads links one way")
            upper = source <= target
            source, target, weight = source[upper], target[upper], weight[upper]
        _, order = ranked(nodes)
        rank = np.argsort(order)
        links = merged(rank[source], rank[target], weight, directed)
        return cls(tuple(nodes), order, *links, directed, int((weight == 0).sum()))

    @classmethod
    def from_vectors(cls, vectors, words=None, near=20, floor=0.5, mutual=False):
        """Words joined to their nearest by cosine, weighted by how far the cosine is above the floor.

        Args:
            vectors: float `(words, dim)`; they are divided by their lengths, zero vectors have no neighbour.
            words: their names, 0, 1, ... by default.
            near: neighbours of each that are joined to it.
            floor: cosine that a neighbour must exceed.
            mutual: whether both must be among the nearest of the other, which keeps hubs from glueing groups together.

        Raises:
            DataError: not one vector for each word, or not a finite number.
        """
        vectors = np.asarray(vectors, dtype="float32")
        words = range(len(vectors)) if words is None else [plain(word) for word in words]
        check_names(words)
        if vectors.ndim != 2 or len(vectors) != len(words):
            raise DataError(f"{len(words)} words, but vectors of shape {vectors.shape}")
        if not np.isfinite(vectors).all():
            raise DataError(f"The vector of {words[np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0]]!r} is not finite")
        _, order = ranked(words)
        vectors = vectors[order] / np.maximum(np.linalg.norm(vectors[order], axis=1, keepdims=True), 1e-12)
        neighbours, cosines = nearest(vectors, np.arange(len(vectors)), near)
        rows, columns = np.nonzero(cosines > floor)
        one, other, weight = rows, neighbours[rows, columns], cosines[rows, columns].astype("float64") - floor
        low, high = np.minimum(one, other), np.maximum(one, other)
        sort = np.lexsort((-weight, high, low))  # a pair may be there from both sides, its cosines a rounding apart
        low, high, weight = low[sort], high[sort], weight[sort]
        first = np.ones(len(low), dtype=bool)
        first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        keep = first & ~np.append(first[1:], True) if mutual else first
        return cls(tuple(words), order, low[keep], high[keep], weight[keep], False, 0)

    def __len__(self):
        return len(self.nodes)

    def components(self):
        """Number of each node's connected component, directions ignored, int64 `(nodes,)` by sorted name."""
        ones = np.ones(len(self.source), dtype="int8")
        matrix = sparse.coo_array((ones, (self.source, self.target)), shape=(len(self), len(self)))
        return sparse.csgraph.connected_components(matrix, directed=False)[1].astype("int64")


def read_edge(edge, number):
    """(source, target, weight) of an edge in any form."""
    try:
        source, target, weight = edge if len(edge) == 3 else (*edge, 1.0)
        hash((source, target))
    except (TypeError, ValueError):
        raise DataError(f"Edge {number} is {edge!r}: expected (source, target) or (source, target, weight)") from None
    try:
        value = float(weight)
    except (TypeError, ValueError):
        raise bad_weight(weight, f"the edge {source!r} - {target!r}") from None
    if not 0 <= value < np.inf:
        raise bad_weight(weight, f"the edge {source!r} - {target!r}")
    return plain(source), plain(target), value


def bad_weight(weight, where):
    """The error of a weight that is no flow."""
    return DataError(f"Weight {weight} of {where}: expected a number from 0; negative ones have no meaning to a random walk")


def plain(name):
    """A NumPy number as Python's."""
    return name.item() if isinstance(name, np.generic) else name


def check_names(nodes):
    """Raise `DataError` where names do not tell nodes apart."""
    if isinstance(nodes, range):
        return
    seen = set()
    for name in nodes:
        if not isinstance(name, Hashable) or name is None or name != name:
            raise DataError(f"{name!r} is no name of a node")
        if name in seen:
            raise DataError(f"The node {name!r} is there twice")
        seen.add(name)


def sorting(name):
    """A key that sorts numbers by value before texts, and anything else behind them."""
    if isinstance(name, (int, float)):
        return (0, name, "")
    return (1, 0, name) if isinstance(name, str) else (2, 0, repr(name))


def ranked(nodes):
    """Rank of each name by its sorting, a dict, and the places of the sorted names."""
    if isinstance(nodes, range):
        return {}, np.arange(len(nodes))
    order = sorted(range(len(nodes)), key=lambda place: sorting(nodes[place]))
    return {nodes[place]: rank for rank, place in enumerate(order)}, np.array(order, dtype="int64")


def merged(source, target, weight, directed):
    """Links without zeros, sorted; parallel ones are added in the order of their weights, so that no bit depends on theirs."""
    if not directed:
        source, target = np.minimum(source, target), np.maximum(source, target)
    sort = np.lexsort((weight, target, source))
    sort = sort[weight[sort] > 0]
    source, target, weight = source[sort], target[sort], weight[sort]
    if not len(source):
        return source, target, weight
    first = np.flatnonzero(np.append(True, (source[1:] != source[:-1]) | (target[1:] != target[:-1])))
    return source[first], target[first], np.add.reduceat(weight, first)
