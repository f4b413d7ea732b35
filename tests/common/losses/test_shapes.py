"""What a loss does not understand is refused in words, also where sizes are unknown until the batch is there."""

import keras
import numpy as np
import pytest

from common import losses

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def numbers(*shape):
    return RANDOM.integers(3, size=shape)


def floats(*shape):
    return RANDOM.uniform(0.1, 0.9, size=shape).astype("float32")


@pytest.mark.parametrize(
    ("loss", "labels", "predictions"),
    [
        (losses.SoftMacroF1(), numbers(12), floats(12, 3)),
        (losses.SoftMacroF1(), numbers(12, 1), floats(12, 3)),
        (losses.SoftMacroF1(), floats(2, 6, 3), floats(2, 6, 3)),
        (losses.ScaledSoftmax(), floats(12, 3), floats(12, 3)),  # one-hot
        (losses.AMSoftmax(), numbers(12, 4), floats(12, 3)),
        (losses.ArcFace(), numbers(2, 6), floats(12, 3)),
        (losses.SimplerASoftmax(), numbers(12), floats(12)),
        (losses.MultilabelCrossentropy(), numbers(12), floats(12, 3)),
        (losses.MultilabelCrossentropy(), numbers(12, 1), floats(12, 3)),
        (losses.PartialBinaryCrossentropy(), numbers(12, 1), floats(12, 3)),
        (losses.PartialBinaryCrossentropy(axes=2), floats(12, 3), floats(12, 3)),
        (losses.Contrastive(), numbers(12), floats(12, 3)),
        (losses.Contrastive(), floats(12, 3, 2), floats(12, 3, 2)),
        (losses.Triplet(), numbers(12, 3), floats(12, 3)),
        (losses.Triplet(), numbers(12), floats(12, 2, 3)),
        (losses.SupervisedContrastive(), numbers(11), floats(12, 3)),
    ],
)
def test_other_shapes_are_refused_in_words(loss, labels, predictions):
    with pytest.raises(ValueError, match=rf"`{loss.name}` expects .*Received: labels \({len(labels)}"):
        loss(labels, predictions)


def test_they_are_refused_while_a_step_is_traced():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", losses.SoftMacroF1())
    with pytest.raises(ValueError, match="expects one-hot labels"):
        model.fit(floats(12, 3), numbers(12, 1), verbose=0)


@pytest.mark.parametrize("loss", [losses.SoftMacroF1(), losses.MultilabelCrossentropy(), losses.Triplet()])
def test_a_mask_of_steps_is_refused_by_losses_of_whole_samples(loss):
    steps = keras.layers.Masking()(np.pad(floats(4, 2, 3), ((0, 0), (0, 2), (0, 0))))
    with pytest.raises(ValueError, match="predictions with a mask of steps"):
        loss(steps, steps)


def test_labels_with_an_axis_of_one_are_the_same_labels():
    labels = numbers(12)
    for loss, predictions in (
        (losses.AMSoftmax(), floats(12, 3)),
        (losses.Triplet(), floats(12, 3)),
        (losses.Contrastive(), floats(12)),
    ):
        truth = labels % 2 if loss.name == "contrastive" else labels
        assert float(loss(truth, predictions)) == pytest.approx(float(loss(truth[:, None], predictions)))
