import keras
import numpy as np
import pytest

from common.layers import MaskedAveragePooling1D, MaskedMaxPooling1D
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
BOTH = pytest.mark.parametrize("layer", [MaskedAveragePooling1D, MaskedMaxPooling1D])
STEPS = np.array([[[1.0, -8.0], [3.0, -2.0], [99.0, 99.0]]], dtype="float32")
REAL = np.array([[True, True, False]])


def pooled(layer, inputs, mask=None):
    return keras.ops.convert_to_numpy(layer(inputs, mask=mask))


@BOTH
def test_keeps_what_every_layer_keeps(layer, tmp_path):
    check_layer(layer(), np.random.default_rng(0).normal(size=(4, 6, 3)), tmp_path, masks=True)


def test_the_mean_is_over_real_steps():
    np.testing.assert_allclose(pooled(MaskedAveragePooling1D(), STEPS, REAL), [[2, -5]])


def test_the_maximum_is_over_real_steps_also_below_zero():
    np.testing.assert_array_equal(pooled(MaskedMaxPooling1D(), STEPS, REAL), [[3, -2]])


def test_without_a_mask_every_step_is_real():
    np.testing.assert_allclose(pooled(MaskedAveragePooling1D(), STEPS), STEPS.mean(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(pooled(MaskedMaxPooling1D(), STEPS), STEPS.max(axis=1))


@BOTH
@pytest.mark.parametrize("padding", [1e30, np.inf, np.nan])
def test_padding_never_leaks(layer, padding):
    filled = np.where(REAL[..., None], STEPS, padding).astype("float32")
    np.testing.assert_array_equal(pooled(layer(), filled, REAL), pooled(layer(), STEPS, REAL))


@BOTH
def test_nothing_but_padding_gives_zeros(layer):
    np.testing.assert_array_equal(pooled(layer(), STEPS, np.zeros_like(REAL)), [[0, 0]])


@BOTH
def test_the_steps_are_gone_and_so_is_their_mask(layer):
    ids = keras.Input((None,), dtype="int32")
    assert keras.src.backend.get_keras_mask(layer()(keras.layers.Embedding(5, 2, mask_zero=True)(ids))) is None


def test_the_mean_of_a_long_sequence_is_exact_in_half_precision():
    ones = np.ones((1, 4096, 1))  # in bfloat16 a sum of ones stops at 256
    result = MaskedAveragePooling1D(dtype="mixed_bfloat16")(ones, mask=np.ones((1, 4096), dtype=bool))
    assert keras.backend.standardize_dtype(result.dtype) == "bfloat16"
    assert float(keras.ops.cast(result, "float32")[0, 0]) == 1
