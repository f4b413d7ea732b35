import json
import re

import numpy as np
import pandas as pd
import pytest

from common.errors import DataError
from competitions.power_vocab import browse, predict
from competitions.power_vocab.config import Config
from competitions.power_vocab.features import Prepared
from competitions.power_vocab.segmenter import Marker, segment, tag


@pytest.mark.parametrize(
    "text", ["检查变压器油温，更换SF6断路器。", "", "变压器", "今天 天气\t好", "𬌗面　ＳＦ６\ud800Ａ％断路器"]
)
def test_pieces_join_to_the_text(text):
    assert "".join(piece for piece, _ in Marker(["变压器", "变压器油", "SF6断路器"]).segment(text)) == text
    assert "".join(segment(text)) == "".join(word for word, _ in tag(text)) == text


def test_full_width_letters_are_cut_as_half_width_ones():
    assert segment("更换ＳＦ６设备，３．５％") == ["更换", "ＳＦ６", "设备", "，", "３", "．", "５", "％"]
    assert tag("ＧＩＳ设备") == [("ＧＩＳ", "eng"), ("设备", "vn")]
    assert ("ＧＩＳ设备", True) in Marker(["ＧＩＳ设备"]).segment("检查ＧＩＳ设备")


def test_the_longest_word_is_taken_and_marked():
    pieces = Marker(["变压器", "变压器油"]).segment("检查变压器油温")
    assert ("变压器油", True) in pieces and ("变压器", True) not in pieces


def test_an_empty_vocabulary_marks_nothing():
    assert not any(known for _, known in Marker([]).segment("检查变压器"))


def test_marked_words_stand_in_brackets():
    assert predict.marked([("检查", False), (" ", False), ("变压器", True)]) == ["检查", "[变压器]"]


def test_no_text(tmp_path):
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(DataError, match="holds no text"):
        predict.main(Config(data=tmp_path), input=str(tmp_path / "empty.txt"))


def test_marks_of_table_cells_end_an_example():
    assert browse.examples(["检查\u0007\u0007母线无锈蚀\u0007是"], ["母线"])["母线"] == ["母线无锈蚀"]


def test_examples_hold_the_word_and_differ():
    text = "检查母线。检查母线。\n更换母线和绕组！" + "远" * 100 + "母线"
    found = browse.examples(text.split("\n"), ["母线", "绕组"])
    assert found["母线"] == ["检查母线", "更换母线和绕组"] and found["绕组"] == ["更换母线和绕组"]


def test_the_page_keeps_what_it_was_given(tmp_path, monkeypatch):
    columns = {
        "count": [3, 4],
        "background": [0, 1],
        "cohesion": [1.234, np.nan],
        "left_entropy": [0.5, 1],
        "right_entropy": [1, 1],
    }
    table = pd.DataFrame({"word": ["母线", "</script>"], **columns})
    prepared = Prepared(table, 100, 100, (), np.eye(2, dtype="float32"), np.ones(2, bool))
    browse.write(tmp_path / "page.html", [1, 0], prepared, np.array([4.0, 2.0]), ["母线。"])
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    (stored,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    rows = json.loads(stored)["rows"]
    assert rows[0][:8] == [1, "</script>", 4, 1, None, 1, 1, 1]
    assert rows[1] == [2, "母线", 3, 0, 1.23, 0.5, 1, 2, ["</script>"], ["母线"]]
    assert "http" not in page, "it needs nothing from elsewhere"
    assert "unsupervised" not in page and "NOTE" not in page


def test_the_page_says_what_was_learnt_from_known_words(tmp_path):
    names = ("word", "count", "background", "cohesion", "left_entropy", "right_entropy")
    table = pd.DataFrame([["母线", 1, 1, 1.0, 1.0, 1.0]], columns=names)
    prepared = Prepared(table, 100, 100, (), np.zeros((1, 2), "float32"), np.zeros(1, bool))
    browse.write(tmp_path / "page.html", [0], prepared, np.array([4.0]), "母线。", supervised="learnt from half < all")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<p>No longer unsupervised: learnt from half &lt; all.</p>" in page
