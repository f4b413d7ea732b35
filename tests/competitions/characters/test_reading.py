"""Scores and specks."""

import numpy as np
import pytest

from common.experiment.candidates import best
from competitions.characters.evaluate import with_noise
from competitions.characters.metric import accuracy_of


def test_accuracy_merged_pairs_and_the_best_three():
    metric = accuracy_of(("C", "c", "日", "曰", "0"))
    truth = np.array([0, 1, 2, 3, 4])
    answers = best(np.array([
        [0.3, 0.7, 0, 0, 0],  # c for C: right where pairs are merged
        [0.1, 0.9, 0, 0, 0],
        [0, 0, 0.4, 0.6, 0],  # 曰 for 日 is wrong all the same
        [0, 0, 0.2, 0.8, 0],
        [0.4, 0.3, 0.2, 0.1, 0],
    ]))  # fmt: skip
    counts = metric.count(truth, answers)
    assert metric.score(counts) == pytest.approx(2 / 5)
    assert metric.figures(counts) == {"merged": pytest.approx(3 / 5), "best three": pytest.approx(4 / 5)}


def test_specks_fall_on_the_share_of_points_that_was_asked_for():
    glyphs = np.zeros((20, 48, 48), np.uint8)
    glyphs[:, 20:28, 10:40] = 200
    noisy = with_noise(glyphs, 0.05, seed=1)
    assert 0.045 < (noisy[glyphs == 0] == 255).mean() < 0.055
    assert set(np.unique(noisy)) == {0, 200, 255}
    np.testing.assert_array_equal(noisy, with_noise(glyphs, 0.05, seed=1))
    np.testing.assert_array_equal(glyphs, with_noise(glyphs, 0.0, seed=1))
