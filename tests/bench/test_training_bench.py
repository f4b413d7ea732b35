import ast

import numpy as np
import pytest

from bench import training
from common.errors import ConfigError
from tests.conftest import eager


@pytest.mark.parametrize(
    ("contest", "network", "settings"),
    [
        ("ppd", "cosine", ["protocol=content", "sample_size=300", "encoder_width=8"]),
        ("generation", "gan_mlp", ["sample_size=120", "game_batch=16"]),
    ],
)
def test_the_steps_of_a_network_are_timed_as_its_contest_feeds_it(contest, network, settings, monkeypatch, capsys):
    monkeypatch.setattr(training, "NETWORKS", {contest: (network,)})
    monkeypatch.setattr(training, "SETTINGS", {contest: settings})
    monkeypatch.setattr(training, "EPOCHS", 2)
    with eager():
        training.main(["steps=2"])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    found = ast.literal_eval(line)
    assert found["network"] == f"{contest} {network}" and found["waits for batches"].endswith("%")
    assert float(found["ms a step"]) > 0 and float(found["examples/s"].replace(",", "")) > 0
    assert found["of matrix products"].endswith("%") or contest == "generation"


def test_products_are_those_of_matrices_and_places():
    import keras

    ids = keras.Input((None,), dtype="int32")
    steps = keras.layers.Dense(3)(keras.layers.Embedding(9, 4)(ids))  # 4 x 3, at 2 x 5 places
    convolved = keras.layers.Conv1D(2, 3, padding="same")(steps)  # 3 x 3 x 2
    last = keras.layers.GRU(6)(convolved)  # 2 x 18 and 6 x 18
    network = keras.Model(ids, keras.layers.Dense(1)(last))  # 6, at 2 places
    expected = 10 * (12 + 18 + 36 + 108) + 2 * 6
    assert training.products(network, np.ones((2, 5), "int32")) == expected
    wider = keras.Sequential([keras.Input((5, 3)), keras.layers.Conv1DTranspose(4, 6, strides=2)])  # 6 x 4 x 3, at 2 x 5 places
    assert training.products(wider, np.ones((2, 5, 3), "float32")) == 10 * 72


def test_what_has_no_network_is_named():
    with pytest.raises(ConfigError, match="power_vocab: known are only=, steps=, set=, and folders of lamost, webqa"):
        training.main(["only=power_vocab"])
    with pytest.raises(ConfigError, match="epochs: known are"):
        training.main(["epochs=3"])
