"""What the parts of a contest do together: nothing leaks from what is scored, the best way is chosen, networks learn.

A contest is trained once in a tiny plan, for all tests of it; `tests/test_workflow.py` takes all of them through all stages.
"""

import contextlib
import functools
import importlib
import io
import json
import multiprocessing
import os
import shutil
import signal
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from bench.measure import home_at
from common import experiment, paths, run
from common.experiment.ensemble import NESTED
from common.experiment.runs import all_runs
from competitions.lamost import model as lamost_model
from tests.competitions.baidu_ie.test_data import put, record, spo
from tests.competitions.relabelled import relabel
from tests.conftest import eager
from tests.test_workflow import beats_a_random_order, beats_one_answer, newest_ensemble, settings

PLANS = {  # quick, but long enough for the networks to learn something
    "baidu_ie": (
        *("width=8", "head=2", "word_dim=4", "word_epochs=1", "dropout=0", "gate_dropout=0", "filter_rounds=3", "folds=2"),
        *("batch_size=4", "epochs=4", "fine_epochs=0", "learning_rate=0.05", "warm_up_steps=0", "momentum=0.7"),
        *("decision=0.05", "threshold=0.01"),
    ),
    "lamost": (
        *("model=dilated,lightgbm", "sample_size=80", "folds=2", "epochs=4", "soft_f1_epochs=0", "batch_size=8"),
        *("tree_rounds=10", "learning_rate=0.02", "momentum=0.8", "workers=1"),
    ),
    "webqa": (
        *("model=reader,ranker", "sample_size=40", "folds=2", "epochs=3", "fine_epochs=0", "pretrain_epochs=0", "width=8"),
        *("word_dim=8", "word_epochs=1", "cloze_questions=10", "threshold=0.0001", "longest_answer=4", "rerank_rounds=5"),
        *("batch_size=4", "learning_rate=0.02", "momentum=0.8", "warm_up_steps=0", "workers=1"),
    ),
    "power_vocab": ("sample_size=300", "dim=16", "epochs=2", "seeds=20", "workers=1"),
}
MODELS_ARE_WAYS = ("baidu_ie", "webqa")  # each alone can be chosen; others show them beside the ways
STORED = ("oof", "valid", "dev", "test")  # what runs keep of every part
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["keras"])  # once, for all processes that are to be killed
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@contextlib.contextmanager
def quick():
    """No graphs, which a handful of steps would not pay for, and networks as small as the records."""
    with eager(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lamost_model, "dilated", functools.partial(lamost_model.dilated, widths=(4, 4)))
        patch.setattr("competitions.baidu_ie.model.DILATIONS", (1,))
        patch.setattr("competitions.baidu_ie.model.RARE", -1.0)  # starts and ends are frequent in short texts
        patch.setattr("competitions.baidu_ie.ensemble.LEAST", 20)
        yield


@pytest.fixture(scope="module", params=PLANS)
def contest(request):
    return request.param


@pytest.fixture(scope="module")
def trained(contest, tmp_path_factory):
    """Home, data and settings of a contest that has handed in."""
    home = tmp_path_factory.mktemp(contest) / "home"
    with home_at(home), contextlib.redirect_stdout(io.StringIO()), quick():
        folder, given = paths.sample(contest), ()
        if contest == "baidu_ie":  # its sample has fifty predicates, of which a few sentences teach nothing
            folder = tmp_path_factory.mktemp("easy")
            write_easy(folder)
            given = (f"data={folder}",)
        run.run_stage(contest, "submit", [*PLANS[contest], *given])
    return SimpleNamespace(home=home, folder=folder, settings=(*PLANS[contest], *given))


CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"


def write_easy(folder):
    """Sentences of two kinds in the layout of baidu_ie, with names of one character."""

    def easy(number):
        subject, other = CHARACTERS[number % 20], CHARACTERS[(7 * number + 3) % 20]
        if number % 3:
            return record(f"《{subject}》的作者是{other}", spo(subject, "作者", other))
        return record(f"{subject}的妻子{other}", spo(subject, "妻子", other))

    put(folder, train=map(easy, range(20)), dev=map(easy, range(20, 26)), test=map(easy, range(26, 32)))


@pytest.fixture(autouse=True)
def where_trained(trained, own_home, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(trained.home))


def runs_of(contest):
    """Runs that answer what the contest asks."""
    return [finished for finished in all_runs(contest) if finished.model not in getattr(settings(contest).Config, "APART", ())]


