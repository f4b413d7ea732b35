"""The shared checks pass a sound layer and catch faulty ones."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.conftest import check_layer, check_loss

pytestmark = pytest.mark.backend
INPUTS = np.random.default_rng(0).normal(size=(4, 6, 3))


@keras.saving.register_keras_serializable(package="tests")
class MaskedMean(keras.layers.Layer):
    """Mean over real steps of a dense layer's output; `fault` breaks one of the promises."""

    def __init__(self, units, fault="", **kwargs):
        super().__init__(**kwargs)
        self.units, self.fault = units, fault
        self.supports_masking = True
        self.dense = keras.layers.Dense(units, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.dense.build(input_shape)
        if self.fault == "weight without gradient":
            self.unused = self.add_weight(shape=(2,))

    def call(self, inputs, mask=None):
        if mask is not None and self.fault != "padding leaks":
            inputs = ops.where(mask[..., None], inputs, 0.0)
        x = self.dense(inputs)
        if self.fault == "random":
            x = x + keras.random.normal((1,))
        if mask is None or self.fault == "padding counts":
            return ops.mean(x, axis=1)
        share = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(share * x, axis=1) / ops.maximum(ops.sum(share, axis=1), 1)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.units + (self.fault == "wrong shape"))

    def get_config(self):
        config = {**super().get_config(), "units": self.units, "fault": self.fault}
        if self.fault == "forgets a setting":
            config["units"] = 1
        return config


def test_a_sound_layer_passes(tmp_path):
    check_layer(MaskedMean(5), INPUTS, tmp_path, masks=True)


FAULTS = ("weight without gradient", "random", "padding counts", "padding leaks", "wrong shape", "forgets a setting")


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # TensorFlow says so too; the check must not need it
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_layer_is_caught(fault, tmp_path):
    with pytest.raises((AssertionError, ValueError)):
        check_layer(MaskedMean(5, fault), INPUTS, tmp_path, masks=True)


class BatchMean(keras.losses.Loss):
    """A scalar where one value per sample is due: sample weights would mean nothing."""

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))


def test_a_loss_that_hides_its_samples_is_caught():
    with pytest.raises(AssertionError):
        check_loss(BatchMean(), np.eye(3, dtype="float32"), np.full((3, 3), 0.3, dtype="float32"))
