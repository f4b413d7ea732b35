import numpy as np
import pytest

from common.errors import DataError
from competitions.fashion_mnist import predict, sample


def test_what_looks_like_a_training_picture_is_taken_as_it_is():
    picture = sample.drawn(1, np.random.default_rng(0))
    found, done = predict.framed("trouser.png", picture, (28, 28))
    np.testing.assert_array_equal(found, picture)
    assert done == "taken as it is"


@pytest.mark.parametrize("light", [True, False])
def test_a_photo_is_cropped_scaled_and_put_on_black_and_it_says_so(light):
    garment = np.zeros((200, 300), np.uint8)
    garment[30:170, 100:170] = 180
    photo = 250 - garment if light else garment + 10
    found, done = predict.framed("photo.png", photo, (28, 28))
    assert (found[:, 7:21] > 150).all() and not found[:, :6].any() and not found[:, 22:].any()
    assert "cropped from 300 x 200 to 70 x 140, scaled to 28 x 28" in done
    assert ("inverted: its background is light" in done) == light


def test_nothing_to_be_seen_is_said():
    with pytest.raises(DataError, match=r"grey\.png shows nothing that stands out from its background"):
        predict.framed("grey.png", np.full((50, 50), 200, np.uint8), (28, 28))
