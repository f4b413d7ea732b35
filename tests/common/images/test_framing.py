import numpy as np
import pytest

from common.images import framing


def scene(light, noise=0):
    photo = np.full((60, 80), 240 if light else 10, np.uint8)
    photo[20:50, 30:45] = 40 if light else 200
    return np.clip(photo + np.random.default_rng(0).integers(-noise, noise + 1, photo.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("noise", [0, 8])
def test_an_object_is_found_on_either_background(light, noise):
    found = framing.cropped(framing.on_black(scene(light, noise)))
    assert found.shape == (30, 15) and found.min() > 150


def test_a_lone_speck_is_no_object():
    photo = scene(light=False)
    photo[0, 0] = 255
    assert framing.cropped(framing.on_black(photo)).shape == (30, 15)
    assert framing.cropped(np.zeros((9, 9), np.uint8)) is None


def test_a_picture_is_scaled_as_a_whole_into_the_middle():
    found = framing.fitted(np.full((30, 15), 200, np.uint8), 28, 28, fill=3)
    assert np.flatnonzero((found == 200).all(axis=0)).tolist() == list(range(7, 21))
    assert (found[:, :7] == 3).all() and (found[:, 21:] == 3).all()
    exact = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(framing.fitted(exact, 3, 4), exact)
