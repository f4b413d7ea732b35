"""The modules of somebody's own graph.

    make communities input=football.gml
    make communities input=links.csv directed=true several_levels=true output=modules.csv picture=links.png

Files are read as `common.graph.read` says; the settings are those of `MapEquation`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from common import paths
from common.config import override
from common.errors import ConfigError
from common.graph.map_equation import MapEquation
from common.graph.read import read_contents, to_graph
from common.report.tables import show_table

SHOWN = 30  # modules on screen


@dataclass(frozen=True)
class Settings:
    """What may be said on the command line."""

    input: Path | None = None  # the graph
    output: Path | None = None  # table of nodes and their modules to write
    picture: Path | None = None  # PNG to write
    directed: bool | None = None  # what the file says by default
    recorded: bool = False
    jumps: str = "links"
    tau: float = 0.15
    markov_time: float = 1.0
    several_levels: bool = False
    trials: int = 20
    seed: int = 0


def main(assignments):
    """Find the modules, print them and write what was asked for.

    Raises:
        ConfigError: no input, or a setting that cannot be.
        DataError: the file is no graph.
    """
    settings = override(Settings, assignments)
    if settings.input is None or not settings.input.is_file():
        raise ConfigError(f"input={settings.input or ''}: expected a file with a graph, such as input=football.gml")
    contents = read_contents(settings.input)
    graph = to_graph(contents, settings.input, settings.directed)
    names = ("recorded", "jumps", "tau", "markov_time", "several_levels", "trials", "seed")
    found = MapEquation(**{name: getattr(settings, name) for name in names}).fit(graph)
    labels = {name: contents.nodes[name].get("label", name) for name in graph.nodes}
    show(found, labels)
    if settings.output:
        write(found, labels, settings.output)
        print(f"Wrote {settings.output}")
    if settings.picture:
        from common.graph.draw import draw

        draw(found, settings.picture, labels)
        print(f"Wrote {settings.picture}")


def show(found, labels):
    """Print what was found."""
    graph, report = found.graph_, found.report()
    kind = "directed" if graph.directed else "undirected"
    left_out = f", {graph.dropped} of weight zero left out" if graph.dropped else ""
    print(f"{len(graph):,} nodes, {len(graph.source):,} {kind} links{left_out}")
    rows = [
        [
            str(row.module),
            f"{row.nodes:,}",
            f"{row.flow:.4f}",
            f"{row.exit_share:.4f}",
            ", ".join(labels[name] for name in row.top),
        ]
        for row in report.head(SHOWN).itertuples()
    ]
    several = f" at the lowest of {found.levels_.shape[1]} levels" if found.levels_.shape[1] > 1 else ""
    show_table(f"{len(report):,} modules{several}", ("module", "nodes", "flow", "leaves", "most flow"), rows)
    if len(report) > SHOWN:
        print(f"and {len(report) - SHOWN:,} more")
    trials = found.trials_
    print(
        f"{found.codelength_:.9f} bits a step, {found.one_module_:.9f} as one module; "
        f"{len(trials)} trials found {trials.min():.6f} to {trials.max():.6f}"
    )


def write(found, labels, path):
    """A table of all nodes, with a column for each level of modules, atomically."""
    levels = (
        [f"module_{number}" for number in range(1, found.levels_.shape[1] + 1)] if found.levels_.shape[1] > 1 else ["module"]
    )
    with paths.atomic(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["node", "label", *levels])
        for name, modules in zip(found.graph_.nodes, found.levels_.tolist(), strict=True):
            writer.writerow([name, labels[name], *modules])
