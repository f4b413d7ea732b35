import math
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from common.errors import ConfigError, DataError
from common.graph import Graph, MapEquation, search
from common.graph.flow import flow_of
from tests.common.graph.networks import CIRCLES, NINE, TRIANGLES, VARIANTS, drawn, plainly, shortest

CLUB = nx.karate_club_graph()
FRIENDS, VISITS = list(CLUB.edges()), list(CLUB.edges(data="weight"))


@pytest.mark.parametrize(
    ("edges", "settings", "shortest", "one", "modules"),
    [
        (TRIANGLES, {}, 2.320730357, 2.556656707, 2),
        ([*TRIANGLES, (1, 1, 2)], {}, 2.231844122, None, 2),
        (CIRCLES, {"directed": True}, 1.773078845, None, 2),
        (CIRCLES, {"directed": True, "recorded": True}, 2.145467531, None, 2),
        (CIRCLES, {"directed": True, "jumps": "nodes"}, 1.746115210, None, 2),
        (CIRCLES, {"directed": True, "recorded": True, "jumps": "nodes"}, 2.203092790, None, 2),
        (NINE, {}, 3.517754809, 4.745545529, 9),
        (NINE, {"several_levels": True}, 3.371875026, 4.745545529, 9),
        (FRIENDS, {}, 4.311792646, 4.704422599, 3),
        (VISITS, {}, 4.087423159, 4.634008204, 3),
    ],
)
def test_known_graphs_have_their_known_shortest_codes(edges, settings, shortest, one, modules):
    found = MapEquation(**settings).fit(edges)
    assert found.codelength_ == pytest.approx(shortest, abs=1e-9)
    assert len(found.modules_) == modules
    assert one is None or found.one_module_ == pytest.approx(one, abs=1e-9)
    assert found.one_module_ == pytest.approx(-(found.flow_.node * np.log2(found.flow_.node)).sum(), abs=1e-12)


@pytest.mark.parametrize(
    ("seed", "shortest", "planted"),
    [
        (1, 8.873862, 8.878897),
        (2, 8.858455, 8.861848),
        (3, 8.652277, 8.655764),
        (4, 8.770370, 8.772135),
        (5, 8.959584, 8.961749),
    ],
)
def test_planted_communities_have_a_code_no_shorter_than_the_one_found(seed, shortest, planted):
    """The LFR benchmark (Lancichinetti, Fortunato and Radicchi 2008), whose degrees and communities follow power laws."""
    sizes = {"average_degree": 15, "max_degree": 50, "min_community": 20, "max_community": 100, "max_iters": 1000}
    drawn = nx.LFR_benchmark_graph(1000, 3, 1.5, 0.3, seed=seed, **sizes)
    edges = [(a, b) for a, b in drawn.edges() if a != b]
    found = MapEquation(trials=3).fit(edges)
    assert found.codelength_ == pytest.approx(shortest, abs=1e-6)
    truth = {node: min(drawn.nodes[node]["community"]) for node in drawn}
    assert MapEquation().codelength(edges, truth) == pytest.approx(planted, abs=1e-6)


def test_five_modules_stand_at_the_top_of_nine():
    found = MapEquation(several_levels=True).fit(NINE)
    assert found.levels_.shape == (27, 2) and found.levels_[:, 0].max() == 4
    assert (found.levels_[:, 1] == found.labels_).all()
    assert all(len(set(found.levels_[found.labels_ == number, 0].tolist())) == 1 for number in range(9))
    assert found.codelength_ < MapEquation().fit(NINE).codelength_


def test_the_given_clubs_have_the_same_code_as_a_directed_graph_both_ways():
    clubs = {node: CLUB.nodes[node]["club"] for node in CLUB}
    both = [*FRIENDS, *((b, a) for a, b in FRIENDS)]
    for found in (MapEquation().codelength(FRIENDS, clubs), MapEquation(directed=True).codelength(both, clubs)):
        assert found == pytest.approx(4.462090721, abs=1e-9)
    recorded = [MapEquation(directed=True, recorded=True, tau=tau).codelength(both, clubs) for tau in (0.1, 1e-3, 1e-5)]
    assert np.all(np.diff(np.abs(np.array(recorded) - 4.462090721)) < 0) and recorded[-1] == pytest.approx(4.46209, abs=1e-3)


