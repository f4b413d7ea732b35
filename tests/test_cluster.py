"""Every contest on a cluster of two workers, processes of their own, against the same in this process: equal arrays."""

import importlib

import numpy as np
import pytest

from common import experiment
from common.config import override
from competitions.power_vocab import data, features
from competitions.power_vocab.config import Config as VocabularyConfig
from tests.common.experiment.test_folds import cluster

PLANS = {  # the quickest model of each, and the size of its sample
    "lamost": (60, "model=lightgbm", "folds=2", "tree_rounds=10", "workers=1"),
    "webqa": (40, "model=ranker", "folds=2", "cloze_questions=10", "word_epochs=1", "word_dim=16", "workers=1"),
    "ppd": (300, "model=trees", "folds=2", "tree_rounds=10", "workers=1"),
    "baidu_ie": (60, "model=pointers", "folds=1", "epochs=1", "fine_epochs=1", "width=16", "word_epochs=1", "word_dim=16"),
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """A home for this process, and the address and the home of the workers."""
    folder = tmp_path_factory.mktemp("cluster")
    here, there = folder / "here", folder / "there"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODIUM_HOME", str(there))
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # of the workers, which share a machine
            patch.setenv(name, "1")
        with cluster(folder, 2) as (address, _):
            yield here, there, address


def sample(contest, size, folder):
    """A folder with a sample, written where it is missing."""
    if not folder.exists():
        importlib.import_module(f"competitions.{contest}.sample").write(folder, size, seed=1)
    return folder


@pytest.mark.parametrize("contest", PLANS)
def test_folds_come_back_from_a_cluster_as_they_are_fitted_here(contest, homes, tmp_path, monkeypatch):
    monkeypatch.setattr("common.experiment.plan.draw", lambda *_: None)
    here, there, address = homes
    size, *settings = PLANS[contest]
    config_class = importlib.import_module(f"competitions.{contest}.config").Config
    settings.append(f"data={sample(contest, size, tmp_path / 'sample')}")
    runs = []
    for home, more in ((here, ()), (there, (f"cluster={address}",))):
        monkeypatch.setenv("PODIUM_HOME", str(home))
        planned = importlib.import_module(f"competitions.{contest}.train").plan(override(config_class, [*settings, *more]))
        runs += experiment.train(planned)
    ours, theirs = runs
    assert ours.name == theirs.name and ours.path != theirs.path and len(theirs.folds) == planned.config.folds
    assert ours.metrics["folds"] == pytest.approx(theirs.metrics["folds"], rel=1e-5)
    for part in {"oof", *planned.parts} - {"train"}:
        expected, found = ours.load_arrays(part), theirs.load_arrays(part)
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-5)


def test_a_vocabulary_counted_on_a_cluster_is_the_same(homes, tmp_path, monkeypatch):
    here, there, address = homes
    settings = [f"data={sample('power_vocab', 100, tmp_path / 'sample')}", "dim=8", "epochs=1", "workers=1"]
    found = []
    for home, more in ((here, ()), (there, (f"cluster={address}",))):
        monkeypatch.setenv("PODIUM_HOME", str(home))
        config = override(VocabularyConfig, [*settings, *more])
        found.append(features.prepare(config, data.load(config.data)))
    assert found[0].table.equals(found[1].table) and len(found[0].table)
    np.testing.assert_array_equal(found[0].vectors, found[1].vectors)
