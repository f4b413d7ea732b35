import networkx as nx
import numpy as np
import pytest

from bench import communities
from common.errors import ConfigError, DataError


def stand_in(graph, how, seed, trials=1):
    """Our search in the place of a peer, with seconds as peers give them."""
    return communities.ours(graph, how, seed, trials, numba=False), 0.5


@pytest.fixture
def without_peers(monkeypatch):
    monkeypatch.setattr(communities, "WAYS", dict.fromkeys(communities.WAYS, stand_in))
    for name in ("SEARCHES", "OTHERS", "SLOW", "RUNS"):
        monkeypatch.setattr(communities, name, 2)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """All files, each with the karate club."""
    folder = tmp_path_factory.mktemp("graphs")
    club = nx.karate_club_graph()
    nodes = "".join(f'node [ id {node} groundTruth "{club.nodes[node]["club"]}" ] ' for node in club)
    edges = "".join(f"edge [ source {a} target {b} ] " for a, b in club.edges())
    for name in ("karate", "dolphins", "polbooks", "football", "polblogs"):
        more = "node [ id 99 groundTruth x ] edge [ source 1 target 1 ]" if name == "polblogs" else ""
        (folder / f"{name}.gml").write_text(f"graph [ {nodes}{edges}{more} ]")
    (folder / communities.EMAIL).write_text("".join(f"{a}\t{b}\n{b}\t{a}\n" for a, b in club.edges()))
    (folder / communities.DEPARTMENTS).write_text("\n".join(f"{node}\t{node % 3}\n" for node in club))
    return folder


def test_graphs_come_simple_and_with_their_known_groups(data):
    sources = communities.known_graphs(data)
    ((graph, truth, how),) = communities.load(*sources["polblogs, largest part"])
    assert len(graph) == 34 and len(graph.source) == 78 and truth.max() == 1 and not how
    ((graph, truth, how),) = communities.load(*sources["polblogs, directed, to nodes"])
    assert len(graph) == 35 and graph.directed and truth.max() == 2 and how == {"jumps": "nodes"}
    ((graph, truth, how),) = communities.load(*sources["email-Eu-core"])
    assert len(graph.source) == 78 and [truth[graph.nodes.index(name)] for name in ("0", "4", "8")] == [0, 1, 2]
    ((graph, _, _),) = communities.load(*sources["email-Eu-core, directed"])
    assert len(graph.source) == 156
    (data / "dolphins.gml").rename(data / "gone")
    with pytest.raises(DataError, match=r"lacks dolphins\.gml"):
        communities.known_graphs(data)
    (data / "gone").rename(data / "dolphins.gml")


def test_every_table_has_its_rows(data, without_peers):
    graphs = {"karate": communities.measure_graph(communities.known_graphs(data)["karate"], 2)}
    title, columns, (row,) = communities.lengths_table(graphs)
    assert title == "bits a step" and len(row) == len(columns) and row[1:3] == ["4.4621", "4.7044"]
    assert row[-2:] == ["4.311792646"] * 2 and row[3].startswith("4.311793 / 4.311793")
    _, columns, (row,) = communities.times_table(graphs)
    assert len(row) == len(columns) and row[1] == "500.0" and row[-1] == "1.00"
    _, columns, (row,) = communities.groups_table(graphs)
    assert len(row) == len(columns) and row[2:4] == ["2", "3"]
    _, columns, rows = communities.luck_table(communities.measure_luck(data / "karate.gml"))
    assert [row[1] for row in rows] == ["100%"] * 3 and len(rows[0]) == len(columns)


def test_the_score_of_clusters_is_that_of_its_definition():
    random = np.random.default_rng(0)
    truth, labels = random.integers(4, size=(2, 30))
    shares = []
    for one, other in ((labels, truth), (truth, labels)):
        shares.append(np.mean([np.mean(other[one == one[word]] == other[word]) for word in range(30)]))
    assert communities.b_cubed(truth, labels) == pytest.approx(2 * shares[0] * shares[1] / sum(shares))
    assert communities.b_cubed(truth, truth) == 1


def test_words_with_one_code_are_read(tmp_path):
    path = tmp_path / "thesaurus.txt"
    path.write_text("Aa01A01= 人 士\nAa01A02= 人类\nAb01A01# 士 男人\nAb01A02@ 独\n", encoding="gb18030")
    assert communities.read_thesaurus(path, "gb18030") == {
        "人": "Aa01A01",
        "人类": "Aa01A02",
        "男人": "Ab01A01",
        "独": "Ab01A02",
    }
    path.write_text("Aa01A01= 人\n\nno code\n", encoding="gb18030")
    with pytest.raises(DataError, match="line 3: expected a code and words"):
        communities.read_thesaurus(path, "gb18030")


def test_texts_and_thesaurus_go_together(tmp_path, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytest.raises(ConfigError, match="texts= and thesaurus= go together"):
        communities.main(["texts=a.txt"])


def test_peers_answer_in_the_order_of_the_nodes():
    for package in ("infomap", "igraph", "leidenalg"):
        pytest.importorskip(package)
    truth = [1, 0, 0, 1, 1, 0]
    pairs = [(a, b) for a in range(6) for b in range(a) if truth[a] == truth[b]] + [(0, 1)]
    graph = communities.Graph.from_edges([(f"n{a}", f"n{b}") for a, b in pairs], [f"n{node}" for node in (4, 1, 5, 0, 3, 2)])
    expected = [truth[int(name[1])] for name in graph.nodes]
    for name, way in communities.WAYS.items():
        labels, seconds = communities.timed(way, graph, {}, 0)
        assert seconds >= 0 and communities.agreement(expected, labels)[1] == pytest.approx(1), name
