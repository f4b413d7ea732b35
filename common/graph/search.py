"""The search for modules with a short code: nodes move, modules become nodes, and both are refined.

Rosvall and Bergstrom 2008; Rosvall, Axelsson and Bergstrom 2009. `settle` is one piece of code for two speeds: plain Python
on lists, or compiled by numba on arrays, if it is installed. Both do the same operations in the same order, so they agree bit
by bit.
"""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import log2

import numpy as np
from scipy import sparse

GAIN = 1e-10  # bits that a move must save: less is rounding, and moves could go round in circles
SHAKES, SMALL = 3, 500  # shakes a turn of networks of so many nodes, whose trials take milliseconds; of larger ones one
WORTH_COMPILING = 200_000  # ties times trials; what is less is done before numba has started


@dataclass(frozen=True)
class Network:
    """What the search needs of a flow: how tied two nodes are, both directions together, and what crosses each node's border.

    Attributes:
        start: where each node's ties begin, int64 `(nodes + 1,)`.
        neighbour: the other end of each tie, int64 `(ties,)`; each stands with both its ends.
        tie: flow along it in both directions, float64 `(ties,)`, above 0.
        node, leave, enter: flow at each node, along links out of it, along links into it, float64 `(nodes,)`.
        jump, landing: of `Flow`.
        balanced: whether as much enters any set of nodes as leaves it; then `enter` is not looked at.
        group: code book to which a node's modules belong, int64 `(nodes,)`; ties stay inside.
        index: what the index code of each group holds beside its modules, float64 `(groups,)`.
    """

    start: np.ndarray
    neighbour: np.ndarray
    tie: np.ndarray
    node: np.ndarray
    leave: np.ndarray
    enter: np.ndarray
    jump: np.ndarray
    landing: np.ndarray
    balanced: bool
    group: np.ndarray
    index: np.ndarray

    def __len__(self):
        return len(self.node)

    @cached_property
    def rows(self):
        """The node at this end of each tie."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))


def network_of(flow, balanced, markov_time=1.0):
    """The `Network` of a `Flow`, coded once in `markov_time` steps: so many times as much crosses borders in that time."""
    count, link = len(flow.node), markov_time * flow.link
    ends, others = np.concatenate([flow.source, flow.target]), np.concatenate([flow.target, flow.source])
    *ties, _ = tied(ends, others, np.tile(link, 2), count)
    leave, enter = (np.bincount(side, link, minlength=count) for side in (flow.source, flow.target))
    jump, group, index = markov_time * flow.jump, np.zeros(count, "int64"), np.zeros(1)
    return Network(*ties, flow.node, leave, enter, jump, flow.landing, balanced, group, index)


def tied(one, other, tie, count):
    """(start, neighbour, tie) of ties from `one` to `other`, parallel ones added, and the sum of the loops of each."""
    if count * count <= len(tie):  # so few nodes that a full matrix is faster
        matrix = np.bincount(one * count + other, tie, minlength=count * count).reshape(count, count)
        rows, columns = np.nonzero(matrix)
        values = matrix[rows, columns]
    else:
        matrix = sparse.csr_array((tie, (one, other)), shape=(count, count))
        rows, columns, values = np.repeat(np.arange(count), np.diff(matrix.indptr)), matrix.indices, matrix.data
    apart = (rows != columns) & (values > 0)
    start = np.concatenate([[0], np.cumsum(np.bincount(rows[apart], minlength=count))])
    return start, columns[apart].astype("int64"), values[apart], matrix.diagonal()


def sums(network, module, count, within=None):
    """(node, leave, enter, jump, landing) of modules: flows add up, but for what passes between members, `within` if known."""
    if within is None:
        here = module[network.rows]
        ties = np.where(here == module[network.neighbour], network.tie, 0)
        within = np.bincount(here, ties, minlength=count) / 2  # each tie stands twice
    node, leave, enter, jump, landing = (
        np.bincount(module, values, minlength=count)
        for values in (network.node, network.leave, network.enter, network.jump, network.landing)
    )
    return node, np.maximum(leave - within, 0), np.maximum(enter - within, 0), jump, landing


def borders(network, module):
    """(node, leave, enter) of modules, jumps counted in."""
    node, leave, enter, jump, landing = sums(network, module, int(module.max(initial=-1)) + 1)
    leave = leave + jump * (1 - landing)
    return node, leave, leave if network.balanced else enter


def merge(network, module):
    """The network whose nodes are the modules 0, 1, ..."""
    count = int(module.max(initial=-1)) + 1
    *ties, loops = tied(module[network.rows], module[network.neighbour], network.tie, count)
    group = np.zeros(count, "int64")
    group[module] = network.group
    return Network(*ties, *sums(network, module, count, loops / 2), network.balanced, group, network.index)


def cut(network, module):
    """Every module for itself: ties to others cut, a code book of its own each."""
    inside = module[network.rows] == module[network.neighbour]
    start = np.concatenate([[0], np.cumsum(inside)])[network.start]
    crossing = [np.bincount(network.rows, np.where(inside, 0, network.tie), minlength=len(network)) / 2] * 2
    leave, enter = (np.maximum(values - lost, 0) for values, lost in zip((network.leave, network.enter), crossing, strict=True))
    return replace(
        network,
        start=start,
        neighbour=network.neighbour[inside],
        tie=network.tie[inside],
        leave=leave,
        enter=enter,
        group=module,
        index=np.zeros(int(module.max(initial=-1)) + 1),
    )


def settle(
    order, start, neighbour, tie, node, leave, enter, jump, landing, group, index, balanced,
    module, size, m_node, m_leave, m_enter, m_jump, m_landing, near, term, free, queue, queued, touched,
):  # fmt: skip
    """Move nodes to where the code is shortest until none moves; `module` and `index` change in place.

    `index` comes with what else each group's index code holds, and the sums of modules without their jumps. Nodes wait in a
    queue: first all in the given order, then those whose neighbours moved. Returns the number of moves.
    """
    count = len(order)
    free_modules = 0
    for k in range(count):
        m_exit = m_leave[k] + m_jump[k] * (1.0 - m_landing[k])
        m_entry = m_exit if balanced else m_enter[k]
        all_of_it = m_exit + m_node[k]
        value = all_of_it * log2(all_of_it) if all_of_it > 0.0 else 0.0
        if m_exit > 0.0:
            value -= m_exit * log2(m_exit)
        if m_entry > 0.0:
            value -= m_entry * log2(m_entry)
        term[k] = value
        m_enter[k] = m_entry
        if size[k] == 0:
            free[free_modules] = k
            free_modules += 1
        queue[k] = order[k]
        queued[k] = 1
    for n in range(count):
        k = module[n]
        if size[k] > 0:  # each module once: its size is below 0 until all are counted
            index[group[n]] += m_enter[k]
            size[k] = -size[k]
    for k in range(count):
        size[k] = -size[k]

    head, waiting, moves = 0, count, 0
    while waiting:
        n = queue[head]
        head = head + 1 if head + 1 < count else 0
        waiting -= 1
        queued[n] = 0
        first, last = start[n], start[n + 1]
        if first == last:
            continue
        old = module[n]
        found = 0
        for place in range(first, last):
            k = module[neighbour[place]]
            if near[k] == 0.0:
                touched[found] = k
                found += 1
            near[k] += tie[place]

        n_node, n_leave, n_enter, n_jump, n_landing = node[n], leave[n], enter[n], jump[n], landing[n]
        total = index[group[n]]
        # the old module without the node
        left_leave = m_leave[old] - n_leave + near[old]
        left_exit = left_leave + (m_jump[old] - n_jump) * (1.0 - m_landing[old] + n_landing)
        if size[old] == 1:
            left_leave = left_exit = left_enter = left_term = 0.0
        else:
            left_enter = left_exit if balanced else m_enter[old] - n_enter + near[old]
            all_of_it = left_exit + m_node[old] - n_node
            left_term = all_of_it * log2(all_of_it) if all_of_it > 0.0 else 0.0
            if left_exit > 0.0:
                left_term -= left_exit * log2(left_exit)
            if left_enter > 0.0:
                left_term -= left_enter * log2(left_enter)
        rest = total - m_enter[old] + left_enter  # of the index, the node nowhere
        stay = term[old] - left_term + (total * log2(total) if total > 0.0 else 0.0)
        best, best_module = stay - GAIN, old
        best_enter = best_term = 0.0
        for place in range(found + 1):
            if place < found:
                k = touched[place]
                if k == old:
                    continue
                new_exit = m_leave[k] + n_leave - near[k] + (m_jump[k] + n_jump) * (1.0 - m_landing[k] - n_landing)
                new_enter = new_exit if balanced else m_enter[k] + n_enter - near[k]
                all_of_it = new_exit + m_node[k] + n_node
                before_enter, before_term = m_enter[k], term[k]
            elif size[old] > 1:  # a module of its own
                k = free[free_modules - 1]
                new_exit = n_leave + n_jump * (1.0 - n_landing)
                new_enter = new_exit if balanced else n_enter
                all_of_it = new_exit + n_node
                before_enter = before_term = 0.0
            else:
                continue
            new_term = all_of_it * log2(all_of_it) if all_of_it > 0.0 else 0.0
            if new_exit > 0.0:
                new_term -= new_exit * log2(new_exit)
            if new_enter > 0.0:
                new_term -= new_enter * log2(new_enter)
            new_total = rest - before_enter + new_enter
            value = new_term - before_term + (new_total * log2(new_total) if new_total > 0.0 else 0.0)
            if value < best:
                best, best_module, best_enter, best_term = value, k, new_enter, new_term

        if best_module != old:
            k = best_module
            if size[k] == 0:
                free_modules -= 1
                m_node[k] = m_leave[k] = m_jump[k] = m_landing[k] = m_enter[k] = 0.0
            index[group[n]] = rest - m_enter[k] + best_enter
            m_node[old] -= n_node
            m_leave[old] = left_leave
            m_jump[old] -= n_jump
            m_landing[old] -= n_landing
            m_enter[old], term[old] = left_enter, left_term
            m_node[k] += n_node
            m_leave[k] += n_leave - near[k]
            m_jump[k] += n_jump
            m_landing[k] += n_landing
            m_enter[k], term[k] = best_enter, best_term
            size[old] -= 1
            size[k] += 1
            if size[old] == 0:
                free[free_modules] = old
                free_modules += 1
            module[n] = k
            moves += 1
            for place in range(first, last):
                other = neighbour[place]
                if queued[other] == 0 and module[other] != k:
                    tail = head + waiting
                    queue[tail if tail < count else tail - count] = other
                    queued[other] = 1
                    waiting += 1
        for place in range(found):
            near[touched[place]] = 0.0
    return moves


@cache
def compiled():
    """`settle` as machine code, or None where numba is not installed."""
    try:
        from numba import njit
    except ImportError:
        return None
    return njit(cache=True)(settle)


def settled(network, module, random, fast):
    """Modules after all moves, numbered 0, 1, ..., and whether there was any."""
    count = len(network)
    if not count:
        return module, False
    size = np.bincount(module, minlength=count)
    values = [network.start, network.neighbour, network.tie]
    values += [network.node, network.leave, network.enter, network.jump, network.landing, network.group, network.index.copy()]
    nothing_within = np.zeros(count) if size.max() == 1 else None  # as at the start of each level
    state = [module.copy(), size, *sums(network, module, count, nothing_within)]
    scratch = [np.zeros(count, kind) for kind in ("float64", "float64", "int64", "int64", "int64", "int64")]
    arrays = [random.permutation(count), *values, network.balanced, *state, *scratch]
    if fast:
        moves, after = compiled()(*arrays), state[0]
    else:
        lists = [array.tolist() if isinstance(array, np.ndarray) else array for array in arrays]
        moves, after = settle(*lists), np.array(lists[12])
    return renumbered(after), moves > 0


def renumbered(module):
    """Modules numbered 0, 1, ... without gaps, in the order of their numbers."""
    return (np.cumsum(np.bincount(module) > 0) - 1)[module] if len(module) else module


def search(network, module, random, fast):
    """Modules after moves of nodes, then of modules, of modules of modules, and so on."""
    module, _ = settled(network, module, random, fast)
    whole = module
    while True:
        network = merge(network, module)
        module, moved = settled(network, np.arange(len(network)), random, fast)
        if not moved:
            return whole
        whole = module[whole]


def plogp(values):
    """x log2 x of each, 0 at 0."""
    values = np.asarray(values, float)
    return values * np.log2(values, out=np.zeros_like(values), where=values > 0)


def codelength(network, module):
    """Bits a step of the walk, in the network's index codes and its modules' codes; `module` is 0, 1, ..."""
    node, leave, enter = borders(network, module)
    group = np.zeros(len(node), "int64")
    group[module] = network.group
    index = network.index + np.bincount(group, enter, minlength=len(network.index))
    codes = plogp(leave + node) - plogp(leave) - plogp(enter)
    return float(plogp(index).sum() + codes.sum() - plogp(network.node).sum())


def trial(network, random, fast):
    """Modules of one search from single nodes, refined by turns as long as that shortens the code."""
    module = search(network, np.arange(len(network)), random, fast)
    refinements = (single_nodes, submodules, *[shaken] * (SHAKES if len(network) <= SMALL else 1))
    best, failed, turn = codelength(network, module), 0, 0
    while failed < len(refinements):
        refined = refinements[turn % len(refinements)](network, module, random, fast)
        length = codelength(network, refined)
        if length < best - GAIN:
            module, best, failed = refined, length, 0
        else:
            failed += 1
        turn += 1
    return module, best


def single_nodes(network, module, random, fast):
    """Nodes move again from the modules found."""
    return search(network, module, random, fast)


def submodules(network, module, random, fast):
    """The parts into which each module falls when looked at alone move as units."""
    parts = search(cut(network, module), np.arange(len(network)), random, fast)
    above = np.zeros(int(parts.max(initial=-1)) + 1, "int64")
    above[parts] = module
    return search(merge(network, parts), above, random, fast)[parts]


def shaken(network, module, random, fast):
    """About half of the modules fall into single nodes, and the search goes on from there."""
    count = int(module.max(initial=-1)) + 1
    single = (random.random(count) < 0.5)[module]
    start = np.where(single, count + np.arange(len(network)), module)
    return search(network, renumbered(start), random, fast)


def levels_above(network, module, random, fast):
    """Levels of modules over given ones, the top first: modules are nodes, and what is coded of them is that they are entered.

    Returns:
        list of int64 `(nodes,)`, each level nested in the one before; the last is `module` itself.
    """
    levels = [module]
    while True:
        upper = merge(network, levels[0])
        upper = replace(upper, node=entries(upper))
        above = without_idle(upper, trial(upper, random, fast)[0])
        more = [above[levels[0]], *levels] if len(levels[0]) else levels
        if tree_length(network, more) > tree_length(network, levels) - GAIN:
            return levels
        levels = more


def without_idle(network, module):
    """Modules of modules, those dissolved without which the code is shorter: their members then stand at the top themselves."""
    while True:
        count = int(module.max(initial=-1)) + 1
        _, leave, enter = borders(network, module)
        members = np.bincount(module, entries(network), minlength=count)
        change = (
            plogp(enter.sum() - enter + members) - plogp(enter.sum()) + plogp(enter) + plogp(leave) - plogp(leave + members)
        )
        change[np.bincount(module, minlength=count) == 1] = 0
        if count == 0 or change.min() > -GAIN:
            return module
        single = module == change.argmin()
        module = renumbered(np.where(single, count + np.arange(len(module)), module))


def levels_below(network, module, random, fast):
    """Given modules, cut into smaller ones as long as that shortens the code; the first level is `module` itself."""
    levels = [module]
    while True:
        count = int(levels[-1].max(initial=-1)) + 1
        node, leave, _ = borders(network, levels[-1])
        inside = cut(network, levels[-1])
        inside = replace(inside, leave=network.leave, enter=network.enter, index=leave)
        parts, _ = trial(inside, random, fast)
        part_node, part_leave, part_enter = borders(network, parts)
        parent = np.zeros(len(part_node), "int64")
        parent[parts] = levels[-1]
        split = plogp(leave + np.bincount(parent, part_enter, minlength=count))
        codes = plogp(part_leave + part_node) - plogp(part_leave) - plogp(part_enter)
        better = split + np.bincount(parent, codes, minlength=count) < plogp(leave + node) - GAIN
        if not better.any():
            return levels
        levels.append(renumbered(np.where(better[levels[-1]], count + parts, levels[-1])))


def entries(network):
    """Flow that enters each node, jumps too."""
    return network.leave + network.jump * (1 - network.landing) if network.balanced else network.enter


def tree_length(network, levels):
    """Bits a step with several levels, the top first; a module that is the only one in its parent is that parent."""
    length, parents = 0.0, np.zeros(len(network), "int64")
    leave_of_parents = np.zeros(1)
    for level in levels:
        node, leave, enter = borders(network, level)
        parent = np.zeros(len(node), "int64")
        parent[level] = parents
        several = np.bincount(parent, minlength=len(leave_of_parents)) > 1
        index = plogp(leave_of_parents + np.bincount(parent, enter, minlength=len(several))) - plogp(leave_of_parents)
        index -= np.bincount(parent, plogp(enter), minlength=len(several))
        length += index[several].sum()
        parents, leave_of_parents = level, leave
    return float(length + (plogp(leave + node) - plogp(leave)).sum() - plogp(network.node).sum())
