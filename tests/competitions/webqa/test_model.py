import contextlib

import keras
import numpy as np
import pytest

import common.layers  # noqa: F401  registers the layers for load_model
from competitions.webqa import model
from competitions.webqa.config import NETWORKS, Config
from competitions.webqa.features import MATCH, RELEVANCE
from tests.conftest import eager

pytestmark = pytest.mark.backend
CONFIG = Config(width=8, dropout=0.0, gate_dropout=0.0)


def new(name, config=CONFIG):
    keras.utils.set_random_seed(0)
    vectors = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    vectors[0] = 0
    return getattr(model, name)(30, vectors, config)


def batch(rows=3, question=7, passage=12):
    random = np.random.default_rng(1)
    ids = {
        name: random.integers(1, 5, (rows, steps, 4)).astype("int32")
        for name, steps in (("question", question), ("passage", passage))
    }
    match = random.random((rows, passage, len(MATCH))).astype("float32")
    return ids | {"match": match, "relevance": random.random((rows, len(RELEVANCE))).astype("float32")}


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_nothing(name):
    network, inputs = new(name), batch()
    expected = network.predict_on_batch(inputs)
    assert expected.shape == (3, 12, 2) and (expected > 0).all() and (expected < 1).all()
    padded = {key: np.pad(x, [(0, 0), (0, 5), (0, 0)]) if x.ndim == 3 else x for key, x in inputs.items()}
    np.testing.assert_allclose(network.predict_on_batch(padded)[:, :12], expected, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_one_step_of_training_and_the_saved_model_answers_alike(name, tmp_path):
    network, inputs = new(name), batch()
    targets = np.zeros((3, 12, 2), "float32")
    targets[:, 4, 0] = targets[:, 5, 1] = 1
    network.compile(keras.optimizers.AdamW(0.01), model.loss_of(name))
    weights = np.ones((3, 12), "float32")
    with contextlib.nullcontext() if name == "reader" else eager():  # one graph is enough
        losses = [float(network.train_on_batch(inputs, targets, sample_weight=weights)) for _ in range(8)]
    assert losses[-1] < losses[0]
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded.predict_on_batch(inputs), network.predict_on_batch(inputs), atol=1e-6)


@pytest.mark.parametrize("switch", ["match", "relevance", "tags", "attention"])
def test_each_addition_can_be_switched_off(switch):
    inputs = batch()
    network = new("reader", Config(width=8, **{switch: False}))
    before = network.predict_on_batch(inputs)
    assert network.count_params() < new("reader", Config(width=8)).count_params()
    if switch in ("match", "relevance"):
        changed = inputs | {switch: inputs[switch] + 1}
        np.testing.assert_array_equal(network.predict_on_batch(changed), before)


def test_the_original_has_its_focal_loss():
    truth, guess = np.array([[[1.0, 0.0]]], "float32"), np.array([[[0.6, 0.3]]], "float32")
    expected = -(0.25 * 0.4**2 * np.log(0.6) + 0.75 * 0.3**2 * np.log(0.7)) / 2
    assert float(model.loss_of("original")(truth, guess, np.ones((1, 1)))) == pytest.approx(expected, rel=1e-4)
    plain = -(np.log(0.6) + np.log(0.7)) / 2
    assert float(model.loss_of("reader")(truth, guess, np.ones((1, 1)))) == pytest.approx(plain, rel=1e-4)
