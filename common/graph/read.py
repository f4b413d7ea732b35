"""Graphs from files: GML, Pajek, and tables of edges in the dialects in which they are handed on.

    graph = read("football.gml")

Names are texts as written: 7, 07 and 007 are three nodes. A weight is, of a GML edge, `weight` or `value`; of a table
the column called weight, without a header the third.
"""

import csv
import html
import re
from dataclasses import dataclass, field
from pathlib import Path

from common.errors import DataError
from common.graph.graph import Graph

GML_TOKEN = re.compile(r'"[^"]*"|[\[\]]|#[^\n]*|[^\s\[\]"]+|"')
BLANKS = re.compile(r"\s*[^\s;,]+ +[^\s;,]+\s+[\d.,eE+-]+\s*$")  # two names and a weight, be there a tab or a comma in it
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$")
SOURCES, TARGETS = {"source", "from", "fromnodeid", "node1", "src"}, {"target", "to", "tonodeid", "node2", "dst"}
WEIGHTS = ("weight", "value")


@dataclass
class Contents:
    """What a file says.

    Attributes:
        nodes: what is known of each node by its name: a dict of texts.
        edges: (source, target, weight).
        directed: whether edges lead one way; None where the file does not say.
    """

    nodes: dict = field(default_factory=dict)
    edges: list = field(default_factory=list)
    directed: bool | None = None


def read(path, directed=None):
    """The `Graph` of a file.

    Args:
        path: `.gml`, Pajek's `.net` (known by `*Vertices`), else a table: two or three columns, by tabs, semicolons, commas or
            blanks, with or without a header, lines with `#` or `%` before the first edge left out; UTF-8.
        directed: whether edges lead one way; what the file says by default, and undirected if it says nothing.

    Raises:
        FileNotFoundError: there is no such file.
        DataError: not such a file; the message names the line.
    """
    return to_graph(read_contents(path), path, directed)


def to_graph(contents, path, directed=None):
    """The `Graph` of what a file says."""
    directed = bool(contents.directed) if directed is None else directed
    try:
        return Graph.from_edges(contents.edges, list(contents.nodes), directed)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def read_contents(path):
    """The `Contents` of a file: as `read`, with all that is said of the nodes."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text, by its byte {error.start}") from None
    lines = text.splitlines()
    if Path(path).suffix.lower() == ".gml":
        return read_gml(path, text)
    if any(line.lower().startswith("*vertices") for line in lines):
        return read_pajek(path, lines)
    return read_table(path, lines)


def read_gml(path, text):
    """`Contents` of GML; nodes without an id are kept under a name that says so."""
    graphs = [value for key, value, _ in parse_gml(path, text) if key == "graph" and isinstance(value, list)]
    if len(graphs) != 1:
        raise DataError(f"{path}: expected one graph [ ... ], found {len(graphs)}")
    found = Contents()
    entries = {key: [(value, line) for name, value, line in graphs[0] if name == key] for key in ("node", "edge", "directed")}
    for value, line in [*entries["node"], *entries["edge"]]:
        if not isinstance(value, list):
            raise DataError(f"{path}, line {line}: expected node [ ... ] or edge [ ... ]")
    for number, (node, line) in enumerate(entries["node"], 1):
        known = {key: value for key, value, _ in node if isinstance(value, str)}
        name = known.get("id", f"without id {number}")
        if name in found.nodes:
            raise DataError(f"{path}, line {line}: the node {name} is there twice")
        found.nodes[name] = known
    for edge, line in entries["edge"]:
        known = {key: value for key, value, _ in edge if isinstance(value, str)}
        for end in ("source", "target"):
            if known.get(end) not in found.nodes:
                raise DataError(f"{path}, line {line}: the {end} of the edge, {known.get(end)}, is no node")
        weight = next((known[key] for key in WEIGHTS if key in known), "1")
        found.edges.append((known["source"], known["target"], number_of(weight, path, line)))
    if entries["directed"]:
        found.directed = entries["directed"][0][0] == "1"
    return found


def parse_gml(path, text):
    """Nested lists of (key, text or list, line)."""
    opened, key, line, place, began = [("", 0, [])], None, 1, 0, 0
    for match in GML_TOKEN.finditer(text):
        line, place, token = line + text.count("\n", place, match.start()), match.start(), match[0]
        if token.startswith("#"):
            continue
        if token == '"':
            raise DataError(f"{path}, line {line}: a text without its closing quotation mark")
        if (token == "]" and (key is not None or len(opened) == 1)) or (token == "[" and key is None):
            raise DataError(f"{path}, line {line}: unexpected {token}")
        if token == "]":
            name, since, entries = opened.pop()
            opened[-1][2].append((name, entries, since))
        elif key is None:
            key, began = token, line
        else:
            if token == "[":
                opened.append((key, began, []))
            else:
                opened[-1][2].append((key, html.unescape(token.strip('"')), began))
            key = None
    if key is not None or len(opened) > 1:
        raise DataError(
            f"{path}, line {line}: the file ends inside {key or opened[-1][0]}, which begins in line {opened[-1][1]}"
        )
    return opened[0][2]


def read_pajek(path, lines):
    """`Contents` of Pajek's format; nodes go by their labels where these tell them apart. An edge among arcs is two arcs."""
    found, section, labels, arcs, edges = Contents(), None, {}, [], []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or line.startswith("%"):
            continue
        if line.startswith("*"):
            section = words[0].lower()
            if section == "*vertices":
                labels = {str(place): str(place) for place in range(1, whole(words[1:2], path, number) + 1)}
            elif section not in ("*arcs", "*edges", "*arcslist", "*edgeslist"):
                raise DataError(f"{path}, line {number}: the section {words[0]} is not read; expected vertices, arcs and edges")
        elif section == "*vertices":
            label = re.match(r'\s*\S+\s+(?:"([^"]*)"|(\S+))', line)
            labels[str(whole(words[:1], path, number))] = (label[1] or label[2]) if label else words[0]
        elif section in ("*arcs", "*edges"):
            if len(words) < 2:
                raise DataError(f"{path}, line {number}: expected two vertices and a weight")
            weight = number_of(words[2], path, number) if len(words) > 2 else 1.0
            (arcs if section == "*arcs" else edges).append((*words[:2], weight, number))
        elif section:
            (arcs if section == "*arcslist" else edges).extend((words[0], other, 1.0, number) for other in words[1:])
    by_label = len(set(labels.values())) == len(labels)
    names = {place: label if by_label else place for place, label in labels.items()}
    found.nodes = {names[place]: {"id": place, "label": label} for place, label in labels.items()}
    found.directed = bool(arcs)
    for source, target, weight, number in [*arcs, *edges, *((b, a, w, n) for a, b, w, n in edges if arcs)]:
        for end in (source, target):
            if end not in names:
                raise DataError(f"{path}, line {number}: {end} is no vertex")
        found.edges.append((names[source], names[target], weight))
    return found


