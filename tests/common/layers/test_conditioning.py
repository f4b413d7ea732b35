import keras
import numpy as np
import pytest

from common.layers import ConcatenateFeatures, SpanCondition
from tests.conftest import check_layer, copy_of

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def test_keeps_what_every_layer_keeps(tmp_path):
    check_layer(ConcatenateFeatures(), [normal(4, 6, 3), normal(4, 2)], tmp_path)


def test_vectors_are_repeated_and_features_of_steps_are_not():
    sequence, vector, features = normal(2, 5, 3), normal(2, 4), normal(2, 5, 1)
    result = keras.ops.convert_to_numpy(ConcatenateFeatures()([sequence, vector, features]))
    expected = np.concatenate([sequence, np.repeat(vector[:, None], 5, axis=1), features], axis=-1)
    np.testing.assert_array_equal(result, expected)


def test_the_mask_of_the_sequence_stays_where_kerass_own_layer_loses_it():
    ids, features = np.array([[1, 2, 0, 0]]), normal(1, 4, 2)
    embedded = keras.layers.Embedding(3, 2, mask_zero=True)(ids)
    assert keras.ops.convert_to_numpy(ConcatenateFeatures()([embedded, features])._keras_mask).tolist() == [
        [True, True, False, False]
    ]


def outputs(layer, inputs):
    return keras.ops.convert_to_numpy(layer(inputs))


def random_weights(layer, inputs):
    """The layer, built, with no weight left at its beginning: the distances start at 0."""
    layer(inputs)
    layer.set_weights([normal(*weight.shape) for weight in layer.get_weights()])
    return layer


def test_a_span_condition_keeps_what_every_layer_keeps(tmp_path):
    spans = np.array([[0, 0], [1, 4], [2, 3], [5, 5]], dtype="int32")
    check_layer(SpanCondition(2, points=3, longest=4), [normal(4, 6, 3), spans], tmp_path)


def test_every_setting_of_a_span_condition_is_kept():
    config = SpanCondition(5, points=3, longest=7).get_config()
    assert {name: config[name] for name in ("units", "points", "longest")} == {"units": 5, "points": 3, "longest": 7}


def test_padding_changes_nothing_at_the_real_steps():
    states, spans = normal(3, 5, 2), np.array([[0, 4], [1, 2], [4, 4]])
    layer = random_weights(SpanCondition(3, points=4, longest=4), [states, spans])
    padded = np.pad(states, ((0, 0), (0, 3), (0, 0)), constant_values=7)
    np.testing.assert_allclose(outputs(layer, [padded, spans])[:, :5], outputs(layer, [states, spans]), atol=1e-6)


def test_the_mask_of_the_states_stays():
    embedded = keras.layers.Embedding(3, 2, mask_zero=True)(np.array([[1, 2, 0, 0]]))
    result = SpanCondition(2)([embedded, np.array([[0, 1]])])
    assert keras.ops.convert_to_numpy(result._keras_mask).tolist() == [[True, True, False, False]]


def test_every_step_gets_the_vectors_of_its_distances_and_far_ones_share_the_last():
    states, spans = normal(2, 7, 3), np.array([[1, 2], [6, 6]])
    layer = SpanCondition(2, longest=3)
    layer([states, spans])
    layer.reader.set_weights([np.zeros_like(weight) for weight in layer.reader.get_weights()])  # it says 0
    layer.distances.set_weights([np.array([[0, 5], [1, 6], [2, 7]])])
    found = outputs(layer, [states, spans])
    first, last = [1, 0, 1, 2, 2, 2, 2], [2, 1, 0, 1, 2, 2, 2]
    np.testing.assert_allclose(found[0], [[i, i + 5, j, j + 5] for i, j in zip(first, last, strict=True)])
    np.testing.assert_allclose(found[1], [[i, i + 5] * 2 for i in (2, 2, 2, 2, 2, 1, 0)])


@pytest.mark.parametrize(
    ("span", "points", "read"),
    [
        ((1, 6), 6, [6, 5, 4, 3, 2, 1]),
        ((0, 8), 3, [8, 4, 0]),
        ((3, 4), 4, [4, 4, 3, 3]),
        ((2, 2), 3, [2, 2, 2]),
        ((2, 7), 1, [7]),
    ],
)
def test_evenly_spaced_points_are_read_from_the_last_to_the_first(span, points, read):
    states, spans = normal(1, 9, 3), np.array([span])
    layer = SpanCondition(2, points=points)
    result = outputs(layer, [states, spans])  # the distances say nothing yet
    expected = keras.ops.convert_to_numpy(layer.reader(states[:, read]))
    np.testing.assert_allclose(result, np.repeat(expected[:, None], 9, axis=1), rtol=1e-5, atol=1e-6)


def test_what_stands_outside_the_span_is_not_read():
    states, spans = normal(2, 6, 3), np.array([[2, 4], [0, 1]])
    layer = random_weights(SpanCondition(2, points=3), [states, spans])
    inside = (np.arange(6) >= spans[:, :1]) & (np.arange(6) <= spans[:, 1:])
    other = np.where(inside[..., None], states, 100).astype("float32")
    np.testing.assert_array_equal(outputs(layer, [other, spans]), outputs(layer, [states, spans]))


def test_the_types_of_integers_are_all_the_same():
    states, spans = normal(2, 6, 3), np.array([[2, 4], [0, 1]])
    layer = random_weights(SpanCondition(2), [states, spans])
    for kind in ("int64", "int32", "uint8"):
        np.testing.assert_array_equal(
            outputs(copy_of(layer, [states, spans]), [states, spans.astype(kind)]), outputs(layer, [states, spans])
        )


@pytest.mark.parametrize("wrong", [{"units": 0}, {"points": 0}, {"longest": -1}])
def test_impossible_settings_of_a_span_condition_are_named(wrong):
    (name, value), *_ = wrong.items()
    with pytest.raises(ValueError, match=rf"All of these must be positive\. Received: .*{name}={value}"):
        SpanCondition(**{"units": 2, **wrong})
