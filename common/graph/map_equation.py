"""Communities of a graph by the map equation: the modules in which a random walk is told in the fewest bits.

    found = MapEquation(trials=20).fit([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "f"), ("f", "d")])
    found.modules_, found.codelength_, found.report()

A two-level code names the module when the walk enters one, and within it the node, or that it leaves. With p the flow at
nodes, q what leaves and enters modules, and x log2 x written plogp(x):

    L = plogp(sum q_enter) - sum plogp(q_enter) - sum plogp(q_leave) - sum plogp(p_node) + sum plogp(q_leave + p_module)

How many modules there are is found, not chosen. Written from the papers: the known packages have licences that this project
cannot take over, and give other answers for other orders of the same links.

Rosvall and Bergstrom 2008, Maps of random walks on complex networks reveal community structure; Rosvall, Axelsson and Bergstrom
2009, The map equation; Rosvall and Bergstrom 2011 (several levels); kexue.fm archive 7006.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from common.errors import ConfigError, DataError
from common.graph import search
from common.graph.flow import flow_of
from common.graph.graph import Graph


@dataclass
class MapEquation:
    """Search for the modules of a graph.

    The same labelled graph and the same seed give the same modules, with the same numbers, whatever the order of nodes and
    links, with numba or without. More trials never give a longer code.

    Args:
        directed: whether links lead one way, where `fit` is given something else than a `Graph`.
        recorded: on directed graphs, whether jumps are coded as moves; see `common.graph.flow`.
        jumps: on directed graphs, where jumps land: `"links"` or `"nodes"`.
        tau: on directed graphs, probability of a jump.
        markov_time: steps of the walk that are coded at once; more give fewer and larger modules.
        several_levels: whether modules may have modules, where that shortens the code.
        trials: searches with other orders of visits, of which the best counts.
        seed: of all trials.
        numba: whether to compile; by itself where numba is installed and the graph is large enough to win by it.

    Attributes, after `fit`:
        labels_: module of each node in the order of `graph_.nodes`, int64 `(nodes,)`; 0 has the most flow. With several levels
            the lowest modules, those that hold nodes.
        levels_: module of each node by level, the top first, int64 `(nodes, levels)`; a module that is not divided
            further stands in several columns.
        modules_: names of the nodes of each module, those with the most flow first.
        codelength_: bits a step.
        one_module_: the same of a single module, the entropy of the flow.
        trials_: code length that each trial found, float64 `(trials,)`.
        graph_: the `Graph`.
        flow_: its `Flow`, by sorted name.
    """

    directed: bool = False
    recorded: bool = False
    jumps: str = "links"
    tau: float = 0.15
    markov_time: float = 1.0
    several_levels: bool = False
    trials: int = 20
    seed: int = 0
    numba: bool | None = None

    def get_params(self, deep=True):
        """Settings by name, a dict, as scikit-learn asks for them."""
        return dataclasses.asdict(self)

    def set_params(self, **settings):
        """Change settings; they are looked at by the next `fit`.

        Raises:
            ConfigError: there is no such setting.
        """
        for name, value in settings.items():
            if name not in self.get_params():
                raise ConfigError(f"{name}: MapEquation has no such setting; it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def fit(self, graph, y=None):
        """Find the modules.

        Args:
            graph: a `Graph`; a sparse adjacency matrix; edges (source, target) or (source, target, weight); or `WordVectors`,
                whose words are joined to their nearest.

        Raises:
            ConfigError: a setting that cannot be.
            DataError: not a graph, or one with weights that are none.
        """
        self.graph_, self.flow_, network = self._read(graph)
        if self.trials < 1:
            raise ConfigError(f"trials={self.trials}: expected at least 1")
        fast = self._fast(len(network.tie))
        found = [self._trial(network, number, fast) for number in range(self.trials)]
        self.trials_ = np.array([length for _, length in found])
        whole = [self.graph_.components()]  # the search may stop above what is no division at all
        if self.recorded and self.graph_.directed:
            whole.append(np.zeros(len(self.graph_), "int64"))  # jumps tie what has no links
        found = [*(([module], search.codelength(network, module)) for module in whole), *found]
        levels, _ = shortest(found)
        levels = np.column_stack([self._numbered(level) for level in levels])
        self.codelength_ = search.tree_length(network, list(levels.T))
        self.one_module_ = search.codelength(network, np.zeros(len(self.graph_), "int64"))
        self.levels_ = np.empty_like(levels)
        self.levels_[self.graph_.order] = levels
        self.labels_ = self.levels_[:, -1]
        self.modules_ = [[self.graph_.nodes[place] for place in places] for places in self._members()]
        return self

    def fit_predict(self, graph, y=None):
        """`labels_` of `fit`."""
        return self.fit(graph).labels_

    def codelength(self, graph, labels):
        """Bits a step under given modules; nothing is searched.

        Args:
            graph: as for `fit`.
            labels: module of each node in the order of the graph's `nodes`, or by name in a dict; anything that hashes.

        Raises:
            DataError: not one label for each node.
        """
        graph, _, network = self._read(graph)
        if isinstance(labels, Mapping):
            missing = [name for name in graph.nodes if name not in labels]
            if missing:
                raise DataError(f"{len(missing)} nodes have no label, {missing[0]!r} is one")
            labels = [labels[name] for name in graph.nodes]
        if len(labels) != len(graph):
            raise DataError(f"{len(labels)} labels for {len(graph)} nodes")
        numbers = {}
        module = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype="int64")
        return search.codelength(network, module[graph.order])

    def report(self, top=5):
        """A row for each of the lowest modules, the most flow first.

        Args:
            top: nodes that are named.

        Returns:
            data frame with `module`, `nodes`, `flow` (share of all steps there), `exit` (share of all steps that leave it),
            `exit_share` (of the steps there, those that leave) and `top` (names of the nodes with the most flow, a list).
        """
        _, _, network = self._read(self.graph_, markov_time=1.0)
        flow, leave, _ = search.borders(network, self.labels_[self.graph_.order])
        share = leave / np.where(flow > 0, flow, 1)
        columns = {"module": np.arange(len(flow)), "nodes": list(map(len, self.modules_)), "flow": flow, "exit": leave}
        return pd.DataFrame({**columns, "exit_share": share, "top": [names[:top] for names in self.modules_]})

    def _read(self, graph, markov_time=None):
        """Graph, flow and network of whatever was given."""
        markov_time = self.markov_time if markov_time is None else markov_time
        if not 0 < markov_time < np.inf:
            raise ConfigError(f"markov_time={markov_time}: expected a number above 0")
        graph = as_graph(graph, self.directed)
        flow = flow_of(graph, self.recorded, self.jumps, self.tau)
        return graph, flow, search.network_of(flow, self.recorded or not graph.directed, markov_time)

    def _fast(self, ties):
        """Whether to compile."""
        if self.numba and search.compiled() is None:
            raise ConfigError("numba=True, but numba is not installed: pip install numba, or leave the setting out")
        if self.numba is None:
            return ties * self.trials > search.WORTH_COMPILING and search.compiled() is not None
        return self.numba

    def _trial(self, network, number, fast):
        """Levels and code length of one search."""
        random = np.random.default_rng([self.seed, number])
        module, length = search.trial(network, random, fast)
        if not self.several_levels:
            return [module], length
        above = search.levels_above(network, module, random, fast)
        below = [*above[:-1], *search.levels_below(network, module, random, fast)]
        anew = search.levels_below(network, above[0], random, fast)
        return shortest([(levels, search.tree_length(network, levels)) for levels in ([module], above, below, anew)])

    def _numbered(self, module):
        """Modules numbered by falling flow, then by their first node; `(nodes,)` by sorted name."""
        if not len(module):
            return module
        names, first, module = np.unique(module, return_index=True, return_inverse=True)
        flow = np.round(np.bincount(module, self.flow_.node), 12)  # no rounding decides between equal ones
        place = np.empty(len(names), "int64")
        place[np.lexsort((first, -flow))] = np.arange(len(names))
        return place[module]

    def _members(self):
        """Places of each module's nodes, those with the most flow first, a list of arrays."""
        flow, rank = np.empty(len(self.graph_)), np.empty(len(self.graph_))
        flow[self.graph_.order], rank[self.graph_.order] = np.round(self.flow_.node, 12), np.arange(len(self.graph_))
        sort = np.lexsort((rank, -flow, self.labels_))
        return np.split(sort, np.cumsum(np.bincount(self.labels_))[:-1]) if len(sort) else []


def shortest(found):
    """The first of some (levels, length) than which none is shorter by more than rounding."""
    best = min(length for _, length in found)
    return next((levels, length) for levels, length in found if length < best + search.GAIN)


def as_graph(given, directed=False):
    """The `Graph` of what `fit` takes."""
    if isinstance(given, Graph):
        return given
    if sparse.issparse(given):
        return Graph.from_matrix(given, directed=directed)
    if hasattr(given, "words") and hasattr(given, "vectors"):
        return Graph.from_vectors(given.vectors, given.words)
    if isinstance(given, np.ndarray):
        raise DataError(
            "An array may be edges, a matrix or vectors: say which by Graph.from_edges, Graph.from_matrix or Graph.from_vectors"
        )
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise DataError(f"{type(given).__name__} is no graph: expected a Graph, a sparse matrix, edges or word vectors")
    return Graph.from_edges(given, directed=directed)
