"""Letters drawn with Pillow: what the faces lack, and pictures that repeat with their seed."""

import numpy as np

from common.images.writing import lettering


def test_no_sign_is_drawn_as_a_box():
    assert not any(map(lettering.lacks, "aZ0")) and all(map(lettering.lacks, "我田"))


def test_a_picture_has_the_size_that_is_asked_for_repeats_with_its_seed_and_shows_its_letters():
    for draw in (lettering.plain, lettering.hollow):
        pages = [
            draw(text, (53, 130), np.random.default_rng(seed)) for text, seed in (("ab1", 0), ("ab1", 0), ("ab1", 1), ("x", 0))
        ]
        assert all(page.shape == (53, 130, 3) and page.dtype == np.uint8 and np.ptp(page) > 60 for page in pages)
        assert [np.array_equal(page, pages[0]) for page in pages] == [True, True, False, False]
