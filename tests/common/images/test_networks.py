import keras
import numpy as np
import pytest

from common.images import networks

pytestmark = pytest.mark.backend
IMAGES = np.random.default_rng(0).normal(size=(2, 12, 16, 1)).astype("float32")


def built(body, *arguments, **settings):
    pixels = keras.Input(IMAGES.shape[1:])
    return keras.Model(pixels, body(pixels, *arguments, **settings))


@pytest.mark.parametrize(
    "strides, shape", [(None, (2, 3, 4, 8)), ((1, 1, 1), (2, 12, 16, 8)), (((2, 1), (2, 1), (3, 2)), (2, 1, 8, 8))]
)
def test_strides_say_how_large_the_maps_are(strides, shape):
    model = built(networks.wide_residual, (4, 6, 8), 1, strides)
    assert keras.ops.convert_to_numpy(model(IMAGES)).shape == shape == (2, *model.output_shape[1:])


def test_blocks_count_and_what_convolutions_are_told_reaches_those_of_the_blocks_alone():
    model = built(networks.wide_residual, (4, 6), 3, dropout=0.2, kernel_regularizer=keras.regularizers.L2(1.0))
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    told = [layer for layer in convolutions if layer.kernel_regularizer]
    assert len(told) == 2 * 3 * 2 and len(convolutions) == len(told) + 1 + 2, "the first, and a shortcut for each width"
    assert sum(isinstance(layer, keras.layers.Dropout) for layer in model.layers) == 6


def test_with_silent_blocks_only_the_shortcuts_are_left():
    model = built(networks.wide_residual, (4,), 2)
    first, *others = (layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    for layer in others:
        if layer.kernel_size == (3, 3):
            layer.kernel.assign(np.zeros(layer.kernel.shape))
    shortcut = next(layer for layer in others if layer.kernel_size == (1, 1))
    scale = 1 / np.sqrt(1 + 1e-3)  # batch normalisation that has seen nothing
    before = keras.ops.relu(scale * keras.ops.convert_to_tensor(first(IMAGES)))
    expected = keras.ops.convert_to_numpy(keras.ops.relu(scale * shortcut(before)))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(IMAGES)), expected, atol=1e-5)


def test_every_layer_of_a_dense_block_adds_its_growth():
    model = built(networks.dense_bottleneck, 3, (2, 4), compression=0.5)
    assert model.output_shape == (None, 6, 8, (6 + 2 * 3) // 2 + 4 * 3)
