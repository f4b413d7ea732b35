"""The score of whole strings."""

import numpy as np
import pytest

from competitions.captcha import metric
from competitions.captcha.config import Config
from tests.common.images.writing.styles import TABLE

SIGNS = len(TABLE.signs)


def probability(*texts, sure=1.0):
    return sure * np.eye(SIGNS, dtype="float32")[TABLE.encode(texts)]


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
