"""The zip as the organisers read it, every sentence once, and what is refused."""

import zipfile

import pytest

from common.errors import SubmissionError
from common.experiment.runs import open_run
from competitions.baidu_ie import ensemble, metric, records, submit
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Sentence, Triple
from tests.competitions.baidu_ie.test_data import BOOK, put, record

WRITER = Triple("呐喊", "作者", "鲁迅")
TEXTS = ["《呐喊》的作者是鲁迅", "甲\u2028乙"]


def written(folder, *lines):
    path = folder / "baidu_ie.zip"
    submit.write_zip(path, lines)
    return path


def faults(folder, *lines):
    return submit.check(written(folder, *lines), TEXTS, ("作者", "妻子"))


def test_the_zip_holds_one_file_that_the_scorer_reads(tmp_path):
    lines = [records.line_of(TEXTS[0], (WRITER,)), records.line_of(TEXTS[1], ())]
    path = written(tmp_path, *lines)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["baidu_ie.json"]
        assert archive.read("baidu_ie.json").decode() == "".join(f"{line}\n" for line in lines)
    assert metric.read_submission(path) == {TEXTS[0]: (WRITER,), TEXTS[1]: ()}
    before = path.read_bytes()
    assert written(tmp_path, *lines).read_bytes() == before, "the same triples give the same zip"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([records.line_of(TEXTS[0], (WRITER,)), records.line_of(TEXTS[1], ())], None),
        ([records.line_of(TEXTS[1], ())], "1 sentences have no line, the first is '《呐喊》的作者是鲁迅'"),
        ([], "2 sentences have no line, the first is '《呐喊》的作者是鲁迅'"),
        ([records.line_of(text, ()) for text in (*TEXTS, "丙")], "no sentence of the test file: '丙'"),
        (
            [records.line_of(text, (WRITER._replace(predicate="同事"),)) for text in TEXTS],
            "unknown predicate 同事 in '《呐喊》的作者是鲁迅'",
        ),
        ([records.line_of(TEXTS[0], ()), "{"], "baidu_ie.json line 2: no JSON ("),
        (['{"text": "甲"}'], "baidu_ie.json line 1: expected {text, spo_list}"),
    ],
)
def test_faults_are_named(tmp_path, lines, fault):
    found = faults(tmp_path, *lines)
    assert found == [] if fault is None else any(fault in one for one in found), found


def finished(monkeypatch, part, *rows):
    """An ensemble that has answered a part."""
    run = open_run("baidu_ie", "ensemble", Config(data="x"), "0")
    sentences = [Sentence(text, (), (), "ske") for text, _ in rows]
    ensemble.write_triples(run, part, sentences, [triples for _, triples in rows])
    monkeypatch.setattr(ensemble, "blend", lambda plan: run)
    return run


def test_a_text_that_is_asked_twice_is_answered_once(tmp_path, monkeypatch, own_home, capsys):
    put(tmp_path, test=[record(TEXTS[1]), record(TEXTS[0]), record(TEXTS[1])])
    run = finished(monkeypatch, "test", (TEXTS[1], ()), (TEXTS[0], (WRITER,)), (TEXTS[1], ()))
    submit.main(Config(data=tmp_path))
    path = own_home / "submissions/baidu_ie.zip"
    with zipfile.ZipFile(path) as archive:
        assert len(archive.read("baidu_ie.json").splitlines()) == 2
    assert list(metric.read_submission(path).items()) == [(TEXTS[1], ()), (TEXTS[0], (WRITER,))]
    assert (run.path / "baidu_ie.zip").read_bytes() == path.read_bytes()
    told = capsys.readouterr().out
    assert "(2 sentences, 1 triples)" in told and "There is no test file" not in told


@pytest.mark.parametrize(
    ("part", "files", "told"),
    [("dev", {"dev": [BOOK]}, "answers the dev part"), ("oof", {}, "answers the validated training sentences, out of fold")],
)
def test_without_a_test_file_another_part_is_answered_and_said_so(tmp_path, monkeypatch, own_home, capsys, part, files, told):
    other = [record("别的")] if files else [BOOK]
    put(tmp_path, train=other, **files)
    finished(monkeypatch, part, (BOOK["text"], (WRITER,)))
    submit.main(Config(data=tmp_path))
    assert f"There is no test file: the submission {told}." in capsys.readouterr().out
    assert metric.read_submission(own_home / "submissions/baidu_ie.zip") == {BOOK["text"]: (WRITER,)}


def test_answers_that_lack_a_sentence_of_the_test_file_are_refused(tmp_path, monkeypatch, own_home):
    put(tmp_path, test=[record(TEXTS[0]), record(TEXTS[1])])
    finished(monkeypatch, "test", (TEXTS[0], (WRITER,)))
    with pytest.raises(SubmissionError, match="1 sentences have no line"):
        submit.main(Config(data=tmp_path))


def test_a_faulty_submission_is_not_written(tmp_path, monkeypatch, own_home):
    put(tmp_path, test=[record(TEXTS[0])])
    run = finished(monkeypatch, "test", (TEXTS[0], (WRITER._replace(predicate="同事"),)))
    with pytest.raises(SubmissionError, match="unknown predicate 同事"):
        submit.main(Config(data=tmp_path))
    assert not (own_home / "submissions/baidu_ie.zip").exists() and not (run.path / "baidu_ie.zip").exists()
