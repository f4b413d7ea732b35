import numpy as np
import pytest

from common.generative import bounds

GENERATOR = np.random.default_rng(0)


def test_bits_per_dimension_of_published_nats():
    assert bounds.bits_per_dimension(784 * np.log(256), 784) == pytest.approx(8)
    assert bounds.bits_per_dimension(784 * np.log(256) - 1980.50, 784) == pytest.approx(4.36, abs=0.01)


def test_the_importance_weighted_bound_of_a_linear_gaussian_reaches_its_evidence():
    # z ~ N(0, 1), x | z ~ N(z, 1), so x ~ N(0, 2); q(z | x) = N(0, 1) is wrong on purpose
    x, z = 1.5, GENERATOR.normal(size=(200_000, 1))
    log_weights = -0.5 * np.log(2 * np.pi) - (x - z) ** 2 / 2
    truth = 0.5 * np.log(2 * np.pi * 2) + x**2 / 4
    assert bounds.importance_weighted(log_weights)[0] == pytest.approx(truth, abs=0.01)
    assert -log_weights.mean() > truth + 0.3


def test_information_of_codes_that_say_nothing_all_and_something():
    noise = GENERATOR.normal(size=(400, 2))
    assert bounds.mutual_information(np.zeros((400, 2)), np.zeros((400, 2)), noise) == pytest.approx(0, abs=1e-9)
    apart = 50.0 * np.arange(400)[:, None] * [1, 0]
    assert bounds.mutual_information(apart, np.zeros((400, 2)), noise) == pytest.approx(np.log(400))
    means, noise = GENERATOR.normal(
        size=(2, 2000, 1)
    )  # z = mean + noise of variance 1: half a log 2 by the formula of a Gaussian channel
    assert bounds.mutual_information(means, np.zeros((2000, 1)), noise) == pytest.approx(np.log(2) / 2, abs=0.05)
    assert bounds.active_units(np.array([[0.0, 1, 5], [0, 1.1, 9], [0.01, 0.9, 1]])) == 1


def test_information_of_categories():
    logits = np.where(np.eye(4)[:, None], 60.0, 0)  # each sample its own of four classes, one unit
    assert bounds.categorical_information(logits) == pytest.approx(np.log(4))
    assert bounds.categorical_information(np.zeros((4, 2, 3))) == pytest.approx(0, abs=1e-9)