@pytest.mark.parametrize("settings", [None, *VARIANTS], ids=str)
def test_length_is_that_of_the_paper(settings):
    random = np.random.default_rng(1)
    for _ in range(20):
        directed = settings is not None
        graph = Graph.from_edges(drawn(random, 9, 16), nodes=range(9), directed=directed)
        flow = flow_of(graph, **(settings or {}))
        balanced = not directed or settings.get("recorded", False)
        module = random.integers(4, size=9)
        found = MapEquation(**(settings or {})).codelength(graph, module)
        assert found == pytest.approx(plainly(flow, module, balanced), abs=1e-12)
        assert flow.node.sum() == pytest.approx(1, abs=1e-12)
        network = search.network_of(flow, balanced)
        module = np.unique(module, return_inverse=True)[1]
        _, leave, enter = search.borders(network, module)
        assert leave.sum() == pytest.approx(enter.sum(), abs=1e-12)
        assert search.tree_length(network, [module]) == pytest.approx(found, abs=1e-12)


def test_names_of_modules_and_the_scale_of_weights_change_nothing():
    random = np.random.default_rng(2)
    edges, module = drawn(random, 12, 40), random.integers(3, size=12)
    graph = Graph.from_edges(edges, nodes=range(12))
    length = MapEquation().codelength(graph, module)
    assert MapEquation().codelength(graph, ["abc"[number] for number in module]) == length
    network = search.network_of(flow_of(graph), True)
    with_empty_ones = search.codelength(network, 2 * module + 1)
    assert with_empty_ones == pytest.approx(length, abs=1e-12)
    for scale in (1000, 1e-6, 1e-200, 1e200):
        scaled = Graph.from_edges([(a, b, scale * weight) for a, b, weight in edges], nodes=range(12))
        assert MapEquation().codelength(scaled, module) == pytest.approx(length, abs=1e-12)
        assert (
            MapEquation(several_levels=True).fit(scaled).levels_ == MapEquation(several_levels=True).fit(graph).levels_
        ).all()


@pytest.mark.parametrize("settings", [None, *VARIANTS], ids=str)
def test_the_change_of_every_move_is_that_of_two_evaluations(settings, monkeypatch):
    """One node asks; every module but one is out of reach, so it goes there if, and only if, that saves what GAIN asks for."""
    random, moved = np.random.default_rng(3), 0
    for _ in range(100):
        directed = settings is not None
        graph = Graph.from_edges(drawn(random, 10, 24), nodes=range(10), directed=directed)
        balanced = not directed or settings.get("recorded", False)
        network = search.network_of(flow_of(graph, **(settings or {})), balanced)
        start = np.unique(random.integers(4, size=10), return_inverse=True)[1]
        before = search.codelength(network, start)
        after, steps = one_move(network, start, random)
        changed = np.flatnonzero(after != start)
        assert len(changed) == min(steps, 1)
        lengths = []
        for node in range(10):
            reach = {int(start[other]) for other in network.neighbour[network.start[node] : network.start[node + 1]]}
            for target in reach | {int(start.max()) + 1}:
                moved_there = start.copy()
                moved_there[node] = target
                lengths.append((search.codelength(network, np.unique(moved_there, return_inverse=True)[1]) - before, node))
        if steps:
            node = changed[0]
            gain = search.codelength(network, np.unique(after, return_inverse=True)[1]) - before
            assert gain == pytest.approx(min(change for change, by in lengths if by == node), abs=1e-10)
            moved += 1
        else:
            assert min(change for change, _ in lengths) > -2e-10
    assert moved > 50


