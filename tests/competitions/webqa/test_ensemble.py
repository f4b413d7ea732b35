from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from common.experiment.ensemble import cross_fit
from common.ragged import Ragged
from common.report import plots
from common.text.word_vectors import WordVectors
from competitions.webqa import answering, confidence, decode, ensemble, rerank
from competitions.webqa.answering import Found, Part, Plain, Reranked
from competitions.webqa.config import Config
from competitions.webqa.features import Encoder
from competitions.webqa.questions import Passage, Question, kind_of

QUESTIONS = [Question(str(row), "谁来了？", (Passage(f"第{row}天张三和李四来了", ("张三",)),), "webqa") for row in range(12)]
VECTORS = WordVectors(("张三",), np.ones((1, 2), "float32"))


def part():
    encoded = Encoder.fit(QUESTIONS, VECTORS, min_count=1).encode(QUESTIONS)
    pointers = []
    for name in ("李四", "张三"):  # one network is wrong, the other a little surer and right
        rows = []
        for question in QUESTIONS:
            begin = question.passages[0].text.index(name)
            found = np.zeros((len(question.passages[0].text), 2))
            found[begin, 0] = found[begin + 1, 1] = 0.8 if name == "张三" else 0.7
            rows.append(found)
        pointers.append(Ragged.of(rows, (2,), "float32"))
    return Part(QUESTIONS, encoded, pointers, None, VECTORS.matrix(), Config())


@pytest.mark.parametrize("way", [answering.AVERAGED, answering.VOTED])
def test_the_surer_network_wins(way):
    found = Plain(way)(Found.all_of(part()))
    assert set(decode.best_answers(found)) == {"张三"}
    answers = {candidate.text for candidate in found[0]}  # averaged pointers also join the start of one and the end of another
    assert answers == {"张三", "李四"} | ({"张三和李四"} if way == answering.AVERAGED else set())


def test_a_re_ranker_never_sees_the_part_that_it_is_scored_on(monkeypatch):
    fitted = []

    class Trees:
        def __init__(self, seen):
            self.seen = seen

        def predict(self, rows):
            fitted.append((self.seen, {tuple(row) for row in rows.tolist()}))
            return np.zeros(len(rows))

    monkeypatch.setattr(answering, "LEAST", 1)
    monkeypatch.setattr(rerank, "table", lambda questions, found, *_: (numbered(found), owners(found)))
    monkeypatch.setattr(rerank, "fit", lambda rows, *_: Trees({tuple(row) for row in rows.tolist()}))
    learn = partial(answering.fit_reranked, 5, 0, 1)
    answers = cross_fit(learn, Found.all_of(part()), QUESTIONS, np.arange(12) % 3)
    assert len(fitted) == 3 and [len(candidates) for candidates in answers] == [3] * 12
    for seen, predicted in fitted:
        assert len(predicted) == 12 and len(seen) == 24 and not seen & predicted


def numbered(found):
    return np.arange(sum(map(len, found)))[:, None].astype("float32")


def owners(found):
    return np.repeat(np.arange(len(found)), [len(candidates) for candidates in found])


def test_the_ranker_alone_needs_no_pointers():
    spans = decode.Spans(np.arange(12), np.zeros(12, int), np.ones(12, int), np.ones(12))
    alone = Found.all_of(replace(part(), pointers=[], spans=spans))
    assert list(alone.part.ways) == [answering.RANKER]
    assert set(decode.best_answers(Plain(answering.RANKER)(alone))) == {"第"}


def test_a_question_without_candidates_gets_an_empty_answer():
    class Trees:
        def predict(self, rows):
            raise AssertionError("nothing to predict")

    given = part()
    silent = replace(given, pointers=[Ragged(one.values * 0, one.bounds) for one in given.pointers])
    for way in (Reranked(answering.AVERAGED, Trees()), Plain(answering.AVERAGED), Plain(answering.VOTED)):
        assert decode.best_answers(way(Found.all_of(silent))) == [""] * 12


def test_fewer_candidates_than_a_re_ranker_can_learn_from_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(rerank, "fit", lambda *_: "trees")
    few = Found.all_of(part())
    assert answering.fit_reranked(5, 0, 1, few, QUESTIONS) == Plain(answering.AVERAGED)
    monkeypatch.setattr(answering, "LEAST", 36)
    assert answering.fit_reranked(5, 0, 1, few, QUESTIONS) == Reranked(answering.AVERAGED, "trees")


def test_some_questions_of_a_part_are_answered_as_in_the_whole():
    spans = decode.Spans(np.arange(12), np.arange(12) % 3, np.arange(12) % 3 + 2, np.linspace(0.1, 0.9, 12))
    whole, rows = replace(part(), spans=spans), np.array([2, 7, 11])
    taken, alone = Found.all_of(whole).take(rows), Found.all_of(answering.of_rows(whole, rows))
    assert taken.questions == alone.questions == [QUESTIONS[row] for row in rows]
    for way in (answering.AVERAGED, answering.VOTED, answering.RANKER):
        assert taken.candidates(way) == alone.candidates(way) == [whole.ways[way][row] for row in rows]
    (offered, table, owner), (others, again, owner_again) = (found.described(answering.VOTED) for found in (taken, alone))
    assert offered == others and owner.tolist() == owner_again.tolist()
    np.testing.assert_array_equal(table, again)


def test_answers_are_read_as_they_were_written(tmp_path, monkeypatch):
    answers = {question.id: f"张\u2028三\x85{question.id}\r\n" for question in QUESTIONS}
    monkeypatch.setattr(decode, "best_answers", lambda found: list(answers.values()))
    run = SimpleNamespace(path=tmp_path)
    ensemble.write_answers(run, "test", QUESTIONS, None)
    assert ensemble.read_answers(run, "test") == answers


def test_a_probability_is_as_often_right_as_it_says():
    generator = np.random.default_rng(0)
    scores = generator.uniform(0.001, 1.2, 4000)
    truth = 1 / (1 + np.exp(-(np.log(scores) + 4 * scores - 1)))
    right = generator.random(len(scores)) < truth
    found = confidence.out_of_fold(scores, right, np.arange(len(scores)) // 2)
    assert np.abs(found - truth).max() < 0.1
    given, observed = plots.reliability(right, found)
    assert np.abs(given - observed).mean() < 0.03


@pytest.mark.parametrize(("right", "expected"), [([True, True], 1.0), ([False, False], 0.0), ([], 0.0)])
def test_where_all_answers_were_right_or_none_that_is_the_probability(right, expected):
    likely = confidence.fit(np.full(len(right), 0.5), np.array(right, bool))
    assert likely(np.array([0.1, 0.9])).tolist() == [expected] * 2


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("长江有多长", "number"),
        ("珠穆朗玛峰有多高", "number"),
        ("三国演义有几回", "number"),
        ("鲁迅是哪一年出生的", "date"),
        ("国庆节是几月几日", "date"),
        ("谁写了红楼梦", "person"),
        ("红楼梦的作者是", "person"),
        ("澳大利亚的首都是", "place"),
        ("合肥是哪个省的省会", "place"),
        ("周杰伦的成名作是哪首歌", "title"),
        ("石油的主要成分是什么", "other"),
    ],
)
def test_what_a_question_asks_for(question, kind):
    assert kind_of(question) == kind
