"""What the parts of a contest do together, on a tiny sample: complete files, honest scores and choices, nothing done twice.

Every contest goes through all its stages once, for all tests of it.
"""

import contextlib
import dataclasses
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
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from bench.measure import home_at
from common import experiment, paths, run
from common.experiment.ensemble import NESTED
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import all_runs
from tests.competitions.baidu_ie.test_data import put, record, spo
from tests.competitions.relabelled import relabel
from tests.conftest import eager

COMPILED = ("lamost", "generation")  # one contest as its users run it, and one of many quick steps
MODELS_ARE_WAYS = ("baidu_ie", "webqa")  # each alone can be chosen; others show them beside the ways
STORED = ("oof", "valid", "dev", "test")  # what runs keep of every part
PREDICTED = ("lamost", "webqa", "baidu_ie", "ppd")  # `predict` takes their test files as they are
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["keras"])  # once, for all processes that are to be killed
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@contextlib.contextmanager
def quick(contest):
    """No graphs, where a handful of steps would not pay for them, and a small network for texts as short as `easy` ones."""
    with contextlib.nullcontext() if contest in COMPILED else eager(), pytest.MonkeyPatch.context() as patch:
        if contest == "baidu_ie":
            patch.setattr("competitions.baidu_ie.model.DILATIONS", (1,))
            patch.setattr("competitions.baidu_ie.model.RARE", -1.0)  # starts and ends are frequent in short texts
            patch.setattr("competitions.baidu_ie.ensemble.LEAST", 20)
        yield


@pytest.fixture(scope="module", params=paths.contests())
def contest(request):
    return request.param


@pytest.fixture(scope="module")
def done(contest, tmp_path_factory):
    """The home of a contest that went through all its stages, and what was shown."""
    home, shown = tmp_path_factory.mktemp(contest) / "home", io.StringIO()
    with home_at(home), contextlib.redirect_stdout(shown), quick(contest):
        run_all(contest)
    return SimpleNamespace(home=home, shown=shown.getvalue())


@pytest.fixture(scope="module")
def trained(contest, request, tmp_path_factory):
    """Home, data and settings of runs whose networks have learnt something: baidu_ie's need more than its sample for that."""
    if contest != "baidu_ie":
        with home_at(home := request.getfixturevalue("done").home):
            return SimpleNamespace(home=home, folder=paths.sample(contest), settings=settings(contest).SMOKE)
    folder = tmp_path_factory.mktemp("easy")
    write_easy(folder)
    with home_at(folder / "home"), contextlib.redirect_stdout(io.StringIO()), quick(contest):
        run.run_stage(contest, "submit", [*EASY, f"data={folder}"])
    return SimpleNamespace(home=folder / "home", folder=folder, settings=(*EASY, f"data={folder}"))


CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
EASY = (
    *("width=8", "head=2", "word_dim=4", "word_epochs=1", "dropout=0", "gate_dropout=0", "filter_rounds=3", "folds=2"),
    *("batch_size=4", "epochs=4", "fine_epochs=0", "learning_rate=0.05", "warm_up_steps=0", "momentum=0.7"),
    *("decision=0.05", "threshold=0.01"),
)


def write_easy(folder):
    """Sentences of two kinds in the layout of baidu_ie, with names of one character."""

    def easy(number):
        subject, other = CHARACTERS[number % 20], CHARACTERS[(7 * number + 3) % 20]
        if number % 3:
            return record(f"《{subject}》的作者是{other}", spo(subject, "作者", other))
        return record(f"{subject}的妻子{other}", spo(subject, "妻子", other))

    put(folder, train=map(easy, range(20)), dev=map(easy, range(20, 26)), test=map(easy, range(26, 32)))


@pytest.fixture
def at_home(done, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(done.home))


@pytest.fixture
def where_trained(trained, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(trained.home))


def stages(contest):
    return [name for name in run.STAGES if importlib.util.find_spec(f"competitions.{contest}.{name}")]