def one_move(network, module, random):
    """Modules after the first move of `settle`, and how many there were: 0 or 1."""

    class Stopped(Exception):
        pass

    class OneChange(list):
        def __setitem__(self, place, value):
            super().__setitem__(place, value)
            raise Stopped

    count = len(network)
    values = [network.start, network.neighbour, network.tie, network.node, network.leave, network.enter, network.jump]
    values += [network.landing, network.group, network.index]
    sums = search.sums(network, module, count)
    scratch = [np.zeros(count, kind) for kind in ("float64", "float64", "int64", "int64", "int64", "int64")]
    state = [np.bincount(module, minlength=count), *sums, *scratch]
    after = OneChange(module.tolist())
    lists = [array.tolist() for array in [random.permutation(count), *values]]
    try:
        search.settle(*lists, network.balanced, after, *(array.tolist() for array in state))
    except Stopped:
        return np.array(after), 1
    return np.array(after), 0


def test_small_graphs_get_the_shortest_of_all_codes():
    random, missed = np.random.default_rng(4), 0
    for trial in range(200):
        count = int(random.integers(3, 9))
        directed = bool(trial % 2)
        graph = Graph.from_edges(drawn(random, count, int(random.integers(count, 3 * count))), range(count), directed)
        least = shortest(flow_of(graph), not directed)
        found = MapEquation(trials=20).fit(graph).codelength_
        assert found > least - 1e-12
        missed += found > least + 1e-9
    assert missed <= 2


@pytest.mark.parametrize("settings", [{}, {"several_levels": True}, {"directed": True}, {"directed": True, "recorded": True}])
@pytest.mark.parametrize("trials", [1, 3])
def test_no_order_of_nodes_and_links_changes_anything(settings, trials):
    random = np.random.default_rng(5)
    edges = [(f"n{a:02}", f"n{b:02}", weight) for a, b, weight in drawn(random, 40, 120)]
    first = MapEquation(trials=trials, **settings).fit(edges)
    for _ in range(3):
        mixed = [edges[place] for place in random.permutation(len(edges))]
        if not settings.get("directed"):
            mixed = [(b, a, weight) if random.random() < 0.5 else (a, b, weight) for a, b, weight in mixed]
        nodes = [first.graph_.nodes[place] for place in random.permutation(len(first.graph_))]
        found = MapEquation(trials=trials, **settings).fit(Graph.from_edges(mixed, nodes, settings.get("directed", False)))
        assert found.codelength_ == first.codelength_ and (found.trials_ == first.trials_).all()
        assert found.modules_ == first.modules_
        assert dict(zip(nodes, found.labels_, strict=True)) == dict(zip(first.graph_.nodes, first.labels_, strict=True))


def test_a_seed_gives_one_answer_and_more_trials_never_a_longer_code():
    edges = drawn(np.random.default_rng(6), 60, 150)
    lengths = [MapEquation(trials=trials).fit(edges).codelength_ for trials in (1, 2, 5, 10)]
    assert lengths == sorted(lengths, reverse=True)
    again = MapEquation(trials=10).fit(edges)
    assert again.codelength_ == lengths[-1] and len(again.trials_) == 10 and again.trials_.min() == pytest.approx(lengths[-1])
    assert (MapEquation(trials=1, seed=1).fit(edges).trials_ != MapEquation(trials=1, seed=2).fit(edges).trials_).any()


def read_off(links):
    """Weighted links of nodes of one letter."""
    return [(source, target, int(weight)) for source, target, weight in links.split()]


