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
import shutil
import time
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from bench.measure import home_at
from common import experiment, paths, run
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import Run, all_runs
from competitions.lamost import model as lamost_model
from tests.asked_again import handed_in, predicted
from tests.broken_off import kept_on_the_way, killed_on_the_way
from tests.competitions.baidu_ie.test_data import put, record, spo
from tests.conftest import eager
from tests.constant_answers import MARGINS, gain_over_one_answer
from tests.relabelled import blinded, relabel

COMPILED = ("generation", "lamost")  # not eager: their steps are many
FUSED = {"generation": {"vae"}, "power_vocab": set()}  # contests without folds: samples, fixed weights; and their networks
CHOSEN = [name for name in paths.contests() if name not in FUSED]
KEEPS_NOTHING = {"skip_gram"}  # on its way: word2vec
STORED = ("oof", "valid", "dev", "test")  # what runs keep of every part
CHARACTERS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
CHOOSING = pytest.mark.parametrize("contest", CHOSEN, indirect=True)
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
    return through_all_stages(contest, tmp_path_factory.mktemp(contest))


def through_all_stages(contest, scratch):
    """Take a contest through all its stages.

    Returns:
        Its home, data and settings, what was shown, the `Blend`s that were compared, and what its networks kept on their way.
    """
    home, folder, given = scratch / "home", scratch / "easy", ()
    shown, blends, kept = io.StringIO(), [], {}
    with home_at(home), contextlib.redirect_stdout(shown), quick(contest), watched_blends(blends), kept_on_the_way(kept):
        if contest == "baidu_ie":  # its sample has fifty predicates, of which a few sentences teach nothing
            folder.mkdir()
            write_easy(folder)
            given = (f"data={folder}",)
        else:
            folder = paths.sample(contest)
        for name in stages(contest):
            inputs = settings(contest).SMOKE_INPUTS if name == "predict" else ()
            inputs = [text.format(data=folder) for text in inputs]
            inputs += [f"output={home / 'answers.jsonl'}"] if name == "predict" else []
            run.run_stage(contest, name, [*settings(contest).SMOKE, *given, *inputs])
    arguments = (*settings(contest).SMOKE, *given)
    return SimpleNamespace(home=home, folder=folder, settings=arguments, shown=shown.getvalue(), blends=blends, kept=kept)


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
    """All that a run's folder has; without folds, a ranking stands for the predictions."""
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

    run.main(["leaderboard", f"comp={contest}"])
    alone = capsys.readouterr().out
    assert f"{contest}: " in alone and not any(f"{other}: " in alone for other in paths.contests() if other != contest)
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


def test_what_learns_is_better_than_one_answer_for_all(contest):
    """By a margin: every network, and what else learns."""
    gains = {one.model: gain_over_one_answer(contest, one) for one in runs_of(contest) if one.model in MARGINS[contest]}
    assert gains.keys() == MARGINS[contest].keys() and (contest == "ppd" or gains.keys() >= networks_of(contest))
    assert all(gain > MARGINS[contest][name] for name, gain in gains.items()), gains


def networks_of(contest):
    """Models of its tiny plan that Keras trains."""
    if contest in FUSED:
        return FUSED[contest]
    plan = plan_of(contest, newest_ensemble(contest))
    return {name for name in plan.config.model if name in plan.networks}


@CHOOSING
def test_the_chosen_way_is_the_best_of_the_compared(contest, trained, tmp_path, monkeypatch):
    """A single model is blended with one that knows nothing, so that there is something to choose."""
    if len(newest_ensemble(contest).members) == 1:
        shutil.copytree(trained.home, tmp_path / "home")
        monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "home"))
        (member,) = newest_ensemble(contest).members
        names = member.name, beside_the_truth(member).name
        with watched_blends(blends := []):
            run.run_stage(contest, "ensemble", [*trained.settings, f"members={','.join(names)}"])
    else:
        blends = trained.blends
    (blend,) = blends
    blended = newest_ensemble(contest)
    metrics, metric = blended.metrics, plan_of(contest, blended).metric
    scores = {row["name"]: row["score"] for row in metrics["compared"][-1 - len(blend.ways) : -1]}
    assert scores.keys() == blend.ways.keys() and len(set(scores.values())) > 1, "there is something to choose"
    best = metric.best({name: score for name, score in scores.items() if name in blend.plain})
    boldest = metric.best(scores)
    bold = metric.gain(scores[boldest], scores[best]) > blend.gain
    assert metrics["method"] == (boldest if bold else best), scores


