"""Pictures: the graph of what sentences say, and how precision and recall trade places."""

from collections import defaultdict

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np

from common.report import fonts, plots

MOST = 60  # triples drawn
SHORT = 12  # characters of a name that are written
NODE = 1300  # area, in square points, before which an arrow ends


def graph(triples, path):
    """Draw triples as a graph: names as nodes, predicates on the arrows from subject to object.

    Args:
        triples: list of `Triple`; of many the first `MOST` are drawn.
        path: PNG file to write.

    Returns:
        How many were drawn.
    """
    drawn = list(dict.fromkeys(triples))[:MOST]
    predicates = defaultdict(list)
    for triple in drawn:
        predicates[triple.subject, triple.object].append(triple.predicate)
    links = nx.DiGraph(predicates.keys())
    places = layout(links)
    size = max(6.0, 2.1 * len(links) ** 0.5 + 2)
    figure, axis = plt.subplots(figsize=(size * 1.25, size), layout="constrained")
    font = fonts.chinese()
    mutual = [edge for edge in links.edges if links.has_edge(*edge[::-1])]
    single = [edge for edge in links.edges if edge not in mutual]
    for edges, bend in ((single, "arc3"), (mutual, "arc3,rad=0.2")):
        drawing = {"ax": axis, "connectionstyle": bend, "edgelist": edges}
        nx.draw_networkx_edges(links, places, node_size=NODE, edge_color="#777777", arrowsize=14, **drawing)
    for (subject, entity), names in predicates.items():
        (x, y), (to_x, to_y) = places[subject], places[entity]
        share = 0.38 if links.has_edge(entity, subject) else 0.5  # of two arrows each has its name near its beginning
        place = x + share * (to_x - x), y + share * (to_y - y)
        axis.text(*place, "、".join(names), font=font, size=9, color="#a03030", ha="center", va="center", bbox=BOX)
    for node, place in places.items():
        short = node if len(node) <= SHORT else f"{node[: SHORT - 1]}…"
        box = {**BOX, "boxstyle": "round,pad=0.35", "edgecolor": "#888888", "alpha": 1}
        box["facecolor"] = "#cfe3f5" if links.out_degree(node) else "#f6e3c5"  # who something is said of, and what is said
        axis.text(*place, readable(short, font), font=font, size=10, ha="center", va="center", bbox=box)
    axis.margins(0.08)
    axis.axis("off")
    plots.save(figure, path)
    return len(drawn)


BOX = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def precision_recall(ways, chosen, truth, total, path):
    """Precision against recall of every way to judge proposals, as its threshold falls.

    Args:
        ways: name to the judgements of all proposals, `(proposals,)`.
        chosen: name of the way that is used.
        truth: whether each proposal is true, `(proposals,)`.
        total: true triples, proposed or not.
        path: PNG file to write.
    """
    figure, axis = plt.subplots(figsize=(6.5, 5.5), layout="constrained")
    for name, judgement in ways.items():
        right = np.cumsum(truth[np.argsort(-judgement, kind="stable")])
        count = np.arange(1, len(right) + 1)
        label = f"{name}, F1 {(2 * right / (count + total)).max(initial=0):.3f}"
        axis.plot(right / max(1, total), right / count, label=label, linewidth=2.2 if name == chosen else 1.2)
    axis.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    axis.set_title("Out of fold, before the repair rules, with the best F1", fontsize=11)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower left", fontsize="small")
    plots.save(figure, path)


def layout(links):
    """Places of the nodes: each connected part by itself, the parts side by side in rows."""
    parts = sorted(nx.weakly_connected_components(links), key=lambda part: (-len(part), sorted(part)))
    places, left, bottom, height, wide = {}, 0.0, 0.0, 0.0, 2.2 * len(links) ** 0.5
    for part in parts:
        radius = 0.9 * len(part) ** 0.5
        if left and left + 2 * radius > wide:
            left, bottom, height = 0.0, bottom - height, 0.0
        own = nx.kamada_kawai_layout(links.subgraph(sorted(part)).to_undirected(), scale=radius)
        for node, (x, y) in own.items():
            places[node] = (left + radius + x, bottom - radius + y)
        left += 2 * radius + 0.9
        height = max(height, 2 * radius + 0.7)
    return places


def readable(text, font):
    """The text with a dot for every character that the font lacks, such as an emoji."""
    return "".join(one if one.isspace() or fonts.has_letter(font, one) else "·" for one in text)
