from types import SimpleNamespace

import keras
import numpy as np
import pytest

from common.errors import RunError
from common.ragged import Ragged
from common.training import BucketedBatches, Redrawn, Stage, checkpoint, fit_stages

pytestmark = pytest.mark.backend
SETTINGS = SimpleNamespace(weight_decay=0.01, momentum=0.9, drop_patience=1, stop_patience=2)
SCORES = [0.3, 0.5, 0.4, 0.45, 0.2, 0.6, 0.55, 0.5, 0.7]  # stops the first stage, drops both rates, and keeps the second


class Noisy(Redrawn):
    """Rows in random order with random numbers added to them, and a queue that outlives an epoch."""

    carried = ("generator", "queue")

    def __init__(self, seed):
        super().__init__()
        self.generator, self.queue = np.random.default_rng(seed), np.empty(0, int)
        self.on_epoch_end()

    def draw_epoch(self):
        while len(self.queue) < 24:
            self.queue = np.append(self.queue, self.generator.permutation(40))
        self.rows, self.queue = self.queue[:24], self.queue[24:]

    def __len__(self):
        return 3

    def __getitem__(self, index):
        x = self.rows[8 * index : 8 * index + 8, None] / 40 + self.generator.normal(size=(8, 2))
        return x.astype("float32"), x.sum(axis=1, keepdims=True).astype("float32")


def network():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4, activation="tanh"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    return keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])


def train(path, broken_after=None):
    """Weights and log of two stages; `broken_after` so many scores an error comes from outside."""
    model, calls = network(), []

    def score(_):
        calls.append(True)
        if len(calls) == broken_after:
            raise KeyboardInterrupt
        return SCORES[train.told + len(calls) - 1]

    stages = [Stage("first", Noisy(0), "mse", 5, 0.1, warm_up_steps=4), Stage("second", Noisy(1), "mae", 4, 0.01)]
    return model, fit_stages(model, stages, score, SETTINGS, "toy", checkpoint=path)


@pytest.mark.parametrize("broken_after", [4, 7])
def test_a_training_that_was_broken_off_ends_as_an_unbroken_one(tmp_path, monkeypatch, broken_after):
    monkeypatch.setattr(checkpoint, "EVERY", 0)
    train.told = 0
    expected, expected_log = train(None)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "fold0.joblib", broken_after)
    train.told = scored_before(tmp_path / "fold0.joblib")
    found, log = train(tmp_path / "fold0.joblib")
    assert log.drop(columns="loss").equals(expected_log.drop(columns="loss"))
    tolerance = 0 if keras.backend.backend() == "tensorflow" else 1e-6
    np.testing.assert_allclose(log["loss"], expected_log["loss"], rtol=tolerance)
    for one, other in zip(found.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)

    train.told = 100  # whatever is scored now fails
    again, log_again = train(tmp_path / "fold0.joblib")
    assert log_again.equals(log) and all(map(np.array_equal, again.get_weights(), found.get_weights()))


def scored_before(path):
    state = checkpoint.read(path)
    return sum(map(len, state["logs"])) + len(state["epochs"])


def test_short_trainings_write_nothing_and_damage_is_named(tmp_path):
    train.told = 0
    train(tmp_path / "fold0.joblib")
    assert not list(tmp_path.iterdir())
    (tmp_path / "fold0.joblib").write_bytes(b"half")
    with pytest.raises(RunError, match=r"fold0\.joblib cannot be read .* Remove it"):
        train(tmp_path / "fold0.joblib")


def test_batches_are_drawn_again_as_they_were():
    class Texts(BucketedBatches):
        def draw(self):
            return LENGTHS

        def make(self, rows, steps):
            return ROWS.padded(rows, steps=steps), self.generator.random(len(rows))

    LENGTHS = np.random.default_rng(0).integers(1, 9, 30)
    ROWS = Ragged.of([np.full(length, row) for row, length in enumerate(LENGTHS)])
    drawn, again = (Texts(8, np.random.default_rng(1)) for _ in range(2))
    for _ in range(3):
        [drawn[index] for index in range(len(drawn))]
        drawn.on_epoch_end()
    again.redraw(drawn.drawn_from)
    for _ in range(2):
        for index in range(len(drawn)):
            for one, other in zip(drawn[index], again[index], strict=True):
                np.testing.assert_array_equal(one, other)
        drawn.on_epoch_end()
        again.on_epoch_end()