def beside_the_truth(member):
    """A run as finished as another one, with each record's predictions at the one before."""
    name = f"{member.model}-elsewhere"
    other = Run(shutil.copytree(member.path, member.path.with_name(name)))
    other.write_json("config.json", member.stored | {"name": name})
    for part in STORED:
        if (other.path / f"{part}.npz").exists():
            arrays = other.load_arrays(part)
            found = arrays["probability"]
            rows = np.flatnonzero(arrays["fold"] >= 0) if "fold" in arrays else np.arange(len(found))
            found[rows] = found[np.roll(rows, 1)]
            other.save_arrays(part, **arrays)
    other.finish(member.metrics)
    return other


@contextlib.contextmanager
def watched_blends(blends):
    """Add the `Blend`s that are compared meanwhile to a list."""
    module = importlib.import_module("common.experiment.ensemble")
    combine = module.combine

    def watched(finished, plan, blend, members):
        blends.append(blend)
        combine(finished, plan, blend, members)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "combine", watched)
        yield


def test_predict_answers_the_test_files_as_handed_in(contest, trained, tmp_path):
    answering = newest_ensemble(contest)
    with quick(contest):
        if contest in CHOSEN:
            plan, learnt = plan_of(contest, answering), experiment.load(answering.path)
            for part in plan.parts.keys() - {"train"}:
                for member, found in zip(answering.members, learnt.found(plan.parts[part]), strict=True):
                    assert_close(plan.kind(member.model).pack(found), member.load_arrays(part), f"{member.name} {part}")
        found = predicted(contest, answering, trained.folder, tmp_path)
    expected = handed_in(contest, submission_of(contest), trained.folder)
    if contest == "sentiment":  # asked a few alone, for each is explained
        expected = {name: answer for name, answer in expected.items() if name in found}
    if contest in ("ppd", "word_similarity"):  # numbers
        expected = pytest.approx(expected, abs=1e-4)
    assert found == expected and any(found.values())


def assert_close(found, expected, what):
    """Arrays by name; numbers nearly, all others exactly."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.shape(found[name]) == np.shape(values), f"{what}: {name}"
        if np.issubdtype(np.asarray(values).dtype, np.floating):
            np.testing.assert_allclose(found[name], values, **TOLERANCE, err_msg=f"{what}: {name}")
        else:
            np.testing.assert_array_equal(found[name], values, f"{what}: {name}")


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


def test_other_labels_where_nobody_looks_and_a_kill_change_no_answer_and_no_choice(contest, trained, tmp_path, monkeypatch):
    """Others of the scored part, which only `evaluate` may read, and of the rows that a fold validates.

    These may tell when to stop and how to blend.
    """
    expected, networks = results(contest), networks_of(contest)
    gone_on = make_anew(contest, trained, tmp_path, monkeypatch)
    assert gone_on >= networks - KEEPS_NOTHING and not list(paths.home().rglob("checkpoints"))
    assert_same(results(contest), expected)


def make_anew(contest, trained, scratch, monkeypatch):
    """Make a submission at another home, where networks go on as after a kill; gives those that did."""
    monkeypatch.setenv("PODIUM_HOME", str(scratch / "other"))
    given = f"data={trained.folder}" in trained.settings
    folder = scratch / "official" if given else paths.sample(contest)
    arguments = [f"data={folder}" if text == f"data={trained.folder}" else text for text in trained.settings]
    shutil.copytree(trained.folder, folder)
    before = set(files(folder).values())
    relabel(contest, folder)
    assert set(files(folder).values()) - before, "labels of the scored part are others now"
    if contest in CHOSEN:
        module = importlib.import_module(f"competitions.{contest}.train")
        plan = module.plan
        monkeypatch.setattr(module, "plan", lambda config: blinded(contest, plan(config)))
    monkeypatch.setattr("common.report.plots.save", lambda figure, path: plt.close(figure))  # nobody looks at it
    with quick(contest), killed_on_the_way(trained.kept) as gone_on:
        run.run_stage(contest, "submit", arguments)
    return gone_on


def assert_same(found, expected):
    """Two `results`."""
    (found, handed_again), (expected, handed) = found, expected
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
