import keras
import numpy as np
import pytest

from common.layers import CandidateScores, Neighbours
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
STATES = RANDOM.normal(size=(2, 4, 3)).astype("float32")
TRUE, SHARED, OWN = RANDOM.integers(1, 9, (2, 4)), RANDOM.integers(1, 9, (2, 5)), RANDOM.integers(1, 9, (2, 4, 5))


def filled(layer, inputs):
    """The layer with random weights, and its output table."""
    layer(inputs)
    layer.set_weights([RANDOM.normal(size=weight.shape) for weight in layer.weights])
    return layer, keras.ops.convert_to_numpy(layer.kernel), keras.ops.convert_to_numpy(layer(inputs))


def test_neighbours_stand_within_reach_in_the_same_sentence():
    ids, reach = np.array([[5, 6, 7, 8, 9, 0]]), np.array([[1, 2, 0, 2, 1, 3]])
    sentence = np.array([[1, 1, 1, 2, 2, 2]])
    expected = [[0, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0], [0] * 6, [0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0], [0] * 6]
    np.testing.assert_array_equal(Neighbours()([ids, reach, sentence])[0], expected)


def test_scores_are_products_with_rows_of_the_table():
    _, table, found = filled(CandidateScores(9), [STATES, TRUE, SHARED])
    assert found.shape == (2, 4, 6)
    np.testing.assert_allclose(found[1, 2, 0], STATES[1, 2] @ table[TRUE[1, 2]], rtol=1e-5)
    np.testing.assert_allclose(found[1, 2, 1:], table[SHARED[1]] @ STATES[1, 2], rtol=1e-5)
    _, table, found = filled(CandidateScores(9, own=True), [STATES, TRUE, OWN])
    np.testing.assert_allclose(found[1, 2, 1:], table[OWN[1, 2]] @ STATES[1, 2], rtol=1e-5)
    _, table, found = filled(CandidateScores(9, crossed=True), [STATES, TRUE])
    np.testing.assert_allclose(found[0, 1, :4], table[TRUE[0]] @ STATES[0, 1], rtol=1e-5)
    np.testing.assert_allclose(found[0, 1, 4:], table[1:] @ STATES[0, 1], rtol=1e-5, err_msg="all words but the padding")


def test_the_correction_and_the_bias_shift_scores_of_words():
    noise = np.log(np.arange(1, 10) / 45)
    layer, table, found = filled(CandidateScores(9, log_noise=noise, bias=True), [STATES, TRUE, SHARED])
    shift = keras.ops.convert_to_numpy(layer.offsets) - noise
    np.testing.assert_allclose(found[1, 2, 1:], table[SHARED[1]] @ STATES[1, 2] + shift[SHARED[1]], rtol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"crossed": True, "bias": True, "log_noise": [0.5] * 9}], ids=["plain", "all"])
def test_scores_keep_what_every_layer_keeps(settings, tmp_path):
    check_layer(CandidateScores(9, own=True, **settings), [STATES, TRUE, OWN], tmp_path)
