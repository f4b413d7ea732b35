import json
from types import SimpleNamespace

import pytest

from common import experiment, paths
from common.errors import ConfigError
from competitions.webqa import predict
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


def test_answers_are_written_before_they_are_shown_and_drawn(tmp_path, passages, monkeypatch, capsys):
    found = [Candidate("北京", 0.75, 0, 2, 4, (0.75,)), Candidate("南京", 0.5, 1, 2, 4, (0.5,))]
    learnt = SimpleNamespace(run=SimpleNamespace(path=tmp_path), predict=lambda questions: [found], first_of=lambda names: None)
    monkeypatch.setattr(experiment, "newest", lambda contest, data, run: learnt)
    predict.main(Config(data=tmp_path), question="甲在哪里？", input=passages)
    shown = capsys.readouterr().out
    (path,) = (paths.runs("webqa") / "predictions").glob("*.json")
    assert f"Wrote {path}" in shown and "北京" in shown and "No picture" in shown
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["question"] == "甲在哪里？"
    assert written["answers"][0] == {"answer": "北京", "score": 0.75, "passage": 1, "begin": 2, "end": 4}
    assert [one["answer"] for one in written["answers"]] == ["北京", "南京"]

    def fails(*_):
        raise RuntimeError("no screen")

    path.unlink()
    monkeypatch.setattr(predict, "show", fails)
    with pytest.raises(RuntimeError):
        predict.main(Config(data=tmp_path), question="甲在哪里？", input=passages)
    assert path.exists()
