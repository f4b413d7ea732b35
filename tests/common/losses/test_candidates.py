import keras
import numpy as np
import pytest

from common.losses import CandidateSigmoid, CandidateSoftmax
from tests.common.losses.test_multilabel import gradient, values

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
SCORES = RANDOM.normal(size=(6, 5)).astype("float32")  # the true class first
ONE = np.ones((6, 1), "float32")


def test_with_all_classes_once_it_is_the_crossentropy_of_keras():
    expected = values(keras.losses.SparseCategoricalCrossentropy(from_logits=True), np.zeros(6, int), SCORES)
    np.testing.assert_allclose(values(CandidateSoftmax(), ONE, SCORES), expected, rtol=1e-5)
    with_all = np.concatenate([SCORES[:, :1], SCORES], axis=1)
    np.testing.assert_allclose(values(CandidateSoftmax(complete=True), ONE, with_all), expected, rtol=1e-5)


def test_sigmoids_tell_each_true_class_from_noise():
    sigmoid = 1 / (1 + np.exp(-SCORES))
    expected = -np.log(sigmoid[:, 0]) - np.log(1 - sigmoid[:, 1:]).sum(axis=1)
    np.testing.assert_allclose(values(CandidateSigmoid(), ONE, SCORES), expected, rtol=1e-5)
    weighed = -np.log(sigmoid[:, 0]) - 2 * np.log(1 - sigmoid[:, 1:]).mean(axis=1)
    np.testing.assert_allclose(values(CandidateSigmoid(2), ONE, SCORES), weighed, rtol=1e-5)


@pytest.mark.parametrize("loss", [CandidateSoftmax(), CandidateSigmoid(3)], ids=["softmax", "sigmoid"])
def test_what_both_keep(loss):
    two = np.array([[1, 1]] * 5 + [[1, 0]], "float32")
    each = [values(loss, ONE, np.delete(SCORES, 1 - place, axis=1)) for place in (0, 1)]
    expected = each[0] + two[:, 1] * each[1]
    np.testing.assert_allclose(values(loss, two, SCORES), expected, rtol=1e-5, err_msg="true classes share candidates")
    np.testing.assert_allclose(values(loss, ONE, SCORES[:, [0, 4, 2, 3, 1]]), values(loss, ONE, SCORES), rtol=1e-5)
    assert type(loss).from_config(loss.get_config()).get_config() == loss.get_config()
    step = SCORES - 0.1 * gradient(loss, ONE, SCORES) * len(SCORES)
    assert (values(loss, ONE, step) < values(loss, ONE, SCORES)).all(), "its gradient leads down"
    assert np.isfinite(values(loss, ONE, 1e4 * SCORES)).all()
    weight = np.array([1, 1, 0, 0, 0, 0], "float32")
    assert float(loss(ONE, SCORES, sample_weight=weight)) == pytest.approx(values(loss, ONE, SCORES)[:2].sum() / 6, rel=1e-5)


def test_an_impossible_number_of_negatives_is_named():
    with pytest.raises(ValueError, match="`negatives` must be positive"):
        CandidateSigmoid(0)
