import json
from types import SimpleNamespace

import numpy as np
import pytest

from common import experiment, paths
from common.errors import ConfigError, DataError
from competitions.webqa import confidence, predict
from competitions.webqa.config import Config
from competitions.webqa.decode import Candidate


@pytest.fixture
def passages(tmp_path):
    path = tmp_path / "passages.txt"
    path.write_text("甲在北京。\n乙在南京。\n", encoding="utf-8")
    return str(path)


def test_an_empty_question_is_refused(tmp_path, passages):
    with pytest.raises(ConfigError, match="question= is empty"):
        predict.main(Config(data=tmp_path), question=" ", input=passages)


def run_of(folder):
    """A run in which an answer is the likelier right the greater its score."""
    confidence.fit(np.array([0.1, 0.3, 0.6, 0.9]), np.array([False, False, True, True])).save(folder)
    return SimpleNamespace(path=folder)


def test_answers_are_written_before_they_are_shown_and_drawn(tmp_path, passages, monkeypatch, capsys):
    found = [Candidate("北京", 0.75, 0, 2, 4, (0.75,)), Candidate("南京", 0.5, 1, 2, 4, (0.5,))]
    learnt = SimpleNamespace(run=run_of(tmp_path), predict=lambda questions: [found], first_of=lambda names: None)
    monkeypatch.setattr(experiment, "newest", lambda contest, data, run: learnt)
    predict.main(Config(data=tmp_path), question="甲在哪里？", input=passages)
    shown = capsys.readouterr().out
    (path,) = (paths.runs("webqa") / "predictions").glob("*.json")
    assert f"Wrote {path}" in shown and "北京" in shown and "No picture" in shown
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["question"] == "甲在哪里？"
    first, second = written["answers"]
    assert first.pop("probability") > 0.5 and "probability" not in second
    assert first == {"answer": "北京", "score": 0.75, "passage": 1, "begin": 2, "end": 4}
    assert [one["answer"] for one in written["answers"]] == ["北京", "南京"]

    def fails(*_):
        raise RuntimeError("no screen")

    path.unlink()
    monkeypatch.setattr(predict, "show", fails)
    with pytest.raises(RuntimeError):
        predict.main(Config(data=tmp_path), question="甲在哪里？", input=passages)
    assert path.exists()


def test_a_file_of_questions_gets_the_best_answer_of_each(tmp_path, monkeypatch, capsys):
    found = [Candidate("北京", 0.75, 0, 2, 4, (0.75,)), Candidate("南京", 0.5, 1, 2, 4, (0.5,))]
    asked = []

    def answer(questions):
        asked.append(questions)
        return [found if "甲" in one.text else [] for one in questions]

    learnt = SimpleNamespace(run=run_of(tmp_path), predict=answer)
    monkeypatch.setattr(experiment, "newest", lambda contest, data, run: learnt)
    table = tmp_path / "asked.tsv"
    table.write_text("甲在哪里？\t甲在北京。\n乙是谁？\t乙在南京。\n甲在哪里？\t乙在南京。\n", encoding="utf-8")
    likely = pytest.approx(confidence.load(tmp_path)([0.75])[0])
    best = {"answer": "北京", "score": 0.75, "passage": 1, "begin": 2, "end": 4, "probability": likely}
    nothing = {"answer": "", "score": 0.0, "probability": 0.0}
    answered = predict.main(Config(data=tmp_path), input=str(table))
    assert answered == [
        {"id": "甲在哪里？", "question": "甲在哪里？", **best},
        {"id": "乙是谁？", "question": "乙是谁？", **nothing},
    ]
    assert [len(one.passages) for one in asked[0]] == [2, 1]
    assert "甲在哪里？: 北京 (0." in capsys.readouterr().out
    lines = [{"id": "7", "question": "甲在哪里？", "passages": [{"passage": "甲在北京。"}]}, {"id": "8", "question": "丙？"}]
    table.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [(one["id"], one["answer"]) for one in predict.main(Config(data=tmp_path), input=str(table))] == [
        ("7", "北京"),
        ("8", ""),
    ]
    assert len(asked[1]) == 1, "what has no passage is not asked"


@pytest.mark.parametrize("content", ["甲在北京。\n", "\t甲\n", "甲？\t\n"])
def test_a_file_that_is_none_of_questions_is_refused(tmp_path, passages, content):
    path = tmp_path / "asked.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="expected lines question<TAB>passage, or JSON"):
        predict.main(Config(data=tmp_path), input=str(path))
