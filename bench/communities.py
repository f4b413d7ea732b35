"""Our search for communities beside infomap's and igraph's, and beside leidenalg, networkx and label propagation.

    make bench COMP=communities data=DATA
    make bench COMP=communities data=DATA texts=TEXT,TEXT thesaurus=cilin.txt

DATA holds karate, dolphins, polbooks, football and polblogs as .gml (`groundTruth` or `value` of a node is its known group),
email-Eu-core.txt and its -department-labels.txt; networks with planted groups are made by networkx. `texts` teach word vectors,
which are clustered and held against a thesaurus: 同义词词林, lines `Aa01A01= word word ...`.

Every code length is computed by our formula from the modules that came back. Each graph is measured in a process of its own, in
one thread; seconds are of the processor, and count what a call takes once the graph is there. A measured graph is kept under
runs/, and the same command goes on.
"""

import os
import random
import re
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

from bench.measure import code_version, report, resumed
from common import paths, run
from common.config import override
from common.errors import ConfigError, DataError
from common.graph import Graph, MapEquation
from common.graph.read import read, read_contents
from common.text.word_vectors import cached

SEARCHES, OTHERS = 30, 5  # single trials of searches of the map equation, and of other methods
BEST_OF, RUNS = 20, 30  # trials of a run, and runs of football by which luck is measured
SLOW = 5  # trials of plain Python, which finds the same as with numba and is run for its time alone
MIXING, SEEDS = (0.1, 0.3, 0.4, 0.5, 0.6), 5  # asked of networkx's generator, which mixes more
PLANTED = {"tau1": 3, "tau2": 1.5, "average_degree": 15, "max_degree": 50, "min_community": 20, "max_community": 100}
DIRECTED = {"": {}, ", recorded": {"recorded": True}, ", to nodes": {"jumps": "nodes"}}
LEVELS = (2, 4, 5)  # characters of a code of the thesaurus at its second, third and fourth level
MOST_WORDS = 6_000  # the most frequent ones; agglomeration holds all their distances
GRAPHS = {
    "10 nearest, cosine above 0.3": {"near": 10, "floor": 0.3},
    "10 nearest of one another, cosine above 0.4": {"near": 10, "floor": 0.4, "mutual": True},
}
VECTORS = {"dim": 128, "epochs": 5, "min_count": 5, "seed": 42}
CODE = re.compile(r"([A-Z][a-z]\d\d[A-Z]\d\d)[=#@] ?(.*)")


@dataclass(frozen=True)
class Settings:
    """What may be said on the command line."""

    data: Path | None = None
    texts: tuple[Path, ...] = ()
    thesaurus: Path | None = None
    encoding: str = "gb18030"  # of the thesaurus
    trials: int = SEARCHES


