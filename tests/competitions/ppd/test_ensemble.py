"""Stacks are compared on rows that they were not fitted on, rules are used where they pay, and all ends in honest files."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, logit

from common import paths, run
from common.errors import ConfigError, DataError, RunError
from common.experiment import Blend, split
from common.experiment.ensemble import choose, cross_fit, learn_best
from common.experiment.metric import bootstrap
from common.experiment.runs import all_runs, newest_ensemble
from common.report import plots
from competitions.ppd import data, ensemble, metric, stacking
from competitions.ppd.config import Config
from competitions.ppd.stacking import Answers

RANDOM = np.random.default_rng(0)
TRUE = RANDOM.normal(size=4000)  # logits
LABELS = (RANDOM.random(4000) < expit(TRUE)).astype("int8")
PARTS = np.arange(4000) % 4
NO_RULES = np.full(4000, -1)
TINY = ["sample_size=300", "folds=1", "tree_rounds=20", "model=trees"]


def answers(*logits, rules=NO_RULES):
    return Answers(np.stack(logits, axis=1), rules)


def scores(known, with_rules=False):
    ways = stacking.ways(with_rules)
    return {name: metric.score(LABELS, cross_fit(way, known, LABELS, PARTS)) for name, way in ways.items()}


def chosen(found):
    """The way that our ensemble takes."""
    blend = Blend(ways={}, plain=(stacking.MEAN,), gain=ensemble.NEEDED_GAIN, gather=None, split=None)
    return choose(found, blend, metric.log_loss("content"))


def predictions(pattern):
    """Files of answers."""
    return list((paths.runs("ppd") / "predictions").glob(pattern))


def test_the_choice_does_not_see_the_rows_that_it_answers():
    def memorise(known, labels):
        answered = dict(zip(known.logits[:, 0], labels, strict=True))
        return lambda others: np.array([answered.get(value, 0.5) for value in others.logits[:, 0]])

    ways = {stacking.MEAN: stacking.fit_mean, "memory": memorise}
    blend = Blend(ways=ways, plain=(stacking.MEAN,), gather=None, split=lambda found, labels: split(labels, 0))
    best = learn_best(blend, metric.log_loss("content"), answers(TRUE), LABELS)
    np.testing.assert_allclose(best(answers(TRUE)), expit(TRUE))


def test_a_sound_run_stays_as_it_is_and_a_bold_one_is_calibrated():
    sound = scores(answers(TRUE))
    assert chosen(sound) == stacking.MEAN
    bold = scores(answers(4 * TRUE + 1))
    assert bold["logistic"] == pytest.approx(sound["mean"], abs=0.002)
    assert bold["trees"] < bold["mean"] - 0.1
    assert chosen(bold) == "logistic"


def test_a_stack_leaves_out_a_run_that_misleads():
    found = scores(answers(TRUE, RANDOM.normal(size=4000) * 3))
    assert found["logistic"] < found["mean"] - 0.05


@pytest.mark.parametrize(("share", "pays"), [(1.0, True), (0.5, False)])
def test_rules_are_chosen_only_where_they_pay(share, pays):
    rules = np.where(RANDOM.random(4000) < 0.2, np.where(RANDOM.random(4000) < share, LABELS, 1 - LABELS), -1)
    found = scores(answers(TRUE, rules=rules), with_rules=True)
    assert ("rules" in chosen(found)) == pays
    assert (found["mean, rules"] < found["mean"] - 0.05) == pays


@pytest.mark.parametrize("folds", [3, 1])
def test_the_labels_of_a_fold_make_no_rule_for_it(folds):
    random = np.random.default_rng(0)
    pairs = np.array([random.choice(40, 2, replace=False) for _ in range(200)])
    group = np.arange(40) % 6  # of each question; the labels agree with it, so that much follows
    labels = (group[pairs[:, 0]] == group[pairs[:, 1]]).astype("int8")
    dataset = data.Dataset(np.arange(40), None, None, pairs, labels, None, "forty questions")
    fold = np.arange(len(pairs)) % 3 if folds == 3 else np.where(np.arange(len(pairs)) % 5 == 0, 0, -1)
    probability = random.random(len(pairs)).astype("float32")
    member = SimpleNamespace(load_arrays={"oof": {"probability": probability, "fold": fold}}.get)

    def rules(labels, **settings):
        plan = SimpleNamespace(dataset=dataclasses.replace(dataset, labels=labels), config=Config(folds=folds, **settings))
        return ensemble.gather(plan, "oof", [member], np.flatnonzero(fold >= 0)).rules

    inside, found = fold[fold >= 0] == 0, rules(labels)
    assert np.mean(found[inside] >= 0) > 0.2 and (found[inside] == 1).any()
    np.testing.assert_array_equal(rules(np.where(fold == 0, 1 - labels, labels))[inside], found[inside])
    assert (rules(np.where(fold != 0, 1 - labels, labels))[inside] != found[inside]).any()
    for setting in ({"closure": False}, {"protocol": "content"}):
        assert (rules(labels, **setting) == -1).all()


def test_without_any_ruled_pair_rules_change_nothing():
    known = answers(TRUE)
    plain, ruled = (way(known, LABELS)(known) for way in (stacking.fit_mean, stacking.fit_mean_and_rules))
    np.testing.assert_array_equal(plain, ruled)


@pytest.mark.parametrize("name", stacking.ways(True))
def test_every_answer_is_clipped_and_independent_of_its_neighbours(name):
    rules = RANDOM.integers(-1, 2, size=4000)
    apply = stacking.ways(True)[name](answers(50 * TRUE, rules=rules), LABELS)
    asked = answers(np.array([-1e3, 1e3, 0.3]), rules=np.array([-1, -1, 1]))
    together = apply(asked)
    assert ((together >= metric.CERTAIN) & (together <= 1 - metric.CERTAIN)).all()
    alone = np.concatenate([apply(asked.take(np.array([row]))) for row in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_logits_are_of_clipped_probabilities():
    found = stacking.logits_of(np.array([[0, 0.25], [1, 0.5]], "float32"))
    np.testing.assert_allclose(found, [[logit(1e-6), logit(1 - 1e-6)], [logit(0.25), 0]], atol=1e-6)


def test_reliability_of_a_sound_run_is_the_diagonal():
    given, found = plots.reliability(LABELS, expit(TRUE))
    assert len(given) == plots.BINS and (np.diff(given) > 0).all()
    np.testing.assert_allclose(given, found, atol=0.1)


def test_the_bootstrap_is_of_the_log_loss():
    draws = bootstrap(metric.log_loss("content"), metric.losses(LABELS, expit(TRUE)), 0)
    assert np.mean(draws) == pytest.approx(metric.score(LABELS, expit(TRUE)), abs=0.002)
    assert 0.004 < np.std(draws) < 0.02


def test_ensemble_evaluate_and_predict(capsys, tmp_path):
    run.run_stage("ppd", "ensemble", TINY)
    assert "logistic, rules" in capsys.readouterr().out
    folder = paths.sample("ppd")
    dataset = data.load(folder, report=False)
    blended = newest_ensemble("ppd", folder, protocol="contest")
    metrics, oof = blended.read_json("metrics.json"), blended.load_arrays("oof")
    seen = oof["fold"] >= 0
    assert metrics["score"] == pytest.approx(metric.score(dataset.labels[seen], oof["probability"][seen]), abs=1e-6)
    assert metrics["greater"] is False and (blended.plots / "calibration.png").exists()

    run.run_stage("ppd", "evaluate", TINY)
    shown = capsys.readouterr().out
    assert "60 training pairs, out of fold, of one hold-out part" in shown and "has no labels of the test pairs" in shown

    (folder / "other").mkdir()
    (folder / "other" / "test.csv").write_text("".join((folder / "test.csv").read_text().splitlines(True)[:3]))
    for path in ("other/test.csv", "test.csv"):
        run.run_stage("ppd", "predict", [f"input={folder / path}"])
    assert "75 pairs, answered by" in capsys.readouterr().out
    several = [np.genfromtxt(path, delimiter=",", skip_header=1, usecols=2) for path in predictions("test-*.csv")]
    assert sorted(map(len, several)) == [2, 75], "answers to files of one name lie beside each other"
    written = max(several, key=len)
    near = np.abs(written - blended.load_arrays("test")["probability"]) < 1e-4
    assert near.mean() > 0.9, "the same pairs, described anew; a few float32 sums cross a threshold"

    (folder / "my_test_labels.csv").write_text("label\n" + "1\n0\n0\n" * 25)
    run.run_stage("ppd", "evaluate", TINY)
    assert "75 test pairs" in capsys.readouterr().out
    for text, message in (
        ("label\n1\n", "has 1 labels, test.csv 75 pairs"),
        ("label\n2\n", "line 2: a label other than 0 and 1"),
    ):
        (folder / "my_test_labels.csv").write_text(text)
        with pytest.raises(DataError, match=message):
            data.test_labels(folder, dataset)

    (tmp_path / "pairs.csv").write_text("q1,q2\nQ000000,Q999999\n")
    with pytest.raises(DataError, match=r"pairs.csv line 2: a qid that question.csv does not have"):
        run.run_stage("ppd", "predict", [f"input={tmp_path / 'pairs.csv'}"])
    with pytest.raises(ConfigError, match="give either input="):
        run.run_stage("ppd", "predict", [])
    with pytest.raises(RunError, match="No finished encoder"):
        run.run_stage("ppd", "predict", ["question=怎么还款"])
    assert all(finished.finished for finished in all_runs("ppd"))


def test_new_texts_stand_behind_the_known_ones(tmp_path):
    lines = [f"怎么提前还款{number}\t提前还款怎么办{number}\t{number % 2}\n" for number in range(30)]
    (tmp_path / "pairs.tsv").write_text("".join(lines), encoding="utf-8")
    dataset = data.load(tmp_path, report=False)
    more = data.add_questions(dataset, ["怎么还款", dataset.names[0]], "mine.txt")
    assert more.names[: len(dataset.names)].tolist() == dataset.names.tolist() and more.names[-1] == "怎么还款"
    assert len(more.names) == len(dataset.names) + 1 == len(more.char.ids) == len(more.word.ids)
    assert "".join(more.char.names[more.char.ids[len(dataset.names)] - 1]) == "怎么还款"
    np.testing.assert_array_equal(more.char.ids[3], dataset.char.ids[3])
    with pytest.raises(DataError, match=r"mine.txt: the data have no word of 'xyz'"):
        data.add_questions(dataset, ["xyz"], "mine.txt")
