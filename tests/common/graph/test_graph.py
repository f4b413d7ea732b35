import numpy as np
import pytest
from scipy import sparse

from common.errors import DataError
from common.graph import Graph


def test_links_are_sorted_and_parallel_ones_add_up():
    graph = Graph.from_edges([("b", "a", 2), ("c", "b"), ("a", "b", 0.5), ("c", "c", 0)])
    assert graph.nodes == ("a", "b", "c") and graph.dropped == 1
    assert graph.source.tolist() == [0, 1] and graph.target.tolist() == [1, 2] and graph.weight.tolist() == [2.5, 1]
    directed = Graph.from_edges([("b", "a", 2), ("a", "b", 0.5)], directed=True)
    assert directed.weight.tolist() == [0.5, 2]


def test_names_of_any_kind_have_one_order():
    names = [3, "b", 2.5, ("x", 1), "a", np.int64(1)]
    graph = Graph.from_edges([(names[0], name) for name in names[1:]])
    assert graph.nodes == (1, 2.5, 3, "a", "b", ("x", 1))
    given = Graph.from_edges([("b", "a")], nodes=["c", "b", "a"])
    assert given.nodes == ("c", "b", "a") and given.order.tolist() == [2, 1, 0] and given.source.tolist() == [0]
    assert given.components().tolist() == [0, 0, 1]


def test_sums_of_weights_do_not_hang_on_their_order():
    weights = [0.1, 1e16, 0.3, 1e-3, 7.7]
    graphs = [Graph.from_edges([(0, 1, weight) for weight in some]) for some in (weights, weights[::-1])]
    assert graphs[0].weight[0] == graphs[1].weight[0]


def test_a_matrix_is_read_as_it_stands():
    matrix = np.array([[2.0, 1, 0], [1, 0, 3], [0, 3, 0]])
    graph = Graph.from_matrix(matrix, nodes="cba")
    assert graph.nodes == ("c", "b", "a") and graph.weight.tolist() == [3, 1, 2]
    assert Graph.from_matrix(sparse.csr_array(np.triu(matrix)), directed=True).weight.tolist() == [2, 1, 3]


def test_neighbours_join_words():
    angles = np.array([0.0, 0.1, 0.2, 2.0, 2.1, 4.0])
    vectors = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    graph = Graph.from_vectors(vectors, "abcdef", near=2, floor=0.5)
    assert list(zip(graph.source.tolist(), graph.target.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2), (3, 4)]
    np.testing.assert_allclose(graph.weight, np.cos([0.1, 0.2, 0.1, 0.1]) - 0.5, atol=1e-6)
    hub = np.array([[1.0, 0, 0], [0.9, 0.5, 0], [0.9, -0.5, 0], [0.9, 0, 0.5]])
    assert len(Graph.from_vectors(hub, near=1, floor=0).source) == 3
    assert len(Graph.from_vectors(hub, near=1, floor=0, mutual=True).source) == 1
    assert len(Graph.from_vectors(np.zeros((3, 2))).source) == 0 and len(Graph.from_vectors(np.zeros((0, 2)))) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Graph.from_edges([(1,)]), r"Edge 0 is \(1,\): expected"),
        (lambda: Graph.from_edges([7]), "Edge 0 is 7: expected"),
        (lambda: Graph.from_edges([([1], 2)]), r"Edge 0 is \(\[1\], 2\)"),
        (lambda: Graph.from_edges([(1, 2, "heavy")]), "Weight heavy of the edge 1 - 2"),
        (lambda: Graph.from_edges([(1, 2, None)]), "Weight None of the edge 1 - 2"),
        (lambda: Graph.from_edges([(1, 2, np.nan)]), "Weight nan of the edge 1 - 2"),
        (lambda: Graph.from_edges([(1, 2, np.inf)]), "Weight inf of the edge 1 - 2"),
        (lambda: Graph.from_edges([(1, 2, -0.5)]), "Weight -0.5 of the edge 1 - 2: expected a number from 0; negative"),
        (lambda: Graph.from_edges([(1, None)]), "None is no name"),
        (lambda: Graph.from_edges([(1, np.nan)]), "nan is no name"),
        (lambda: Graph.from_edges([(1, 2)], nodes=[1]), "The edge 1 - 2 leads to 2, which is not among the nodes"),
        (lambda: Graph.from_edges([], nodes="aba"), "The node 'a' is there twice"),
        (lambda: Graph.from_matrix(np.ones((2, 3))), "is square, but this one is 2 x 3"),
        (lambda: Graph.from_matrix(np.array([[0, 1], [2, 0]])), "not symmetric at row 0, column 1: directed=True"),
        (lambda: Graph.from_matrix(np.array([[0, -1], [-1, 0]])), "Weight -1.0 of row 0, column 1"),
        (lambda: Graph.from_matrix(np.array([[0, np.nan], [1, 0]])), "Weight nan of row 0, column 1"),
        (lambda: Graph.from_matrix(np.eye(2), nodes="abc"), "3 names for 2 rows"),
        (lambda: Graph.from_vectors(np.ones((2, 3)), "abc"), r"3 words, but vectors of shape \(2, 3\)"),
        (lambda: Graph.from_vectors([[1, 0], [np.nan, 0]], "ab"), "The vector of 'b' is not finite"),
    ],
)
def test_what_is_no_graph_is_named(make, message):
    with pytest.raises(DataError, match=message):
        make()
