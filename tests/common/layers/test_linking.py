import keras
import numpy as np
import pytest

from common.layers import PairScores
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def outputs(layer, inputs, mask=None):
    return keras.ops.convert_to_numpy(layer(inputs, mask=mask))


def random_weights(layer, inputs):
    """The layer, built, with no weight left at its beginning: all distances start alike."""
    layer.build(inputs.shape)
    layer.set_weights([normal(*weight.shape) for weight in layer.get_weights()])
    return layer


def test_keeps_what_every_layer_keeps(tmp_path):
    check_layer(PairScores(3, units=2, reach=2, bias=-1.0), normal(4, 5, 3), tmp_path, masks=True)


def test_every_setting_is_kept():
    config = PairScores(3, units=2, reach=4, bias=-1.0).get_config()
    names = {"relations": 3, "units": 2, "reach": 4, "bias": -1.0}
    assert {name: config[name] for name in names} == names


@pytest.mark.parametrize("reach", [1, 2, 10])  # below, within and beyond the distances of four steps
def test_scores_are_those_of_the_formula(reach):
    relations, units, inputs = 2, 3, normal(2, 4, 5)
    layer = random_weights(PairScores(relations, units=units, reach=reach), inputs)
    found = outputs(layer, inputs)
    queries, query_bias, keys, key_bias, distances = layer.get_weights()
    for row, first, second, relation in np.ndindex(found.shape):
        width = slice(relation * units, (relation + 1) * units)
        query = inputs[row, first] @ queries[:, width] + query_bias[width]
        key = inputs[row, second] @ keys[:, width] + key_bias[width]
        away = max(-reach, min(second - first, reach))
        score = query @ key / np.sqrt(units) + distances[away + reach, relation]
        assert found[row, first, second, relation] == pytest.approx(score, rel=1e-4, abs=1e-5)


def test_distances_have_a_direction_and_those_beyond_reach_share_the_last():
    layer, inputs = PairScores(1, units=2, reach=2), normal(1, 5, 3)
    layer.build(inputs.shape)
    layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    layer.distances.set_weights([np.arange(-2.0, 3)[:, None]])
    expected = [[0, 1, 2, 2, 2], [-1, 0, 1, 2, 2], [-2, -1, 0, 1, 2], [-2, -2, -1, 0, 1], [-2, -2, -2, -1, 0]]
    np.testing.assert_array_equal(outputs(layer, inputs)[0, ..., 0], expected)


def test_all_pairs_begin_at_the_bias():
    scores = outputs(PairScores(3, units=2, bias=-6.0), np.zeros((1, 4, 2), dtype="float32"))
    np.testing.assert_array_equal(scores, np.full((1, 4, 4, 3), -6.0))


def test_pairs_with_a_masked_step_are_out():
    inputs, real = normal(2, 4, 3), np.array([[True, True, True, False], [True, False, True, False]])
    layer = random_weights(PairScores(2, units=2), inputs)
    both = real[:, :, None] & real[:, None, :]
    scores, free = outputs(layer, inputs, real), outputs(layer, inputs)
    np.testing.assert_array_equal(scores[~both], -1e4)
    np.testing.assert_array_equal(scores[both], free[both])


def test_padded_is_unpadded():
    inputs, real = normal(3, 4, 2), np.ones((3, 4), dtype=bool)
    layer = random_weights(PairScores(2, units=3, reach=2), inputs)
    padded = np.pad(inputs, ((0, 0), (0, 3), (0, 0)), constant_values=7)
    scores = outputs(layer, padded, np.pad(real, ((0, 0), (0, 3))))
    np.testing.assert_allclose(scores[:, :4, :4], outputs(layer, inputs, real), atol=1e-5)
    np.testing.assert_array_equal(scores[:, 4:], -1e4)
    np.testing.assert_array_equal(scores[:, :, 4:], -1e4)


def test_nothing_but_padding_gives_no_pair():
    np.testing.assert_array_equal(outputs(PairScores(2), normal(2, 3, 2), np.zeros((2, 3), dtype=bool)), -1e4)


def test_the_mask_of_an_embedding_is_taken_and_ends_here():
    embedded = keras.layers.Embedding(3, 2, mask_zero=True)(np.array([[1, 2, 0]]))
    scores = PairScores(1)(embedded)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(scores)[0, 2], -1e4)
    assert getattr(scores, "_keras_mask", None) is None


def test_scores_are_float32_under_mixed_precision():
    layer, inputs = PairScores(2, units=2, dtype="mixed_bfloat16"), normal(1, 3, 2)
    mask = np.array([[True, True, False]])
    assert keras.backend.standardize_dtype(layer(inputs).dtype) == "float32"
    assert keras.backend.standardize_dtype(layer(inputs, mask=mask).dtype) == "float32"
    np.testing.assert_array_equal(outputs(layer, inputs, mask)[0, 2], -1e4)


@pytest.mark.parametrize("wrong", [{"relations": 0}, {"units": -1}, {"reach": 0}])
def test_impossible_settings_are_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=rf"All of these must be positive\. Received: .*{name}={value}"):
        PairScores(**{"relations": 2, **wrong})
