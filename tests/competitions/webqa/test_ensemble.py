from types import SimpleNamespace

import numpy as np
import pytest

from common.ragged import Ragged
from common.text.word_vectors import WordVectors
from competitions.webqa import decode, ensemble, rerank
from competitions.webqa.config import Config
from competitions.webqa.data import Passage, Question
from competitions.webqa.features import Encoder

QUESTIONS = [Question(str(row), "谁来了？", (Passage(f"第{row}天张三和李四来了", ("张三",)),), "webqa") for row in range(12)]
VECTORS = WordVectors(("张三",), np.ones((1, 2), "float32"))


def part(spans=None):
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
    return ensemble.Part(QUESTIONS, encoded, pointers, spans)


@pytest.mark.parametrize("way", [ensemble.AVERAGED, ensemble.VOTED])
def test_the_surer_network_wins(way):
    found = ensemble.plain_ways(part(), Config())[way]
    assert set(decode.best_answers(found)) == {"张三"}
    answers = {candidate.text for candidate in found[0]}  # averaged pointers also join the start of one and the end of another
    assert answers == {"张三", "李四"} | ({"张三和李四"} if way == ensemble.AVERAGED else set())


def test_a_re_ranker_never_sees_the_part_that_it_is_scored_on(monkeypatch):
    fitted = []

    class Trees:
        def __init__(self, seen):
            self.seen = seen

        def predict(self, rows):
            fitted.append((self.seen, {tuple(row) for row in rows.tolist()}))
            return np.zeros(len(rows))

    monkeypatch.setattr(rerank, "table", lambda questions, found, *_: (numbered(found), owners(found)))
    monkeypatch.setattr(rerank, "fit", lambda rows, *_: Trees({tuple(row) for row in rows.tolist()}))
    parts = np.arange(12) % 3
    given = part()
    found = ensemble.plain_ways(given, Config())[ensemble.AVERAGED]
    ensemble.cross_fit(given, found, parts, VECTORS.matrix(), Config())
    assert len(fitted) == 3
    for seen, predicted in fitted:
        assert len(predicted) == 12 and len(seen) == 24 and not seen & predicted


def numbered(found):
    return np.arange(sum(map(len, found)))[:, None].astype("float32")


def owners(found):
    return np.repeat(np.arange(len(found)), [len(candidates) for candidates in found])


def test_the_ranker_alone_needs_no_pointers():
    spans = decode.Spans(np.arange(12), np.zeros(12, int), np.ones(12, int), np.ones(12))
    alone = ensemble.Part(QUESTIONS, part().encoded, [], spans)
    assert set(decode.best_answers(ensemble.choose(alone, ensemble.RANKER, None, VECTORS.matrix(), Config()))) == {"第"}


def test_a_question_without_candidates_gets_an_empty_answer():
    class Trees:
        def predict(self, rows):
            raise AssertionError("nothing to predict")

    silent = part()
    silent = ensemble.Part(
        silent.questions, silent.encoded, [Ragged(one.values * 0, one.bounds) for one in silent.pointers], None
    )
    method = f"{ensemble.AVERAGED}{ensemble.RERANKED}"
    assert decode.best_answers(ensemble.choose(silent, method, Trees(), VECTORS.matrix(), Config())) == [""] * 12


def test_answers_are_read_as_they_were_written(tmp_path, monkeypatch):
    answers = {question.id: f"张\u2028三\x85{question.id}\r\n" for question in QUESTIONS}
    monkeypatch.setattr(decode, "best_answers", lambda found: list(answers.values()))
    run = SimpleNamespace(path=tmp_path)
    ensemble.write_answers(run, "test", QUESTIONS, None)
    assert ensemble.read_answers(run, "test") == answers
