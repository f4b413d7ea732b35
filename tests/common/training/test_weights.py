import keras
import numpy as np
import pytest

from common.errors import RunError
from common.training.weights import CHECK, WEIGHTS, load_weights, save_weights

pytestmark = pytest.mark.backend


def network(layers=2, width=3, activation="tanh", first="a"):
    ids, more = keras.Input((None,), dtype="int32", name="ids"), keras.Input((4,), name="more")
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(5, 4)(ids))
    x = keras.layers.Concatenate()([x, more])
    for number in range(layers):
        x = keras.layers.Dense(width, activation=activation, name=f"{first}{number}")(x)
    return keras.Model({"ids": ids, "more": more}, {"one": x, "two": keras.layers.Dense(1)(x)})


@pytest.fixture
def saved(tmp_path):
    keras.utils.set_random_seed(0)
    model = network()
    save_weights(model, tmp_path)
    return model, tmp_path


def test_weights_come_back_also_where_layers_are_called_otherwise(saved):
    model, folder = saved
    other = network(first="b")
    load_weights(other, folder)
    for one, two in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 1}, "holds 7 weights, the network has 5; the first that differ are \\(3, 3\\) and \\(3, 1\\)"),
        ({"layers": 3}, "holds 7 weights, the network has 9"),
        ({"width": 2}, "the first that differ are \\(8, 3\\) and \\(8, 2\\)"),
        ({"activation": "relu"}, "predicts other numbers than when they were saved"),
    ],
)
def test_weights_of_another_network_are_refused(saved, changes, message):
    with pytest.raises(RunError, match=message):
        load_weights(network(**changes), saved[1])


@pytest.mark.parametrize("name", [WEIGHTS, CHECK])
def test_damaged_files_are_named(saved, name):
    model, folder = saved
    (folder / name).write_bytes(b"half")
    with pytest.raises(RunError, match="cannot be read"):
        load_weights(model, folder)
    (folder / name).unlink()
    with pytest.raises(RunError, match="cannot be read"):
        load_weights(model, folder)
