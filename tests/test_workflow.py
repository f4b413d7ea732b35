"""Every contest through all its stages in a tiny plan, and what its parts do together.

Files are complete, scores honest, networks learn, the best way is chosen, nothing leaks from what is scored, nothing is done
twice, and a kill changes nothing. Each contest is trained once for all tests of it, and a second time for those of leaks.
"""

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import io
import json
import multiprocessing
import os
import shutil
import signal
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from bench.measure import home_at
from common import experiment, paths, run
from common.experiment.ensemble import NESTED
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import all_runs
from competitions.lamost import model as lamost_model
from tests.competitions.baidu_ie.test_data import put, record, spo
from tests.conftest import eager
from tests.constant_answers import beats_a_random_order, beats_one_answer, learnt_the_light
from tests.relabelled import relabel

COMPILED = ("generation", "lamost")  # not eager: their steps are many
CLOSELY = ("baidu_ie", "lamost", "webqa", "power_vocab")  # contests whose parts are looked at one by one
BLENDED = pytest.mark.parametrize("contest", CLOSELY[:3], indirect=True)  # the last fuses with fixed weights
KILLED = {"baidu_ie": "pointers"}  # contests and networks whose training is broken off
MODELS_ARE_WAYS = ("baidu_ie", "webqa")  # each alone can be chosen; others show them beside the ways
STORED = ("oof", "valid", "dev", "test")  # what runs keep of every part
CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["keras"])  # once, for all processes that are to be killed
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


def settings(contest):
    return importlib.import_module(f"competitions.{contest}.config")


def stages(contest):
    return [name for name in run.STAGES if importlib.util.find_spec(f"competitions.{contest}.{name}")]


@contextlib.contextmanager
def quick(contest):
    """No graphs, which a handful of steps would not pay for, and networks as small as the records."""
    with contextlib.nullcontext() if contest in COMPILED else eager(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lamost_model, "dilated", functools.partial(lamost_model.dilated, widths=(4, 4)))
        patch.setattr("competitions.baidu_ie.model.DILATIONS", (1,))
        patch.setattr("competitions.baidu_ie.model.RARE", -1.0)  # starts and ends are frequent in short texts
        patch.setattr("competitions.baidu_ie.ensemble.LEAST", 20)
        yield


def write_easy(folder):
    """Sentences of two kinds in the layout of baidu_ie, with names of one character."""

    def easy(number):
        subject, other = CHARACTERS[number % 20], CHARACTERS[(7 * number + 3) % 20]
        if number % 3:
            return record(f"《{subject}》的作者是{other}", spo(subject, "作者", other))
        return record(f"{subject}的妻子{other}", spo(subject, "妻子", other))

    parts = {"train": range(20), "dev": range(20, 26), "test1_data_postag.json": range(26, 32)}
    put(folder, **{name: map(easy, numbers) for name, numbers in parts.items()})


@pytest.fixture(scope="module", params=paths.contests())
def contest(request):
    return request.param


@pytest.fixture(scope="module")
def trained(contest, tmp_path_factory):
    """Home, data and settings of a contest that went through all its stages, and what was shown."""
    home, given = tmp_path_factory.mktemp(contest) / "home", ()
    with home_at(home), contextlib.redirect_stdout(io.StringIO()) as shown, quick(contest):
        folder = paths.sample(contest)
        if contest == "baidu_ie":  # its sample has fifty predicates, of which a few sentences teach nothing
            folder = tmp_path_factory.mktemp("easy")
            write_easy(folder)
            given = (f"data={folder}",)
        for name in stages(contest):
            inputs = settings(contest).SMOKE_INPUTS if name == "predict" else ()
            inputs = [text.format(data=folder) for text in inputs]
            inputs += [f"output={home / 'answers.jsonl'}"] if name == "predict" else []
            run.run_stage(contest, name, [*settings(contest).SMOKE, *given, *inputs])
    return SimpleNamespace(home=home, folder=folder, settings=(*settings(contest).SMOKE, *given), shown=shown.getvalue())


@pytest.fixture(autouse=True)
def where_trained(trained, own_home, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(trained.home))


def runs_of(contest):
    """Runs that answer what the contest asks."""
    return [finished for finished in all_runs(contest) if finished.model not in getattr(settings(contest).Config, "APART", ())]


def newest_ensemble(contest):
    """The blend, or the one run of a contest without blends."""
    runs = runs_of(contest)
    return next((finished for finished in runs if finished.model == "ensemble"), runs[0])


def submission_of(contest):
    (path,) = paths.submission(contest, "").parent.glob(f"{contest}.*")
    return path


def plan_of(contest, finished):
    return importlib.import_module(f"competitions.{contest}.train").plan(finished.config(settings(contest).Config))


