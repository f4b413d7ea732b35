"""Log loss with the clipping of the time; what is no label or no probability is refused."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from common.errors import DataError
from competitions.ppd import metric

RANDOM = np.random.default_rng(0)


def test_equals_scikit_learn():
    truth, probability = RANDOM.integers(2, size=50), RANDOM.random(50)
    assert metric.score(truth, probability) == pytest.approx(log_loss(truth, probability))


def test_a_certain_and_wrong_row_costs_34_5():
    assert metric.score([1, 1], [0.0, 1.0]) == pytest.approx(-np.log(1e-15) / 2)
    assert metric.score([0], [1.0]) == pytest.approx(-np.log(1e-15), abs=0.01)


@pytest.mark.parametrize(
    ("truth", "probability", "message"),
    [
        ([0, 1], [0.5], r"as many probabilities as labels, found \(1,\) and \(2,\)"),
        ([], [], "as many probabilities"),
        ([0, 2], [0.5, 0.5], "row 1: label 2, expected 0 or 1"),
        ([0, 1], [0.5, 1.2], "row 1: probability 1.2, expected a number from 0 to 1"),
        ([0, 1], [-0.1, 0.5], "row 0: probability -0.1"),
        ([0, 1, 1], [0.5, np.nan, np.nan], r"row 1: probability nan.*\(2 such rows\)"),
    ],
)
def test_refusals(truth, probability, message):
    with pytest.raises(DataError, match=message):
        metric.score(truth, probability)


def test_clipped_probabilities_are_certain_of_nothing_even_as_float32():
    clipped = metric.clip(np.array([0.0, 0.5, 1.0])).astype("float32")
    assert clipped[0] > 0 and clipped[1] == 0.5 and clipped[2] < 1
