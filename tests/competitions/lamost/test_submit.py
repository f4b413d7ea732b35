"""The submission has no header and the order of the index; a file that breaks the rules is refused line by line."""

from functools import partial

import pytest

from common import paths
from common.errors import SubmissionError
from common.experiment.runs import Run
from common.experiment.submission import check_labels, publish
from competitions.lamost import metric

IDS = ["30", "10", "20"]
check = partial(check_labels, ids=IDS, labels=metric.LABELS)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["id,type", "30,star", "10,qso", "20,star"], "line 1: unknown id 'id'"),
        (["30,star", "20,star"], "1 ids have no line, the first is 10"),
        (["30,star", "10,star", "10,qso"], "line 3: id 10 stands on line 2 already"),
        (["30,star", "10,star", "20,star", "40,star"], "line 4: unknown id '40'"),
        (["30,star", "10,planet", "20,star"], "line 2: 'planet' is none of star, galaxy, qso, unknown"),
        (["30,star", "10,Star", "20,star"], "line 2: 'Star' is none of star, galaxy, qso, unknown"),
        (["30,star", "10,", "20,star"], "line 2: '' is none of star, galaxy, qso, unknown"),
        (["30,star", "20,star", "10,star"], "line 2: expected id 10 in the order of the index, found 20"),
        (["30,star", "10 star", "20,star"], "line 2: expected id,answer, found '10 star'"),
        (["30,star", "10,star", "", "20,star"], "line 3: expected id,answer, found ''"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, lines, fault):
    path = tmp_path / "lamost.csv"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert fault in check(path)


def test_every_fault_is_named(tmp_path):
    (tmp_path / "lamost.csv").write_text("id,type\n10,planet\n")
    assert len(check(tmp_path / "lamost.csv")) >= 4
    (tmp_path / "lamost.csv").write_text("")
    assert check(tmp_path / "lamost.csv") == ["3 ids have no line, the first is 30"]


def published(lines, run_folder):
    run_folder.mkdir(exist_ok=True)
    return publish("lamost", ".csv", lines, check, Run(run_folder))


def test_a_right_file_has_no_header_and_the_order_of_the_index(tmp_path):
    path = published(["30,star", "10,qso", "20,unknown"], tmp_path / "run")
    assert path == paths.submission("lamost", ".csv")
    assert path.read_bytes() == b"30,star\n10,qso\n20,unknown\n" == (tmp_path / "run" / "lamost.csv").read_bytes()


def test_a_wrong_file_leaves_the_last_right_one_alone(tmp_path):
    path = published(["30,star", "10,qso", "20,unknown"], tmp_path / "run")
    before = path.read_bytes()
    with pytest.raises(
        SubmissionError, match=r"lamost\.csv was not written, it breaks the contest's rules:\n  line 2: 'planet'"
    ):
        published(["30,star", "10,planet", "20,unknown"], tmp_path / "run")
    assert path.read_bytes() == before == (tmp_path / "run" / "lamost.csv").read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == ["lamost.csv"]
