import keras
import numpy as np
import pytest

from common.losses import SmoothedSparseCrossentropy
from tests.common.losses.test_multilabel import gradient, values
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
LABELS, SCORES = RANDOM.integers(5, size=8), RANDOM.normal(size=(8, 5)).astype("float32")


def test_keeps_what_every_loss_keeps():
    check_loss(SmoothedSparseCrossentropy(), LABELS, RANDOM.uniform(0.05, 0.95, size=(8, 5)).astype("float32"))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("scale", [1, 1000])  # large scores keep their digits
def test_it_is_kerass_crossentropy_of_smoothed_one_hot_labels(smoothing, scale):
    one_hot = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    expected = values(one_hot, np.eye(5, dtype="float32")[LABELS], scale * SCORES)
    loss = SmoothedSparseCrossentropy(smoothing)
    np.testing.assert_allclose(values(loss, LABELS, scale * SCORES), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(values(loss, LABELS[:, None], SCORES), values(loss, LABELS, SCORES))
    steps = values(loss, LABELS.reshape(4, 2), scale * SCORES.reshape(4, 2, 5))
    np.testing.assert_allclose(steps, expected.reshape(4, 2), rtol=1e-5, atol=1e-6)


def test_its_gradient_is_the_softmax_minus_the_smoothed_label():
    softmax = np.exp(SCORES) / np.exp(SCORES).sum(axis=-1, keepdims=True)
    expected = (softmax - 0.8 * np.eye(5)[LABELS] - 0.2 / 5) / 8
    np.testing.assert_allclose(gradient(SmoothedSparseCrossentropy(0.2), LABELS, SCORES), expected, atol=1e-6)


def test_a_label_that_is_no_class_gives_no_number_and_half_precision_is_left():
    found = values(SmoothedSparseCrossentropy(), np.array([-1, 0, 5]), SCORES[:3])
    np.testing.assert_array_equal(np.isnan(found), [True, False, True])
    half = SmoothedSparseCrossentropy().call(LABELS, keras.ops.cast(SCORES, "bfloat16"))
    assert keras.backend.standardize_dtype(half.dtype) == "float32"


def test_impossible_smoothing_is_named():
    with pytest.raises(ValueError, match=r"`smoothing` must be from 0 to less than 1\. Received: smoothing=1"):
        SmoothedSparseCrossentropy(1)