def test_ties_do_not_hang_on_the_order_of_links():
    tie = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "x"), ("x", "d"), ("d", "e"), ("e", "f"), ("d", "f")]
    path = [(f"n{place}", f"n{place + 1}") for place in range(8)]
    near = read_off("ab2 ac2 bc1 cd2 de2 df1 ef2 fg1 gh2 hi2 gi2 ai1 be1")
    circles = read_off("ab1 bc2 ca1 cd1 de1 ef2 fd1 fg1 gh1 hg2 bh1")
    known = ((tie, 2.481844121534), (path, 2.813721875541), (near, 2.798782738610), (circles, 1.598240468459))
    for edges, length in known:
        directed = edges is circles
        answers = [MapEquation(directed=directed, seed=seed).fit(some) for some in (edges, edges[::-1]) for seed in (0, 1)]
        assert all(found.codelength_ == pytest.approx(length, abs=1e-12) for found in answers)
        assert answers[0].modules_ == answers[2].modules_ and answers[1].modules_ == answers[3].modules_
        renamed = MapEquation(directed=directed).fit([(a[::-1] + "x", b[::-1] + "x", *weight) for a, b, *weight in edges])
        assert renamed.codelength_ == pytest.approx(length, abs=1e-12)


@pytest.mark.parametrize(
    ("edges", "nodes", "modules"),
    [
        ([], [], []),
        ([], ["alone"], [["alone"]]),
        ([], "ba", [["a"], ["b"]]),
        ([("a", "a")], "a", [["a"]]),
        ([("a", "b", 0)], "ab", [["a"], ["b"]]),
        ([("a", "b"), ("c", "d")], "abcde", [["a", "b"], ["c", "d"], ["e"]]),
        ([("hub", leaf) for leaf in "abcde"], None, [["hub", *"abcde"]]),
        ([(a, b) for a in range(6) for b in range(a)], None, [[0, 1, 2, 3, 4, 5]]),
        ([("a", "b", 1e-6), ("b", "c", 1e-6), ("c", "d", 1e-6)], None, [list("bcad")]),
        ([("a", "b", 1), ("b", "a", 1), ("a", "b", 1)], None, [["a", "b"]]),
    ],
    ids=[
        "nothing",
        "a node",
        "no edge",
        "a loop",
        "weight zero",
        "two parts and a node",
        "star",
        "clique",
        "path of tiny weights",
        "parallel",
    ],
)
@pytest.mark.parametrize("several", [False, True])
def test_graphs_at_the_edge_have_answers(edges, nodes, modules, several):
    found = MapEquation(several_levels=several).fit(Graph.from_edges(edges, nodes))
    assert found.modules_ == modules and len(found.report()) == len(modules)
    assert found.labels_.shape == (len(found.graph_),) and found.levels_.shape == (len(found.graph_), 1)
    directed = MapEquation().fit(Graph.from_edges(edges, nodes, directed=True))
    assert sorted(name for names in directed.modules_ for name in names) == sorted(found.graph_.nodes)


def test_a_graph_that_mixes_is_one_module_where_that_is_shorter():
    edges = list(nx.gnp_random_graph(60, 0.3, seed=1).edges())
    found = MapEquation().fit(edges)
    assert len(found.modules_) == 1 and found.codelength_ == pytest.approx(found.one_module_)


def test_more_markov_time_gives_fewer_modules():
    numbers = [len(MapEquation(markov_time=time).fit(NINE).modules_) for time in (0.3, 1, 3, 30)]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > numbers[1] == 9 and numbers[-1] == 1
    network = search.network_of(flow_of(Graph.from_edges(NINE)), True)
    twice = search.network_of(flow_of(Graph.from_edges(NINE)), True, 2)
    module = np.arange(27) // 3
    np.testing.assert_allclose(search.borders(twice, module)[1], 2 * search.borders(network, module)[1])


def test_the_report_says_where_the_walk_is():
    report = MapEquation().fit(TRIANGLES).report(top=2)
    assert report["nodes"].tolist() == [3, 3] and report["top"].tolist() == [[3, 1], [4, 5]]
    np.testing.assert_allclose(report["flow"], 0.5)
    np.testing.assert_allclose(report["exit"], 1 / 14)
    np.testing.assert_allclose(report["exit_share"], 1 / 7)


