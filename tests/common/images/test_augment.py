import numpy as np
import pytest

from common.images import augment

IMAGES = np.random.default_rng(0).integers(1, 256, (400, 9, 12), dtype=np.uint8)
TARGETS = np.eye(4, dtype="float32")[np.arange(400) % 4]
CHANGES = {
    "flipped": augment.flipped,
    "shifted": lambda images, generator: augment.shifted(images, generator, 2),
    "erased": augment.erased,
    "mixed": lambda images, generator: augment.mixed(images, TARGETS, generator)[0],
    "pasted": lambda images, generator: augment.pasted(images, TARGETS, generator)[0],
}


def generator(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_seed_repeats_colours_are_changed_like_grey_and_the_given_pictures_stay(change):
    before = IMAGES.copy()
    found = change(IMAGES, generator())
    np.testing.assert_array_equal(found, change(IMAGES, generator()))
    assert np.any(found != change(IMAGES, generator(2))) and found.shape == IMAGES.shape
    np.testing.assert_array_equal(IMAGES, before)
    colours = change(np.stack([IMAGES] * 3, axis=-1), generator())
    if change is not augment.erased:  # whose noise has colours
        np.testing.assert_array_equal(colours, np.stack([found] * 3, axis=-1))


def test_a_share_is_flipped_and_twice_is_none():
    once = augment.flipped(IMAGES, generator())
    assert 0.4 < np.mean(np.any(once != IMAGES, axis=(1, 2))) < 0.6
    np.testing.assert_array_equal(augment.flipped(once, generator()), IMAGES)
    assert once.dtype == np.uint8


def test_shifts_reach_every_place_within_the_border_and_no_other():
    point = np.zeros((500, 9, 9), np.uint8)
    point[:, 4, 4] = 255
    places = {tuple(place) for place in np.argwhere(augment.shifted(point, generator(), 2))[:, 1:]}
    assert places == {(row, column) for row in range(2, 7) for column in range(2, 7)}
    assert (augment.shifted(point, generator(), 2, background=9) == 9).any()


@pytest.mark.parametrize("least, most", [(0.02, 0.4), (0.2, 0.2)])
def test_a_share_of_the_pictures_loses_one_rectangle_within_its_bounds(least, most):
    black = np.zeros((2000, 30, 30), np.uint8)
    found = augment.erased(black, generator(), share=0.3, least=least, most=most)
    hit = found.any(axis=(1, 2))
    assert 0.27 < hit.mean() < 0.33
    rows, columns = found[hit].any(axis=2), found[hit].any(axis=1)
    area = rows.sum(axis=1) * columns.sum(axis=1) / 900
    assert least * 0.6 <= area.min() and area.max() <= most
    assert 110 < found[found > 0].mean() < 145, "random bytes, also within"
    assert rows[:, 0].any() and rows[:, -1].any() and columns[:, 0].any() and columns[:, -1].any(), "up to the edges"


def test_mixed_targets_weigh_as_their_pictures_do():
    images = np.repeat(TARGETS.argmax(axis=1) * 10.0, 6).reshape(-1, 2, 3)
    mixed, targets = augment.mixed(images, TARGETS, generator(), alpha=1.0)
    np.testing.assert_allclose(mixed[:, 0, 0], targets @ [0, 10, 20, 30], rtol=1e-5)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert np.mean(targets.max(axis=1) < 0.99) > 0.5 and (targets * TARGETS).sum(axis=1).min() >= 0.5


def test_pasted_targets_have_the_shares_of_the_area():
    labels = TARGETS.argmax(axis=1)
    images = np.broadcast_to(labels.astype(np.uint8)[:, None, None], (400, 20, 20))
    pasted, targets = augment.pasted(images, TARGETS, generator(), share=0.5)
    shares = np.stack([(pasted == label).mean(axis=(1, 2)) for label in range(4)], axis=1)
    np.testing.assert_allclose(targets, shares, atol=1e-6)
    assert 0.2 < np.mean(targets.max(axis=1) < 1) < 0.5, "half get one, a quarter of these from a picture of their own class"
