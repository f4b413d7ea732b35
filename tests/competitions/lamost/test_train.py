"""Training of lamost through the frame: several folds, and the same answers again."""

import functools

import numpy as np

from common import experiment, paths, run
from common.experiment.runs import newest_ensemble
from competitions.lamost import data, model
from tests.conftest import eager


def test_a_network_goes_through_two_folds_and_answers_the_test_spectra_as_stored(monkeypatch):
    monkeypatch.setattr(model, "dilated", functools.partial(model.dilated, widths=(4, 4)))
    plan = ("model=dilated", "sample_size=60", "folds=2", "epochs=2", "soft_f1_epochs=1", "batch_size=16")
    with eager():
        run.run_stage("lamost", "ensemble", plan)
        blended = newest_ensemble("lamost")
        (member,) = blended.members
        assert len(member.folds) == 2 and set(member.load_arrays("oof")["fold"]) == {0, 1}
        test = data.load(paths.sample("lamost"), "", 1).test
        stored = blended.load_arrays("test")["probability"]
        answered = experiment.load(blended.path).predict(np.asarray(test.flux))
    np.testing.assert_allclose(answered, stored, atol=1e-5)
    assert stored.std(axis=0).max() > 1e-3