def submission_of(contest):
    (path,) = paths.submission(contest, "").parent.glob(f"{contest}.*")
    return path


def plan_of(contest, finished):
    return importlib.import_module(f"competitions.{contest}.train").plan(finished.config(settings(contest).Config))


def test_every_network_learns_something(contest):
    if contest == "power_vocab":  # gensim's vectors are its only ones, and order words
        learnt = {finished.name: beats_a_random_order(finished) for finished in runs_of(contest)}
    else:
        networks = plan_of(contest, newest_ensemble(runs_of(contest))).networks
        runs = [finished for finished in runs_of(contest) if finished.model in networks]
        learnt = {finished.name: beats_one_answer(contest, finished) for finished in runs}
    assert learnt and all(learnt.values()), learnt


def test_the_chosen_way_is_the_best_of_the_compared(contest):
    blended = newest_ensemble(runs_of(contest))
    if contest == "power_vocab":
        pytest.skip("fuses with fixed weights")
    metrics, plan = blended.metrics, plan_of(contest, blended)
    singles = () if contest in MODELS_ARE_WAYS else {member.model for member in blended.members}
    scores = {row["name"]: row["score"] for row in metrics["compared"] if row["name"] not in (NESTED, *singles)}
    needed = getattr(importlib.import_module(f"competitions.{contest}.ensemble"), "NEEDED_GAIN", 0.0)
    better = {name: score for name, score in scores.items() if plan.metric.gain(score, scores[metrics["method"]]) > needed}
    assert len(scores) > 1 and not better, metrics["method"]


def test_what_was_learnt_answers_the_test_files_as_stored(contest, trained, tmp_path):
    if contest == "power_vocab":
        pytest.skip("the vocabulary is what is handed in")
    blended = newest_ensemble(runs_of(contest))
    plan, learnt = plan_of(contest, blended), experiment.load(blended.path)
    with quick():
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
    config = newest_ensemble(runs_of(contest)).config(settings(contest).Config)
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


def test_other_labels_of_the_scored_part_change_no_answer_and_no_choice(contest, trained, tmp_path, monkeypatch):
    """All is trained anew: with one seed it comes out the same, whatever the labels that only `evaluate` may read."""
    monkeypatch.setenv("PODIUM_HOME", str(trained.home))
    expected, handed = results(contest)
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "other"))
    given = f"data={trained.folder}" in trained.settings
    folder = tmp_path / "official" if given else paths.sample(contest)
    arguments = [f"data={folder}" if text == f"data={trained.folder}" else text for text in trained.settings]
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("home"))
    relabel(contest, folder)
    with quick():
        run.run_stage(contest, "submit", arguments)
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


def train_until_killed(home, contest, arguments):
    """Train in a process of its own, which is killed once it has written down where its training is."""
    from common.training import checkpoint

    write = checkpoint.write

    def write_and_die(path, state):
        write(path, state)
        os.kill(os.getpid(), signal.SIGKILL)

    checkpoint.EVERY, checkpoint.write = 0, write_and_die
    with home_at(home), quick():
        run.run_stage(contest, "train", arguments)


@pytest.mark.parametrize("contest", ["baidu_ie"], indirect=True)
def test_a_killed_network_goes_on_where_it_was_and_ends_as_an_unbroken_one(contest, trained, tmp_path, monkeypatch):
    unbroken = next(member for member in newest_ensemble(runs_of(contest)).members if member.model == "pointers")
    home = tmp_path / "home"
    shutil.copytree(trained.home / "data", home / "data")
    arguments = [*(text for text in trained.settings if not text.startswith("model=")), f"model={unbroken.model}"]
    killed = FORKS.Process(target=train_until_killed, args=(home, contest, arguments))
    killed.start()
    killed.join(600)
    assert killed.exitcode == -signal.SIGKILL
    monkeypatch.setenv("PODIUM_HOME", str(home))
    (half,) = paths.runs(contest).glob(f"{unbroken.model}-*/checkpoints/*")
    assert not list(half.parents[1].glob("metrics.json"))
    with quick():
        run.run_stage(contest, "train", arguments)
    (ended,) = (one for one in all_runs(contest) if one.model == unbroken.model)
    assert ended.name == unbroken.name and ended.read_json("environment.json")["resumed"] and not half.exists()
    for name in STORED:
        if (unbroken.path / f"{name}.npz").exists():
            assert_close(ended.load_arrays(name), unbroken.load_arrays(name), name)