def settings(contest):
    return importlib.import_module(f"competitions.{contest}.config")


def run_all(contest):
    for name in stages(contest):
        inputs = settings(contest).SMOKE_INPUTS if name == "predict" else ()
        inputs = [text.format(data=paths.sample(contest)) for text in inputs]
        if name == "predict":
            inputs.append(f"output={paths.home() / 'answers.jsonl'}")
        run.run_stage(contest, name, [*settings(contest).SMOKE, *inputs])


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


def one_answer_for_all(contest, truth, classes=None):
    """Answers that need no learning: the same one to every record."""
    if contest == "webqa":
        common = Counter(answer for question in truth for answer in question.answers).most_common(3)
        return [[answer] * len(truth) for answer, _ in common]
    if contest == "captcha":  # style, then the signs; the answer that each style gives most often, to all its pictures
        common = {style: np.unique(truth[truth[:, 0] == style, 1:], axis=0, return_counts=True) for style in set(truth[:, 0])}
        return [np.eye(classes)[np.array([common[style][0][common[style][1].argmax()] for style in truth[:, 0]])]]
    if contest == "web_text":  # the whole page, and one post that holds all of it
        return [
            [[{"post_text": text}] if sheet.record.kind == "posts" else text for sheet, text in zip(truth, pages, strict=True)]
            for pages in [["\n".join(sheet.texts) for sheet in truth]]
        ]
    if contest == "segmentation":  # each character for itself, or all of them one word
        return [[list("".join(words)) for words in truth], [["".join(words)] for words in truth]]
    if contest == "ppd":
        return [np.full(len(truth), truth.mean())]
    if contest == "word_similarity":  # similarity, and how it is known
        return [np.ones((len(truth), 2))]
    if contest == "characters":  # the best candidates of each, class and probability
        return [np.full((len(truth), 1, 2), (label, 1.0)) for label in range(truth.max() + 1)]
    return [np.eye(truth.max() + 1)[np.full(len(truth), label)] for label in range(truth.max() + 1)]


def beats_one_answer(contest, finished):
    """Whether predictions out of fold, as they lie in the run's folder, score better than any one answer for all records."""
    if contest == "baidu_ie":  # one triple for all sentences is right nowhere twice
        return finished.metrics["score"] > 0.05
    plan = importlib.import_module(f"competitions.{contest}.train").plan(finished.config(settings(contest).Config))
    if contest == "webqa":  # its predictions are candidates, a constant is a text
        of_texts = importlib.import_module("competitions.webqa.metric").per_question
        score, metric = finished.metrics["score"], dataclasses.replace(plan.metric, count=of_texts)
        truth, classes = plan.truth, None
    elif contest in ("web_text", "segmentation"):  # the blend's are written as its answers
        score, metric, truth, classes = finished.metrics["score"], plan.metric, plan.truth, None
    else:
        arrays, metric = finished.load_arrays("oof"), plan.metric
        seen = arrays["fold"] >= 0
        truth, classes = plan.truth[seen], arrays["probability"].shape[-1]
        score = metric.of(truth, arrays["probability"][seen])
    return all(metric.gain(score, metric.of(truth, answers)) > 0 for answers in one_answer_for_all(contest, truth, classes))


def beats_a_random_order(finished):
    """Whether the average precision of a ranking is above the share of known words in it."""
    known = finished.metrics["scores"]["precision@10000"] * 10_000
    return finished.metrics["score"] > known / (len((finished.path / "words.csv").read_text().splitlines()) - 1)


def learnt_the_light(finished):
    """Whether samples are nearer to the training pictures' mean than a grey of its brightness is."""
    dataset = importlib.import_module("competitions.generation.data").load(finished.config(settings("generation").Config))
    mean, made = dataset.train.mean(axis=0), finished.load_arrays("samples")["samples"].mean(axis=0)
    return np.abs(made - mean).mean() < np.abs(mean.mean() - mean).mean()