def test_matrix_edges_and_graph_give_the_same():
    dense = np.zeros((6, 6))
    for a, b in TRIANGLES:
        dense[a - 1, b - 1] = dense[b - 1, a - 1] = 1
    expected = MapEquation().fit_predict(TRIANGLES)
    for given in (sparse.csr_array(dense), sparse.coo_matrix(dense), Graph.from_matrix(dense)):
        np.testing.assert_array_equal(MapEquation().fit_predict(given), expected)
    arcs = sparse.csr_array(([1.0] * 7, np.array(CIRCLES).T - 1), shape=(6, 6))
    assert MapEquation(directed=True).fit(arcs).codelength_ == pytest.approx(1.773078845, abs=1e-9)


def test_planted_groups_of_vectors_are_found_in_any_order():
    random = np.random.default_rng(7)
    unit = lambda rows: rows / np.linalg.norm(rows, axis=-1, keepdims=True)  # noqa: E731
    truth = np.repeat(np.arange(20), 30)
    vectors = unit(random.normal(size=(20, 100)))[truth] + 0.8 * unit(random.normal(size=(600, 100)))
    words = [f"w{place:03}" for place in range(600)]
    found = MapEquation(trials=2).fit(Graph.from_vectors(vectors, words))
    assert {frozenset(names) for names in found.modules_} == {frozenset(words[30 * k : 30 * k + 30]) for k in range(20)}
    mixed = random.permutation(600)
    again = MapEquation(trials=2).fit(Graph.from_vectors(vectors[mixed], [words[place] for place in mixed]))
    assert again.codelength_ == found.codelength_ and (again.labels_ == found.labels_[mixed]).all()


def test_numba_gives_the_same_bits():
    pytest.importorskip("numba")
    random = np.random.default_rng(8)
    for settings in ({}, {"directed": True}, {"directed": True, "recorded": True, "several_levels": True}):
        edges = drawn(random, 80, 300)
        plain, fast = (MapEquation(numba=numba, trials=3, **settings).fit(edges) for numba in (False, True))
        assert (plain.trials_ == fast.trials_).all() and (plain.levels_ == fast.levels_).all()


def test_without_numba_it_works_and_says_so_when_asked(monkeypatch):
    monkeypatch.setattr(search, "compiled", lambda: None)
    monkeypatch.setattr(search, "WORTH_COMPILING", 0)
    assert len(MapEquation().fit(TRIANGLES).modules_) == 2
    with pytest.raises(ConfigError, match="numba is not installed"):
        MapEquation(numba=True).fit(TRIANGLES)


def test_it_is_an_estimator():
    found = clone(MapEquation(trials=3, tau=0.2))
    assert found == replace(MapEquation(), trials=3, tau=0.2) and found.set_params(trials=4).trials == 4
    with pytest.raises(ConfigError, match="trial: MapEquation has no such setting; it has directed, recorded"):
        found.set_params(trial=4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trials": 0}, "trials=0: expected at least 1"),
        ({"directed": True, "tau": 0.0}, "tau=0.0: expected a probability above 0"),
        ({"jumps": "edges"}, "jumps='edges': expected 'links' or 'nodes'"),
        ({"markov_time": math.nan}, "markov_time=nan: expected a number above 0"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, message):
    with pytest.raises(ConfigError, match=message):
        MapEquation(**settings).fit(TRIANGLES)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.eye(3), "say which by Graph.from_edges"),
        ("graph.gml", "str is no graph"),
        (7, "int is no graph"),
        ([(1, 2, -1)], "Weight -1 of the edge 1 - 2: expected a number from 0"),
    ],
)
def test_what_is_no_graph_is_named(given, message):
    with pytest.raises(DataError, match=message):
        MapEquation().fit(given)


def test_labels_that_do_not_fit_are_named():
    with pytest.raises(DataError, match="2 labels for 6 nodes"):
        MapEquation().codelength(TRIANGLES, [0, 1])
    with pytest.raises(DataError, match="5 nodes have no label, 2 is one"):
        MapEquation().codelength(TRIANGLES, {1: 0})
