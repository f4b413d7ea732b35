import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from common.ragged import Ragged
from common.text.word_vectors import WordVectors
from competitions.webqa import decode, metric, rerank
from competitions.webqa.features import Encoder
from competitions.webqa.questions import Passage, Question

QUESTION = Question(
    "1", "世界上最大的什么动物？", (Passage("蓝鲸是最大的动物，长33米。", ("蓝鲸",)), Passage("大象很大", ())), "webqa"
)


def candidate(text, score, passage=0):
    begin = QUESTION.passages[passage].text.index(text)
    return decode.Candidate(text, score, passage, begin, begin + len(text), (score,))


FOUND = [[candidate("蓝鲸", 0.5), candidate("33米", 0.4), candidate("大象", 0.1, 1)]]


def table(ranked=None, found=FOUND):
    vectors = WordVectors(("动物", "蓝鲸", "大象"), np.eye(3, dtype="float32"))
    encoded = Encoder.fit([QUESTION], vectors, min_count=1).encode([QUESTION])
    pointers = Ragged.of([np.full((len(passage.text), 2), 0.5) for passage in QUESTION.passages], (2,), "float32")
    return rerank.table([QUESTION], found, encoded, pointers, vectors.matrix(), ranked)


def test_every_candidate_has_every_feature():
    rows, owner = table()
    assert rows.shape == (3, len(rerank.columns())) and owner.tolist() == [0, 0, 0]
    row = dict(zip(rerank.columns(), rows[1].tolist(), strict=True))
    assert (row["vote"], row["rank"], row["rivals"], row["length"], row["numerals"]) == (pytest.approx(0.4), 1, 3, 3, 2)
    assert (row["begin"], row["closed"], row["asked_share"], row["occurs_in"]) == (10, 0, 0, 1)
    assert np.isnan(row["ranked_score"])


def test_the_ranker_is_heard():
    rows, _ = table(ranked=[[candidate("33米", 0.8), candidate("蓝鲸", 0.2)]])
    place = rerank.columns().index("ranked_place")
    assert rows[:2, place].tolist() == [1, 0] and np.isnan(rows[2, place])


def test_the_kind_that_a_question_names():
    assert "世界上最大的什么动物？"[rerank.asked_kind("世界上最大的什么动物？")] == "动物"
    assert "他是哪个国家的人"[rerank.asked_kind("他是哪个国家的人")].startswith("国家")
    assert "他有几部作品"[rerank.asked_kind("他有几部作品")].startswith("部作品")
    nothing = rerank.asked_kind("谁写的？")
    assert "谁写的？"[nothing] == "" and (nothing.start, nothing.stop) == (0, 0)


def test_targets_are_official_scores():
    gold = metric.gold_of([QUESTION])["1"]
    expected = [(metric.accuracy_of(one.text, gold) + metric.f1_of(one.text, gold)) / 2 for one in FOUND[0]]
    assert rerank.targets([QUESTION], FOUND).tolist() == expected and expected[0] == 1


def test_the_best_expected_score_comes_first():
    found = rerank.choose([FOUND[0], [], FOUND[0][:1]], np.array([0.1, 0.9, 0.5, 0.3]), np.array([0, 0, 0, 2]))
    assert [[one.text for one in answers] for answers in found] == [["33米", "大象", "蓝鲸"], [], ["蓝鲸"]]


def test_what_no_network_names_is_offered_without_a_vote():
    offered = rerank.offer([FOUND[0][:1], []], [[candidate("蓝鲸", 0.9), candidate("大象", 0.7, 1)], [candidate("33米", 0.2)]])
    assert [[(one.text, one.score) for one in answers] for answers in offered] == [
        [("蓝鲸", 0.5), ("大象", 0.0)],
        [("33米", 0.0)],
    ]


def test_trees_learn_what_a_feature_says():
    random = np.random.default_rng(0)
    rows = random.random((600, len(rerank.columns()))).astype("float32")
    scores = (rows[:, 0] > 0.5).astype(float)
    with threadpool_limits(1):
        expected = rerank.fit(rows[:400], scores[:400], rounds=60, seed=1).predict(rows[400:])
    assert ((expected > 0.5) == (scores[400:] > 0)).mean() > 0.9
