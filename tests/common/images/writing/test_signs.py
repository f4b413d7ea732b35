"""Signs and their numbers, and the two cases of a letter."""

import json
from dataclasses import replace

import numpy as np
import pytest

from common.images.writing.signs import Table
from tests.common.images.writing.styles import TABLE

SIGNS = len(TABLE.signs)


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
