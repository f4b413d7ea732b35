import numpy as np
import pytest

pytestmark = pytest.mark.backend


def picture(side=16):
    images = np.zeros((4, side, side, 1), "float32")
    images[:, side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = np.random.default_rng(0).random(
        (4, side // 2, side // 2, 1)
    )
    return images


def changed(layer, images):
    from keras import ops

    return ops.convert_to_numpy(layer(images, training=True))


def test_bilinear_reads_between_points_and_black_outside():
    from keras import ops

    from common.images.warp import bilinear

    images = np.arange(6, dtype="float32").reshape(1, 2, 3, 1)
    rows, columns = (np.array(values, "float32").reshape(1, 1, -1) for values in ([0, 1, 0.5, 0, -1], [0, 2, 1.5, 2.5, 0]))
    found = ops.convert_to_numpy(bilinear(ops.convert_to_tensor(images), rows, columns))
    np.testing.assert_allclose(found.ravel(), [0, 5, 3, 1, 0])


@pytest.mark.parametrize("settings", [{}, {"cells": 4}])
def test_a_warp_of_nothing_is_the_picture(settings):
    from common.images.warp import RandomWarp

    np.testing.assert_allclose(changed(RandomWarp(**settings), picture()), picture(), atol=1e-5)


def test_layers_act_in_training_alone_each_time_anew_and_save(tmp_path):
    import keras

    from common.images.warp import RandomInk, RandomWarp

    warp = RandomWarp(rotation=10, shear=0.1, zoom=0.1, shift=0.1, elastic=0.03, seed=1)
    ink = RandomInk(thicker=0.6, thinner=0.5, blur=1.0, fade=0.3, noise=0.1, loss=0.1, seed=2)
    inputs = keras.Input((16, 16, 1))
    model = keras.Model(inputs, ink(warp(inputs)))
    np.testing.assert_array_equal(model.predict(picture(), verbose=0), picture())
    first, second = changed(model, picture()), changed(model, picture())
    assert first.shape == picture().shape and first.min() >= 0 and first.max() <= 1 + 1e-5
    assert np.abs(first - picture()).mean() > 0.01 and np.abs(first - second).mean() > 0.01
    model.save(tmp_path / "model.keras")
    for loaded, layer in zip(keras.saving.load_model(tmp_path / "model.keras").layers[1:], (warp, ink), strict=True):
        assert loaded.get_config() == layer.get_config()


def test_a_shift_moves_the_ink_and_keeps_it():
    from common.images.warp import RandomWarp

    moved = changed(RandomWarp(shift=0.2), picture())
    np.testing.assert_allclose(moved.sum(axis=(1, 2)), picture().sum(axis=(1, 2)), rtol=0.02)
    weights = np.arange(16)[None, :, None, None]
    shifts = [(image * weights).sum(axis=(1, 2, 3)) / image.sum(axis=(1, 2, 3)) for image in (moved, picture())]
    apart = np.abs(shifts[0] - shifts[1])
    assert apart.max() <= 0.2 * 16 + 0.01 and apart.max() > 0.3


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
    from common.images.warp import RandomInk

    assert holds(changed(RandomInk(**settings, seed=3), picture()), picture())
