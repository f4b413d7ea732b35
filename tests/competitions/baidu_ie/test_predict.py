"""Sentences of one's own: text= or input=, what is refused, and what is written."""

import json
from types import SimpleNamespace

import pytest

from common import experiment
from common.errors import ConfigError
from competitions.baidu_ie import pictures, predict, records
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Triple
from tests.competitions.baidu_ie.test_data import put


@pytest.mark.parametrize(("text", "path"), [("", ""), (" \n", ""), ("甲", "sentences.txt")])
def test_neither_and_both_are_refused(text, path):
    with pytest.raises(ConfigError, match=r"text=.* or .* input=.*one of the two"):
        predict.read_sentences(text, path)


def test_a_text_is_one_sentence_without_blanks_around_it():
    (sentence,) = predict.read_sentences(" 甲\u2028乙\ud83d\n", "")
    assert (sentence.text, sentence.words, sentence.triples, sentence.source) == ("甲\u2028乙\ufffd", (), (), "ske")


def test_a_line_too_long_for_a_sentence_is_cut_after_sentence_ends(monkeypatch):
    monkeypatch.setattr(records, "LONGEST", 5)
    texts = [one.text for one in predict.read_sentences("甲乙丙丁！戊。己庚辛壬癸子丑 ", "")]
    assert texts == ["甲乙丙丁！", "戊。", "己庚辛壬癸", "子丑"]
    assert [one.text for one in predict.read_sentences("甲。乙！丙", "")] == ["甲。乙！丙"]


def answers(monkeypatch, folder, *triples):
    """Let an ensemble, whose run keeps the schemas of a folder, answer every sentence alike."""
    run = SimpleNamespace(path=folder)
    learnt = SimpleNamespace(run=run, predict=lambda sentences: [list(triples) for _ in sentences])
    monkeypatch.setattr(experiment, "newest", lambda contest, data, run: learnt)


def only(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def test_triples_are_shown_written_and_drawn(tmp_path, monkeypatch, own_home, capsys):
    drawn = []
    monkeypatch.setattr(pictures, "graph", lambda triples, path: drawn.extend(triples) or len(triples))
    writer, couple = Triple("呐喊", "作者", "鲁迅"), Triple("甲", "妻子", "乙")
    answers(monkeypatch, put(tmp_path), (writer, 0.875), (couple, None))
    predict.main(Config(data=tmp_path / "moved away"), text="《呐喊》的作者是鲁迅")
    told = capsys.readouterr().out
    for part in (f"1 sentences, read by {tmp_path}", "呐喊", "图书作品 - 人物", "0.88", "by a rule", "the graph of 2 triples"):
        assert part in told
    line = json.loads(only(own_home, "runs/baidu_ie/predictions/*.jsonl").read_text(encoding="utf-8"))
    assert line == {"text": "《呐喊》的作者是鲁迅", "spo_list": [writer._asdict(), couple._asdict()]}
    assert drawn == [writer, couple]


def test_the_graph_is_a_picture(tmp_path):
    triples = [Triple("呐喊", "作者", "鲁迅"), Triple("彷徨", "作者", "鲁迅"), Triple("甲", "妻子", "甲")]
    assert pictures.graph(triples, tmp_path / "graph.png") == 3
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")


def test_where_nothing_is_said_there_is_no_picture(tmp_path, monkeypatch, own_home, capsys):
    answers(monkeypatch, put(tmp_path))
    predict.main(Config(data=tmp_path), text="甲")
    assert "seem to state no triple" in capsys.readouterr().out
    assert json.loads(only(own_home, "runs/baidu_ie/predictions/*").read_text(encoding="utf-8")) == {
        "text": "甲",
        "spo_list": [],
    }