def read_table(path, lines):
    """`Contents` of a table of edges."""
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    while rows and rows[0][1].lstrip()[0] in "#%":
        rows = rows[1:]
    rows = list(split(rows))
    columns, found, kinds = {"source": 0, "target": 1, "weight": 2}, Contents(), set()
    if rows:
        header = [name.strip().lower() for name in rows[0][1]]
        source, target = (next((name for name in header if name in known), None) for known in (SOURCES, TARGETS))
        if source and target:
            weight = next((name for name in WEIGHTS if name in header), None)
            columns = {"source": header.index(source), "target": header.index(target)}
            columns |= {name: header.index(where) for name, where in (("weight", weight), ("type", "type")) if where in header}
            rows = rows[1:]
    for number, fields in rows:
        entry = {name: fields[place] for name, place in columns.items() if place < len(fields) and fields[place]}
        if not {"source", "target"} <= set(entry):
            raise DataError(f"{path}, line {number}: expected source and target, and perhaps a weight")
        weight = number_of(entry.get("weight", "1"), path, number)
        found.edges.append((entry["source"], entry["target"], weight))
        found.nodes |= {entry["source"]: {}, entry["target"]: {}}
        kinds |= {entry["type"].lower()} if "type" in entry else set()
    if len(kinds) > 1:
        raise DataError(f"{path}: edges of several types, {', '.join(sorted(kinds))}; a graph is directed or it is not")
    if kinds:
        found.directed = kinds == {"directed"}
    return found


def split(rows):
    """(line, fields) of the lines of a table, by the first mark that stands in all of them."""
    marks = [mark for mark in "\t;," if all(mark in line.strip() for _, line in rows)]
    if not marks or all(BLANKS.match(line) for _, line in rows):
        return ((number, line.split()) for number, line in rows)
    if marks[0] == "\t":
        return ((number, [name.strip() for name in line.split("\t")]) for number, line in rows)
    return (
        (number, [name.strip() for name in next(csv.reader([line], delimiter=marks[0], skipinitialspace=True))])
        for number, line in rows
    )


def number_of(text, path, line):
    """A weight; 2,5 is 2.5.

    Raises:
        DataError: no number from 0.
    """
    if not NUMBER.match(text) or (text.startswith("-") and float(text.replace(",", "."))):
        hint = "" if line > 1 else "; a header is known by its columns source and target, or from and to"
        raise DataError(f"{path}, line {line}: weight {text!r}; expected a number from 0{hint}")
    return float(text.replace(",", "."))


def whole(words, path, line):
    """The only one of some words as a whole number."""
    if len(words) != 1 or not words[0].isdecimal():
        raise DataError(
            f"{path}, line {line}: expected a number of vertices or of a vertex, found {' '.join(words) or 'nothing'}"
        )
    return int(words[0])
