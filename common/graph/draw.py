"""A picture of a graph, coloured by module."""

from io import BytesIO

import networkx as nx
import numpy as np
from matplotlib.collections import LineCollection
from PIL import Image

from common import paths
from common.errors import DataError
from common.report import fonts, plots

MOST = 2_000  # nodes; the layout of more takes minutes, and nobody sees anything in it
NAMED = 60  # nodes up to which each has its name beside it
COLOURS = plots.plt.get_cmap("tab20")([*range(0, 20, 2), *range(1, 20, 2)])  # dark ones first
PALETTE = 64  # colours of the file, which makes it a quarter as large
LEGEND = 20  # modules that are named beside a graph whose nodes are not
TOGETHER = 4.0  # how much stronger links within modules draw in the layout


def draw(found, path, names=None, title=None):
    """Write a graph as PNG: a colour for each module, area by flow, names of nodes where they are few.

    Args:
        found: fitted `MapEquation`.
        path: file to write.
        names: what is written beside nodes, by node; the nodes themselves by default.
        title: heading; the number of modules and the code length by default.

    Raises:
        DataError: too many nodes to see anything.
    """
    graph, labels = found.graph_, found.labels_
    if len(graph) > MOST:
        raise DataError(f"{len(graph):,} nodes are too many for a picture; at most {MOST:,} can be drawn")
    places = layout(found)
    flow = np.empty(len(graph))
    flow[graph.order] = found.flow_.node
    figure, axis = plots.plt.subplots(figsize=(8, 6.5), layout="constrained")
    ends = np.stack([graph.order[graph.source], graph.order[graph.target]], axis=1)
    same = labels[ends[:, 0]] == labels[ends[:, 1]]
    for part, colour in ((~same, "0.8"), (same, "0.55")):
        axis.add_collection(LineCollection(places[ends[part]], colors=colour, linewidths=0.6, zorder=1))
    sizes = 30 + 60 * len(flow) * flow / max(flow.sum(), 1e-12)
    axis.scatter(*places.T, s=sizes, c=COLOURS[labels % len(COLOURS)], edgecolors="black", linewidths=0.5, zorder=2)
    if len(graph) <= NAMED:
        for name, place in zip(graph.nodes, places, strict=True):
            text = str(names[name] if names else name)
            axis.annotate(text, place, xytext=(4, 4), textcoords="offset points", fontsize=7, fontproperties=fonts.chinese())
    elif len(found.modules_) <= LEGEND:
        for number, members in enumerate(found.modules_):
            first = ", ".join(str(names[name] if names else name) for name in members[:2])
            axis.scatter([], [], c=[COLOURS[number]], edgecolors="black", linewidths=0.5, label=f"{number}: {first}")
        font = fonts.chinese()
        font.set_size(7)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, prop=font)
    axis.set_title(title or f"{len(graph)} nodes, {len(found.modules_)} modules, {found.codelength_:.4f} bits a step")
    axis.set_axis_off()
    axis.autoscale_view()
    picture = BytesIO()
    figure.savefig(picture, dpi=90)
    plots.plt.close(figure)
    with paths.atomic(path) as temporary:
        Image.open(picture).convert("RGB").quantize(PALETTE).save(temporary, format="PNG", optimize=True)


def layout(found):
    """Places of the nodes, `(nodes, 2)`, in the order of the graph's nodes; the same each time."""
    graph, labels = found.graph_, found.labels_
    drawn = nx.Graph()
    drawn.add_nodes_from(range(len(graph)))
    for source, target, weight in zip(graph.order[graph.source], graph.order[graph.target], graph.weight, strict=True):
        drawn.add_edge(int(source), int(target), weight=weight * (TOGETHER if labels[source] == labels[target] else 1))
    places = nx.spring_layout(drawn, seed=0, iterations=200, k=1.5 / max(1, len(graph)) ** 0.5)
    return np.array([places[place] for place in range(len(graph))]).reshape(-1, 2)
