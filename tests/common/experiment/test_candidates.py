"""Predictions as the best few classes."""

import sys

import joblib
import numpy as np

from common import pickled
from common.experiment import candidates
from common.experiment.candidates import Gathered, Mean, best, fit_weights


def test_the_mean_of_candidates_is_that_of_the_probabilities_they_were_made_of():
    probability = np.random.default_rng(0).dirichlet(np.full(8, 0.3), size=(3, 20))
    several = [best(one) for one in probability]
    assert several[0].shape == (20, 8, 2) and (np.diff(several[0][..., 1]) <= 0).all()
    for weights in (None, [0.5, 0.25, 0.25]):
        found, expected = Mean(weights)(Gathered.of(several)), best(np.average(probability, axis=0, weights=weights))
        np.testing.assert_array_equal(found[..., 0], expected[..., 0])
        np.testing.assert_allclose(found[..., 1], expected[..., 1], atol=1e-6)
    np.testing.assert_array_equal(Gathered.of(several).take([3, 5]).values, Gathered.of(several).values[:, [3, 5]])


def test_of_many_classes_ten_are_kept():
    probability = np.random.default_rng(0).random((4, 50))
    np.testing.assert_array_equal(best(probability)[..., 0], np.argsort(-probability, axis=1)[:, :10])


def test_weights_are_no_worse_than_the_best_run_alone():
    truth = np.arange(12) % 4
    good, bad = np.eye(4)[truth] * 0.6 + 0.1, np.eye(4)[(truth + 1) % 4] * 0.9 + 0.025
    weights = fit_weights(Gathered.of([best(good), best(bad)]), truth).weights
    assert weights.tolist() == [1, 0]


def test_what_older_runs_learnt_comes_back_though_its_module_has_another_name(tmp_path, monkeypatch):
    (old,) = pickled.MOVED
    with monkeypatch.context() as earlier:
        earlier.setitem(sys.modules, old, candidates)
        earlier.setattr(Mean, "__module__", old)
        joblib.dump(Mean(np.array([1.0])), tmp_path / "learnt.joblib")
    assert old.encode() in (tmp_path / "learnt.joblib").read_bytes()
    assert pickled.load(tmp_path / "learnt.joblib").weights.tolist() == [1]
