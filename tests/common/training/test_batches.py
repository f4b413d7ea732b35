import keras
import numpy as np
import pytest

from common.ragged import Ragged
from common.training import BucketedBatches, OfArrays, by_length, predict, predict_all
from common.training.batches import SHAPES, XLA, bucketed, filled, padded_to, shapes_of


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
    """Rows of ones in two inputs, the second shorter; the target is their length."""

    def draw(self):
        self.drawn = getattr(self, "drawn", 0) + 1
        lengths = self.generator.integers(1, 80, 50)
        self.rows = [
            Ragged.of([np.ones((length, 1)) for length in own], (1,), "float32") for own in (lengths, lengths // 2 + 1)
        ]
        return np.stack([one.lengths for one in self.rows], axis=1)

    def make(self, rows, *steps):
        first, second = (one.padded(rows, steps=width) for one, width in zip(self.rows, steps, strict=True))
        return {"first": first, "second": second}, first.sum(axis=1)


@pytest.mark.backend
def test_a_model_trains_on_lengths_that_change_from_batch_to_batch():
    batches, shapes = Sums(8, np.random.default_rng(0), multiple=4), set()
    make = batches.make
    batches.make = lambda rows, *steps: shapes.add((len(rows), *steps)) or make(rows, *steps)
    assert all(
        one.shape[1] != other.shape[1] for one, other in zip(batches[0][0].values(), batches[1][0].values(), strict=True)
    )
    inputs = {name: keras.Input((None, 1), name=name) for name in ("first", "second")}
    pooled = keras.layers.Add()([keras.layers.GlobalAveragePooling1D()(one) for one in inputs.values()])
    model = keras.Model(inputs, keras.layers.Dense(1)(pooled))
    model.compile("sgd", "mse")
    history = model.fit(batches, epochs=3, shuffle=False, verbose=0).history
    assert len(history["loss"]) == 3 and batches.drawn >= 3
    if XLA:  # each costs seconds
        assert len(shapes) <= SHAPES and {rows for rows, *_ in shapes} == {8}
    else:  # each row once, and no longer than it must be
        assert {rows for rows, *_ in shapes} == {8, 2} and len(shapes) > SHAPES


def test_few_shapes_hold_all_rows_and_each_about_as_many():
    lengths = np.random.default_rng(0).integers(1, 40, (1000, 2)) * 8
    shapes = shapes_of(lengths)
    assert len(shapes) == SHAPES and shapes[-1].tolist() == lengths.max(axis=0).tolist()
    assert (np.diff(shapes, axis=0) >= 0).all()
    fits = (lengths[:, 0, None] <= shapes[:, 0]).argmax(axis=1)
    np.testing.assert_allclose(np.bincount(fits) / len(lengths), 1 / SHAPES, atol=0.03)
    assert (lengths[:, 1] <= shapes[fits, 1]).all()
    assert shapes_of(np.array([[8, 16], [24, 8], [8, 8]])).tolist() == [[8, 16], [24, 16]]


@pytest.mark.parametrize(
    ("lengths", "steps"), [([[3, 1], [9, 2]], [16, 16]), ([[1, 1]], [8, 8]), ([[17, 1]], [32, 24]), ([[40, 3]], [40, 8])]
)
def test_a_batch_takes_the_least_shape_that_holds_it_or_one_of_its_own(lengths, steps):
    assert padded_to(np.array(lengths), 8, np.array([[8, 8], [16, 16], [32, 24]])) == steps


def test_batches_of_prediction_hold_every_row_once_and_keep_to_their_area(monkeypatch):
    monkeypatch.setattr("common.training.batches.XLA", False)
    lengths = np.array([3, 600, 30, 31, 1, 29, 40])[:, None]
    parts = [(rows.tolist(), steps) for rows, steps in by_length(lengths, batch_size=3, area=100, multiple=32)]
    assert parts == [([1], [608]), ([6, 3], [64]), ([2, 5, 0], [32]), ([4], [32])]
    assert list(by_length(lengths[:0], 3, 100)) == []
    assert [rows.tolist() for rows, _ in by_length(lengths, batch_size=4)] == [[1, 6, 3, 2], [5, 0, 4]]


def test_under_xla_predictions_have_few_lengths(monkeypatch):
    monkeypatch.setattr("common.training.batches.XLA", True)
    lengths = np.random.default_rng(0).integers(1, 600, (500, 1))
    parts = list(by_length(lengths, batch_size=10, multiple=16))
    assert len({steps for _, (steps,) in parts}) == SHAPES
    assert all(lengths[rows].max() <= steps for rows, (steps,) in parts)
    assert sorted(np.concatenate([rows for rows, _ in parts]).tolist()) == list(range(500))


def test_under_xla_batches_of_one_length_have_one_number_of_rows(monkeypatch):
    monkeypatch.setattr("common.training.batches.XLA", True)
    lengths = np.random.default_rng(0).integers(1, 300, (500, 1))
    parts = list(by_length(lengths, batch_size=64, area=64 * 128))
    assert len({(len(rows), steps) for rows, (steps,) in parts[:-1]}) <= SHAPES
    assert all(len(rows) * steps <= 64 * 128 for rows, (steps,) in parts)


@pytest.mark.parametrize(
    ("rows", "full", "taken"), [(64, 64, 64), (17, 64, 64), (16, 64, 16), (3, 64, 4), (1, 42, 2), (5, 1, 8)]
)
def test_calls_have_few_numbers_of_rows(rows, full, taken):
    assert filled(rows, full) == taken


@pytest.mark.backend
def test_a_batch_that_is_filled_up_gives_what_its_rows_give():
    x = keras.Input((2,), name="x")
    model = keras.Model({"x": x}, {"sum": keras.layers.Dense(1)(x), "same": keras.layers.Activation("linear")(x)})
    given = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    found = predict(model, {"x": given})
    assert found["sum"].shape == (5, 1)
    np.testing.assert_array_equal(found["same"], given)
    np.testing.assert_array_equal(predict_all(model, {"x": given}, 2)["same"], given)


def test_rows_of_arrays_stay_together_each_once_in_a_new_order():
    inputs, targets = np.arange(10, dtype=np.uint8).reshape(10, 1, 1), np.arange(10) % 2
    batches, orders = OfArrays((inputs, targets), np.arange(2, 10), 4, seed=1), []
    for _ in range(2):
        items = [batches[number] for number in range(len(batches))]
        rows = np.concatenate([given.ravel() for given, _ in items])
        assert sorted(rows) == list(range(2, 10))
        assert all((wanted == given.ravel() % 2).all() for given, wanted in items)
        orders.append(rows.tolist())
        batches.on_epoch_end()
    assert orders[0] != orders[1]
