"""Normalised spectra and hand-made features: what they measure, and that nothing upsets them."""

import numpy as np
import pytest
from scipy import stats

from competitions.lamost import data, features
from tests.competitions.lamost.files import write_data

POINTS = 2600
RANDOM = np.random.default_rng(0)


def noisy(rows=6, noise=0.05):
    """Smooth spectra of different slopes with white noise, `(rows, 2600)` float32."""
    place = np.linspace(-1, 1, POINTS)
    smooth = 1 + np.linspace(-0.5, 0.5, rows)[:, None] * place + 0.1 * np.sin(6 * place)
    return (smooth + noise * np.random.default_rng(1).normal(size=smooth.shape)).astype("float32")


def test_normalised_spectra_have_root_mean_square_one():
    flux = features.normalise(40 * noisy())
    assert flux.dtype == "float32"
    np.testing.assert_allclose(np.sqrt(np.mean(flux**2, axis=1)), 1, atol=1e-5)


def test_a_cosmic_ray_is_removed_and_nothing_else():
    raw = noisy()
    struck = raw.copy()
    struck[:, 700] += 30
    struck[:, 1500] -= 30
    difference = np.abs(features.normalise(struck) - features.normalise(raw))
    near = np.zeros(POINTS, dtype=bool)
    near[[699, 700, 701, 1499, 1500, 1501]] = True
    assert difference[:, ~near].max() < 0.01
    assert difference[:, near].max() < 0.5, "what takes its place is one of the neighbours"


def test_a_real_line_stays():
    raw = noisy()
    raw += (3 * np.exp(-0.5 * ((np.arange(POINTS) - 1200) / 6) ** 2)).astype("float32")
    np.testing.assert_allclose(features.normalise(raw), features.unit_rms(raw), atol=0.02)


@pytest.mark.parametrize("factor", [1e-17, 3.7, 1e9])
def test_scale_does_not_matter(factor):
    raw = noisy()
    scaled = (raw * np.float32(factor)).astype("float32")
    np.testing.assert_allclose(features.normalise(scaled), features.normalise(raw), atol=1e-4)


def test_zeros_stay_zeros():
    assert not features.normalise(np.zeros((2, POINTS), dtype="float32")).any()


@pytest.mark.parametrize("sigma", [0.01, 2.0])
def test_noise_is_found_within_five_per_cent_whatever_the_continuum(sigma):
    flux = noisy(50, noise=0) + sigma * RANDOM.normal(size=(50, POINTS))
    noise = features.pixel_noise(flux.astype("float32"))
    assert noise.shape == (50, 20)
    assert noise.mean(axis=0) == pytest.approx(np.full(20, sigma), rel=0.05)


def test_signal_to_noise_is_mean_by_sigma():
    ratio = np.array([3.0, 30.0])
    raw = 1 + RANDOM.normal(size=(2, POINTS)) / ratio[:, None]
    assert features.signal_to_noise(raw) == pytest.approx(ratio, rel=0.1)


def test_statistics_of_a_bin_are_scipys():
    flux = RANDOM.gamma(2, size=(3, POINTS))
    found = features.bin_statistics(flux).reshape(3, 9, features.BINS)[:, :, 17]
    block = flux[:, 17 * 50 : 18 * 50]
    ramp = np.arange(50)
    expected = [
        block.mean(axis=1),
        block.std(axis=1),
        stats.skew(block, axis=1),
        stats.kurtosis(block, axis=1, fisher=False),
        block.min(axis=1),
        block.max(axis=1),
        block.argmin(axis=1),
        block.argmax(axis=1),
        [stats.linregress(ramp, row).slope for row in block],
    ]
    np.testing.assert_allclose(found.T, expected, rtol=1e-5)


@pytest.mark.parametrize(("sign", "offset"), [(1, 1), (-1, 7)])
@pytest.mark.parametrize("width", [3, 12, 25])
def test_place_sign_and_width_of_a_line_are_found(sign, offset, width):
    widths = (3, 6, 12, 25, 50)
    line = sign * 8 * np.exp(-0.5 * ((np.arange(POINTS) - 1000) / width) ** 2)
    found = features.matched_lines(line[None]).reshape(len(widths), 13)
    strength, place = found[:, offset], found[:, offset + 1]
    assert widths[strength.argmax()] == width
    assert abs(place[strength.argmax()] - 1000) <= 1
    assert strength.max() > 5 * found[strength.argmax(), 8 - offset], "no line of the other sign is as strong"


