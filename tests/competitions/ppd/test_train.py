"""Folds, protocols and the whole way from files to a submission, on the sample."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from common import locate, paths, run
from common.errors import ConfigError
from common.experiment import Fold
from common.experiment.leaderboard import finished_runs, groups
from common.experiment.runs import all_runs, newest_ensemble, open_run
from competitions.ppd import batches, closure, data, features, metric, model, sample, train, trees
from competitions.ppd.config import Config

QUICK = ["model=trees", "sample_size=600", "folds=2", "tree_rounds=60", "tree_learning_rate=0.1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("train") / "ppd"
    sample.write(path, 600, 7)
    return path


def test_content_folds_keep_components_together_and_contest_folds_do_not(folder):
    dataset = data.load(folder, report=False)
    component = closure.components(dataset.pairs, len(dataset.names))[dataset.pairs[:, 0]]
    content = train.valid_of(dataset, Config(protocol="content", folds=3))
    contest = train.valid_of(dataset, Config(protocol="contest", folds=3))
    assert all(len(np.unique(content[component == number])) == 1 for number in np.unique(component))
    assert any(len(np.unique(contest[component == number])) > 1 for number in np.unique(component))
    for fold in range(3):
        shares_no_question = ~np.isin(dataset.pairs[content == fold], dataset.pairs[content != fold])
        assert shares_no_question.all()


def test_both_orders_of_a_pair_share_a_fold(folder):
    dataset = data.load(folder, report=False)
    twice = dataclasses.replace(
        dataset,
        pairs=np.concatenate([dataset.pairs, dataset.pairs[:, ::-1]]),
        labels=np.tile(dataset.labels, 2),
        fingerprint="twice",
    )
    valid = train.valid_of(twice, Config(protocol="contest", folds=3))
    np.testing.assert_array_equal(valid[: len(dataset.pairs)], valid[len(dataset.pairs) :])


def test_labels_of_the_validation_part_take_no_part(folder):
    dataset, config = data.load(folder, report=False), Config(protocol="contest")
    table = features.pair_table(dataset, config).iloc[:600]
    rows = np.arange(0, 400)
    flipped = dataclasses.replace(dataset, labels=np.where(np.arange(600) < 400, dataset.labels, 1 - dataset.labels))
    columns = trees.columns_of_fold(table, dataset, rows, config, 0)
    np.testing.assert_array_equal(columns, trees.columns_of_fold(table, flipped, rows, config, 0))
    assert "same_cluster" in columns and len(columns) == len(table)
    for setting in ({"closure": False}, {"protocol": "content"}):
        assert trees.columns_of_fold(table, dataset, rows, Config(**setting), 0) is table


def test_networks_are_told_the_labels_of_their_training_part_alone_and_for_the_test_all(folder, monkeypatch, tmp_path):
    dataset, config = data.load(folder, report=False), Config(protocol="contest", closure_share=2.0)
    fold = Fold(0, np.arange(400), np.arange(400, 600), tmp_path, tmp_path)
    assert len(closure.augment(dataset.pairs, dataset.labels, len(dataset.names), np.random.default_rng(0))[0])
    shown, told = [], []

    def fit_stages(network, stages, score, settings, description, greater, checkpoint):
        for stage in stages:
            for _ in range(2):  # epochs
                shown.extend(stage.batches[number] for number in range(len(stage.batches)))
                stage.batches.on_epoch_end()
        return pd.DataFrame()

    def predict_with_mates(network, dataset, pairs, known, labels, config, seed):
        told.append((known, labels))
        return np.full(len(pairs), 0.5)

    monkeypatch.setattr("common.training.fit_stages", fit_stages)
    monkeypatch.setattr(batches, "predict_with_mates", predict_with_mates)
    monkeypatch.setattr(model, "siamese", lambda vectors, config: None)

    def everything_told(labels):
        shown.clear(), told.clear()
        monkeypatch.setattr(data, "load", lambda folder: dataclasses.replace(dataset, labels=labels))
        plan = train.plan(config)
        fitted, _ = train.fit_network("siamese", plan, fold)
        found = fitted.predict(plan.parts["train"], fold.valid), fitted.predict(plan.parts["test"])
        assert list(map(len, found)) == [200, 150] and len(told) == 2
        for (known, labels_of_known), rows in zip(told, (fold.train, slice(None)), strict=True):
            np.testing.assert_array_equal(known, dataset.pairs[rows])
            np.testing.assert_array_equal(labels_of_known, labels[rows])
        return [array for inputs, *others in shown for array in (*inputs.values(), *others)]

    before = everything_told(dataset.labels)
    assert sum(len(weights) for weights in before[5::6]) > 4 * 400, "four epochs, and pairs that others imply"
    changed = everything_told(np.where(np.arange(600) < 400, dataset.labels, 1 - dataset.labels))
    assert all(map(np.array_equal, before, changed)) and len(before) == len(changed)
    changed = everything_told(np.where(np.arange(600) < 400, 1 - dataset.labels, dataset.labels))
    assert not all(map(np.array_equal, before, changed))


def test_the_data_stage_counts_what_is_there(folder, capsys):
    run.run_stage("ppd", "data", [f"data={folder}"])
    shown = capsys.readouterr().out
    assert "there is no public download" in shown and "training pairs" in shown and "600" in shown


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_from_files_to_a_submission(protocol, capsys, own_home):
    run.run_stage("ppd", "train", [*QUICK, f"protocol={protocol}"])
    assert f"out-of-fold log loss, protocol {protocol}" in capsys.readouterr().out
    (finished,) = all_runs("ppd")
    metrics, oof = finished.read_json("metrics.json"), finished.load_arrays("oof")
    dataset = data.load(paths.sample("ppd"), report=False)
    constant = metric.score(dataset.labels, np.full(600, dataset.labels.mean()))
    assert metrics["score"] == pytest.approx(metric.score(dataset.labels, oof["probability"]), abs=1e-12)  # sums as memory lies
    assert metrics["score"] < constant - 0.05
    assert metrics["greater"] is False and len(metrics["folds"]) == 2
    assert {path.name for path in finished.path.iterdir()} >= {"fold0", "fold1", "log.csv", "oof.npz", "plots", "test.npz"}

    run.run_stage("ppd", "submit", QUICK)
    shown = capsys.readouterr().out
    assert "finished before" in shown, "submit takes the protocol of the newest run"
    lines = paths.submission("ppd", ".csv").read_text().splitlines()
    assert lines[0] == "y_pre" and len(lines) == 151
    blended = newest_ensemble("ppd", paths.sample("ppd"), protocol=protocol)
    np.testing.assert_allclose(np.array(lines[1:], float), blended.load_arrays("test")["probability"], rtol=1e-6)
    assert (blended.path / "ppd.csv").read_text().splitlines() == lines


def test_a_saved_booster_gives_the_same_answer_to_both_orders(folder, own_home):
    import lightgbm

    settings = [f"data={folder}", "folds=1", "model=trees", "tree_rounds=20", "protocol=content"]
    run.run_stage("ppd", "train", settings)
    (finished,) = all_runs("ppd")
    booster = lightgbm.Booster(model_file=finished.path / "fold0" / "model.txt")
    dataset, oof = data.load(folder, report=False), finished.load_arrays("oof")
    held = dataset.pairs[oof["fold"] == 0]
    for pairs in (held, held[:, ::-1]):
        answer = trees.predict(booster, features.describe_content(dataset, pairs, 42))
        near = np.abs(answer - oof["probability"][oof["fold"] == 0]) < 1e-5
        assert near.mean() > 0.99, "but for the few whose float32 sums cross a threshold"


def test_without_a_test_set_the_validation_part_is_answered(folder, tmp_path, capsys):
    for path in folder.iterdir():
        if path.name != "test.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    run.run_stage("ppd", "submit", [f"data={tmp_path}", "folds=1", "model=trees", "tree_rounds=5"])
    assert "There is no test set" in capsys.readouterr().out
    assert len(paths.submission("ppd", ".csv").read_text().splitlines()) == 121


def test_the_encoder_is_no_model_of_pairs(folder):
    with pytest.raises(ConfigError, match="answers no pairs"):
        train.plan(Config(data=folder, model=("encoder",)))


def test_an_encoder_does_not_choose_the_protocol_of_later_stages(folder, own_home):
    run.run_stage("ppd", "train", [f"data={folder}", "folds=1", "model=trees", "tree_rounds=5", "protocol=content"])
    open_run("ppd", "encoder", Config(data=folder), "the newest")
    assert locate.locate_data("ppd", "ensemble", Config, [f"data={folder}"]).protocol == "content"


def test_protocols_never_share_a_table(folder, own_home):
    for protocol in ("content", "contest"):
        run.run_stage("ppd", "train", [f"data={folder}", "folds=1", "model=trees", "tree_rounds=5", f"protocol={protocol}"])
    assert [len(rows) for rows in groups(finished_runs("ppd")).values()] == [1, 1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"protocol": "contents"}, r"protocol=contents: There is no protocol .contents.. Did you mean contest|content\?"),
        ({"model": ("forest",)}, "model=forest: There is no model 'forest'"),
        ({"model": ()}, "model= is empty"),
        ({"model": ("trees", "encoder")}, "the encoder learns from groups of questions; train it alone"),
        ({"encoder_loss": "arcface"}, "encoder_loss=arcface: There is no loss 'arcface'"),
        ({"model": ("trees", "siamese", "trees")}, "model=trees,siamese,trees: a model is named twice"),
        ({"folds": 0}, "folds=0: expected at least 1"),
        ({"seed": -1}, "seed=-1: expected a whole number from 0"),
        ({"tree_leaves": 1}, "tree_leaves=1: expected at least 2"),
        ({"stop_patience": 0}, "stop_patience=0: expected at least 1"),
        ({"encoder_scale": 0.0}, "encoder_scale=0.0: expected a number above 0"),
        ({"dropout": 1.5}, "dropout=1.5: expected a number from 0 to below 1"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config(**settings)
