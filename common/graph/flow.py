"""Where a random walker is, and along which links it goes: what the map equation codes.

Undirected graphs need no jumps: the walk is at a node by its share of all strength. On directed ones it jumps with probability
tau, and always from a node without links out, lest it be caught: to nodes, each alike, or to links, that is to nodes by what
leads out of them (recorded: into them). Jumps are coded as moves (recorded), or the code is of one more step along the links
from where the walk with jumps is (unrecorded).

Rosvall and Bergstrom 2008 (recorded, to nodes; a jump there never stays where it is, which changes the exit of a module from
1 - n_m / n to (n - n_m) / (n - 1) of its jumps); Lambiotte and Rosvall 2012 (unrecorded, to links).
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from common.errors import ConfigError, DataError

STEPS = 100_000  # of the walk until it is stationary
STILL = 1e-14  # what may still change in a step, of all flow


@dataclass(frozen=True)
class Flow:
    """Shares of a random walk's steps, nodes by sorted name.

    Attributes:
        node: time at each node, float64 `(nodes,)`, sum 1 (0 without links).
        source, target: ends of the links with flow, without loops, int64 `(links,)`.
        link: flow along each in its direction, float64 `(links,)`; an undirected link is there both ways.
        jump: flow that jumps from each node and is coded, float64 `(nodes,)`; zeros where no jumps are coded.
        landing: share of the jumps that land on each node, float64 `(nodes,)`.
    """

    node: np.ndarray
    source: np.ndarray
    target: np.ndarray
    link: np.ndarray
    jump: np.ndarray
    landing: np.ndarray


def flow_of(graph, recorded=False, jumps="links", tau=0.15):
    """The flow on a graph.

    Args:
        graph: `Graph`; of an undirected one the other arguments are not looked at.
        recorded: whether jumps are coded as moves.
        jumps: `"links"` or `"nodes"`, where they land.
        tau: probability of a jump, above 0 and below 1.

    Raises:
        ConfigError: a setting that cannot be.
        DataError: the walk does not become stationary, which tiny values of `tau` cause.
    """
    if jumps not in ("links", "nodes"):
        raise ConfigError(f"jumps={jumps!r}: expected 'links' or 'nodes'")
    if not 0 < tau < 1:
        raise ConfigError(f"tau={tau}: expected a probability above 0 and below 1")
    nothing = np.zeros(len(graph))
    weight = graph.weight / graph.weight.max(initial=1e-300)  # weights near the ends of the floats, too, have a sum
    if not graph.directed:
        return undirected(graph, weight, nothing)
    strength_out = np.bincount(graph.source, weight, minlength=len(graph))
    strength_in = np.bincount(graph.target, weight, minlength=len(graph))
    if jumps == "nodes":
        landing = np.full(len(graph), 1 / max(1, len(graph)))
    else:
        landing = strength_in if recorded else strength_out
        landing = landing / max(landing.sum(), 1e-300)
    chance = weight / strength_out[graph.source]
    visits = stationary(graph, chance, landing, strength_out == 0, tau)
    moves = visits[graph.source] * chance
    if recorded:
        jump, moves = np.where(strength_out == 0, visits, tau * visits), (1 - tau) * moves
        return Flow(visits, *without_loops(graph.source, graph.target, moves), jump, landing)
    moves = moves / max(moves.sum(), 1e-300)
    node = np.bincount(graph.target, moves, minlength=len(graph))
    return Flow(node, *without_loops(graph.source, graph.target, moves), nothing, nothing)


def undirected(graph, weight, nothing):
    """Flow by strength; a loop counts once towards it."""
    loop = graph.source == graph.target
    source = np.concatenate([graph.source, graph.target[~loop]])
    target = np.concatenate([graph.target, graph.source[~loop]])
    moves = np.concatenate([weight, weight[~loop]])
    moves = moves / max(moves.sum(), 1e-300)
    node = np.bincount(source, moves, minlength=len(graph))
    return Flow(node, *without_loops(source, target, moves), nothing, nothing)


def stationary(graph, chance, landing, dangling, tau):
    """Where the walk with jumps is in the long run, `(nodes,)`; nowhere on a graph that gives jumps nowhere to land."""
    if not landing.any():
        return np.zeros(len(graph))
    step = sparse.csr_array((chance, (graph.target, graph.source)), shape=(len(graph), len(graph)))
    visits = landing
    for _ in range(STEPS):
        after = (1 - tau) * (step @ visits) + (tau + (1 - tau) * visits[dangling].sum()) * landing
        after /= after.sum()
        change = np.abs(after - visits).sum()
        visits = after
        if change < STILL:
            return visits
    if change > 1e-12:
        raise DataError(f"The walk is not stationary after {STEPS:,} steps: raise tau={tau}")
    return visits


def without_loops(source, target, moves):
    """Links between two nodes; a step that stays is no move between modules."""
    kept = source != target
    return source[kept], target[kept], moves[kept]
