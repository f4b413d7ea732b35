"""Scores by predicate, with and without the organisers' dictionaries."""

from competitions.baidu_ie import evaluate
from competitions.baidu_ie.data import Triple

GOLD = {"甲": (Triple("甲", "作者", "乙"), Triple("甲", "妻子", "丙")), "丁": (Triple("丁", "作者", "戊"),)}
FOUND = {"甲": (Triple("己", "作者", "乙"), Triple("甲", "妻子", "丙"))}
PREDICATES = ("妻子", "作者", "成立日期")


def test_predicates_that_occur_are_scored_the_most_frequent_first():
    rows = evaluate.by_predicate(GOLD, FOUND, PREDICATES, (None, None))
    assert rows == [["作者", "2", "0.000", "0.000", "0.000"], ["妻子", "1", "1.000", "1.000", "1.000"]]


def test_the_dictionaries_of_the_organisers_count():
    rows = evaluate.by_predicate(GOLD, FOUND, PREDICATES, ({"己": {"甲"}}, None))
    assert rows[0] == ["作者", "2", "1.000", "0.500", "0.667"]
    assert evaluate.by_predicate(
        {"甲": [Triple("甲", "作者", "南京")]}, {"甲": [Triple("甲", "作者", "江苏")]}, PREDICATES, (None, {"南京": {"江苏"}})
    ) == [["作者", "1", "1.000", "1.000", "1.000"]]
