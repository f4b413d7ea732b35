import numpy as np
import pytest

from common.ragged import Ragged
from competitions.webqa import decode
from competitions.webqa.questions import Passage, Question


def slow_spans(pointers, threshold, longest):
    """All spans by three loops."""
    found = []
    for row in range(len(pointers)):
        start, end = pointers[row].T
        for first in range(len(start)):
            for last in range(first, min(len(start), first + longest)):
                if start[first] > threshold and end[last] > threshold:
                    found.append((row, first, last + 1, start[first] * end[last]))
    return sorted(found)


@pytest.mark.parametrize(("threshold", "longest"), [(0.1, 12), (0.6, 3), (0.0, 1), (2.0, 5)])
def test_spans_are_those_of_three_loops(threshold, longest):
    random = np.random.default_rng(0)
    pointers = Ragged.of([random.random((length, 2)) for length in (0, 7, 1, 30, 0)], (2,), "float32")
    spans = decode.find_spans(pointers, threshold, longest)
    found = np.array(sorted(zip(spans.passage, spans.begin, spans.end, spans.score, strict=True))).reshape(-1, 4)
    np.testing.assert_allclose(found, np.array(slow_spans(pointers, threshold, longest)).reshape(-1, 4), rtol=1e-6)
    for passage in set(spans.passage):
        scores = spans.score[spans.passage == passage]
        assert (np.diff(scores) <= 1e-9).all(), "the best first"


def test_only_the_best_spans_of_each_passage_are_kept():
    random = np.random.default_rng(0)
    pointers = Ragged.of([random.random((9, 2)), random.random((9, 2))], (2,), "float32")
    every, some = decode.find_spans(pointers, 0.1), decode.find_spans(pointers, 0.1, most=3)
    assert np.bincount(some.passage).tolist() == [3, 3]
    assert some.score[:3].tolist() == every.score[:3].tolist()


def test_the_vote():
    assert decode.vote([0.5]) == pytest.approx(0.25 / 1.5)
    assert decode.vote([0.9]) > decode.vote([0.3, 0.3, 0.3])  # one sure passage beats many doubtful ones
    assert decode.vote([0.9, 0.8]) > decode.vote([0.9]) > decode.vote([0.9, 0.2])


def spans_of(*found):
    return decode.Spans(*(np.array(column) for column in zip(*found, strict=True)))


def test_answers_are_cut_from_the_original_and_differ_by_more_than_case_and_width():
    question = Question("1", "?", (Passage("是ＡＢＣ公司😀", ()), Passage("abc公司", ()), Passage("别的", ())), "webqa")
    spans = spans_of((0, 1, 6, 0.8), (1, 0, 5, 0.5), (2, 0, 2, 0.6))
    ((first, second),) = decode.candidates([question], [0, 3], spans)
    assert (first.text, first.passage, first.begin, first.end) == ("ＡＢＣ公司", 0, 1, 6)
    assert first.score == pytest.approx(decode.vote([0.8, 0.5])) and sorted(first.scores) == [0.5, 0.8]
    assert second.text == "别的"
    assert decode.best_answers([[first, second], []]) == ["ＡＢＣ公司", ""]


def test_a_question_without_passages_has_no_answer():
    questions = [Question("1", "", (), "webqa"), Question("2", "?", (Passage("甲", ()),), "webqa")]
    found = decode.candidates(questions, [0, 0, 1], spans_of((0, 0, 1, 0.5)))
    assert decode.best_answers(found) == ["", "甲"]


def test_networks_that_are_silent_count_as_zero():
    one, other = (decode.Candidate(text, score, 0, 0, 1, (score,)) for text, score in (("甲", 0.6), ("乙", 0.5)))
    merged = decode.merge([[one, other], [other]])
    assert [(candidate.text, candidate.score) for candidate in merged] == [("乙", 0.5), ("甲", 0.3)]


def test_the_mean_of_spans():
    mean = decode.mean([spans_of((0, 0, 1, 0.4), (1, 2, 3, 1.0)), spans_of((0, 0, 1, 0.8))])
    assert list(zip(mean.passage, mean.begin, mean.end, mean.score, strict=True)) == [
        (0, 0, 1, pytest.approx(0.6)),
        (1, 2, 3, pytest.approx(0.5)),
    ]
