"""Wavelengths and redshifts on both spacings."""

import numpy as np
import pytest

from competitions.lamost.grid import POINTS, Grid

GRIDS = ("linear:3690:9100", "log10:3.5911:3.851")


@pytest.mark.parametrize("text", GRIDS)
def test_text_and_grid_say_the_same(text):
    grid = Grid.parse(text)
    assert str(grid) == text and grid.wavelengths.shape == (POINTS,)


def test_ends_and_spacing_are_as_written():
    linear, logarithmic = map(Grid.parse, GRIDS)
    assert linear.wavelengths[[0, -1]].tolist() == [3690, 9100]
    assert np.ptp(np.diff(linear.wavelengths)) < 1e-8
    assert logarithmic.wavelengths[[0, -1]] == pytest.approx([10**3.5911, 10**3.851])
    assert np.ptp(np.diff(np.log10(logarithmic.wavelengths))) < 1e-12


@pytest.mark.parametrize("text", ["", "linear", "linear:3690", "linear:a:b", "square:3690:9100", "linear:1:2:3"])
def test_another_form_is_refused(text):
    with pytest.raises(ValueError, match=rf"grid={text}: expected linear:FIRST:LAST in Angstrom or log10:FIRST:LAST"):
        Grid.parse(text)


@pytest.mark.parametrize(
    "text",
    ["linear:9100:3690", "linear:5000:5000", "linear:3.59:3.85", "log10:3690:9100", "linear:nan:9100"],
)
def test_a_range_without_light_is_refused(text):
    with pytest.raises(ValueError, match=r"FIRST must be below LAST and both must lie between 100 and 100,000 Angstrom"):
        Grid.parse(text)


@pytest.mark.parametrize("text", GRIDS)
def test_positions_invert_wavelengths(text):
    grid = Grid.parse(text)
    np.testing.assert_allclose(grid.positions(grid.wavelengths), np.arange(POINTS), atol=1e-7)
    assert grid.positions(grid.wavelengths[0] - 1) < 0 and grid.positions(grid.wavelengths[-1] + 1) > POINTS - 1


@pytest.mark.parametrize("text", GRIDS)
@pytest.mark.parametrize("redshift", [0.01, -0.0023, 0.2])
def test_a_line_moves_to_its_redshifted_wavelength(text, redshift):
    grid = Grid.parse(text)
    line = 5007.0
    flux = np.exp(-0.5 * ((grid.wavelengths - line) / 8) ** 2)[None].astype("float32")
    moved = grid.redshifted(flux, np.array([redshift]))[0].astype("float64")
    centre = np.sum(moved * grid.wavelengths * np.gradient(grid.wavelengths)) / np.sum(moved * np.gradient(grid.wavelengths))
    assert centre == pytest.approx(line * (1 + redshift), abs=0.1)
    assert moved.max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("text", GRIDS)
def test_no_redshift_changes_nothing_and_copies(text):
    grid = Grid.parse(text)
    flux = np.random.default_rng(0).normal(size=(3, POINTS)).astype("float32")
    same = grid.redshifted(flux, np.zeros(3))
    np.testing.assert_allclose(same, flux, atol=1e-6)
    assert same.dtype == "float32" and not np.shares_memory(same, flux)


def test_each_spectrum_has_its_own_redshift_and_the_ends_are_repeated():
    grid = Grid.parse(GRIDS[0])
    flux = np.tile(np.arange(POINTS, dtype="float32"), (3, 1))
    moved = grid.redshifted(flux, np.array([0.0, 0.05, -0.05]))
    np.testing.assert_allclose(moved[0], flux[0], atol=1e-2)
    assert moved[1, :50].tolist() == [0] * 50 and moved[2, -50:].tolist() == [POINTS - 1] * 50
