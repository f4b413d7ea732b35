import numpy as np
import pytest

from common.errors import SubmissionError
from competitions.power_vocab import metric

GOLD = ("变压器", "母线", "断路器", "绕组")


def test_a_hand_worked_ranking():
    found, total = metric.hits(["变压器", "天气", "母线", "朋友"], GOLD)
    assert found.tolist() == [True, False, True, False] and total == 4
    assert metric.precision(found, 2) == 0.5
    assert metric.recall(found, total) == 0.5
    assert metric.average_precision(found, total) == pytest.approx((1 / 1 + 2 / 3) / 4)


def test_a_short_list_counts_against_k():
    found, _ = metric.hits(["变压器"], GOLD)
    assert metric.precision(found, 200) == 1 / 200


def test_seeds_count_neither_for_nor_against():
    found, total = metric.hits(["变压器", "母线"], GOLD, seeds=["变压器"])
    assert found.tolist() == [True] and total == 3


def test_words_behind_the_ten_thousandth_count_nothing():
    ranking = [str(number) for number in range(metric.WORDS)] + ["母线"]
    assert metric.score(GOLD, ranking)["average_precision"] == 0
    assert metric.score(GOLD, ranking)["recall"] == 0


def test_average_precision_is_that_of_scikit_learn():
    from sklearn.metrics import average_precision_score

    chance = np.random.default_rng(0)
    found = chance.random(300) < 0.3
    expected = average_precision_score(found, -np.arange(300))
    assert metric.average_precision(found, found.sum()) == pytest.approx(expected)


def test_a_double_is_refused_by_name():
    with pytest.raises(SubmissionError, match="'母线' stands in the ranking twice"):
        metric.score(GOLD, ["母线", "绕组", "母线"])


def test_no_gold_scores_nothing():
    assert metric.score([], ["母线"])["average_precision"] == 0
