"""What `predict` reads from a pipe and writes into one."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from common import answers, paths, run
from common.errors import ConfigError
from tests.common.test_run import official, toy  # noqa: F401  a fixture
from tests.conftest import REPOSITORY

PREDICT = """
from pathlib import Path


def main(config, input):
    print("for people")
    return [{"name": Path(input).suffix, "text": line} for line in Path(input).read_text(encoding="utf-8").split()]
"""
FOUND = [{"name": "a,b", "score": np.float32(0.5), "parts": ("甲", 1)}, {"name": 'say "x"', "more": np.array([1, 2])}]


@pytest.fixture
def answering(toy, tmp_path):  # noqa: F811
    (toy / "predict.py").write_text(PREDICT, encoding="utf-8")
    return ["toy", "predict", f"data={official(tmp_path)}"]


def given(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize("asked", ["quiet=true", "output=jsonl"])
def test_a_pipe_gets_the_answers_and_nothing_else(answering, asked, monkeypatch, capsys):
    given(monkeypatch, "甲 乙".encode())
    assert run.main([*answering, "input=-", asked]) == 0
    shown = capsys.readouterr()
    assert [json.loads(line) for line in shown.out.splitlines()] == [{"name": ".txt", "text": one} for one in "甲乙"]
    assert shown.err == ""


def test_a_file_holds_the_same_and_the_screen_still_speaks_to_people(answering, tmp_path, capsys):
    (tmp_path / "given.txt").write_text("甲 乙", encoding="utf-8")
    target = tmp_path / "new" / "answers.csv"
    assert run.main([*answering, f"input={tmp_path / 'given.txt'}", f"output={target}"]) == 0
    shown = capsys.readouterr().out
    assert "for people" in shown and f"Wrote {target} (2 records)" in shown
    assert target.read_text(encoding="utf-8") == "name,text\n.txt,甲\n.txt,乙\n"
    assert run.main([*answering, f"input={tmp_path / 'given.txt'}", f"output={target}", "quiet=true"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["input=a", "output=answers.xlsx"], "output=answers.xlsx: expected a file that ends in .csv or .jsonl"),
        (["input=a", "quiet=maybe"], "quiet=maybe: expected true or false"),
        (["input=a", "outputs=b.csv"], "There is no setting 'outputs'. Did you mean output?"),
        (["input=-"], "input=-: there is nothing on standard input"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_answered(answering, more, message, monkeypatch, capsys):
    given(monkeypatch, b"")
    assert run.main([*answering, *more]) == 2
    shown = capsys.readouterr()
    assert message in shown.err and "for people" not in shown.out


def test_a_stage_that_returns_nothing_says_so(toy, tmp_path, capsys):  # noqa: F811
    (toy / "predict.py").write_text("def main(config, input):\n    pass\n")
    assert run.main(["toy", "predict", f"data={official(tmp_path)}", "input=a", "quiet=true"]) == 2
    assert "predict of toy answers on the screen alone" in capsys.readouterr().err


def test_answers_of_any_kind_are_written():
    assert [json.loads(line) for line in answers.as_json_lines(FOUND).splitlines()] == [
        {"name": "a,b", "score": 0.5, "parts": ["甲", 1]},
        {"name": 'say "x"', "more": [1, 2]},
    ]
    rows = list(csv.DictReader(io.StringIO(answers.as_csv(FOUND))))
    assert rows[0] == {"name": "a,b", "score": "0.5", "parts": '["甲", 1]', "more": ""}
    assert rows[1]["name"] == 'say "x"' and rows[1]["more"] == "[1, 2]"
    assert answers.as_csv([]) == answers.as_json_lines([]) == ""
    with pytest.raises(ConfigError):
        answers.Output("answers")


@pytest.mark.parametrize(
    ("begins", "suffix"), [(b"PK\x03\x04", ".zip"), (b"SIMPLE  =", ".fits"), (b"\x1f\x8b", ".gz"), (b"x", ".txt")]
)
def test_standard_input_becomes_a_file_whose_suffix_fits(begins, suffix, monkeypatch):
    names = set()
    for _ in range(2):
        given(monkeypatch, begins + b"rest")
        names.add(answers.standard_input("toy"))
    (name,) = names
    assert name.endswith(suffix) and str(paths.cache("toy")) in name


def test_a_reader_that_leaves_early_is_no_error():
    code = "from common import run; run.run_command = lambda given: print('line' * 100_000); raise SystemExit(run.main(['x']))"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": REPOSITORY}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait() == 141
