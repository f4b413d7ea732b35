"""What two folds have learnt, from the plan to a loaded ensemble, in the smallest settings; every test shares these runs."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bench.measure import home_at
from common import experiment
from common.errors import DataError, RunError
from common.experiment import Run
from competitions.webqa import answering, data, decode, ensemble, evaluate, inference, metric, sample, train
from competitions.webqa.config import NETWORKS, Config
from tests.conftest import eager

SMALL = {"folds": 2, "epochs": 1, "fine_epochs": 1, "width": 8, "word_dim": 8, "word_epochs": 1, "min_count": 1}
SMALL |= {"pretrain_epochs": 1, "cloze_questions": 20, "threshold": 0.0001, "longest_answer": 4, "rerank_rounds": 5}


@pytest.fixture(scope="module", autouse=True)
def quick():
    """No graphs, and trees that do not wait for the other threads of a busy machine."""
    with eager(), threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Where the shared runs lie."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def plan(home):
    """Of a reader and the ranker, on sample questions."""
    with home_at(home):
        sample.write(home / "sample", 30, seed=1)
        return train.plan(Config(data=home / "sample", model=("reader", "ranker"), **SMALL))


@pytest.fixture(scope="module")
def blended(home, plan):
    """The ensemble's run."""
    with home_at(home):
        return ensemble.blend(plan)


def test_a_network_goes_through_two_folds_from_one_pre_training(plan, blended):
    reader, ranker = blended.members
    assert (reader.path / "pretrained" / "model.weights.h5").exists() and not (ranker.path / "pretrained").exists()
    questions, oof = plan.dataset.train, reader.load_arrays("oof")
    assert len(reader.folds) == 2 and set(oof["fold"]) == {0, 1}
    pointers = answering.POINTERS.unpack(oof)
    assert not np.isnan(pointers.values).any(), "every passage was validated"
    found = plan.answer("reader", pointers, "train")
    assert reader.metrics["score"] == pytest.approx(metric.ANSWERS.of(questions, found), abs=1e-9)
    assert ranker.metrics["score"] > 0.05


@pytest.mark.parametrize("name", ["reader", "ranker"])
def test_a_saved_fold_predicts_its_validation_rows_as_stored(name, plan, blended):
    member = next(member for member in blended.members if member.model == name)
    kind, fold = plan.kind(name), member.load_arrays("oof")["fold"]
    for number, folder in enumerate(member.folds):
        stored = kind.unpack(Run(folder / "predictions").load_arrays("oof"))
        rows = np.flatnonzero(fold == number)
        again = inference.load(folder, name, plan.config).predict(plan.parts["train"], rows)
        for key, array in kind.pack(stored).items():
            np.testing.assert_allclose(kind.pack(again)[key], array, atol=1e-3 if name in NETWORKS else 1e-6, err_msg=key)


def test_what_was_loaded_answers_the_validation_questions_as_stored(plan, blended):
    found = experiment.load(blended.path).predict(plan.dataset.valid)
    stored = ensemble.read_answers(blended, "valid")
    assert dict(zip(stored, decode.best_answers(found), strict=True)) == stored
    assert list(stored) == [question.id for question in plan.dataset.valid] and any(stored.values())


def test_an_exported_ensemble_answers_where_nothing_else_is(home, plan, blended, tmp_path):
    with home_at(home):
        folder = experiment.export("webqa", tmp_path / "answers", data=plan.config.data)
    found = experiment.load(folder).predict(plan.dataset.valid[:3])
    assert decode.best_answers(found) == list(ensemble.read_answers(blended, "valid").values())[:3]


def test_answers_of_one_model_are_those_of_its_mean_pointers(plan, blended):
    reader = blended.members[0]
    of_folds = [answering.POINTERS.unpack(Run(fold / "predictions").load_arrays("valid")) for fold in reader.folds]
    mean = answering.POINTERS.mean(of_folds, None)
    found = train.own_answers(plan.config, plan.dataset, "reader", mean, "valid")
    assert evaluate.member_answers(plan, reader, "valid") == decode.best_answers(found)
    some = plan.answer("reader", of_folds[0].take(plan.parts["valid"].encoded.passages_of([3, 1])), "valid", [3, 1])
    whole = plan.answer("reader", of_folds[0], "valid")
    assert some == [whole[3], whole[1]]


def test_a_half_finished_run_without_its_pre_training_is_refused(home, plan, blended, tmp_path):
    """Other folds would begin elsewhere."""
    shutil.copytree(home / "runs", tmp_path / "runs")
    (tmp_path / "data").symlink_to(home / "data")
    reader = tmp_path / "runs" / "webqa" / blended.members[0].name
    (reader / "metrics.json").unlink()
    for name in ("pretrained", "fold1"):
        shutil.rmtree(reader / name)
    with home_at(tmp_path), pytest.raises(RunError, match=r"pretrained is missing, from which the finished folds were trained"):
        experiment.train(replace(plan, config=replace(plan.config, model=("reader",))))
    assert not (reader / "pretrained").exists() and len(Run(reader).folds) == 1


def test_scores_of_all_runs_stand_in_one_table(home, plan, blended, capsys):
    with home_at(home):
        evaluate.main(plan.config)
    shown = capsys.readouterr().out
    assert "scores on the validation part" in shown
    assert all(f"{run.model}-" in shown for run in (*blended.members, blended))
    assert "passages of me_validation.ann.json, me_validation.ir.json" in shown.replace("\n", " ")
    assert all(f"answering the validation part from {evidence} passages alone" in shown for evidence in ("ann", "ir"))


def test_other_passages_of_the_same_questions_are_read_by_what_was_learnt(plan, blended):
    questions = plan.dataset.valid
    stored = ensemble.read_answers(blended, "valid")
    assert evaluate.answers_from(questions, questions, blended) == list(stored.values())
    asked = [question.id for question in questions if stored[question.id]]
    shown = [question for question in questions if question.id != asked[0]]
    assert evaluate.answers_from(shown, questions, blended) == list((stored | {asked[0]: ""}).values())


def test_questions_without_answers_teach_nothing(home):
    dataset = data.load(home / "sample", report=False)
    config = Config(data=home / "sample")
    mute = tuple(
        replace(question, passages=tuple(replace(one, answers=()) for one in question.passages)) for question in dataset.train
    )
    with pytest.raises(DataError, match="no training question has an answer"):
        train.check_answers(replace(dataset, train=mute), config)
    assert {question.source for question in dataset.train} == {"webqa"}
    with pytest.raises(DataError, match=r"mix=1\.0,0\.0 leaves no training question"):
        train.check_answers(dataset, replace(config, mix=(1.0, 0.0)))
