"""LightGBM learns, comes back from disk, and needs no Keras."""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from common.experiment import Fold
from competitions.lamost import features, metric, sample, trees
from competitions.lamost.config import Config
from competitions.lamost.data import Dataset, Spectra
from tests.conftest import REPOSITORY

CONFIG = dataclasses.replace(Config(), tree_rounds=30, components=5)
ROWS = np.arange(160)
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 3], 40)).astype("int32")
TRAIN, VALID = ROWS[ROWS % 4 > 0], ROWS[ROWS % 4 == 0]


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """Noisy spectra whose class is the place of one line, with their arrays prepared."""
    folder = tmp_path_factory.mktemp("cache")
    generator = np.random.default_rng(0)
    place = 400 + 600 * LABELS[:, None] + generator.integers(-20, 20, size=(160, 1))
    flux = 1 + 0.1 * generator.normal(size=(160, 2600)) + np.exp(-0.5 * ((np.arange(2600) - place) / 8) ** 2)
    np.save(folder / "flux.npy", flux.astype("float32"))
    ids = np.arange(160).astype("U")
    spectra = Spectra(ids, np.load(folder / "flux.npy", mmap_mode="r"), LABELS, tuple(ids), {}, folder)
    features.prepare(Dataset(spectra, None, ""), workers=1)
    return features.Prepared.open(spectra), features.noisy_copies(spectra, CONFIG.tree_noise, 1, workers=1)


@pytest.fixture(scope="module")
def part(arrays):
    return arrays[0]


@pytest.fixture(scope="module")
def fitted(arrays):
    """Model and log of fold 0."""
    return fit(*arrays)


def fit(part, noisy, number=0):
    return trees.fit(part, noisy, LABELS, Fold(number, TRAIN, VALID, None, None), CONFIG)


def test_a_separable_problem_is_learnt(part, fitted):
    model, log = fitted
    probability, truth = model.predict(part, VALID), LABELS[VALID]
    assert probability.shape == (len(VALID), 4)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-6)
    learned = metric.score(truth, probability.argmax(axis=1))
    constant = max(metric.score(truth, np.full(len(VALID), label)) for label in range(4))
    assert learned > 0.8 > 0.2 > constant
    assert list(log) == ["epoch", "loss", "score"] and log["score"].max() == pytest.approx(learned)
    assert log["loss"].iloc[-1] < log["loss"].iloc[0]


def test_one_seed_gives_the_same_model(part, arrays, fitted):
    again, other = (fit(*arrays, number=number)[0] for number in (0, 1))
    np.testing.assert_array_equal(again.predict(part), fitted[0].predict(part))
    assert np.any(other.predict(part) != fitted[0].predict(part))


def test_noisy_copies_can_be_switched_off(part, fitted):
    plain, _ = fit(part, None)
    assert np.any(plain.predict(part) != fitted[0].predict(part))


def test_the_columns_are_those_of_all_sources_whatever_the_chunk(part, arrays, tmp_path, monkeypatch):
    components = trees.Components.fit(part.bins, TRAIN, 5)
    expected = np.concatenate([components.columns(source, TRAIN) for source in arrays])
    monkeypatch.setattr(trees, "CHUNK", 50)
    np.testing.assert_allclose(trees.write_columns(tmp_path / "columns.npy", components, arrays, TRAIN), expected, rtol=1e-5)
    np.testing.assert_allclose(np.abs(trees.Components.fit(part.bins, TRAIN, 5).axes), np.abs(components.axes), atol=1e-9)


def test_components_are_those_of_scikit_learn(part):
    from sklearn.decomposition import PCA

    found = trees.Components.fit(part.bins, TRAIN, 5)
    for kind in (0, 1):
        expected = PCA(5, svd_solver="full").fit(part.bins[TRAIN, kind].astype("float64"))
        np.testing.assert_allclose(found.means[kind], expected.mean_, atol=1e-9)
        np.testing.assert_allclose(np.abs(found.axes[kind]), np.abs(expected.components_), atol=1e-6)


def test_a_model_comes_back_from_disk(part, fitted, tmp_path):
    fitted[0].save(tmp_path)
    assert {path.name for path in tmp_path.glob("*.*")} == {"model.txt", "components.npz"}
    np.testing.assert_allclose(trees.load(tmp_path).predict(part), fitted[0].predict(part), atol=1e-12)


def test_components_see_the_training_rows_alone(part):
    changed = np.array(part.bins)
    changed[VALID] = 1000
    expected, found = (trees.Components.fit(bins, TRAIN, 5) for bins in (part.bins, changed))
    np.testing.assert_array_equal(found.means, expected.means)
    np.testing.assert_array_equal(found.axes, expected.axes)


def test_few_rows_have_fewer_components(part):
    components = trees.Components.fit(part.bins, np.arange(4), 50)
    assert components.axes.shape == (2, 3, 520)
    assert components.transform(part.bins[:7]).shape == (7, 2 * (3 + 1))


def test_added_noise_is_in_units_of_a_spectrums_own_and_spares_dead_points():
    generator = np.random.default_rng(0)
    raw = (1 + 0.1 * generator.normal(size=(20, 2600))).astype("float32")
    raw[:, 1000:1100] = 0
    added = features.with_noise(raw, 0.7, generator) - raw
    assert not added[:, 1000:1100].any()
    assert added[:, :900].std() == pytest.approx(0.07, rel=0.05)


def test_training_imports_no_keras(tmp_path):
    sample.write(tmp_path / "sample", 60, seed=1)
    settings = ["model=lightgbm", "folds=2", "tree_rounds=5", f"data={tmp_path / 'sample'}"]
    script = (
        "import json, sys; from common import run\n"
        f"status = run.main(['lamost', 'train', *{settings!r}])\n"
        "print(json.dumps([status, sorted({'keras', 'tensorflow', 'jax'} & set(sys.modules))]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [0, []]
