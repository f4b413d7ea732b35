import numpy as np
import pytest
from scipy.stats import power_divergence

from competitions.power_vocab import keyness

FUNCTIONS = (keyness.ratio, keyness.smoothed, keyness.log_likelihood, keyness.odds)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_more_specific_word_comes_first_and_none_is_lost(function):
    scores = function([50, 50, 50], [0, 50, 500], 10_000, 10_000)
    assert np.isfinite(scores).all()
    assert scores[0] > scores[1] > scores[2]


def test_log_likelihood_is_the_g_test_on_two_texts():
    f, g, m, n = 40, 10, 5_000, 20_000
    expected = power_divergence([f, g], [(f + g) * m / (m + n), (f + g) * n / (m + n)], lambda_="log-likelihood").statistic
    assert keyness.log_likelihood([f], [g], m, n)[0] == pytest.approx(expected)
    assert keyness.log_likelihood([1], [400], m, n)[0] < 0, "a word of the background"


def test_smoothed_follows_the_original():
    f, g = np.array([4.0, 0.0]), np.array([2.0, 6.0])
    mean = (f + g).mean()
    np.testing.assert_allclose(keyness.smoothed(f, g, 100, 100), (f + 0.5 * mean) / (f + g + mean))


def test_the_background_is_scaled_to_the_size_of_the_domain():
    assert keyness.ratio([9], [90], 1_000, 10_000)[0] == 1.0


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_background_at_all(function):
    scores = function([5, 1], [0, 0], 1_000, 0)
    assert np.isfinite(scores).all() and scores[0] >= scores[1]
