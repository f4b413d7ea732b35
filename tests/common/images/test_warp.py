"""Distortions act while training alone, keep text readable from left to right, and come back from disk."""

import keras
import numpy as np
import pytest
from keras import ops

from common.images.warp import Curves, Ink, Recolour, Warp, bilinear

pytestmark = pytest.mark.backend
ASYMMETRIC = np.zeros((1, 24, 40, 3), "float32")
ASYMMETRIC[:, 2:11, 6:10] = 1  # an L in a corner: it shares no pixel with its mirror images or its half turn
ASYMMETRIC[:, 8:11, 6:18] = 1


def changed(layer, images):
    return ops.convert_to_numpy(layer(images, training=True))


def test_places_between_pixels_are_weighted_means_and_edges_go_on_or_fade():
    images = np.random.default_rng(0).random((2, 3, 4, 2)).astype("float32")
    rows, columns = np.meshgrid(np.arange(3.0), np.arange(4.0), indexing="ij")

    def at(y, x, outside="edge"):
        return ops.convert_to_numpy(bilinear(images, *(np.tile(one, (2, 1, 1)).astype("float32") for one in (y, x)), outside))

    np.testing.assert_allclose(at(rows, columns), images, atol=1e-6)
    np.testing.assert_allclose(at(rows + 0.25, columns)[:, :2], 0.75 * images[:, :2] + 0.25 * images[:, 1:], atol=1e-6)
    np.testing.assert_allclose(at(rows, columns - 9)[:, :, 0], images[:, :, 0], atol=1e-6)
    np.testing.assert_allclose(at(rows, columns - 0.5, "black")[:, :, 0], 0.5 * images[:, :, 0], atol=1e-6)
    assert not at(rows + 9, columns, "black").any()


@pytest.mark.parametrize(
    "one", [Warp(seed=3), Recolour(seed=3), Curves(share=1.0, seed=3), Ink(0.6, 0.5, 1.0, 0.3, 0.1, 0.1, seed=3)]
)
def test_a_distortion_acts_in_training_alone_repeats_with_its_seed_and_comes_back_from_disk(one, tmp_path):
    images = np.random.default_rng(0).random((4, 24, 40, 3)).astype("float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(one(images)), images)
    first = changed(one, images)
    assert first.shape == images.shape and first.min() >= 0 and first.max() <= 1 + 1e-6
    assert np.abs(first - images).max() > 0.1 and np.abs(changed(one, images) - first).max() > 0.1
    np.testing.assert_array_equal(changed(type(one).from_config(one.get_config()), images), first)
    inputs = keras.Input((24, 40, 3))
    keras.Model(inputs, one(inputs)).save(tmp_path / "one.keras")
    assert keras.saving.load_model(tmp_path / "one.keras").layers[-1].get_config() == one.get_config()


def test_nothing_is_changed_where_every_strength_is_0():
    for layer in (Warp(0, 0, 0, 0, 0), Warp(0, 0, 0, 0, 0, "black"), Curves(0.0), Ink()):
        np.testing.assert_allclose(changed(layer, ASYMMETRIC), ASYMMETRIC, atol=1e-5)


def test_the_mean_of_many_warps_stands_upright_and_is_no_mirror_image():
    mean = changed(Warp(seed=0), np.repeat(ASYMMETRIC, 64, axis=0)).mean(axis=0)
    alike = {
        flips: np.corrcoef(mean.ravel(), np.flip(ASYMMETRIC[0], flips).ravel())[0, 1] for flips in ((), (0,), (1,), (0, 1))
    }
    assert alike[()] > 0.8 > 0.5 > max(value for flips, value in alike.items() if flips)


def picture(side=16):
    images = np.zeros((4, side, side, 1), "float32")
    images[:, side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = np.random.default_rng(0).random(
        (4, side // 2, side // 2, 1)
    )
    return images


def test_a_shift_moves_the_ink_and_keeps_it():
    moved = changed(Warp(0, 0, 0, 0.08, 0, "black", seed=0), picture())
    np.testing.assert_allclose(moved.sum(axis=(1, 2)), picture().sum(axis=(1, 2)), rtol=0.02)
    weights = np.arange(16)[None, :, None, None]
    shifts = [(image * weights).sum(axis=(1, 2, 3)) / image.sum(axis=(1, 2, 3)) for image in (moved, picture())]
    apart = np.abs(shifts[0] - shifts[1])
    assert apart.max() <= 0.24 * 16 + 0.01 and apart.max() > 0.3


@pytest.mark.parametrize(
    ("settings", "holds"),
    [
        ({"thicker": 0.9}, lambda new, old: (new >= old - 1e-6).all() and new.sum() > old.sum()),
        ({"thinner": 0.9}, lambda new, old: (new <= old + 1e-6).all() and new.sum() < old.sum()),
        ({"fade": 0.5}, lambda new, old: (new <= old).all() and (new >= 0.5 * old - 1e-6).all()),
        ({"blur": 1.0}, lambda new, old: np.abs(np.diff(new, axis=1)).sum() < np.abs(np.diff(old, axis=1)).sum()),
        ({"noise": 0.3}, lambda new, old: set(np.unique(new[old == 0])) == {0, 1} and 0 < new[old == 0].mean() < 0.3),
        ({"loss": 0.3}, lambda new, old: set(np.unique((new == old)[old > 0])) == {False, True} and not new[new != old].any()),
    ],
)
def test_what_happens_to_ink(settings, holds):
    assert holds(changed(Ink(**settings, seed=3), picture()), picture())
