import pytest

from common.errors import DataError
from common.graph import MapEquation
from common.graph.read import read, read_contents

PAIRS = [("A", "B"), ("B", "C"), ("A", "C"), ("C", "D"), ("D", "E"), ("E", "F"), ("D", "F")]
NODES = "".join(f'node [ id {name} label "no. {name}" ] ' for name in "ABCDEF")
EDGES = "".join(f"edge [ source {a} target {b} ] " for a, b in PAIRS)
PLAIN, WEIGHTED = 2.320730356834, 1.850795166038
WEIGHTS = (1, 2.5, 1, 0.5, 3, 1, 2)
NAMES = {"A": "C#", "B": "C++", "C": "AC/DC", "D": "王 伟", "E": "New York", "F": "% of all"}


def table(mark, form="{0}{mark}{1}", begin="", weights=WEIGHTS, comma=False):
    """The two triangles as lines of a table."""
    lines = [form.format(a, b, weight, mark=mark) for (a, b), weight in zip(PAIRS, weights, strict=True)]
    return begin + "\n".join(line.replace(".", ",") if comma else line for line in lines) + "\n"


FILES = {
    "plain.gml": (f"graph [ directed 0 {NODES}{EDGES}]", PLAIN, 6),
    "edges first.gml": (f"graph [ {EDGES} {NODES} ]", PLAIN, 6),
    "remarks.gml": (f'# made\nCreator "on [Monday]"\ngraph [ comment "# [ no"\n# node [ id 9 ]\n{NODES}{EDGES}]', PLAIN, 6),
    "bom.gml": ("\ufeff" + f"graph\r\n[\r\n{NODES}\r\n{EDGES}\r\n]\r\n", PLAIN, 6),
    "alone.gml": (f"graph [ {NODES} node [ id 7 ] node [ ] {EDGES}]", PLAIN, 8),
    "parallel.gml": (f"graph [ {NODES}{EDGES} edge [ target C source D ] ]", 2.5, 6),
    "directed.gml": (f"graph [ directed 1 {NODES}{EDGES.replace('source A target C', 'source C target A')}]".replace(
        "source D target F", "source F target D"), 1.773078845488, 6),
    "weights.gml": ("graph [ " + NODES.replace("label", "value 7 label") + "".join(
        f'edge [ source {a} target {b} value "{w}" ] ' for (a, b), w in zip(PAIRS, WEIGHTS, strict=True)) + "]", WEIGHTED, 6),
    "snap.txt": (table("\t", begin="# made\n# FromNodeId\tToNodeId\n"), PLAIN, 6),
    "konect.tsv": (table(" ", "{0} {1} 1 1262304000", "% sym unweighted\n"), PLAIN, 6),
    "gephi.csv": (table(",", '"{0}","{1}",Undirected,{2}', "Source,Target,Type,Weight\n"), WEIGHTED, 6),
    "comma.csv": (table(";", "{0};{1};{2}", "from;to;weight\n", comma=True), WEIGHTED, 6),
    "blanks.txt": (table(" ", "  {0}   {1}\t{2} \n"), WEIGHTED, 6),
    "blanks and comma.txt": (table(" ", "{0} {1} {2}", comma=True, weights=(1.0, 2.5, 1.0, 0.5, 3.0, 1.0, 2.0)), WEIGHTED, 6),
    "some weights.txt": (table(" ").replace("C D", "C D 2"), 2.5, 6),
    "both ways.txt": (table(" ") + "".join(f"{b} {a}\n" for a, b in PAIRS), PLAIN, 6),
    "pajek.net": ("% made\n*Vertices 7\n" + "".join(f'{n} "{n}" 0.1 0.2\n' for n in "1234567") + "*Arcs\n*Edges\n" + table(
        " ", "{0} {1} 1").translate(str.maketrans("ABCDEF", "123456")), PLAIN, 7),
    "lists.net": ("*vertices 6\r\n*edgeslist\r\n1 2 3\r\n2 3\r\n3 4\r\n4 5 6\r\n5 6\r\n", PLAIN, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_two_triangles_are_read_in_every_dialect(name, tmp_path):
    text, length, nodes = FILES[name]
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    found = MapEquation(trials=3).fit(read(tmp_path / name))
    assert found.codelength_ == pytest.approx(length, abs=1e-9) and len(found.graph_) == nodes


def test_names_stay_as_they_are_written(tmp_path):
    named = "".join(f"{NAMES[a]}\t{NAMES[b]}\n" for a, b in PAIRS)
    (tmp_path / "names.tsv").write_text(named, encoding="utf-8")
    assert set(read(tmp_path / "names.tsv").nodes) == set(NAMES.values())
    vertices = "".join(f'{place} "{name}" 0.1 ellipse\n' for place, name in enumerate(NAMES.values(), 1))
    (tmp_path / "names.net").write_text(f"*Vertices 6\n{vertices}*Edges\n1 2\n", encoding="utf-8")
    assert set(read(tmp_path / "names.net").nodes) == set(NAMES.values())
    (tmp_path / "ids.txt").write_text("7 07\n07 007\n1e3 1000\n1000 1000.0\n")
    assert set(read(tmp_path / "ids.txt").nodes) == {"7", "07", "007", "1e3", "1000", "1000.0"}
    big = "node [ id 9007199254740992 ] node [ id 9007199254740993 label a&amp;b ] node [ id -7 label A ] node [ id 0 label A ]"
    (tmp_path / "big.gml").write_text(f"graph [ {big} ]")
    contents = read_contents(tmp_path / "big.gml")
    assert list(contents.nodes) == ["9007199254740992", "9007199254740993", "-7", "0"]
    assert contents.nodes["9007199254740993"]["label"] == "a&b"


def test_who_asks_decides_whether_it_is_directed(tmp_path):
    (tmp_path / "a.gml").write_text(f"graph [ directed 1 {NODES}{EDGES}]")
    assert read(tmp_path / "a.gml").directed and not read(tmp_path / "a.gml", directed=False).directed
    (tmp_path / "a.csv").write_text("source,target,type\na,b,Directed\n")
    assert read(tmp_path / "a.csv").directed
    (tmp_path / "a.net").write_text("*Vertices 3\n*Arcs\n1 2\n*Edges\n2 3\n")
    arcs = read(tmp_path / "a.net")
    assert arcs.directed and len(arcs.source) == 3
    (tmp_path / "empty.txt").write_text("")
    assert len(read(tmp_path / "empty.txt")) == 0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.gml", "graph [ node [ id 1 ]\nedge [ source 1", "line 2: the file ends inside edge, which begins in line 2"),
        ("a.gml", 'graph [ node [ id 1 label "a ]', "line 1: a text without its closing"),
        ("a.gml", "graph [ node [ id ] ]", "line 1: unexpected ]"),
        ("a.gml", "graph [\nnode [ id 1 ]\nedge [ source 1 target 77 ] ]", "line 3: the target of the edge, 77, is no node"),
        ("a.gml", "graph [ node [ id 1 ]\nnode [ id 1 ] ]", "line 2: the node 1 is there twice"),
        (
            "a.gml",
            "graph [ node [ id 1 ] edge [ source 1 target 1 weight heavy ] ]",
            "line 1: weight 'heavy'; expected a number",
        ),
        ("a.gml", "graph [ node 7 ]", r"line 1: expected node \[ ... \]"),
        ("a.gml", "", r"expected one graph \[ ... \], found 0"),
        ("a.txt", "a b\nc\n", "line 2: expected source and target"),
        ("a.txt", "a b 1\nb c -2\n", "line 2: weight '-2'; expected a number from 0"),
        ("a.txt", "a b 1\nb c nan\n", "line 2: weight 'nan'"),
        ("a.csv", "one,other,w\na,b,1\n", "line 1: weight 'w'.* a header is known by its columns source and target"),
        ("a.csv", "source,target,type\na,b,directed\nb,c,undirected\n", "edges of several types, directed, undirected"),
        ("a.net", "*Vertices 2\n*Edges\n1 3\n", "line 3: 3 is no vertex"),
        ("a.net", "*Vertices\n", "line 1: expected a number of vertices"),
        ("a.net", "*Vertices 1\n*Matrix\n1\n", r"line 2: the section \*Matrix is not read"),
        ("a.txt", b"\xb0\xa1 b\n", "is not UTF-8 text, by its byte 0"),
    ],
)
def test_broken_files_are_named_with_the_line(name, text, message, tmp_path):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message) as raised:
        read(tmp_path / name)
    assert str(tmp_path / name) in str(raised.value)
