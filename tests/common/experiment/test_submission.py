from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from common import paths
from common.errors import SubmissionError
from common.experiment.runs import Run
from common.experiment.submission import SHOWN, check_lines, publish, to_answer

IDS = ["3", "1", "2"]
GOOD = ["3,star", "1,galaxy", "2,star"]


def known(answer):
    return None if answer in ("star", "galaxy") else f"'{answer}' is none of star, galaxy"


def faults_of(tmp_path, content, ids=IDS, separator=",", header=None):
    path = tmp_path / "submission.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return check_lines(path, ids, separator, known, header)


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_file_that_keeps_the_rules_has_no_fault(tmp_path, end):
    assert faults_of(tmp_path, "\n".join(GOOD) + end) == []
    assert faults_of(tmp_path, "\n".join(["id,type", *GOOD]) + end, header="id,type") == []


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (["3,star", "1 moon", "2,star"], ["line 2: expected id,answer, found '1 moon'", "1 ids have no line, the first is 1"]),
        (["3,star", "1,star", "3,star"], ["line 3: id 3 stands on line 1 already", "1 ids have no line, the first is 2"]),
        (["3,star", "9,star", "2,star"], ["line 2: unknown id '9'", "1 ids have no line, the first is 1"]),
        (
            ["1,star", "3,star", "2,star"],
            [
                "line 1: expected id 3 in the order of the index, found 1",
                "line 2: expected id 1 in the order of the index, found 3",
            ],
        ),
        (["3,star", "1,", "2,quasar"], ["line 2: '' is none of star, galaxy", "line 3: 'quasar' is none of star, galaxy"]),
        (["3,star"], ["2 ids have no line, the first is 1"]),
        ([*GOOD, "4,star"], ["line 4: unknown id '4'"]),
        ([*GOOD, "2,star"], ["line 4: id 2 stands on line 3 already"]),
        ([*GOOD, ""], ["line 4: expected id,answer, found ''"]),
        ([], ["3 ids have no line, the first is 3"]),
    ],
)
def test_every_fault_is_named_with_its_line(tmp_path, lines, faults):
    assert faults_of(tmp_path, "".join(f"{line}\n" for line in lines)) == faults


def test_an_id_that_comes_after_the_end_of_the_index_is_not_told_to_be_none(tmp_path):
    faults = faults_of(tmp_path, "3,star\n1,star\n9,star\n2,star\n")
    assert faults[0] == "line 3: unknown id '9'"
    assert faults[1].startswith("line 4: ")
    assert "None" not in faults[1]


def test_a_wrong_header_is_named_and_the_lines_are_counted_from_the_top_of_the_file(tmp_path):
    assert faults_of(tmp_path, "id;type\n3,star\n1,moon\n2,star\n", header="id,type") == [
        "line 1: the header must be 'id,type', found 'id;type'",
        "line 3: 'moon' is none of star, galaxy",
    ]
    assert faults_of(tmp_path, "", header="id,type")[0] == "line 1: the header must be 'id,type', found ''"


def test_a_header_that_nobody_asked_for_is_an_unknown_id(tmp_path):
    assert faults_of(tmp_path, "\n".join(["id,type", *GOOD]))[0] == "line 1: unknown id 'id'"


def test_a_file_in_another_encoding_is_named(tmp_path):
    (fault,) = faults_of(tmp_path, "3,恒星\n".encode("gbk"))
    assert fault.startswith("not UTF-8: ")


def test_an_answer_may_hold_the_separator_and_odd_line_ends_again(tmp_path):
    path = tmp_path / "answers.tsv"
    path.write_text("1\tone\ttwo\n2\tbefore\u2028after\n", encoding="utf-8")
    answers = []
    assert check_lines(path, ["1", "2"], "\t", answers.append) == []
    assert answers == ["one\ttwo", "before\u2028after"]


@pytest.fixture
def run(own_home):
    folder = paths.runs("toy") / "ensemble-0000"
    folder.mkdir(parents=True)
    return Run(folder)


check = partial(check_lines, ids=IDS, separator=",", check_answer=known)


def test_a_sound_submission_is_written_twice(run):
    target = publish("toy", ".csv", GOOD, check, run)
    assert target == paths.submission("toy", ".csv")
    assert target.read_text() == "3,star\n1,galaxy\n2,star\n"
    assert (run.path / "toy.csv").read_text() == target.read_text()


def test_a_submission_that_breaks_the_rules_leaves_the_older_one_untouched(run):
    target = publish("toy", ".csv", GOOD, check, run)
    before = target.read_text()
    with pytest.raises(SubmissionError, match=r"toy\.csv was not written, it breaks .* rules:\n  line 2: 'moon' is none"):
        publish("toy", ".csv", ["3,star", "1,moon", "2,star"], check, run)
    assert target.read_text() == before
    assert (run.path / "toy.csv").read_text() == before
    assert [path.name for path in target.parent.iterdir()] == ["toy.csv"]


def test_a_refused_first_submission_leaves_no_file(run):
    with pytest.raises(SubmissionError, match="3 ids have no line, the first is 3"):
        publish("toy", ".csv", [], check, run)
    assert list(paths.submission("toy", ".csv").parent.iterdir()) == []
    assert list(run.path.iterdir()) == []


def test_of_many_faults_the_first_twenty_are_shown_and_the_others_counted(run):
    with pytest.raises(SubmissionError) as caught:
        publish("toy", ".csv", [f"x{number},star" for number in range(50)], check, run)
    lines = str(caught.value).splitlines()
    assert SHOWN == 20
    assert len(lines) == 1 + SHOWN + 1
    assert lines[1].endswith("line 1: unknown id 'x0'")
    assert lines[-1] == "  and 31 more"


def test_without_a_test_part_the_validated_records_are_answered(run, capsys):
    run.save_arrays("oof", probability=np.eye(3), fold=np.array([0, -1, 0]))
    run.save_arrays("test", probability=np.eye(2))
    part, rows, answers = to_answer(SimpleNamespace(parts={"train": [], "test": []}), run, "texts")
    assert (part, rows.tolist(), answers.tolist()) == ("test", [0, 1], np.eye(2).tolist())
    part, rows, answers = to_answer(SimpleNamespace(parts={"train": []}), run, "texts")
    assert (part, rows.tolist(), answers.tolist()) == ("train", [0, 2], np.eye(3)[[0, 2]].tolist())
    assert "There are no test texts: the submission answers the validation part" in capsys.readouterr().out
