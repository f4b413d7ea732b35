import keras
import numpy as np
import pytest

from common.layers import AttentionPooling1D, ContextQueryAttention
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def outputs(layer, inputs, mask=None):
    return keras.ops.convert_to_numpy(layer(inputs, mask=mask))


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


@pytest.mark.parametrize("units", [None, 7])
def test_pooling_keeps_what_every_layer_keeps(units, tmp_path):
    check_layer(AttentionPooling1D(units), normal(4, 6, 3), tmp_path, masks=True)


def test_equal_scores_give_the_mean_of_the_real_steps():
    layer, inputs = AttentionPooling1D(), normal(2, 5, 3)
    layer.build(inputs.shape)
    layer.score.kernel.assign(np.zeros((3, 1)))
    real = np.array([[True] * 5, [True, True, True, False, False]])
    np.testing.assert_allclose(
        outputs(layer, inputs, real), [inputs[0].mean(axis=0), inputs[1, :3].mean(axis=0)], rtol=1e-5, atol=1e-6
    )


def test_the_weights_of_the_steps_sum_to_one():
    inputs = np.concatenate([normal(3, 8, 4), np.ones((3, 8, 1))], axis=-1).astype("float32")  # the ones return the sum
    real = np.arange(8) < np.array([[8], [5], [1]])
    np.testing.assert_allclose(outputs(AttentionPooling1D(), inputs, real)[:, -1], 1, rtol=1e-6)


def test_pooling_by_hand():
    layer = AttentionPooling1D(units=1)
    inputs = np.array([[[0.0], [np.arctanh(0.5)]]], dtype="float32")
    layer.build(inputs.shape)
    layer.hidden.kernel.assign([[1.0]])
    layer.score.kernel.assign([[2 * np.log(3)]])  # scores 0 and log 3, weights 1/4 and 3/4
    np.testing.assert_allclose(outputs(layer, inputs), [[0.75 * np.arctanh(0.5)]], rtol=1e-5)


def test_padding_never_leaks_into_the_pooled_vector():
    layer, inputs = AttentionPooling1D(), normal(2, 5, 3)
    real = np.array([[True, False, True, True, False]] * 2)
    other = np.where(real[..., None], inputs, 1e6).astype("float32")
    np.testing.assert_array_equal(outputs(layer, other, real), outputs(layer, inputs, real))


def test_pooling_of_nothing_but_padding_gives_zeros():
    np.testing.assert_array_equal(
        outputs(AttentionPooling1D(), normal(2, 5, 3), np.zeros((2, 5), dtype=bool)), np.zeros((2, 3))
    )


def test_impossible_units_are_named():
    with pytest.raises(ValueError, match=r"`units` must be positive or `None`\. Received: units=0"):
        AttentionPooling1D(0)


def test_attention_keeps_what_every_layer_keeps(tmp_path):
    check_layer(ContextQueryAttention(), [normal(4, 6, 3), normal(4, 5, 3)], tmp_path, masks=True)


def test_equal_similarities_give_the_mean_of_the_query():
    layer, context, query = ContextQueryAttention(), normal(2, 4, 3), normal(2, 5, 3)
    layer.build([context.shape, query.shape])
    layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    real = np.arange(5) < np.array([[5], [2]])
    result = outputs(layer, [context, query], [np.ones((2, 4), dtype=bool), real])
    for step in range(4):
        np.testing.assert_allclose(result[0, step], query[0].mean(axis=0), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(result[1, step], query[1, :2].mean(axis=0), rtol=1e-5, atol=1e-6)


def test_attention_follows_its_formula():
    layer, context, query = ContextQueryAttention(), normal(2, 4, 3), normal(2, 5, 3)
    layer.build([context.shape, query.shape])
    layer.of_both.assign(normal(3))
    of_query, of_both = (keras.ops.convert_to_numpy(weight) for weight in (layer.of_query, layer.of_both))
    expected = np.empty((2, 4, 3))
    for row in range(2):
        for i, c in enumerate(context[row]):
            scores = np.exp([of_query[:, 0] @ q + (of_both * c) @ q / np.sqrt(3) for q in query[row]])
            expected[row, i] = scores / scores.sum() @ query[row]
    np.testing.assert_allclose(outputs(layer, [context, query]), expected, rtol=1e-4, atol=1e-5)


def test_padding_of_the_query_never_leaks_into_the_context():
    layer, context, query = ContextQueryAttention(), normal(2, 4, 3), normal(2, 5, 3)
    real = np.array([[True, False, True, True, False]] * 2)
    other = np.where(real[..., None], query, 1e6).astype("float32")
    masks = [np.ones((2, 4), dtype=bool), real]
    np.testing.assert_array_equal(outputs(layer, [context, other], masks), outputs(layer, [context, query], masks))


def test_a_query_of_nothing_but_padding_gives_zeros():
    masks = [np.ones((2, 4), dtype=bool), np.zeros((2, 5), dtype=bool)]
    np.testing.assert_array_equal(
        outputs(ContextQueryAttention(), [normal(2, 4, 3), normal(2, 5, 3)], masks), np.zeros((2, 4, 3))
    )


def test_attention_passes_on_the_mask_of_the_context():
    context_mask, query_mask = np.array([[True, False]]), np.array([[True, True, False]])
    layer, inputs = ContextQueryAttention(), [normal(1, 2, 3), normal(1, 3, 3)]
    assert layer.compute_mask(inputs, [context_mask, query_mask]) is context_mask
    assert layer.compute_mask(inputs, None) is None
    np.testing.assert_allclose(  # a context without a mask, as of a layer that makes none
        outputs(layer, inputs, [None, query_mask])[:, :1],
        outputs(layer, inputs, [context_mask, query_mask])[:, :1],
        rtol=1e-6,
    )


def test_different_widths_are_named():
    with pytest.raises(ValueError, match="same width"):
        ContextQueryAttention()([normal(1, 2, 3), normal(1, 2, 4)])
