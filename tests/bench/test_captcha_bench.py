"""The benchmark scores every system on the same pictures, by the case that the style says."""

import numpy as np

from bench import captcha
from tests.common.images.writing.styles import TABLE, picture


def test_the_first_validated_pictures_of_each_style_are_read():
    styles, fold = np.array([0, 0, 0, 1, 1]), np.array([-1, 0, 1, 0, 0])
    assert captcha.first_rows(styles, fold, 1).tolist() == [1, 3]
    assert captcha.first_rows(styles, fold, 9).tolist() == [1, 2, 3, 4]


def test_answers_lose_blanks_and_case_counts_as_the_style_says():
    answers, seconds = captcha.read_all(lambda content, style: " A b\n", [picture()] * 2, TABLE.styles)
    assert answers == ["Ab", "Ab"] and (seconds >= 0).all()
    assert captcha.judged(answers, ["aB", "aB"], np.array([False, True])).tolist() == [True, False]


def test_the_tables_hold_the_mean_over_styles_and_the_margin_over_each_peer():
    styles, right = np.array([0, 0, 1, 1]), {"ours": np.array([1, 1, 1, 0]), "peer": np.array([0, 1, 0, 0])}
    systems = {name: ([""] * 4, np.full(4, 0.002)) for name in right}
    _, columns, lines = captcha.by_style(TABLE, styles, systems, right)
    assert columns[2:] == ["ours", "ours, ms", "peer", "peer, ms"]
    assert lines[-1] == ["mean of styles", "4", "0.750", "2.000", "0.250", "2.000"]
    ((name, difference, _),) = captcha.margins(TABLE, styles, right, 0)[2]
    assert (name, difference) == ("peer", "+0.500")
