import keras
import numpy as np
import pytest

from common.training import RowAdagrad

pytestmark = pytest.mark.backend
IDS = np.array([[1], [3]])


def fitted(ids, epochs=1, rate=0.1):
    """The table of an Embedding that was drawn towards ones, before and after."""
    table = keras.layers.Embedding(5, 2, embeddings_initializer=keras.initializers.Constant(0.5))
    model = keras.Sequential([table])
    model.compile(RowAdagrad(rate), "mse")
    model.build((None, 1))
    model.fit(ids, np.array([[[1.0, 0.0]]] * len(ids)), batch_size=len(ids), epochs=epochs, verbose=0)
    return keras.ops.convert_to_numpy(table.embeddings)


def test_the_first_step_is_the_rate_times_the_sign_where_all_gradients_are_alike():
    expected = np.full((5, 2), 0.5)
    expected[[1, 3]] = [0.6, 0.4]
    np.testing.assert_allclose(fitted(IDS), expected, rtol=1e-5, err_msg="rows without a gradient stay")


def test_later_steps_are_shorter_by_the_root_of_the_sum_of_squares():
    gradients = [0.5, 0.4]  # of one weight, but for a factor, which falls out
    expected = 0.6 + 0.1 * gradients[1] / np.hypot(*gradients)
    np.testing.assert_allclose(fitted(IDS, epochs=2)[1, 0], expected, rtol=1e-5)


def test_it_saves_and_loads_its_memory(tmp_path):
    model = keras.Sequential([keras.layers.Embedding(5, 2)])
    model.compile(RowAdagrad(0.1, epsilon=1e-8), "mse")
    model.fit(IDS, np.ones((2, 1, 2)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for one, other in zip(loaded.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))
