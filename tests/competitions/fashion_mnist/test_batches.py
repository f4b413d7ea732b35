from dataclasses import replace

import numpy as np
import pytest

from competitions.fashion_mnist.batches import Batches
from competitions.fashion_mnist.config import Config

IMAGES = np.random.default_rng(0).integers(1, 255, (50, 28, 28), dtype=np.uint8)
LABELS = np.arange(50) % 3
ROWS = np.arange(5, 45)
PLAIN = replace(Config(), batch_size=16, flip=0, shift=0, erase=0)


def batches(config, seed=1):
    return Batches(IMAGES, LABELS, ROWS, 3, config, seed)


def test_an_epoch_draws_every_row_at_most_once_and_the_next_another_order():
    drawn = batches(PLAIN)
    epochs = []
    for _ in range(2):
        parts = [drawn[number] for number in range(len(drawn))]
        images, targets = (np.concatenate(one) for one in zip(*parts, strict=True))
        rows = [int(np.flatnonzero((image == IMAGES).all(axis=(1, 2)))[0]) for image in images]
        assert len(set(rows)) == 32 and set(rows) <= set(ROWS)
        np.testing.assert_array_equal(targets.argmax(axis=1), LABELS[rows])
        epochs.append(rows)
        drawn.on_epoch_end()
    assert epochs[0] != epochs[1]


@pytest.mark.parametrize("change", [{}, {"flip": 0.5}, {"shift": 2}, {"erase": 1.0}, {"paste": 1.0}, {"mix": 0.4}])
def test_every_change_acts_alone_repeats_by_its_seed_and_keeps_bytes_unless_pictures_are_mixed(change):
    config = replace(PLAIN, **change)
    images, targets = batches(config)[0]
    again, other = batches(config)[0][0], batches(config, seed=2)[0][0]
    np.testing.assert_array_equal(images, again)
    assert np.any(images != other)
    assert images.dtype == (np.float32 if "mix" in change else np.uint8)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert np.any(images != batches(PLAIN)[0][0]) == bool(change)
