import csv

import numpy as np
import pytest
from PIL import Image

from common import run
from common.errors import ConfigError, DataError
from common.graph import Graph, MapEquation, command, draw
from tests.common.graph.networks import NINE, TRIANGLES

GML = "graph [ {} {} ]".format(
    "".join(f'node [ id {node} label "结点{node}" ] ' for node in range(1, 7)),
    "".join(f"edge [ source {a} target {b} ] " for a, b in TRIANGLES),
)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "a.gml").write_text(GML, encoding="utf-8")
    return tmp_path / "a.gml"


def test_a_file_becomes_a_table_and_a_picture(file, tmp_path, capsys):
    settings = [f"input={file}", f"output={tmp_path / 'a.csv'}", f"picture={tmp_path / 'a.png'}", "trials=3"]
    assert run.main(["communities", *settings]) == 0
    shown = capsys.readouterr().out
    assert "6 nodes, 7 undirected links" in shown and "2 modules" in shown and "结点3, 结点1, 结点2" in shown
    assert "2.320730357 bits a step, 2.556656707 as one module; 3 trials found 2.320730 to 2.320730" in shown
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table))
    assert rows[:2] == [["node", "label", "module"], ["1", "结点1", "0"]] and [row[2] for row in rows[1:]] == list("000111")
    with Image.open(tmp_path / "a.png") as picture:
        colours = picture.convert("RGB").getcolors(10_000)
    wanted = (draw.COLOURS[:2, :3] * 255).round()
    for colour in wanted:
        assert any(count > 50 and np.abs(np.array(found) - colour).max() < 16 for count, found in colours)


def test_levels_have_columns_of_their_own(tmp_path, capsys):
    (tmp_path / "nine.txt").write_text("".join(f"{a} {b} {weight}\n" for a, b, weight in NINE) + "a b 0\n")
    command.main([f"input={tmp_path / 'nine.txt'}", "several_levels=true", f"output={tmp_path / 'nine.csv'}"])
    shown = capsys.readouterr().out
    assert "11 modules at the lowest of 2 levels" in shown, "nine and two lone nodes"
    assert "29 nodes, 39 undirected links, 1 of weight zero left out" in shown
    assert (tmp_path / "nine.csv").read_text().startswith("node,label,module_1,module_2")


def test_what_cannot_be_is_said(file, tmp_path, capsys):
    for setting in ([], ["input=nowhere.gml"], [f"input={tmp_path}"]):
        with pytest.raises(ConfigError, match="expected a file with a graph"):
            command.main(setting)
    assert run.main(["communities", f"input={file}", "jumps=far"]) == 2
    assert "error: jumps='far': expected 'links' or 'nodes'" in capsys.readouterr().err
    many = MapEquation(trials=1).fit(Graph.from_edges([], range(2001)))
    with pytest.raises(DataError, match="2,001 nodes are too many for a picture"):
        draw.draw(many, tmp_path / "many.png")


def test_pictures_of_odd_graphs_are_drawn(tmp_path):
    for number, edges in enumerate(([], [("a", "a")], [(a, (a + 1) % 70) for a in range(70)])):
        draw.draw(MapEquation(trials=1).fit(Graph.from_edges(edges, ["z"] if not edges else None)), tmp_path / f"{number}.png")
        with Image.open(tmp_path / f"{number}.png") as picture:
            assert picture.size[0] > 100
