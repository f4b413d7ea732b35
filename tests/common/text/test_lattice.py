"""The best way through a dictionary's words, and legal tags."""

import itertools
import math
import re

import numpy as np
import pytest

from common.text.lattice import FIRST, LAST, NEXT, Lattice, best_tags, ends_of, tags_of, words

COUNTS = {"结婚": 60, "和": 200, "尚未": 20, "和尚": 30, "未": 30, "的": 500, "未结": 1, "婚": 5, "结": 5, "尚": 2}


def cut(text, lattice, **more):
    return words(text, lattice.best(text, **more))


def segmentations(text):
    """All ways to cut a text."""
    for bars in itertools.product((0, 1), repeat=len(text) - 1):
        ends = [place + 1 for place, bar in enumerate(bars) if bar] + [len(text)]
        yield words(text, ends)


def test_the_best_way_is_that_of_brute_force_with_and_without_tags():
    lattice, total = Lattice(COUNTS), math.log(sum(COUNTS.values()) + 1)
    generator = np.random.default_rng(0)
    for text in ("结婚的和尚", "尚未结婚的", "未结婚和尚未", "的甲婚"):
        for tags in (None, np.log(generator.dirichlet(np.ones(4), len(text)))):

            def value(found, tags=tags):
                if any(word not in COUNTS and len(word) > 1 for word in found):
                    return -math.inf
                logs = sum((math.log(COUNTS[word]) if word in COUNTS else 0) - total for word in found)
                given = 0 if tags is None else sum(tags[place, tag] for place, tag in enumerate(tags_of(list(map(len, found)))))
                return logs + given

            assert cut(text, lattice, tags=tags) == max(segmentations(text), key=value)


def test_counts_decide_an_ambiguity_and_turn_it_where_they_change():
    assert cut("结婚的和尚未结婚的", Lattice(COUNTS)) == ["结婚", "的", "和", "尚未", "结婚", "的"]
    assert cut("和尚未", Lattice(COUNTS | {"和尚": 3000, "未": 3000})) == ["和尚", "未"]


def test_patterns_are_words_and_huge_or_no_counts_harm_nobody():
    counts = COUNTS | {"巨": 1e18, "零": 0}
    lattice = Lattice(counts, [(re.compile("[0-9]+年"), 50)])
    assert cut("2000年的和", lattice) == ["2000年", "的", "和"]
    assert cut("巨零结婚的", lattice) == ["巨", "零", "结婚", "的"]
    assert cut("甲乙", Lattice({})) == ["甲", "乙"]


def test_proposed_words_are_taken_where_tags_speak_for_them():
    tags = np.log(np.eye(4)[tags_of([2, 1])] * 0.96 + 0.01)
    assert cut("甲乙的", Lattice(COUNTS), tags=tags, proposed=[2, 3]) == ["甲乙", "的"]
    assert cut("甲乙的", Lattice(COUNTS), tags=tags) == ["甲", "乙", "的"]


def test_tags_come_back_as_the_words_that_they_are_of():
    for lengths in ([1], [2, 1, 3], [4, 1, 1, 2]):
        assert np.diff([0, *ends_of(tags_of(lengths))]).tolist() == lengths


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_best_tags_are_legal_and_those_of_brute_force(steps):
    random = np.random.default_rng(steps).normal(size=(20, steps, 4))
    for scores, found in zip(random, best_tags([*random, random[0][:0], random[0][:1]]), strict=False):
        legal = [
            way
            for way in itertools.product(range(4), repeat=steps)
            if FIRST[way[0]] and LAST[way[-1]] and all(NEXT[one, other] for one, other in itertools.pairwise(way))
        ]
        best = max(legal, key=lambda way: sum(scores[place, tag] for place, tag in enumerate(way)))
        assert found.tolist() == list(best)
    assert [len(tags) for tags in best_tags([random[0][:0], random[0], random[0][:1]])] == [0, steps, 1]
