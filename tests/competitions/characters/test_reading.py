"""Candidates, scores, lines and specks."""

import numpy as np
import pytest

from competitions.characters.candidates import Gathered, Mean, best, fit_weights
from competitions.characters.evaluate import with_noise
from competitions.characters.lines import cut
from competitions.characters.metric import accuracy_of


def test_the_mean_of_candidates_is_that_of_the_probabilities_they_were_made_of():
    probability = np.random.default_rng(0).dirichlet(np.full(8, 0.3), size=(3, 20))
    several = [best(one) for one in probability]
    assert several[0].shape == (20, 8, 2) and (np.diff(several[0][..., 1]) <= 0).all()
    for weights in (None, [0.5, 0.25, 0.25]):
        found, expected = Mean(weights)(Gathered.of(several)), best(np.average(probability, axis=0, weights=weights))
        np.testing.assert_array_equal(found[..., 0], expected[..., 0])
        np.testing.assert_allclose(found[..., 1], expected[..., 1], atol=1e-6)
    np.testing.assert_array_equal(Gathered.of(several).take([3, 5]).values, Gathered.of(several).values[:, [3, 5]])


def test_of_many_classes_ten_are_kept():
    probability = np.random.default_rng(0).random((4, 50))
    np.testing.assert_array_equal(best(probability)[..., 0], np.argsort(-probability, axis=1)[:, :10])


def test_weights_are_no_worse_than_the_best_run_alone():
    truth = np.arange(12) % 4
    good, bad = np.eye(4)[truth] * 0.6 + 0.1, np.eye(4)[(truth + 1) % 4] * 0.9 + 0.025
    weights = fit_weights(Gathered.of([best(good), best(bad)]), truth).weights
    assert weights.tolist() == [1, 0]


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


def line_of(*pieces, height=40, gap=6):
    """A picture of full pieces of the given widths; a negative number is a further gap."""
    columns = np.concatenate([np.r_[np.zeros(gap if one > 0 else -one), np.ones(max(0, one))] for one in pieces])
    return np.pad((np.tile(columns, (height, 1)) * 255).astype(np.uint8), ((5, 5), (9, 9)))


@pytest.mark.parametrize(
    ("pieces", "widths"),
    [
        ((38, 38, 38), [38, 38, 38]),
        ((17, 17, 38), [40, 38]),  # the halves of 明 come out together
        ((38, 17, 17), [38, 40]),
        ((38, -30, 38), [38, 38]),  # a wide blank is no glyph
        ((120, 38), [40, 40, 40, 38]),  # glyphs that touch are cut evenly
    ],
)
def test_a_line_is_cut_into_glyphs(pieces, widths):
    assert [glyph.shape for glyph in cut(line_of(*pieces))] == [(40, width) for width in widths]


def test_a_picture_about_as_high_as_wide_is_one_glyph_and_an_empty_one_none():
    flat = np.zeros((40, 44), np.uint8)
    flat[18:22, 4:40] = 255  # 一
    (glyph,) = cut(flat)
    np.testing.assert_array_equal(glyph, flat)
    assert cut(np.zeros((40, 200), np.uint8)) == []


def test_specks_fall_on_the_share_of_points_that_was_asked_for():
    glyphs = np.zeros((20, 48, 48), np.uint8)
    glyphs[:, 20:28, 10:40] = 200
    noisy = with_noise(glyphs, 0.05, seed=1)
    assert 0.045 < (noisy[glyphs == 0] == 255).mean() < 0.055
    assert set(np.unique(noisy)) == {0, 200, 255}
    np.testing.assert_array_equal(noisy, with_noise(glyphs, 0.05, seed=1))
    np.testing.assert_array_equal(glyphs, with_noise(glyphs, 0.0, seed=1))
