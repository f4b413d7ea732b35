import keras
import numpy as np
import pytest

from common.layers import ResidualDilatedConv1D
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [3, 8])  # with a projection on the shortcut, and without
def test_keeps_what_every_layer_keeps(channels, tmp_path):
    check_layer(ResidualDilatedConv1D(8), RANDOM.normal(size=(4, 20, channels)), tmp_path)


def test_an_impulse_reaches_as_far_as_the_dilations_say():
    layer = ResidualDilatedConv1D(1, kernel_size=3, dilations=(1, 2, 4))
    signal = np.zeros((1, 41, 1), dtype="float32")
    layer.build(signal.shape)
    layer.set_weights(
        [
            np.ones_like(weight) if "kernel" in variable.path else weight
            for variable, weight in zip(layer.weights, layer.get_weights(), strict=True)
        ]
    )
    signal[0, 20, 0] = 1
    response = keras.ops.convert_to_numpy(layer(signal))[0, :, 0]
    assert np.flatnonzero(response).tolist() == list(range(20 - 7, 20 + 8))


def test_zero_kernels_leave_the_residual_link_alone():
    layer = ResidualDilatedConv1D(5)
    signal = RANDOM.normal(size=(2, 12, 5)).astype("float32")
    layer.build(signal.shape)
    for convolution in layer.convolutions:
        convolution.kernel.assign(np.zeros(convolution.kernel.shape))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(signal)), signal, atol=1e-6)


def test_impossible_arguments_are_named():
    with pytest.raises(ValueError, match="filters=0"):
        ResidualDilatedConv1D(0)
    with pytest.raises(ValueError, match="`dilations` not empty"):
        ResidualDilatedConv1D(4, dilations=())