def files(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def assert_complete(contest, finished):
    """All that DESIGN promises of a run's folder; without folds, a ranking stands for the predictions."""
    names = {path.name for path in finished.path.iterdir()}
    assert {"config.json", "environment.json", "metrics.json"} <= names, finished.path
    assert list(finished.plots.glob("*.png")), f"{finished.path} has no pictures"
    has_folds = hasattr(settings(contest).Config, "folds")
    for predictions in ("oof", "test") if has_folds else ("words",) if contest == "power_vocab" else ("samples",):
        kinds = {f"{predictions}{suffix}" for suffix in (".npz", ".jsonl.gz", ".csv")}
        assert names & kinds, f"{finished.path} has no {predictions}"
    if has_folds and finished.model != "ensemble":
        assert {"log.csv", "fold0"} <= names
        assert list((finished.path / "fold0").glob("model.*"))
    assert not [name for name in names if name.startswith(".") and name != ".lock"], "nothing half remains"


def test_a_contest_runs_through_all_stages(contest, trained, capsys):
    ours = "the built-in sample: its scores say nothing about the contest"
    assert (ours if paths.sample(contest) == trained.folder else "official files") in trained.shown
    answers = (paths.home() / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert answers and all(isinstance(json.loads(line), dict) for line in answers)
    runs = runs_of(contest)
    assert runs and all(finished.finished for finished in runs)
    for finished in runs:
        assert_complete(contest, finished)
    submission = submission_of(contest)
    assert submission.stat().st_size > 0
    assert (newest_ensemble(contest).path / submission.name).read_bytes() == submission.read_bytes()
    if "ensemble" in stages(contest):
        assert "## Where it fails" in (newest_ensemble(contest).path / "card.md").read_text(encoding="utf-8")
        run.run_stage(contest, "report", [f"html={paths.home() / 'report.html'}"])
        assert "<h2>Scores</h2>" in (paths.home() / "report.html").read_text(encoding="utf-8")

    with quick(contest):
        assert_its_tab_answers(contest, trained.folder)

    run.main(["leaderboard"])
    board = capsys.readouterr().out
    assert all(row["name"] in board and f"{row['score']:.4f}" in board for row in finished_runs(contest))

    before, started = files(paths.home()), time.time_ns()
    for name in ("train", "ensemble", "submit"):
        if name in stages(contest):
            run.run_stage(contest, name, list(trained.settings))
    assert files(paths.home()) == before, "a second time changes nothing"
    trained_again = [path for path in paths.runs(contest).glob("*/fold*/*") if path.stat().st_mtime_ns > started]
    assert trained_again == []


def assert_its_tab_answers(contest, folder):
    """What `make demo` shows of a contest: each example has an answer."""
    declare = importlib.import_module(f"competitions.{contest}.demo").tab
    tab = declare(experiment.load(newest_ensemble(contest).path), folder)
    assert tab.examples and all("".join(tab.answered(example)) for example in tab.examples)


def test_something_is_learnt(contest):
    """By every network of the contests that are looked at closely, by some model of the others."""
    runs = runs_of(contest)
    if contest == "power_vocab":  # gensim's vectors are its only network, and order words
        learnt = {finished.name: beats_a_random_order(finished) for finished in runs}
    elif contest == "generation":
        learnt = {finished.name: learnt_the_light(finished) for finished in runs}
    elif contest in CLOSELY:
        networks = plan_of(contest, newest_ensemble(contest)).networks
        learnt = {finished.name: beats_one_answer(contest, finished) for finished in runs if finished.model in networks}
    else:
        learnt = {"some": any(beats_one_answer(contest, finished) for finished in runs)}
    assert learnt and all(learnt.values()), learnt


@BLENDED
def test_the_chosen_way_is_the_best_of_the_compared(contest):
    blended = newest_ensemble(contest)
    metrics, plan = blended.metrics, plan_of(contest, blended)
    singles = () if contest in MODELS_ARE_WAYS else {member.model for member in blended.members}
    scores = {row["name"]: row["score"] for row in metrics["compared"] if row["name"] not in (NESTED, *singles)}
    needed = getattr(importlib.import_module(f"competitions.{contest}.ensemble"), "NEEDED_GAIN", 0.0)
    better = {name: score for name, score in scores.items() if plan.metric.gain(score, scores[metrics["method"]]) > needed}
    assert len(scores) > 1 and not better, metrics["method"]


@BLENDED
def test_what_was_learnt_answers_the_test_files_as_stored(contest, trained, tmp_path):
    blended = newest_ensemble(contest)
    plan, learnt = plan_of(contest, blended), experiment.load(blended.path)
    with quick(contest):
        for part in plan.parts.keys() - {"train"}:
            for member, found in zip(blended.members, learnt.found(plan.parts[part]), strict=True):
                assert_close(plan.kind(member.model).pack(found), member.load_arrays(part), f"{member.name} {part}")
        found, expected = predicted(contest, trained.folder, tmp_path), handed_in(contest)
    assert found == expected and expected


def assert_close(found, expected, what):
    """Arrays by name; numbers nearly, all others exactly."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.shape(found[name]) == np.shape(values), f"{what}: {name}"
        if np.issubdtype(np.asarray(values).dtype, np.floating):
            np.testing.assert_allclose(found[name], values, **TOLERANCE, err_msg=f"{what}: {name}")
        else:
            np.testing.assert_array_equal(found[name], values, f"{what}: {name}")


def handed_in(contest):
    """Answers of the submission by what was asked."""
    path = submission_of(contest)
    if contest == "lamost":
        return dict(line.split(",") for line in path.read_text().splitlines())
    if contest == "webqa":
        return dict(line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("baidu_ie.json").decode().splitlines()
    return {one["text"]: {tuple(triple.values()) for triple in one["spo_list"]} for one in map(json.loads, lines)}


def predicted(contest, folder, tmp_path):
    """The same from `predict`, asked the test file."""
    main = importlib.import_module(f"competitions.{contest}.predict").main
    config = newest_ensemble(contest).config(settings(contest).Config)
    if contest == "lamost":
        return {one["name"]: one["label"] for one in main(config, str(folder / "sample_test_data.zip"))}
    if contest == "webqa":
        return {one["id"]: one["answer"] for one in main(config, str(folder / "me_test.ir.json"))}
    (path,) = folder.glob("test*_data*.json")
    asked = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    (tmp_path / "asked.txt").write_text("".join(f"{text}\n" for text in asked), encoding="utf-8")
    answers = main(config, input=str(tmp_path / "asked.txt"))
    return {one["text"]: {tuple(triple.values())[:3] for triple in one["triples"]} for one in answers}


def results(contest):
    """What runs keep and what is handed in, by the models' names; scores of a gold list are no result."""
    found = {}
    for one in runs_of(contest):
        arrays = {name: one.load_arrays(name) for name in (*STORED, "samples") if (one.path / f"{name}.npz").exists()}
        files_of_run = (path for pattern in ("*.jsonl.gz", "words.csv") for path in one.path.rglob(pattern))
        kept = {path.relative_to(one.path).as_posix(): path.read_bytes() for path in files_of_run}
        figures = {name: one.metrics.get(name) for name in ("method", "compared", "thresholds", "folds") if name in one.metrics}
        found[one.model] = arrays, kept, figures
    return found, submission_of(contest).read_bytes()


@pytest.mark.parametrize("contest", CLOSELY, indirect=True)
def test_other_labels_of_the_scored_part_and_a_kill_change_no_answer_and_no_choice(contest, trained, tmp_path, monkeypatch):
    """All is trained anew: with one seed it comes out the same, whatever the labels that only `evaluate` may read."""
    expected, handed = results(contest)
    home = tmp_path / "other"
    monkeypatch.setenv("PODIUM_HOME", str(home))
    given = f"data={trained.folder}" in trained.settings
    folder = tmp_path / "official" if given else paths.sample(contest)
    arguments = [f"data={folder}" if text == f"data={trained.folder}" else text for text in trained.settings]
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("home"))
    relabel(contest, folder)
    if contest in KILLED:
        half = killed_half_way(home, contest, arguments)
    with quick(contest):
        for name in ("train", "submit"):
            run.run_stage(contest, name, arguments)
    if contest in KILLED:
        assert not half.exists()
        (resumed,) = (one for one in all_runs(contest) if one.model == KILLED[contest])
        assert resumed.read_json("environment.json")["resumed"]
    found, handed_again = results(contest)
    assert found.keys() == expected.keys()
    for model, (arrays, kept, figures) in expected.items():
        other_arrays, other_kept, other_figures = found[model]
        for name, stored in arrays.items():
            assert_close(other_arrays[name], stored, f"{model} {name}")
        assert other_kept == kept, model
        assert other_figures.keys() == figures.keys() and other_figures.get("method") == figures.get("method")
        for row, other in zip(figures.get("compared", ()), other_figures.get("compared", ()), strict=True):
            assert row["name"] == other["name"] and row["score"] == pytest.approx(other["score"], abs=1e-6)
        assert other_figures.get("thresholds") == pytest.approx(figures.get("thresholds"))
    assert handed_again == handed


def killed_half_way(home, contest, arguments):
    """Where a network's training is written down that a process began and was killed in."""
    arguments = [*(text for text in arguments if not text.startswith("model=")), f"model={KILLED[contest]}"]
    killed = FORKS.Process(target=train_until_killed, args=(home, contest, arguments))
    killed.start()
    killed.join(600)
    assert killed.exitcode == -signal.SIGKILL
    (half,) = paths.runs(contest).glob(f"{KILLED[contest]}-*/checkpoints/*")
    assert not list(half.parents[1].glob("metrics.json"))
    return half


def train_until_killed(home, contest, arguments):
    """Train in a process of its own, which is killed once it has written down where its training is."""
    from common.training import checkpoint

    write = checkpoint.write

    def write_and_die(path, state):
        write(path, state)
        os.kill(os.getpid(), signal.SIGKILL)

    checkpoint.EVERY, checkpoint.write = 0, write_and_die
    with home_at(home), quick(contest):
        run.run_stage(contest, "train", arguments)
