"""Signs and their numbers, the two cases of a letter, and the score of whole strings."""

import json
from dataclasses import replace

import numpy as np
import pytest

from competitions.captcha import metric
from competitions.captcha.alphabet import Table
from competitions.captcha.config import Config
from tests.competitions.captcha.files import TABLE

SIGNS = len(TABLE.signs)


def probability(*texts, sure=1.0):
    return sure * np.eye(SIGNS, dtype="float32")[TABLE.encode(texts)]


def test_labels_and_numbers_are_inverse_and_the_table_comes_back_from_json():
    labels = ["AB", "bx", "a1", "ab1", ""]
    assert TABLE.decode(TABLE.encode(labels)) == labels
    assert (TABLE.encode(["abab"]) == -1).all() and TABLE.encode(["?b"])[0, 0] == -1
    assert Table.from_dict(json.loads(json.dumps(TABLE.to_dict()))) == TABLE


def test_a_style_shows_the_case_that_its_labels_do_not_tell():
    shown = [set(np.array(TABLE.signs)[row.any(axis=0)]) for row in TABLE.shown]
    assert shown == [{"A", "B", "b", "x", ""}, {"a", "A", "b", "B", "1", ""}]
    assert TABLE.shown[0, 2].nonzero()[0].tolist() == [0], "past the longest label stands its end alone"
    assert not TABLE.shown[:, :2, 0].any(), "and none before the shortest is over"


def test_the_two_cases_of_a_letter_add_up_where_case_does_not_count():
    found = np.zeros((1, 3, SIGNS), "float32")
    found[0, 0, [TABLE.numbers[sign] for sign in ("A", "B", "b")]] = 0.4, 0.35, 0.25
    for cased, answer, sure in ((False, "B", 0.6), (True, "A", 0.4)):
        table = Table(tuple(replace(style, cased=cased) for style in TABLE.styles))
        numbers, shares = table.answers(np.array([0]), found)
        assert table.signs[numbers[0, 0]] == answer and shares[0, 0] == pytest.approx(sure)


def test_the_score_is_the_mean_over_styles_of_whole_strings_and_case_costs_only_where_it_counts():
    truth = np.column_stack([[0, 0, 0, 1], TABLE.encode(["AB", "AB", "xx", "ab1"])])
    found = probability("AB", "Ab", "xA", "ab1")
    counts = metric.count(TABLE, truth, found)
    assert counts[:, metric.RIGHT].tolist() == [1, 1, 0, 1] and counts[:, metric.EXACT].tolist() == [1, 0, 0, 1]
    full = metric.full_match(TABLE)
    assert full.of(truth, found) == pytest.approx((2 / 3 + 1) / 2)
    assert full.figures(counts) == pytest.approx({"case too": (1 / 3 + 1) / 2, "signs": 8 / 9})
    unknown = np.column_stack([[0], TABLE.encode(["?b"])])
    assert full.of(unknown, probability("Ab")) == 0, "a sign that no training label holds is never right"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": ("column",)}, "no model 'column'. Did you mean columns"),
        ({"precision": "half"}, "expected float32 or bfloat16 or float16"),
        ({"filters": (10,)}, "multiples of 4"),
        ({"lines": 2.0}, "lines=2.0: expected at most 1"),
        ({"balance": 1.0}, "from 0 to below 1"),
    ],
)
def test_settings_that_no_training_could_use_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Config(**settings)