def test_the_three_strongest_lines_come_in_order():
    line = sum(
        height * np.exp(-0.5 * ((np.arange(POINTS) - place) / 6) ** 2) for height, place in ((3, 300), (9, 2000), (6, 900))
    )
    strongest = features.matched_lines(line[None], widths=(6,))[0, 1:7].reshape(3, 2)
    assert strongest[:, 1].tolist() == [2000, 900, 300]
    assert strongest[:, 0] / strongest[0, 0] == pytest.approx([1, 6 / 9, 3 / 9], rel=0.02)


def test_the_continuum_of_a_straight_line_is_the_line():
    flux = np.linspace(1, 3, POINTS)[None]
    np.testing.assert_allclose(features.continuum(flux)[:, 250:-250], flux[:, 250:-250], atol=1e-3)


def test_significance_of_a_line_is_in_units_of_the_noise_and_clipped():
    raw = 1 + 0.02 * np.random.default_rng(2).normal(size=(1, POINTS))
    raw[0, 1000] += 0.2
    raw[0, 2000] -= 5
    significance = features.line_significance(raw.astype("float32"))
    assert significance[0, 1000] == pytest.approx(10, abs=4) and significance[0, 2000] == -20
    assert significance.std() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5, 1e-17])
def test_the_table_is_finite_even_for_a_constant(value):
    raw = np.full((2, POINTS), value, dtype="float32")
    table = features.arrays_of(raw)["table"]
    assert table.dtype == "float32" and np.isfinite(table).all()


def test_the_table_is_finite_where_stretches_are_dead():
    raw = noisy()
    raw[:, 500:1200] = 0
    assert np.isfinite(features.arrays_of(raw)["table"]).all()


def test_rows_do_not_look_at_each_other():
    raw = noisy()
    together, alone = features.arrays_of(raw), [features.arrays_of(raw[[row]]) for row in range(len(raw))]
    for name in features.ARRAYS:
        np.testing.assert_allclose(np.vstack([one[name] for one in alone]), together[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_chunks_do_not_matter(tmp_path, monkeypatch, chunk):
    write_data(tmp_path)
    part = data.load(tmp_path).train
    monkeypatch.setattr(features, "CHUNK", chunk)
    dataset = data.Dataset(part, None, "")
    features.prepare(dataset, workers=1)
    for name, expected in features.arrays_of(part.flux).items():
        np.testing.assert_allclose(features.open_array(part, name), expected, rtol=1e-4, atol=1e-5)


def test_noisy_copies_are_made_once_and_whoever_makes_them_they_are_the_same(tmp_path, monkeypatch):
    write_data(tmp_path)
    part = data.load(tmp_path).train
    monkeypatch.setattr(features, "CHUNK", 2)
    found = [features.noisy_copies(part, 0.7, seed, workers) for seed, workers in ((1, 1), (2, 1))]
    table, bins = np.array(found[0].table), np.array(found[0].bins)
    assert table.shape == features.arrays_of(part.flux)["table"].shape and bins.shape == (len(part.flux), 2, 520)
    assert (found[1].bins != bins).any()
    for path in part.folder.glob("noisy-0.7-1-*"):
        path.unlink()
    again = features.noisy_copies(part, 0.7, 1, 2)
    np.testing.assert_array_equal(again.table, table)
    np.testing.assert_array_equal(again.bins, bins)
    monkeypatch.setattr(features, "noisy_arrays_of_rows", lambda *given: pytest.fail("made again"))
    np.testing.assert_array_equal(features.noisy_copies(part, 0.7, 1, 1).table, table)


def test_arrays_are_written_once_and_again_only_where_one_is_missing(tmp_path, monkeypatch):
    write_data(tmp_path)
    dataset = data.load(tmp_path)
    features.prepare(dataset, workers=1)
    expected = [np.array(features.open_array(dataset.train, name)) for name in features.ARRAYS]
    made, arrays_of_rows = [], features.arrays_of_rows
    monkeypatch.setattr(features, "arrays_of_rows", lambda path, rows: made.append(path) or arrays_of_rows(path, rows))
    features.prepare(dataset, workers=1)
    assert made == []
    for name in features.ARRAYS:
        features.array_path(dataset.train, name).unlink()
        features.prepare(dataset, workers=1)
        assert made.pop() == dataset.train.folder / "flux.npy" and not made
        for array, other in zip(expected, features.ARRAYS, strict=True):
            np.testing.assert_array_equal(features.open_array(dataset.train, other), array)


def test_an_interrupted_preparation_leaves_nothing(tmp_path, monkeypatch):
    write_data(tmp_path)
    part = data.load(tmp_path).train
    before = set(part.folder.iterdir())

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(features.arrays, "write_rows", stop)
    with pytest.raises(KeyboardInterrupt):
        features.prepare(data.Dataset(part, None, ""), workers=1)
    assert set(part.folder.iterdir()) == before