@pytest.mark.usefixtures("at_home")
def test_a_contest_runs_through_all_stages(contest, done, capsys):
    assert "the built-in sample: its scores say nothing about the contest" in done.shown
    answers = (paths.home() / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert answers and all(isinstance(json.loads(line), dict) for line in answers)
    runs = runs_of(contest)
    assert runs and all(finished.finished for finished in runs)
    for finished in runs:
        assert_complete(contest, finished)
    submission = submission_of(contest)
    assert submission.stat().st_size > 0
    assert (newest_ensemble(runs).path / submission.name).read_bytes() == submission.read_bytes()
    if "ensemble" in stages(contest):
        assert "## Where it fails" in (newest_ensemble(runs).path / "card.md").read_text(encoding="utf-8")
        run.run_stage(contest, "report", [f"html={paths.home() / 'report.html'}"])
        assert "<h2>Scores</h2>" in (paths.home() / "report.html").read_text(encoding="utf-8")
    with quick(contest):
        assert_its_tab_answers(contest, newest_ensemble(runs))
    run.leaderboard([])
    board = capsys.readouterr().out
    assert all(row["name"] in board and f"{row['score']:.4f}" in board for row in finished_runs(contest))


@pytest.mark.usefixtures("at_home")
def test_a_second_time_changes_nothing(contest):
    before, started = files(paths.home()), time.time_ns()
    with quick(contest):
        for name in ("train", "ensemble", "submit"):
            if name in stages(contest):
                run.run_stage(contest, name, list(settings(contest).SMOKE))
    assert files(paths.home()) == before
    trained_again = [path for path in paths.runs(contest).glob("*/fold*/*") if path.stat().st_mtime_ns > started]
    assert trained_again == []


def runs_of(contest):
    """Runs that answer what the contest asks."""
    return [finished for finished in all_runs(contest) if finished.model not in getattr(settings(contest).Config, "APART", ())]


def submission_of(contest):
    (path,) = paths.submission(contest, "").parent.glob(f"{contest}.*")
    return path


def newest_ensemble(runs):
    return next((finished for finished in runs if finished.model == "ensemble"), runs[0])


def plan_of(contest, finished):
    return importlib.import_module(f"competitions.{contest}.train").plan(finished.config(settings(contest).Config))


def assert_its_tab_answers(contest, finished):
    """What `make demo` shows of a contest: each example has an answer."""
    declare = importlib.import_module(f"competitions.{contest}.demo").tab
    tab = declare(experiment.load(finished.path), paths.sample(contest))
    assert tab.examples and all("".join(tab.answered(example)) for example in tab.examples)


@pytest.mark.usefixtures("where_trained")
def test_every_network_learns_something(contest):
    if contest == "power_vocab":  # gensim's vectors are its only ones, and order words
        learnt = {finished.name: beats_a_random_order(finished) for finished in runs_of(contest)}
    elif contest == "generation":
        learnt = {finished.name: learnt_the_light(finished) for finished in runs_of(contest)}
    else:
        networks = plan_of(contest, newest_ensemble(runs_of(contest))).networks
        runs = [one for one in runs_of(contest) if one.model in networks] if networks else runs_of(contest)[:1]
        learnt = {finished.name: beats_one_answer(contest, finished) for finished in runs}
    assert learnt and all(learnt.values()), learnt


@pytest.mark.usefixtures("where_trained")
def test_the_chosen_way_is_the_best_of_the_compared(contest):
    blended = newest_ensemble(runs_of(contest))
    if "compared" not in blended.metrics:
        pytest.skip("fuses with fixed weights, or hands in samples")
    metrics, plan = blended.metrics, plan_of(contest, blended)
    singles = () if contest in MODELS_ARE_WAYS else {member.model for member in blended.members}
    scores = {row["name"]: row["score"] for row in metrics["compared"] if row["name"] not in (NESTED, *singles)}
    needed = getattr(importlib.import_module(f"competitions.{contest}.ensemble"), "NEEDED_GAIN", 0.0)
    better = {name: score for name, score in scores.items() if plan.metric.gain(score, scores[metrics["method"]]) > needed}
    assert len(scores) > 1 and not better, metrics["method"]


@pytest.mark.usefixtures("where_trained")
def test_what_was_learnt_answers_the_test_files_as_stored(contest, trained, tmp_path):
    if contest in ("power_vocab", "generation"):
        pytest.skip("the vocabulary is what is handed in; samples answer nothing")
    blended = newest_ensemble(runs_of(contest))
    plan, learnt = plan_of(contest, blended), experiment.load(blended.path)
    with quick(contest):
        for part in plan.parts.keys() - {"train"}:
            for member, found in zip(blended.members, learnt.found(plan.parts[part]), strict=True):
                assert_close(plan.kind(member.model).pack(found), member.load_arrays(part), f"{member.name} {part}")
        if contest in PREDICTED:
            found, expected = predicted(contest, trained.folder, tmp_path), handed_in(contest)
            assert found == (pytest.approx(expected, abs=1e-5) if contest == "ppd" else expected) and expected


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
    if contest == "ppd":
        return list(map(float, path.read_text().splitlines()[1:]))
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("baidu_ie.json").decode().splitlines()
    return {one["text"]: {tuple(triple.values()) for triple in one["spo_list"]} for one in map(json.loads, lines)}


def predicted(contest, folder, tmp_path):
    """The same from `predict`, asked the test file; of lamost and ppd it was among the stages."""
    if contest in ("lamost", "ppd"):
        answers = [json.loads(line) for line in (paths.home() / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
        if contest == "ppd":
            return [one["y_pre"] for one in answers]
        return {one["name"]: one["label"] for one in answers}
    main = importlib.import_module(f"competitions.{contest}.predict").main
    config = newest_ensemble(runs_of(contest)).config(settings(contest).Config)
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
    with quick(contest):
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
    if contest == "ppd":
        handed, handed_again = (np.array(lines.split()[1:], float) for lines in (handed, handed_again))
        np.testing.assert_allclose(handed_again, handed, **TOLERANCE)
    else:
        assert handed_again == handed


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


def network_of(contest):
    """The first network of a contest's tiny plan; `None` where there is none."""
    blended = newest_ensemble(runs_of(contest))
    if contest in ("power_vocab", "generation"):
        return None
    networks = plan_of(contest, blended).networks
    return next((member for member in blended.members if member.model in networks), None)


def test_a_killed_network_goes_on_where_it_was_and_ends_as_an_unbroken_one(contest, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(trained.home))
    unbroken = network_of(contest)
    if unbroken is None:
        pytest.skip("has no network of folds")
    home = tmp_path / "home"
    shutil.copytree(trained.home / "data", home / "data")
    arguments = [*(text for text in trained.settings if not text.startswith("model=")), f"model={unbroken.model}"]
    killed = FORKS.Process(target=train_until_killed, args=(home, contest, arguments))
    killed.start()
    killed.join(300)
    assert killed.exitcode == -signal.SIGKILL
    monkeypatch.setenv("PODIUM_HOME", str(home))
    (half,) = paths.runs(contest).glob(f"{unbroken.model}-*/checkpoints/*")
    assert not list(half.parents[1].glob("metrics.json"))
    with quick(contest):
        run.run_stage(contest, "train", arguments)
    (ended,) = (one for one in all_runs(contest) if one.model == unbroken.model)
    assert ended.name == unbroken.name and ended.read_json("environment.json")["resumed"] and not half.exists()
    for name in STORED:
        if (unbroken.path / f"{name}.npz").exists():
            assert_close(ended.load_arrays(name), unbroken.load_arrays(name), name)
