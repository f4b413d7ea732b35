"""The submission has the header `y_pre` and one probability a row; a file that breaks the rules is refused line by line."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from common import paths
from common.errors import SubmissionError
from common.experiment.runs import Run
from common.experiment.submission import publish
from competitions.ppd import ensemble, metric, submit, train
from competitions.ppd.config import Config

CONTEST_ROWS = 172_956


def written(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["0.9", "0.1", "0.2", "0.3"], "line 1: the header must be 'y_pre', found '0.9'"),
        (["y_pred", "0.1", "0.2", "0.3"], "line 1: the header must be 'y_pre', found 'y_pred'"),
        (["y_pre", "0.1", "0.2"], "expected 3 probabilities, one for each row of test.csv, found 2"),
        (["y_pre", "0.1", "0.2", "0.3", "0.4"], "expected 3 probabilities, one for each row of test.csv, found 4"),
        (["y_pre", "0.1", "1.2", "0.3"], "line 3: expected a number from 0 to 1, found '1.2'"),
        (["y_pre", "-0.1", "0.2", "0.3"], "line 2: expected a number from 0 to 1, found '-0.1'"),
        (["y_pre", "0.1", "0.2", "nan"], "line 4: expected a number from 0 to 1, found 'nan'"),
        (["y_pre", "0.1", "", "0.3"], "line 3: expected a number from 0 to 1, found ''"),
        (["y_pre", "0.1", "1,0.2", "0.3"], "line 3: expected a number from 0 to 1, found '1,0.2'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, lines, fault):
    assert submit.check(written(tmp_path / "ppd.csv", lines), 3) == [fault]


def test_an_empty_file_and_one_in_another_encoding(tmp_path):
    assert "line 1: the header must be 'y_pre', found ''" in submit.check(written(tmp_path / "ppd.csv", []), 3)
    (tmp_path / "ppd.csv").write_bytes(b"y_pre\n\xff\n")
    assert "not UTF-8" in submit.check(tmp_path / "ppd.csv", 1)[0]


def test_the_contest_s_own_number_of_rows_in_a_second(tmp_path):
    probability = np.random.default_rng(0).random(CONTEST_ROWS).astype("float32")
    path = written(tmp_path / "ppd.csv", ["y_pre", *map(str, probability)])
    started = time.process_time()
    assert submit.check(path, CONTEST_ROWS) == []
    assert time.process_time() - started < 1
    assert submit.check(path, CONTEST_ROWS + 1) == ["expected 172957 probabilities, one for each row of test.csv, found 172956"]


def test_what_is_written_is_what_was_predicted(tmp_path, monkeypatch, capsys):
    probability = metric.clip(np.random.default_rng(0).beta(0.1, 0.2, CONTEST_ROWS)).astype("float32")
    assert len(np.unique(probability)) > 100_000 and probability.min() == np.float32(1e-6)
    blended = Run(tmp_path)
    blended.save_arrays("test", probability=probability)
    monkeypatch.setattr(ensemble, "blend", lambda plan: blended)
    dataset = SimpleNamespace(test_pairs=np.zeros((CONTEST_ROWS, 2), int))
    monkeypatch.setattr(train, "plan", lambda config: SimpleNamespace(dataset=dataset))
    submit.main(Config())
    assert "Wrote" in (shown := capsys.readouterr().out) and "172956 probabilities" in shown and "Warning" not in shown
    header, *lines = paths.submission("ppd", ".csv").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert header == "y_pre"
    np.testing.assert_array_equal(np.array(lines, "float32"), probability)
    assert (tmp_path / "ppd.csv").read_bytes() == paths.submission("ppd", ".csv").read_bytes()


def test_certain_answers_are_warned_of(tmp_path, monkeypatch, capsys):
    blended = Run(tmp_path)
    blended.save_arrays("test", probability=np.array([0, 0.5, 1], "float32"))
    monkeypatch.setattr(ensemble, "blend", lambda plan: blended)
    dataset = SimpleNamespace(test_pairs=np.zeros((3, 2), int))
    monkeypatch.setattr(train, "plan", lambda config: SimpleNamespace(dataset=dataset))
    submit.main(Config())
    assert "Warning: 2 probabilities are exactly 0 or 1; each that is wrong costs 11.5" in capsys.readouterr().out


def test_a_refused_file_leaves_the_last_good_one(tmp_path, own_home):
    folder = tmp_path / "run"
    folder.mkdir()
    good = publish("ppd", ".csv", ["y_pre", "0.5"], lambda path: submit.check(path, 1), Run(folder))
    with pytest.raises(SubmissionError, match="line 2: expected a number from 0 to 1, found 'nan'"):
        publish("ppd", ".csv", ["y_pre", "nan"], lambda path: submit.check(path, 1), Run(folder))
    assert good.read_text() == (folder / "ppd.csv").read_text() == "y_pre\n0.5\n"
