"""Every contest through all its stages on a tiny sample: complete files, honest scores, and nothing done twice."""

import contextlib
import dataclasses
import hashlib
import importlib
import importlib.util
import json
import time
from collections import Counter

import numpy as np
import pytest

from common import experiment, paths, run
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import all_runs
from tests.conftest import eager


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
    if contest == "baidu_ie":  # one triple for all sentences is hardly ever right
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


def assert_something_was_learnt(contest, runs):
    if contest == "power_vocab":
        assert all(beats_a_random_order(finished) for finished in runs)
    elif contest == "generation":
        assert all(learnt_the_light(finished) for finished in runs)
    elif contest != "baidu_ie":  # whose networks find nothing yet after one epoch of 80 sentences
        assert any(beats_one_answer(contest, finished) for finished in runs)


@pytest.mark.parametrize("contest", paths.contests())
def test_a_contest_runs_through_all_stages(contest, capsys):
    compiled = contest in ("lamost", "generation")  # one contest as its users run it, and one of many quick steps
    with contextlib.nullcontext() if compiled else eager():
        run_all(contest)
    shown = capsys.readouterr().out
    assert "the built-in sample: its scores say nothing about the contest" in shown

    answers = (paths.home() / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert answers and all(isinstance(json.loads(line), dict) for line in answers)
    runs = [finished for finished in all_runs(contest) if finished.model not in getattr(settings(contest).Config, "APART", ())]
    assert runs and all(finished.finished for finished in runs)
    for finished in runs:
        assert_complete(contest, finished)
    (submission,) = paths.submission(contest, "").parent.glob(f"{contest}.*")
    assert submission.stat().st_size > 0
    assert (newest_ensemble(runs).path / submission.name).read_bytes() == submission.read_bytes()
    assert_something_was_learnt(contest, runs)
    if "ensemble" in stages(contest):
        assert "## Where it fails" in (newest_ensemble(runs).path / "card.md").read_text(encoding="utf-8")
        run.run_stage(contest, "report", [f"html={paths.home() / 'report.html'}"])
        assert "<h2>Scores</h2>" in (paths.home() / "report.html").read_text(encoding="utf-8")

    with contextlib.nullcontext() if compiled else eager():
        assert_its_tab_answers(contest, newest_ensemble(runs))

    run.leaderboard([])
    board = capsys.readouterr().out
    assert all(row["name"] in board and f"{row['score']:.4f}" in board for row in finished_runs(contest))

    before, started = files(paths.home()), time.time_ns()
    for name in ("train", "ensemble", "submit"):
        if name in stages(contest):
            run.run_stage(contest, name, list(settings(contest).SMOKE))
    assert files(paths.home()) == before, "a second time changes nothing"
    trained_again = [path for path in paths.runs(contest).glob("*/fold*/*") if path.stat().st_mtime_ns > started]
    assert trained_again == []


def assert_its_tab_answers(contest, finished):
    """What `make demo` shows of a contest: each example has an answer."""
    declare = importlib.import_module(f"competitions.{contest}.demo").tab
    tab = declare(experiment.load(finished.path), paths.sample(contest))
    assert tab.examples and all("".join(tab.answered(example)) for example in tab.examples)


def newest_ensemble(runs):
    return next((finished for finished in runs if finished.model == "ensemble"), runs[0])
