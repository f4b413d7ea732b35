import keras
import numpy as np
import pytest

from common.layers import CharWordEmbedding, PositionEmbedding, RowEmbedding, SubwordEmbedding
from tests.conftest import check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
VECTORS = np.concatenate([np.zeros((1, 3)), RANDOM.normal(size=(4, 3))]).astype("float32")
CHARACTERS = np.array([[1, 2, 3, 0], [5, 4, 0, 0]])
WORDS = np.array([[1, 1, 0, 0], [4, 2, 0, 0]])


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_characters_with_words_keep_what_every_layer_keeps(tmp_path):
    check_layer(CharWordEmbedding(6, 5, VECTORS), [CHARACTERS, WORDS], tmp_path)


def test_an_embedding_of_rows_is_one_as_any_other(tmp_path):
    layer = RowEmbedding(6, 5)
    check_layer(layer, CHARACTERS, tmp_path)
    np.testing.assert_array_equal(numpy(layer(CHARACTERS)), numpy(layer.embeddings)[CHARACTERS])


def test_a_word_is_the_mean_of_its_own_vector_and_of_those_of_its_parts(tmp_path):
    parts = np.array([[0, 0], [1, 2], [2, 0], [0, 0]])
    layer, ids = SubwordEmbedding(parts, 5), np.array([[1, 2, 3, 0]])
    check_layer(layer, ids, tmp_path)
    own, shared = numpy(layer.own), numpy(layer.shared)
    expected = [(own[1] + shared[1] + shared[2]) / 3, (own[2] + shared[2]) / 2, own[3], own[0]]
    np.testing.assert_allclose(numpy(layer(ids))[0], expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"must be given\. Received: words=3, most=None"):
        SubwordEmbedding(words=3)


def test_a_character_is_its_own_vector_plus_the_projected_one_of_its_word():
    layer = CharWordEmbedding(6, 5, VECTORS)
    result = numpy(layer([CHARACTERS, WORDS]))
    table, projection = numpy(layer.table.embeddings), numpy(layer.projection.kernel)
    np.testing.assert_allclose(result, table[CHARACTERS] + VECTORS[WORDS] @ projection, rtol=1e-5, atol=1e-6)


def test_an_unknown_word_leaves_the_character_alone():
    layer = CharWordEmbedding(6, 5, VECTORS)
    result = numpy(layer([CHARACTERS, np.zeros_like(WORDS)]))
    np.testing.assert_array_equal(result, numpy(layer.table.embeddings)[CHARACTERS])


def test_the_mask_is_where_characters_are():
    mask = CharWordEmbedding(6, 5, VECTORS).compute_mask([CHARACTERS, WORDS])
    np.testing.assert_array_equal(numpy(mask), CHARACTERS != 0)


def test_the_word_vectors_stay_as_they_were_given(tmp_path):
    ids = [keras.Input((None,), dtype="int32") for _ in range(2)]
    model = keras.Model(ids, CharWordEmbedding(6, 5, VECTORS)(ids))
    model.compile("adam", "mse")
    model.fit([CHARACTERS, WORDS], np.ones((2, 4, 5)), epochs=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").layers[-1]
    np.testing.assert_array_equal(numpy(loaded.word_table.embeddings), VECTORS)
    assert len(loaded.trainable_weights) == 2  # characters and projection


def test_the_config_has_the_shape_of_the_word_vectors_and_not_their_values():
    config = CharWordEmbedding(6, 5, VECTORS).get_config()
    assert (config["words"], config["word_dim"]) == VECTORS.shape
    assert "word_vectors" not in config


def test_word_vectors_that_are_missing_or_unfit_are_named():
    with pytest.raises(ValueError, match=r"must be given\. Received: words=3, word_dim=None"):
        CharWordEmbedding(6, 5, words=3)
    with pytest.raises(ValueError, match=r"Received: shape \(3,\)"):
        CharWordEmbedding(6, 5, VECTORS[0])
    with pytest.raises(ValueError, match="row 0 not zero"):
        CharWordEmbedding(6, 5, VECTORS[1:])


@pytest.mark.parametrize("length", [4, 20])  # shorter than the sequence, and longer: then some rows are never looked at
def test_positions_keep_what_every_layer_keeps(length, tmp_path):
    check_layer(PositionEmbedding(length), RANDOM.normal(size=(4, 6, 3)), tmp_path)


def test_a_new_table_of_positions_changes_nothing():
    inputs = RANDOM.normal(size=(2, 6, 3)).astype("float32")
    np.testing.assert_array_equal(numpy(PositionEmbedding(4)(inputs)), inputs)


def test_positions_beyond_the_table_take_its_last_row():
    layer = PositionEmbedding(3)
    layer.build((None, None, 1))
    layer.table.assign([[1.0], [2.0], [3.0]])
    np.testing.assert_array_equal(numpy(layer(np.zeros((1, 5, 1))))[0, :, 0], [1, 2, 3, 3, 3])
    np.testing.assert_array_equal(numpy(layer(np.zeros((1, 2, 1))))[0, :, 0], [1, 2])


def test_positions_keep_the_mask():
    embedded = keras.layers.Embedding(6, 3, mask_zero=True)(CHARACTERS)
    result = PositionEmbedding(4)(embedded)
    np.testing.assert_array_equal(numpy(keras.src.backend.get_keras_mask(result)), CHARACTERS != 0)


def test_an_empty_table_is_named():
    with pytest.raises(ValueError, match=r"`length` must be positive\. Received: length=0"):
        PositionEmbedding(0)
