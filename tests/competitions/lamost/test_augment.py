"""Another night: acts while training alone, each part as it is described, and comes back from disk."""

import keras
import numpy as np
import pytest
from keras import ops

from competitions.lamost.augment import AnotherNight
from competitions.lamost.grid import Grid

pytestmark = pytest.mark.backend
LINEAR, LOG = "linear:3690:9100", "log10:3.5911:3.851"
SPECTRA = np.random.default_rng(0).normal(size=(40, 2600, 1)).astype("float32")


def changed(spectra=SPECTRA, **settings):
    return ops.convert_to_numpy(AnotherNight(LINEAR, seed=3, **settings)(spectra, training=True))


def test_it_acts_in_training_alone_repeats_with_its_seed_and_comes_back_from_disk(tmp_path):
    night = AnotherNight(LINEAR, 0.002, 0.5, 0.1, 0.3, seed=3)
    np.testing.assert_array_equal(ops.convert_to_numpy(night(SPECTRA)), SPECTRA)
    first = ops.convert_to_numpy(night(SPECTRA, training=True))
    assert first.shape == SPECTRA.shape and first.dtype == "float32" and np.isfinite(first).all()
    assert (np.abs(first - SPECTRA).max(axis=(1, 2)) > 0.01).all()
    again = ops.convert_to_numpy(AnotherNight.from_config(night.get_config())(SPECTRA, training=True))
    np.testing.assert_array_equal(again, first)
    spectrum = keras.Input((2600, 1))
    keras.Model(spectrum, night(spectrum)).save(tmp_path / "night.keras")
    assert keras.saving.load_model(tmp_path / "night.keras").layers[-1].get_config() == night.get_config()
    np.testing.assert_array_equal(changed(), SPECTRA)  # where every strength is 0
    assert not changed(np.zeros((5, 2600, 1), "float32"), redshift=0.002, noise=0.5, slope=0.1, mask=0.3).any()


@pytest.mark.parametrize("grid", [LINEAR, LOG])
def test_a_redshift_is_that_of_the_grid(grid):
    redshift = np.random.default_rng(1).uniform(-0.01, 0.01, len(SPECTRA)).astype("float32")
    moved = ops.convert_to_numpy(AnotherNight(grid).shifted(ops.convert_to_tensor(SPECTRA[..., 0]), redshift[:, None]))
    np.testing.assert_allclose(moved, Grid.parse(grid).redshifted(SPECTRA[..., 0], redshift.astype(float)), atol=2e-4)


def test_noise_comes_to_every_second_spectrum_in_units_of_its_own_spread():
    spectra = np.tile(SPECTRA, (20, 1, 1)) * 3
    added = (changed(spectra, noise=0.5) - spectra)[..., 0].std(axis=1) / spectra[..., 0].std(axis=1)
    assert np.isclose((added > 1e-6).mean(), 0.5, atol=0.06) and 0.4 < added.max() < 0.52
    assert np.isclose(added.mean(), 0.125, atol=0.02)  # 0.5 * 0.5 * 0.5


def test_a_tilt_is_a_straight_line_around_the_middle():
    tilted = changed(np.ones((200, 2600, 1), "float32"), slope=0.1)[..., 0] - 1
    np.testing.assert_allclose(tilted, -tilted[:, ::-1], atol=1e-5)
    np.testing.assert_allclose(np.diff(tilted, 2), 0, atol=1e-5)
    assert np.isclose(tilted[:, -1].std(), 0.1, rtol=0.2)


def test_a_lost_stretch_is_one_run_of_20_to_199_points():
    rows = changed(np.ones((300, 2600, 1), "float32"), mask=0.5)[..., 0]
    lost = [np.flatnonzero(row == 0) for row in rows]
    widths = [len(run) for run in lost if len(run)]
    assert all(run[-1] - run[0] + 1 == len(run) for run in lost if len(run))
    assert 20 <= min(widths) < 40 and 180 < max(widths) < 200 and np.isclose(len(widths) / 300, 0.5, atol=0.08)
