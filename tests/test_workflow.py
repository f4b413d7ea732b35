"""Every contest through all its stages on a tiny sample: complete files, honest scores, and nothing done twice."""

import hashlib
import importlib
import importlib.util
import time

import numpy as np
import pytest

from common import paths, run
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import all_runs


def stages(contest):
    return [name for name in run.STAGES if importlib.util.find_spec(f"competitions.{contest}.{name}")]


def settings(contest):
    return importlib.import_module(f"competitions.{contest}.config")


def run_all(contest):
    for name in stages(contest):
        inputs = settings(contest).SMOKE_INPUTS if name == "predict" else ()
        inputs = [text.format(data=paths.sample(contest)) for text in inputs]
        run.run_stage(contest, name, [*settings(contest).SMOKE, *inputs])


def files(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def assert_complete(contest, finished):
    """All that DESIGN promises of a run's folder; without folds, a ranking stands for the predictions."""
    names = {path.name for path in finished.path.iterdir()}
    assert {"config.json", "environment.json", "metrics.json"} <= names, finished.path
    assert list(finished.plots.glob("*.png")), f"{finished.path} has no pictures"
    has_folds = hasattr(settings(contest).Config, "folds")
    for predictions in ("oof", "test") if has_folds else ("words",):
        kinds = {f"{predictions}{suffix}" for suffix in (".npz", ".jsonl.gz", ".csv")}
        assert names & kinds, f"{finished.path} has no {predictions}"
    if has_folds and finished.model != "ensemble":
        assert {"log.csv", "fold0"} <= names
        assert list((finished.path / "fold0").glob("model.*"))
    assert not [name for name in names if name.startswith(".") and name != ".lock"], "nothing half remains"


def beats_a_constant(contest, finished):
    """Whether class probabilities out of fold score better than the best single class for all rows."""
    metric = importlib.import_module(f"competitions.{contest}.metric")
    arrays = finished.load_arrays("oof")
    seen = arrays["fold"] >= 0
    truth, prediction = arrays["label"][seen], arrays["probability"][seen].argmax(axis=1)
    constant = max(metric.score(truth, np.full(len(truth), label)) for label in range(arrays["probability"].shape[1]))
    return metric.score(truth, prediction) > constant


@pytest.mark.parametrize("contest", paths.contests())
def test_a_contest_runs_through_all_stages(contest, capsys):
    run_all(contest)
    shown = capsys.readouterr().out
    assert "the built-in sample: its scores say nothing about the contest" in shown

    runs = all_runs(contest)
    assert runs and all(finished.finished for finished in runs)
    for finished in runs:
        assert_complete(contest, finished)
    (submission,) = paths.submission(contest, "").parent.glob(f"{contest}.*")
    assert submission.stat().st_size > 0
    assert (newest_ensemble(runs).path / submission.name).read_bytes() == submission.read_bytes()
    with_classes = [finished for finished in runs if "label" in oof_arrays(finished)]
    if with_classes:
        assert any(beats_a_constant(contest, finished) for finished in with_classes)

    run.leaderboard([])
    board = capsys.readouterr().out
    assert all(row["name"] in board and f"{row['score']:.4f}" in board for row in finished_runs(contest))

    before, started = files(paths.home()), time.time_ns()
    for name in ("train", "ensemble", "submit"):
        run.run_stage(contest, name, list(settings(contest).SMOKE))
    assert files(paths.home()) == before, "a second time changes nothing"
    trained_again = [path for path in paths.runs(contest).glob("*/fold*/*") if path.stat().st_mtime_ns > started]
    assert trained_again == []


def oof_arrays(finished):
    return finished.load_arrays("oof") if (finished.path / "oof.npz").exists() else {}


def newest_ensemble(runs):
    return next((finished for finished in runs if finished.model == "ensemble"), runs[0])


def test_a_submission_of_lamost_answers_every_id_of_the_index():
    run.run_stage("lamost", "submit", [*settings("lamost").SMOKE, "model=lightgbm"])
    index = (paths.sample("lamost") / "sample_test_index.csv").read_text().splitlines()[1:]
    lines = (paths.home() / "submissions" / "lamost.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in lines] == index
    assert {line.partition(",")[2] for line in lines} <= {"star", "galaxy", "qso", "unknown"}


def test_one_seed_gives_the_same_predictions_from_scratch(tmp_path, monkeypatch):
    found = []
    for home in ("first", "again"):
        monkeypatch.setenv("PODIUM_HOME", str(tmp_path / home))
        run.run_stage("lamost", "train", [*settings("lamost").SMOKE, "model=lightgbm"])
        found.append({name: all_runs("lamost")[0].load_arrays(name) for name in ("oof", "test")})
    first, again = found
    for name, arrays in first.items():
        for key, values in arrays.items():
            np.testing.assert_array_equal(again[name][key], values)
