"""Graph features against networkx and by hand; both orders of a pair give the same."""

import time

import networkx as nx
import numpy as np
import pytest

from competitions.ppd import graph

QUESTIONS = 60


@pytest.fixture(scope="module")
def edges():
    generator = np.random.default_rng(3)
    drawn = generator.integers(QUESTIONS, size=(75, 2))
    return np.concatenate([drawn[drawn[:, 0] != drawn[:, 1]], [[0, 1], [1, 0]]])


@pytest.fixture(scope="module")
def reference(edges):
    return nx.Graph(edges.tolist())


@pytest.fixture(scope="module")
def described(edges):
    return graph.describe(edges, edges, QUESTIONS)


def each(edges, values, choose):
    return [choose(values[first], values[second]) for first, second in edges.tolist()]


def test_features_of_questions_are_those_of_networkx(edges, reference, described):
    pagerank = {name: value * len(reference) for name, value in nx.pagerank(reference, alpha=graph.DAMPING).items()}
    wanted = {
        "degree": dict(reference.degree),
        "core": nx.core_number(reference),
        "neighbour_degree": nx.average_neighbor_degree(reference),
        "pagerank": pagerank,
    }
    for name, values in wanted.items():
        np.testing.assert_allclose(described[f"{name}_min"], each(edges, values, min), rtol=1e-4)
        np.testing.assert_allclose(described[f"{name}_max"], each(edges, values, max), rtol=1e-4)
    component = {name: len(part) for part in nx.connected_components(reference) for name in part}
    np.testing.assert_array_equal(described["component"], each(edges, component, min))


def test_neighbours_that_both_questions_have(edges, reference, described):
    common = [len(set(nx.common_neighbors(reference, *edge))) for edge in edges.tolist()]
    assert max(common) > 0
    np.testing.assert_array_equal(described["common_neighbours"], common)
    either = [len((set(reference[a]) | set(reference[b])) - {a, b}) for a, b in edges.tolist()]
    np.testing.assert_array_equal(described["neighbour_union"], either)


def test_the_detour_is_the_shortest_path_without_the_edge_itself(edges, reference, described):
    wanted = []
    for first, second in edges.tolist():
        rest = reference.copy()
        rest.remove_edge(first, second)
        steps = nx.shortest_path_length(rest, first, second) if nx.has_path(rest, first, second) else np.inf
        wanted.append(steps if steps <= graph.FARTHEST else np.nan)
    assert len(set(wanted)) > 4, "several lengths, and none at all"
    np.testing.assert_array_equal(described["detour"], wanted)


def test_a_ring_is_walked_round_and_a_chain_is_not():
    ring = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]])
    assert graph.describe(ring, ring, 5)["detour"].tolist() == [4] * 5
    assert graph.describe(ring, ring[:4], 5)["detour"].isna().tolist() == [True] * 4 + [False], "the last pair is no edge"
    long_ring = np.stack([np.arange(8), (np.arange(8) + 1) % 8], axis=1)
    assert graph.describe(long_ring, long_ring, 8)["detour"].isna().all(), f"more than {graph.FARTHEST} steps"


def test_both_orders_of_a_pair_are_the_same(edges, described):
    np.testing.assert_array_equal(described, graph.describe(edges[:, ::-1], edges, QUESTIONS))
    np.testing.assert_array_equal(described, graph.describe(edges, edges, QUESTIONS), "and so are two runs")


def test_blocks_do_not_show(edges, described, monkeypatch):
    monkeypatch.setattr(graph, "BLOCK", 7)
    np.testing.assert_array_equal(described, graph.describe(edges, edges, QUESTIONS))


def test_repeats_count_both_orders_and_pairs_of_a_question_with_itself_are_no_edge():
    edges = np.array([[0, 1], [1, 0], [1, 2], [2, 2]])
    assert graph.repeats(np.array([[0, 1], [2, 1], [0, 2]]), edges, 3).tolist() == [2, 1, 0]
    assert graph.describe(edges, edges, 3)["degree_max"].tolist() == [2, 2, 2, 1]


def test_factors_keep_neighbours_together():
    """Two hubs with leaves of their own: leaves of one hub are alike, those of two are not."""
    edges = np.array([[0, leaf] for leaf in range(2, 14)] + [[1, leaf] for leaf in range(14, 22)])
    found = graph.describe(np.array([[2, 3], [2, 15]]), edges, 22)
    assert found["svd_cosine"][0] > 0.5 > 0.2 > abs(found["svd_cosine"][1])
    assert found["svd_product"][0] > found["svd_product"][1]


@pytest.mark.real_data
def test_the_contest_s_own_graph_takes_less_than_20_seconds(real_data):
    import pandas as pd

    frame = pd.read_csv(real_data / "contest" / "test.csv", dtype=str)
    codes, names = pd.factorize(pd.concat([frame["q1"], frame["q2"]]))
    pairs = codes.reshape(2, -1).T
    started = time.process_time()
    found = graph.describe(pairs, pairs, len(names))
    assert time.process_time() - started < 20
    assert len(found) == 172_956 and np.isfinite(found.drop(columns="detour")).all(axis=None)
