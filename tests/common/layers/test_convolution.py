import keras
import numpy as np
import pytest

from common.layers import DilatedGatedConv1D, ResidualDilatedConv1D
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [3, 8])  # with a projection on the shortcut, and without
def test_keeps_what_every_layer_keeps(channels, tmp_path):
    check_layer(ResidualDilatedConv1D(8), RANDOM.normal(size=(4, 20, channels)), tmp_path, masks=True)


def test_padding_takes_no_part_in_the_statistics_of_a_block():
    signal, more = RANDOM.normal(size=(4, 20, 3)).astype("float32"), np.full((4, 9, 3), 50, "float32")
    plain, padded = ResidualDilatedConv1D(8, momentum=0.0), ResidualDilatedConv1D(8, momentum=0.0)
    plain.build(signal.shape)
    padded.build(signal.shape)
    padded.set_weights(plain.get_weights())
    plain(signal, training=True)
    padded(np.concatenate([signal, more], axis=1), mask=np.tile(np.arange(29) < 20, (4, 1)), training=True)
    for one, other in zip(plain.get_weights(), padded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


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


def gated(channels, filters, **settings):
    layer = DilatedGatedConv1D(filters, **settings)
    layer.build((None, None, channels))
    return layer


@pytest.mark.parametrize("channels", [3, 8])  # with a projection of the input, and without
def test_gated_keeps_what_every_layer_keeps(channels, tmp_path):
    layer = DilatedGatedConv1D(8, dilation=2, gate_dropout=0.0)  # its noise would hide what three steps of training gain
    check_layer(layer, RANDOM.normal(size=(4, 10, channels)), tmp_path, masks=True)


def test_a_closed_gate_is_the_identity():
    layer = gated(5, 5)
    layer.bias.assign([0.0] * 5 + [-100.0] * 5)
    signal = RANDOM.normal(size=(2, 12, 5)).astype("float32")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(signal)), signal, atol=1e-6)


def test_an_open_gate_is_the_convolution():
    layer = gated(3, 5, dilation=2)
    layer.bias.assign([0.5] * 5 + [100.0] * 5)
    signal = RANDOM.normal(size=(1, 9, 3)).astype("float32")
    kernel = keras.ops.convert_to_numpy(layer.kernel).reshape(3, 3, 10)[..., :5]
    padded = np.pad(signal[0], ((2, 2), (0, 0)))
    expected = [sum(padded[step + 2 * tap] @ kernel[tap] for tap in range(3)) + 0.5 for step in range(9)]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(signal))[0], expected, rtol=1e-4, atol=1e-5)


def test_a_half_open_gate_is_half_of_each():
    layer = gated(1, 1)
    layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    layer.bias.assign([3.0, 0.0])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(np.array([[[1.0], [5.0]]]))), [[[2.0], [4.0]]])


@pytest.mark.parametrize(
    "kernel_size, dilation, reached", [(3, 1, [19, 20, 21]), (3, 8, [12, 20, 28]), (5, 2, [16, 18, 20, 22, 24])]
)
def test_an_impulse_reaches_the_taps_and_no_other_step(kernel_size, dilation, reached):
    layer = gated(1, 1, kernel_size=kernel_size, dilation=dilation)
    layer.kernel.assign(np.ones((kernel_size, 2)))
    signal = np.zeros((1, 41, 1), dtype="float32")
    signal[0, 20, 0] = 1
    assert np.flatnonzero(keras.ops.convert_to_numpy(layer(signal))).tolist() == reached


def test_padding_never_leaks_through_gated_convolutions_and_stays_zero():
    first, second = gated(3, 4), gated(4, 4, dilation=2)
    for layer in (first, second):
        layer.bias.assign(RANDOM.normal(size=8))  # what a bias would write into the padding
    signal, real = RANDOM.normal(size=(2, 9, 3)).astype("float32"), np.arange(9) < np.array([[6], [4]])
    results = []
    for padding in (0, 1e6):
        filled = np.where(real[..., None], signal, padding).astype("float32")
        results.append(keras.ops.convert_to_numpy(second(first(filled, mask=real), mask=real)))
    np.testing.assert_array_equal(*results)
    np.testing.assert_array_equal(results[0][~real], 0)


def test_gated_convolutions_keep_the_mask():
    ids = np.array([[1, 2, 0], [3, 0, 0]])
    result = DilatedGatedConv1D(4)(keras.layers.Embedding(5, 2, mask_zero=True)(ids))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(keras.src.backend.get_keras_mask(result)), ids != 0)


def test_gates_are_dropped_in_training_alone():
    layer = gated(4, 4, gate_dropout=0.5)
    signal = RANDOM.normal(size=(2, 30, 4)).astype("float32")
    still, first, second = (keras.ops.convert_to_numpy(layer(signal, training=training)) for training in (False, True, True))
    assert np.any(first != still) and np.any(first != second)
    np.testing.assert_array_equal(still, keras.ops.convert_to_numpy(layer(signal)))


@pytest.mark.parametrize("wrong", [{"filters": 0}, {"dilation": 0}, {"kernel_size": 0}, {"kernel_size": 4}])
def test_impossible_arguments_of_gated_convolutions_are_named(wrong):
    (name, value), *_ = wrong.items()
    with pytest.raises(ValueError, match=f"`kernel_size` odd. Received: .*{name}={value}"):
        DilatedGatedConv1D(**{"filters": 4, **wrong})
