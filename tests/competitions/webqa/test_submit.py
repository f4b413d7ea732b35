import pytest

from competitions.webqa import submit

IDS = ["Q1", "Q2", "Q3"]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["Q1\t甲", "Q2\t", "Q3\t乙 丙"], None),
        (["Q1\t甲", "Q2\t乙"], "1 ids have no line, the first is Q3"),
        (["Q1\t甲", "Q1\t甲", "Q2\t乙", "Q3\t丙"], "line 2: id Q1 stands on line 1 already"),
        (["Q1\t甲", "Q2\t乙", "QX\t丙"], "line 3: unknown id 'QX'"),
        (["Q1\t甲", "Q2", "Q3\t丙"], "line 2: expected id\tanswer, found 'Q2'"),
        (["Q1\t甲\t乙", "Q2\t", "Q3\t"], "line 1: an answer holds a tab"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, lines, fault):
    path = tmp_path / "webqa.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    faults = submit.check(path, IDS)
    assert (not faults) if fault is None else any(fault in found for found in faults)


def test_an_answer_stays_on_its_line():
    assert submit.one_line("甲\t乙\n\u2028丙") == "甲 乙 丙"
