"""Training batches: shapes, class shares, weights, and one seed."""

import dataclasses

import numpy as np
import pytest

from competitions.lamost.batches import Batches, class_weights, interleave
from competitions.lamost.config import Config

pytestmark = pytest.mark.backend
CONFIG = Config()
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 3], [60, 20, 8, 12]))
FLUX = np.random.default_rng(1).normal(size=(len(LABELS), 2600)).astype("float32")


def batches(rows=None, batch_size=25, stratified=False, seed=0, **settings):
    rows = np.arange(len(LABELS)) if rows is None else rows
    return Batches(FLUX, LABELS, rows, batch_size, dataclasses.replace(CONFIG, **settings), stratified, seed)


def test_shapes_are_what_a_network_takes():
    made = batches(batch_size=30)
    assert len(made) == 3, "what is left of an epoch waits for the next one"
    flux, labels, weights = made[0]
    assert flux.shape == (30, 2600, 1) and labels.shape == (30, 4) and weights.shape == (30,)
    assert flux.dtype == labels.dtype == weights.dtype == "float32"
    assert labels.sum(axis=1).tolist() == [1] * 30


def test_fewer_rows_than_a_batch_make_one_batch():
    made = batches(rows=np.arange(10), batch_size=64)
    assert len(made) == 1 and made[0][0].shape[0] == 10


def test_an_epoch_shows_the_rows_of_the_fold_once_with_their_own_labels():
    rows = np.arange(0, 100, 2)
    made = batches(rows=rows, batch_size=25)
    flux, labels = (np.concatenate([made[index][part] for index in range(len(made))]) for part in (0, 1))
    place = [int(np.abs(FLUX - row).max(axis=1).argmin()) for row in flux[..., 0]]
    assert sorted(place) == rows.tolist()
    assert labels.argmax(axis=1).tolist() == LABELS[place].tolist()


def test_the_next_epoch_has_another_order():
    made = batches()
    before = made.order.copy()
    made.on_epoch_end()
    assert sorted(made.order) == sorted(before) and made.order.tolist() != before.tolist()


def test_stratified_batches_hold_all_classes_in_their_shares():
    made = batches(stratified=True)
    for _ in range(5):
        for index in range(4):
            counts = made[index][1].sum(axis=0)
            assert (counts >= 1).all() and np.abs(counts - [15, 5, 2, 3]).max() <= 1
        made.on_epoch_end()


def test_interleaved_order_is_a_permutation():
    assert sorted(interleave(LABELS, np.random.default_rng(0))) == list(range(len(LABELS)))


@pytest.mark.parametrize(("power", "shares"), [(0.0, [0.6, 0.2, 0.08, 0.12]), (1.0, [0.25] * 4)])
def test_sampling_power_balances_the_classes(power, shares):
    made = batches(sampling_power=power)
    drawn = np.zeros(4)
    for _ in range(60):
        made.on_epoch_end()
        drawn += np.bincount(LABELS[made.order], minlength=4)
    assert drawn / drawn.sum() == pytest.approx(shares, abs=0.03)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_weights_have_mean_one_over_the_rows(power):
    weights = class_weights(LABELS, power)
    assert weights[LABELS].mean() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(weights * np.bincount(LABELS) ** power, (weights * np.bincount(LABELS) ** power)[0], rtol=1e-5)


def test_a_class_without_rows_upsets_no_weight():
    assert np.isfinite(class_weights(np.array([0, 0, 1]), 1.0)).all()


@pytest.mark.parametrize("stratified", [False, True])
def test_one_seed_makes_the_same_batches(stratified):
    first, again, other = (batches(seed=seed, stratified=stratified) for seed in ([1, 2], [1, 2], [1, 3]))
    for one, two in zip(first[0], again[0], strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.any(first[0][0] != other[0][0])
