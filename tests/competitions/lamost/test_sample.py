"""The sample has the official layout, comes from a seed alone, and obeys the physics it claims."""

import zipfile

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.tree import DecisionTreeClassifier

from competitions.lamost import lines, sample
from competitions.lamost.metric import LABELS, score

WAVELENGTHS = sample.GRID.wavelengths


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def depth(flux, name, width=10):
    """Depth of an absorption line below the continuum at its sides, shape `(rows,)`."""
    distance = np.abs(WAVELENGTHS - lines.ABSORPTION[name])
    return 1 - flux[:, distance < 3].mean(axis=1) / flux[:, (distance > 4 * width) & (distance < 6 * width)].mean(axis=1)


def test_layout_is_the_contests(tmp_path):
    sample.write(tmp_path / "sample", 60, seed=1)
    assert set(content(tmp_path / "sample")) == {
        "sample_train_index.csv",
        "sample_train_data.zip",
        "sample_test_index.csv",
        "sample_test_data.zip",
        "sample_test_labels.csv",
    }
    train = pd.read_csv(tmp_path / "sample" / "sample_train_index.csv", dtype=str)
    test = pd.read_csv(tmp_path / "sample" / "sample_test_index.csv", dtype=str)
    labels = pd.read_csv(tmp_path / "sample" / "sample_test_labels.csv", dtype=str)
    assert list(train) == list(labels) == ["id", "type"] and list(test) == ["id"]
    assert len(train) == 60 and len(test) == 20 and list(test["id"]) == list(labels["id"])
    assert len({*train["id"], *test["id"]}) == 80
    assert set(train["type"]) == set(labels["type"]) == set(LABELS)
    assert train["type"].value_counts().min() >= 5
    for part, index in (("train", train), ("test", test)):
        with zipfile.ZipFile(tmp_path / "sample" / f"sample_{part}_data.zip") as archive:
            assert archive.namelist() == [f"{name}.txt" for name in index["id"]]
            for name in archive.namelist():
                numbers = np.array(archive.read(name).decode().split(","), dtype=float)
                assert numbers.shape == (2600,) and np.isfinite(numbers).all()


def test_bytes_depend_on_the_seed_alone(tmp_path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        sample.write(tmp_path / name, 30, seed)
    first, again, other = (content(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def stop(path, ids, flux):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "write_spectra", stop)
    with pytest.raises(KeyboardInterrupt):
        sample.write(tmp_path / "sample", 30, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"size must be at least 30.*size=29"):
        sample.write(tmp_path / "sample", 29, seed=1)


def test_what_lies_in_the_folder_stays(tmp_path):
    (tmp_path / "mine.csv").write_text("id", encoding="utf-8")
    with pytest.raises(FileExistsError, match="holds files already"):
        sample.write(tmp_path, 30, seed=1)
    assert content(tmp_path) == {"mine.csv": b"id"}


@pytest.mark.parametrize("size", [10, 33, 100])
def test_counts_add_up(size):
    labels, flux, signal_to_noise = sample.spectra(size, seed=2)
    assert labels.shape == signal_to_noise.shape == (size,) and flux.shape == (size, 2600)
    assert flux.dtype == "float32" and set(labels) == set(LABELS)


@pytest.mark.parametrize("temperature", [4_000.0, 6_000.0, 10_000.0])
def test_planck_obeys_wiens_law(temperature):
    wavelengths = np.linspace(1_000, 20_000, 19_001)  # one Angstrom apart
    peak = wavelengths[sample.planck(wavelengths, np.array([[temperature]])).argmax()]
    assert peak == pytest.approx(2.897772e7 / temperature, abs=1)


def test_lines_follow_the_temperature_of_a_star():
    temperature = np.array([3_500.0, 5_000.0, 9_500.0, 28_000.0])
    flux = sample.star(np.random.default_rng(3), 4, temperature, velocity=0.0)
    balmer, calcium = depth(flux, "H-beta", 15), depth(flux, "Ca II 8544")
    assert balmer.argmax() == 2 and balmer[2] > 0.4 > 0.2 > balmer[1]
    assert calcium[1] > 0.15 > 0.1 > calcium[2]
    head = lines.TITANIUM_OXIDE["TiO 7055"]
    drop = [np.interp(head + 10, WAVELENGTHS, row) / np.interp(head - 10, WAVELENGTHS, row) for row in flux]
    assert drop[0] < 0.85 < 0.95 < drop[1]


def test_velocity_shifts_the_lines_of_a_star():
    flux = sample.star(np.random.default_rng(3), 1, 9_500.0, velocity=600.0)[0]
    near = np.abs(WAVELENGTHS - lines.ABSORPTION["H-beta"]) < 40
    expected = lines.ABSORPTION["H-beta"] * (1 + 600 / sample.LIGHT_SPEED)
    assert WAVELENGTHS[near][flux[near].argmin()] == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(("name", "redshift"), [("Mg II", 1.0), ("C IV", 2.5), ("H-beta", 0.3)])
def test_redshift_places_the_lines_of_a_quasar(name, redshift):
    flux = sample.quasar(np.random.default_rng(4), 40, redshift).mean(axis=0)
    expected = lines.QUASAR_EMISSION[name] * (1 + redshift)
    near = np.abs(WAVELENGTHS - expected) < 150
    assert WAVELENGTHS[near][flux[near].argmax()] == pytest.approx(expected, rel=0.004)


def test_hydrogen_dims_a_distant_quasar_in_the_blue():
    flux = sample.quasar(np.random.default_rng(5), 40, 3.8).mean(axis=0)
    peak = lines.QUASAR_EMISSION["Ly-alpha"] * 4.8
    blue, red = (flux[np.abs(WAVELENGTHS - peak - shift) < 50].mean() for shift in (-450, 600))
    assert blue < 0.85 * red


def test_break_of_a_galaxy_follows_its_redshift():
    for redshift in (0.05, 0.3):
        flux = sample.galaxy(np.random.default_rng(6), 40, redshift).mean(axis=0)
        rest = WAVELENGTHS / (1 + redshift)
        blue, red = (flux[(rest > low) & (rest < low + 100)].mean() for low in (3_850, 4_000))  # the index D4000
        assert red > 1.15 * blue


def test_signal_to_noise_is_what_was_asked_for():
    flat = np.ones((2, 2600))
    observed = sample.observe(np.random.default_rng(7), flat, np.array([5.0, 50.0]))
    differences = np.diff(observed, axis=1) / np.sqrt(2)  # free of everything smooth
    noise = 1.4826 * np.median(np.abs(differences), axis=1)
    assert np.median(observed, axis=1) / noise == pytest.approx([5, 50], rel=0.15)


def test_classes_need_the_spectrum_not_its_scale():
    (labels, flux, _), (truth, unseen, _) = sample.spectra(300, seed=8), sample.spectra(300, seed=9)

    def moments(rows):
        return np.stack([rows.mean(axis=1), rows.std(axis=1), rows.max(axis=1)], axis=1)

    def bins(rows):
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).reshape(len(rows), 130, 20).mean(axis=2)

    tree = DecisionTreeClassifier(max_depth=8, random_state=0).fit(moments(flux), labels)
    forest = LGBMClassifier(n_estimators=20, min_child_samples=10, n_jobs=1, verbose=-1).fit(bins(flux), labels)
    trick, learned = score(truth, tree.predict(moments(unseen))), score(truth, forest.predict(bins(unseen)))
    assert learned > 0.55, f"LightGBM on bins scores {learned:.2f}"
    assert trick < learned - 0.2, f"a tree on mean, deviation and maximum scores {trick:.2f} against {learned:.2f}"
