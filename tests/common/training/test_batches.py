import keras
import numpy as np
import pytest

from common.ragged import Ragged
from common.training.batches import BucketedBatches, bucketed


def test_the_longest_comes_first_the_shortest_second_and_every_row_once():
    lengths = np.random.default_rng(1).integers(1, 100, 103)
    batches = bucketed(lengths, 8, np.random.default_rng(2), pool=3)
    assert sorted(np.concatenate(batches).tolist()) == list(range(103))
    greatest = [lengths[rows].max() for rows in batches]
    assert greatest[0] == lengths.max() and greatest[1] == min(greatest[1:])


def test_batches_hold_rows_of_similar_length():
    lengths = np.random.default_rng(1).integers(1, 100, 640)
    padding = [sum(lengths[rows].max() - lengths[rows]) for rows in bucketed(lengths, 32, np.random.default_rng(2))]
    mixed = np.random.default_rng(3).permutation(640).reshape(20, 32)
    assert sum(padding) < 0.2 * sum((lengths[rows].max(axis=-1) - lengths[rows]).sum() for rows in mixed)


def test_a_count_leaves_rows_out_or_takes_them_twice():
    assert sum(map(len, bucketed(np.ones(10), 4, np.random.default_rng(0), count=7))) == 7
    assert sum(map(len, bucketed(np.ones(10), 4, np.random.default_rng(0), count=13))) == 13


class Sums(BucketedBatches):
    """Rows of ones; the target is their length."""

    def draw(self):
        self.drawn = getattr(self, "drawn", 0) + 1
        self.rows = Ragged.of([np.ones((length, 1)) for length in self.generator.integers(1, 40, 50)], (1,), "float32")
        return self.rows.lengths

    def make(self, rows, more):
        x = self.rows.padded(rows, more=more)
        return x, x.sum(axis=1)


@pytest.mark.backend
def test_a_model_trains_on_lengths_that_change_from_batch_to_batch():
    batches = Sums(8, np.random.default_rng(0))
    assert batches[0][0].shape[1] != batches[1][0].shape[1]
    steps = keras.Input((None, 1))
    model = keras.Model(steps, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(steps)))
    model.compile("sgd", "mse")
    history = model.fit(batches, epochs=3, shuffle=False, verbose=0).history
    assert len(history["loss"]) == 3 and batches.drawn >= 3
