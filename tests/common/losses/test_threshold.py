import keras
import numpy as np
import pytest
from keras import ops

from common.losses import SoftThresholdCrossentropy, ThresholdCrossentropy
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def two(positive):
    """Distributions of two classes from the probability of the second."""
    positive = np.asarray(positive, "float32")
    return np.stack([1 - positive, positive], axis=-1)


@pytest.mark.parametrize("loss", [ThresholdCrossentropy(0.9), ThresholdCrossentropy(1.0), SoftThresholdCrossentropy(1.0)])
def test_keeps_what_every_loss_keeps(loss):
    labels = np.eye(3, dtype="float32")[RANDOM.integers(3, size=12)]
    check_loss(loss, labels, RANDOM.dirichlet(np.ones(3), size=12).astype("float32"))


def test_the_threshold_on_published_numbers():
    values = ThresholdCrossentropy(0.6).call(two([1, 1, 0, 0, 1]), two([0.7, 0.55, 0.3, 0.45, 0.6]))
    np.testing.assert_allclose(ops.convert_to_numpy(values), [0, 0.5978, 0, 0.5978, 0.2554], atol=1e-4)
    soft_label = ThresholdCrossentropy(0.6).call(two([0.9]), two([0.7]))
    np.testing.assert_allclose(ops.convert_to_numpy(soft_label), 0, atol=1e-6)


def test_the_soft_threshold_on_published_numbers_and_as_focal_loss():
    scores = np.array([-1.0, 0, 1, 2], "float32")
    logits, labels = np.stack([np.zeros(4), scores], axis=1).astype("float32"), two(np.ones(4))
    for sharpness, expected in ((1, [0.9601, 0.3466, 0.0842, 0.0151]), (10, [1.3132, 0.3466, 1.4e-5, 0])):
        loss = SoftThresholdCrossentropy(sharpness, from_logits=True)
        np.testing.assert_allclose(ops.convert_to_numpy(loss.call(labels, logits)), expected, atol=1e-4)
        other = ops.convert_to_numpy(loss.call(labels[:, ::-1], logits[:, ::-1]))
        np.testing.assert_allclose(other, ops.convert_to_numpy(loss.call(labels, logits)), atol=1e-6, err_msg="symmetry")
    focal = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=1.0, from_logits=True, reduction=None)
    found = SoftThresholdCrossentropy(1.0, from_logits=True, reduction=None)(labels, logits)
    np.testing.assert_allclose(ops.convert_to_numpy(found), ops.convert_to_numpy(focal(labels, logits)), rtol=1e-4)


def test_margin_1_is_the_cross_entropy_and_probabilities_are_as_good_as_scores():
    logits = RANDOM.normal(size=(9, 4)).astype("float32")
    labels = np.eye(4, dtype="float32")[RANDOM.integers(4, size=9)]
    plain = float(keras.losses.CategoricalCrossentropy(from_logits=True)(labels, logits))
    assert float(ThresholdCrossentropy(1.0, from_logits=True)(labels, logits)) == pytest.approx(plain, rel=1e-5)
    probability = ops.convert_to_numpy(ops.softmax(logits))
    for kind in (ThresholdCrossentropy, SoftThresholdCrossentropy):
        assert float(kind()(labels, probability)) == pytest.approx(float(kind(from_logits=True)(labels, logits)), rel=1e-4)


def test_what_is_accepted_has_no_gradient_and_the_mean_can_be_over_the_rest():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Activation("softmax")])
    right, wrong = np.array([[0, 3.0]], "float32"), np.array([[0, -0.5]], "float32")
    from common.report.saliency import input_gradient

    def loss(outputs):
        return ThresholdCrossentropy(0.6, reduction=None)(ops.convert_to_tensor(two(np.ones(len(outputs)))), outputs)

    np.testing.assert_array_equal(input_gradient(model, right, loss), 0)
    assert np.abs(input_gradient(model, wrong, loss)).min() > 0.1
    labels, both = two(np.ones(2)), np.concatenate([right, wrong])
    of_rest = float(ThresholdCrossentropy(0.6, per_active=True, from_logits=True)(labels, both))
    assert of_rest == pytest.approx(2 * float(ThresholdCrossentropy(0.6, from_logits=True)(labels, both)), rel=1e-5)


def test_what_it_does_not_understand_is_refused():
    with pytest.raises(ValueError, match=r"distributions \(batch, classes\)"):
        ThresholdCrossentropy()(np.ones((3, 1)), np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"from 0\.5 to 1"):
        ThresholdCrossentropy(0.4)
    with pytest.raises(ValueError, match="above 0"):
        SoftThresholdCrossentropy(0)
