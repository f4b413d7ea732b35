import keras
import numpy as np
import pytest

from common.layers import ConcatenateFeatures
from tests.conftest import check_layer

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
