"""Graphs with known shortest codes, and what the formula says when it is written down in the plainest way."""

import math

import numpy as np

TRIANGLES = [(1, 2), (2, 3), (1, 3), (3, 4), (4, 5), (5, 6), (4, 6)]
CIRCLES = [(1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (5, 6), (6, 4)]
VARIANTS = [{}, {"recorded": True}, {"jumps": "nodes"}, {"recorded": True, "jumps": "nodes"}]
WITHIN = [(2, 4), (3, 7), (6, 8), (11, 13), (12, 16), (15, 17), (20, 22), (21, 25), (24, 26)]
NINE = [(3 * t + a, 3 * t + b, 1) for t in range(9) for a, b in ((1, 2), (2, 3), (1, 3))]
NINE += [(*pair, 1) for pair in WITHIN] + [(5, 10, 0.8), (9, 19, 0.8), (18, 23, 0.8)]


def drawn(random, nodes, links):
    """Random weighted links, loops and parallel ones among them."""
    pairs = random.integers(nodes, size=(links, 2))
    return [(int(a), int(b), float(w)) for (a, b), w in zip(pairs, random.uniform(0.2, 3, links), strict=True)]


def plainly(flow, module, balanced):
    """The map equation of a `Flow` as it stands in the paper: rates of code books times entropies of their code words."""

    def book(*rates):
        total = sum(rates)
        return -sum(rate * math.log2(rate / total) for rate in rates if rate > 0)

    entering, length = [], 0.0
    for number in sorted(set(module.tolist())):
        inside = module == number
        crossing_out = flow.link[inside[flow.source] & ~inside[flow.target]].sum()
        crossing_in = flow.link[~inside[flow.source] & inside[flow.target]].sum()
        leaves = crossing_out + flow.jump[inside].sum() * (1 - flow.landing[inside].sum())
        enters = crossing_in + flow.jump[~inside].sum() * flow.landing[inside].sum()
        if balanced:
            assert abs(leaves - enters) < 1e-12
        entering.append(enters)
        length += book(leaves, *flow.node[inside])
    return length + book(*entering)


def divisions(count):
    """All set partitions of so many nodes, arrays of module numbers."""
    found = [[0]]
    for _ in range(count - 1):
        found = [[*one, new] for one in found for new in range(max(one) + 2)]
    return np.array(found)


def shortest(flow, balanced):
    """Least code length of all divisions of a small graph, each written down by matrices."""
    count = len(flow.node)
    member = (divisions(count)[:, None] == np.arange(count)[:, None]).astype(float)  # (divisions, modules, nodes)
    links = np.zeros((count, count))
    np.add.at(links, (flow.source, flow.target), flow.link)
    inside = ((member @ links) * member).sum(axis=-1)
    leave = member @ links.sum(axis=1) - inside + (member @ flow.jump) * (1 - member @ flow.landing)
    enter = leave if balanced else member @ links.sum(axis=0) - inside
    node = member @ flow.node

    def cost(values):
        values = np.maximum(values, 0)
        return values * np.log2(values, out=np.zeros_like(values), where=values > 0)

    terms = (cost(leave + node) - cost(leave) - cost(enter)).sum(axis=-1)
    return (cost(enter.sum(axis=-1)) + terms - cost(flow.node).sum()).min()