def main(arguments):
    """Measure what there is data for, print the tables and write them.

    Raises:
        ConfigError: an unknown setting.
        DataError: a file is missing.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # of infomap, which counts the seconds of all its threads
    settings = override(Settings, arguments)
    if bool(settings.texts) != bool(settings.thesaurus):
        raise ConfigError("texts= and thesaurus= go together")
    folder = paths.runs("communities") / f"bench-{code_version('communities')}-{settings.trials}"
    sources = known_graphs(settings.data) if settings.data else {}
    sources |= {f"planted, 1,000 nodes, mixing {mu}": ("planted", (1000, mu)) for mu in MIXING}
    sources["planted, 10,000 nodes, mixing 0.2"] = ("planted", (10_000, 0.2))
    graphs = {}
    for name, source in sources.items():
        print(f"{name} ...", flush=True)
        graphs[name] = resumed(folder / f"{name}.npz", measure_graph, source, settings.trials)
    tables = [lengths_table(graphs), times_table(graphs), groups_table(graphs)]
    if settings.data:
        luck = resumed(folder / "luck.npz", measure_luck, settings.data / "football.gml")
        tables.append(luck_table(luck))
    if settings.texts:
        tables += words_tables(resumed(folder / "words.npz", measure_words, settings))
    shown = ["data=DATA"] * bool(settings.data) + ["texts=TEXTS thesaurus=cilin.txt"] * bool(settings.texts)
    command = " ".join(["make bench COMP=communities", *shown])
    path = Path(__file__).parent / "results" / "communities.md"
    report(path, "Communities: our search beside its peers", tables, NOTES, command, sample=not settings.data)


NOTES = """Bits are by our formula, of what each returned. *one run*: best of 20 trials, which infomap takes as its own setting.
On directed graphs igraph codes another walk, so its bits there say little. networkx's generator of planted groups mixes more
than asked: *mixed* is the share of links between groups that is really there, mean of the seeds."""


# The graphs.


def known_graphs(data):
    """Where each graph with known groups comes from, by name.

    Raises:
        DataError: a file is missing.
    """
    names = ("karate", "dolphins", "polbooks", "football", "polblogs")
    files = [*(data / f"{name}.gml" for name in names), data / EMAIL, data / DEPARTMENTS]
    if missing := [file.name for file in files if not file.is_file()]:
        raise DataError(f"{data} lacks {', '.join(missing)}")
    found = {name: ("gml", (data / f"{name}.gml", False, {})) for name in names[:4]}
    found["polblogs, largest part"] = ("largest part", (data / "polblogs.gml", False, {}))
    found["email-Eu-core"] = ("email", (data, False, {}))
    found |= {f"email-Eu-core, directed{name}": ("email", (data, True, how)) for name, how in DIRECTED.items()}
    found |= {f"polblogs, directed{name}": ("gml", (data / "polblogs.gml", True, how)) for name, how in DIRECTED.items()}
    return found


EMAIL, DEPARTMENTS = "email-Eu-core.txt", "email-Eu-core-department-labels.txt"


def load(kind, source):
    """List of (graph, known groups in the order of its nodes, settings of the flow); several of planted groups."""
    if kind == "planted":
        nodes, mixing = source
        return [planted(nodes, mixing, seed) for seed in range(1, (SEEDS if nodes == 1000 else 1) + 1)]
    if kind == "email":
        data, directed, how = source
        lines = (data / DEPARTMENTS).read_text().splitlines()
        truth = dict(line.split() for line in lines if line.strip())
        links = read(data / EMAIL, directed=True)
    else:
        path, directed, how = source
        links = read(path, directed=True)
        truth = {name: node.get("groundTruth", node.get("value")) for name, node in read_contents(path).nodes.items()}
    pairs = {(a, b) if directed else (min(a, b), max(a, b)) for a, b in zip(links.source, links.target, strict=True) if a != b}
    names = [links.nodes[place] for place in links.order]
    if kind == "largest part":
        part = links.components()
        within = part == np.bincount(part).argmax()
        pairs = {pair for pair in pairs if within[pair[0]]}
    named = [(names[a], names[b]) for a, b in pairs]
    names = [name for name, inside in zip(names, within, strict=True) if inside] if kind == "largest part" else names
    return [simple(named, names, directed, truth, how)]


def simple(pairs, names, directed, truth, how):
    """A graph without loops and parallel links, its truth and settings."""
    return Graph.from_edges(pairs, names, directed), np.unique([truth[name] for name in names], return_inverse=True)[1], how


def planted(nodes, mixing, seed):
    """A network of Lancichinetti, Fortunato and Radicchi by networkx."""
    made = nx.LFR_benchmark_graph(nodes, mu=mixing, seed=seed, max_iters=1000, **PLANTED)
    pairs = [pair for pair in made.edges() if pair[0] != pair[1]]
    truth = {node: min(made.nodes[node]["community"]) for node in made}
    return simple(pairs, range(nodes), False, truth, {})


# The ways: functions of a graph, settings of its flow and a seed; labels in the order of the graph's nodes.


def ours(graph, how, seed, trials=1, numba=True):
    """Our search; with numba as soon as it has been compiled."""
    return MapEquation(trials=trials, seed=seed, numba=numba, **how).fit_predict(graph)


def ours_plain(graph, how, seed):
    """Our search in plain Python."""
    return ours(graph, how, seed, numba=False)


def infomap(graph, how, seed, trials=1):
    """The package of the authors of the method."""
    from infomap import Infomap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flow = (
            {"directed": True, "recorded_teleportation": "recorded" in how, "to_nodes": "jumps" in how}
            if graph.directed
            else {}
        )
        search = Infomap(silent=True, two_level=True, num_trials=trials, seed=seed + 1, **flow)
        search.add_nodes(range(len(graph)))
        search.add_links(np.stack([graph.source, graph.target, graph.weight], axis=1))
        started = time.process_time()
        search.run()
        seconds = time.process_time() - started
        labels = np.empty(len(graph), "int64")
        for node, module in search.get_modules().items():
            labels[graph.order[node]] = module
    return labels, seconds


def from_igraph(graph, cluster):
    """Labels and seconds of what a function finds in an igraph graph."""
    import igraph

    links = igraph.Graph(len(graph), np.stack([graph.source, graph.target], axis=1).tolist(), directed=graph.directed)
    started = time.process_time()
    membership = cluster(links, graph.weight.tolist())
    seconds = time.process_time() - started
    labels = np.empty(len(graph), "int64")
    labels[graph.order] = membership
    return labels, seconds


def igraph_infomap(graph, how, seed):
    """The map equation in igraph."""
    random.seed(seed)
    return from_igraph(graph, lambda links, weight: links.community_infomap(edge_weights=weight, trials=1).membership)


def leiden(graph, how, seed, resolution=None):
    """Modularity by leidenalg, moved until nothing improves."""
    import leidenalg

    kind = leidenalg.RBConfigurationVertexPartition if resolution else leidenalg.ModularityVertexPartition
    more = {"resolution_parameter": resolution} if resolution else {}

    def cluster(links, weight):
        return leidenalg.find_partition(links, kind, weights=weight, n_iterations=-1, seed=seed, **more).membership

    return from_igraph(graph, cluster)


def label_propagation(graph, how, seed):
    """Labels that spread, by igraph."""
    random.seed(seed)
    return from_igraph(graph, lambda links, weight: links.community_label_propagation(weights=weight).membership)


def louvain(graph, how, seed):
    """Modularity by networkx."""
    links = (nx.DiGraph if graph.directed else nx.Graph)()
    links.add_nodes_from(range(len(graph)))
    links.add_weighted_edges_from(zip(graph.source.tolist(), graph.target.tolist(), graph.weight.tolist(), strict=True))
    started = time.process_time()
    found = nx.community.louvain_communities(links, seed=seed)
    seconds = time.process_time() - started
    labels = np.empty(len(graph), "int64")
    for number, members in enumerate(found):
        labels[graph.order[list(members)]] = number
    return labels, seconds


WAYS = {
    "ours": ours,
    "ours, plain Python": ours_plain,
    "infomap": infomap,
    "igraph": igraph_infomap,
    "leidenalg": leiden,
    "networkx Louvain": louvain,
    "label propagation": label_propagation,
}
MAPS = ("ours", "infomap", "igraph")


def timed(way, graph, how, seed):
    """Labels and seconds of one call."""
    started = time.process_time()
    found = way(graph, how, seed)
    return found if isinstance(found, tuple) else (found, time.process_time() - started)


# What is measured.


def measure_graph(source, trials):
    """For each way code lengths, seconds and agreement with the known groups, arrays over trials and graphs by name."""
    found, graphs = {}, load(*source)
    modularity = {name for name in WAYS if name not in MAPS and name != "ours, plain Python"}
    for name, way in WAYS.items():
        times = {"ours, plain Python": SLOW}.get(name, min(OTHERS, trials) if name in modularity else trials)
        if len(graphs[0][0]) == 10_000:
            times = min(times, 3)
        figures = []
        for graph, truth, how in graphs:
            way(graph, how, 0)  # compiles, imports, and fills caches
            for seed in range(max(1, times // len(graphs))):
                labels, seconds = timed(way, graph, how, seed)
                length = MapEquation(**how).codelength(graph, labels)
                figures.append([length, seconds, *agreement(truth, labels), labels.max() + 1])
        found[name] = np.array(figures).reshape(len(graphs), -1, 6)
    for name in ("ours", "infomap"):
        figures = []
        for graph, truth, how in graphs:
            labels = WAYS[name](graph, how, 0, trials=BEST_OF if len(graph) < 10_000 else 3)
            labels = labels[0] if isinstance(labels, tuple) else labels
            figures.append([MapEquation(**how).codelength(graph, labels), *agreement(truth, labels), labels.max() + 1])
        found[f"one run, {name}"] = np.array(figures)
    lengths = [[MapEquation(**how).codelength(graph, some) for some in (truth, truth * 0)] for graph, truth, how in graphs]
    found["lengths"] = np.array(lengths)  # of the known groups and of one module
    mixed = [np.average(truth[graph.order][graph.source] != truth[graph.order][graph.target]) for graph, truth, _ in graphs]
    return {**found, "mixed": np.mean(mixed), "groups": np.mean([truth.max() + 1 for _, truth, _ in graphs])}


def agreement(truth, labels):
    """NMI, AMI and ARI of two divisions."""
    measures = (normalized_mutual_info_score, adjusted_mutual_info_score, adjusted_rand_score)
    return [measure(truth, labels) for measure in measures]


def measure_luck(path):
    """Code lengths of runs of 20 trials on one graph, by way."""
    graph = read(path)
    length = MapEquation().codelength
    found = {}
    for name in ("ours", "infomap"):
        runs = [WAYS[name](graph, {}, BEST_OF * seed, trials=BEST_OF) for seed in range(RUNS)]
        found[name] = np.array([length(graph, labels[0] if isinstance(labels, tuple) else labels) for labels in runs])
    singles = [WAYS["igraph"](graph, {}, seed)[0] for seed in range(RUNS * BEST_OF)]
    found["igraph"] = np.array([length(graph, labels) for labels in singles]).reshape(RUNS, BEST_OF).min(axis=1)
    return found


def lengths_table(graphs):
    """Bits of single trials and of runs."""
    columns = ["graph", "known groups", "one module"]
    columns += [f"{name}, best / median / worst" for name in MAPS] + ["one run of ours", "of infomap"]
    rows = []
    for name, found in graphs.items():
        known, one = found["lengths"].mean(axis=0)
        spread = [found[way][:, :, 0] for way in MAPS]
        spread = [
            " / ".join(f"{figure(values, axis=1).mean():.6f}" for figure in (np.min, np.median, np.max)) for values in spread
        ]
        runs = [f"{found[f'one run, {way}'][:, 0].mean():.9f}" for way in ("ours", "infomap")]
        rows.append([name, f"{known:.4f}", f"{one:.4f}", *spread, *runs])
    return "bits a step", columns, rows


def times_table(graphs):
    """Milliseconds of a trial, medians."""
    columns = ["graph", *WAYS, "ours / infomap", "plain / infomap"]
    rows = []
    for name, found in graphs.items():
        medians = {way: 1000 * np.median(found[way][:, :, 1]) for way in WAYS}
        ratios = [f"{medians[way] / medians['infomap']:.2f}" for way in ("ours", "ours, plain Python")]
        rows.append([name, *(f"{value:,.1f}" for value in medians.values()), *ratios])
    return "milliseconds a trial, median", columns, rows


def groups_table(graphs):
    """Agreement with the known groups: of one run, or of the median of single trials."""
    columns = ["graph", "mixed", "groups", "ours: modules", "NMI / AMI / ARI", "infomap"]
    others = [way for way in WAYS if way not in (*MAPS, "ours, plain Python")]
    rows = []
    for name, found in graphs.items():
        runs = [found[f"one run, {way}"].mean(axis=0) for way in ("ours", "infomap")]
        row = [name, f"{found['mixed']:.3f}", f"{found['groups']:.0f}", f"{runs[0][4]:.0f}"]
        row += [" / ".join(f"{value:.3f}" for value in figures[1:4]) for figures in runs]
        row += [" / ".join(f"{value:.3f}" for value in np.median(found[way][..., 2:5], axis=(0, 1))) for way in others]
        rows.append(row)
    return "agreement with the known groups; others: median trial", [*columns, *others], rows


def luck_table(luck):
    """How often a run of 20 trials of football finds the shortest code."""
    best = min(values.min() for values in luck.values() if np.ndim(values))
    rows = [
        [name, f"{np.mean(values < best + 1e-9):.0%}", f"{values.min():.9f}", f"{np.median(values):.6f}", f"{values.max():.6f}"]
        for name, values in luck.items()
        if np.ndim(values)
    ]
    return f"{RUNS} runs of {BEST_OF} trials of football", ["", "shortest found in", "best", "median", "worst"], rows


# Words.


def measure_words(settings):
    """For each way and graph (clusters, seconds, AMI and B-cubed F1 by level) of the words that the graph joins to others."""
    vectors = cached(list(settings.texts), [], paths.cache("communities"), **VECTORS)
    codes = read_thesaurus(settings.thesaurus, settings.encoding)
    places = [place for place, word in enumerate(vectors.words) if word in codes][:MOST_WORDS]
    words, unit = np.array(vectors.words)[places], vectors.vectors[places]
    found = {}
    for name, how in GRAPHS.items():
        started = time.process_time()
        graph = Graph.from_vectors(unit, words, **how)
        making = time.process_time() - started
        joined = np.zeros(len(words), bool)
        joined[graph.order[np.concatenate([graph.source, graph.target])]] = True
        graph = Graph.from_edges(links_of(graph), words[joined])
        truth = [np.unique([codes[word][:size] for word in graph.nodes], return_inverse=True)[1] for size in LEVELS]
        groups = [level.max() + 1 for level in truth]
        labels, seconds = timed(ours, graph, {}, 0)
        labels, seconds = timed(ours, graph, {}, 0)  # the second time numba is ready
        count = int(labels.max() + 1)
        part, ways = unit[joined], {"map equation": lambda labels=labels, seconds=seconds: (labels, seconds)}
        ways["Leiden"] = lambda graph=graph, count=count: leiden_of(graph, count)
        for number in (count, *groups):
            ways[f"k-means, {number:,}"] = lambda number=number, part=part: clustered(
                KMeans(number, n_init=1, random_state=0), part
            )
        ways["agglomerative"] = lambda count=count, part=part: clustered(
            AgglomerativeClustering(count, metric="cosine", linkage="average"), part
        )
        for way, cluster in ways.items():
            labels, seconds = cluster()
            scores = [score(level, labels) for score in (adjusted_mutual_info_score, b_cubed) for level in truth]
            found[f"{name}|{way}"] = np.array([labels.max() + 1, seconds, *scores])
            print(f"{name}: {way}", flush=True)
        found[f"{name}|"] = np.array([joined.sum(), len(words), len(graph.source), making, *groups])
    return found


def links_of(graph):
    """The links of a graph by name."""
    ends = (graph.order[graph.source], graph.order[graph.target])
    return [(graph.nodes[a], graph.nodes[b], weight) for a, b, weight in zip(*ends, graph.weight, strict=True)]


def read_thesaurus(path, encoding):
    """Code by word, of the words that have but one.

    Raises:
        DataError: not a thesaurus, with the line.
    """
    codes = {}
    for number, line in enumerate(Path(path).read_text(encoding=encoding).splitlines(), 1):
        entry = CODE.match(line)
        if line.strip() and not entry:
            raise DataError(f"{path}, line {number}: expected a code and words, such as Aa01A01= 人 士")
        for word in entry[2].split() if entry else ():
            codes.setdefault(word, []).append(entry[1])
    return {word: found[0] for word, found in codes.items() if len(found) == 1}


def clustered(method, vectors):
    """Labels and seconds of a clustering of scikit-learn."""
    started = time.process_time()
    labels = method.fit_predict(vectors)
    return labels, time.process_time() - started


def leiden_of(graph, count):
    """Leiden at the resolution that gives about as many clusters, and the seconds of that one call."""
    low, high = 1e-3, 1e3
    for _ in range(20):
        middle = (low * high) ** 0.5
        labels, seconds = leiden(graph, {}, 0, resolution=middle)
        low, high = (middle, high) if labels.max() + 1 < count else (low, middle)
        if labels.max() + 1 == count:
            break
    return labels, seconds


def b_cubed(truth, labels):
    """F1 of B-cubed: of each word the share of its cluster that is of its group, and of its group that is in its cluster."""
    pairs, both = np.unique(np.stack([truth, labels]), axis=1, return_counts=True)
    precision = (both**2 / np.bincount(labels)[pairs[1]]).sum() / len(truth)
    recall = (both**2 / np.bincount(truth)[pairs[0]]).sum() / len(truth)
    return 2 * precision * recall / (precision + recall)


def words_tables(found):
    """A table for each graph of words."""
    tables = []
    for name in GRAPHS:
        joined, words, links, _, *groups = found[f"{name}|"]
        heads = [f"level {level}, {count:,.0f} groups" for level, count in zip((2, 3, 4), groups, strict=True)]
        columns = ["", "clusters", *(f"AMI, {head}" for head in heads), *("B-cubed" for _ in heads), "seconds"]
        rows = []
        for key, (count, seconds, *scores) in ((key, value) for key, value in found.items() if key.startswith(f"{name}|")):
            if way := key.partition("|")[2]:
                rows.append([way, f"{count:,.0f}", *(f"{score:.3f}" for score in scores), f"{seconds:.1f}"])
        tables.append((f"words, {name}: {joined:,.0f} of {words:,.0f} joined by {links:,.0f} links", columns, rows))
    return tables


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
