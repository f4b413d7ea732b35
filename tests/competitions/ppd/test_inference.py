"""Finished runs answer pairs that nobody asked before, and what is known of the asked pairs themselves stays out of it."""

import dataclasses
import itertools
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest

from common import paths, run
from common.config import to_dict
from common.errors import DataError, RunError
from competitions.ppd import batches, data, features, inference, sample, trees
from competitions.ppd.config import Config

PAIRS = np.array([[0, 1], [2, 3], [1, 2], [3, 4], [4, 0], [4, 5], [3, 2]])
LABELS = np.array([1, 0, 1, 1, 0, 1, 0], "int8")
DATASET = data.Dataset(np.array(list("abcdef")), None, None, PAIRS, LABELS, None, "six questions")

ACTIONS, OBJECTS = ("提前", "推迟", "取消", "查看", "修改"), ("还款", "贷款", "账单", "密码", "优惠券")
FRAMES = ("怎么{}{}", "请问{}{}可以吗", "我想{}{}")
NEW = "我想问怎么提前还款"  # in words of the data, but none of its questions


def written_pairs(folder):
    """All pairs of questions on one object, each asked for in three wordings; those of one action mean the same."""
    lines = []
    for thing in OBJECTS:  # a component each: protocol=content needs several
        asked = [(action, frame.format(action, thing)) for action in ACTIONS for frame in FRAMES]
        for (one, first), (two, second) in itertools.combinations(asked, 2):
            lines.append(f"{first}\t{second}\t{int(one == two)}\n")
    (folder / data.PLAIN).write_text("".join(lines), encoding="utf-8")


def test_the_labels_of_asked_pairs_are_left_out_in_whatever_order():
    left = inference.without(DATASET, np.array([[2, 3], [0, 4], [5, 5]]))
    np.testing.assert_array_equal(left.pairs, PAIRS[[0, 2, 3, 5]])
    np.testing.assert_array_equal(left.labels, LABELS[[0, 2, 3, 5]])


@pytest.mark.parametrize(
    ("fold", "rows"),
    [
        ([0, 1, 0, 1, 0, 1, 1], [[3], [0, 2, 4]]),  # of the rows outside of fold 0 the asked ones are 1, 5 and 6
        ([0, -1, 0, -1, -1, -1, -1], [[3, 4]]),  # folds=1: who is never validated was trained on
    ],
)
def test_a_fold_knows_the_labels_of_its_own_training_pairs_alone(fold, rows):
    member = SimpleNamespace(path=Path("trees-1"), load_arrays={"oof": {"fold": np.array(fold)}}.get)
    found = list(inference.known_of_folds(member, DATASET, np.array([[2, 3], [4, 5]])))
    assert [folder for folder, *_ in found] == [Path("trees-1") / f"fold{number}" for number in range(len(rows))]
    for (_, known, labels), expected in zip(found, rows, strict=True):
        np.testing.assert_array_equal(known, PAIRS[expected])
        np.testing.assert_array_equal(labels, LABELS[expected])


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_networks_are_asked_as_they_were_after_their_training(protocol, monkeypatch):
    told = []

    def predict(network, dataset, pairs, config):
        told.append((network, dataset, pairs.tolist()))
        return np.full(len(pairs), len(told))

    def predict_with_mates(network, dataset, pairs, known, labels, config, seed):
        told.append((network, dataset, pairs.tolist(), known.tolist(), labels.tolist(), seed))
        return np.full(len(pairs), len(told))

    monkeypatch.setattr(batches, "predict", predict)
    monkeypatch.setattr(batches, "predict_with_mates", predict_with_mates)
    monkeypatch.setattr(keras.saving, "load_model", lambda path, compile: path)
    member = SimpleNamespace(
        path=Path("siamese-1"),
        model="siamese",
        read_json={"config.json": {"config": to_dict(Config(protocol=protocol, seed=5))}}.get,
        load_arrays={"oof": {"fold": np.array([0, 1, 0, 1, 0, 1, 1])}}.get,
    )
    answer = inference.predict_member(member, DATASET, np.array([[2, 3], [4, 5]]))
    np.testing.assert_array_equal(answer, [1.5, 1.5], "the mean over folds")
    for number, rows in enumerate(([3], [0, 2, 4])):
        known = (PAIRS[rows].tolist(), LABELS[rows].tolist(), 5) if protocol == "contest" else ()
        assert told[number] == (Path("siamese-1") / f"fold{number}" / "model.keras", DATASET, [[2, 3], [4, 5]], *known)


def test_trees_are_shown_a_new_pair_as_they_were_shown_the_test_pairs(tmp_path, monkeypatch):
    """With the graph, whose edges the test pairs were, and what the labels of the fold's training part imply."""
    sample.write(tmp_path, 300, 1)
    dataset, config = data.load(tmp_path, report=False), Config(data=tmp_path, folds=2)
    fold = np.arange(len(dataset.pairs)) % 2
    trained_on = trees.columns_of_fold(features.pair_table(dataset, config), dataset, np.flatnonzero(fold != 0), config, 0)
    shown = []
    monkeypatch.setattr(inference.lightgbm, "Booster", lambda model_file: model_file)
    monkeypatch.setattr(trees, "predict", lambda booster, table: shown.append(table) or np.zeros(len(table)))
    member = SimpleNamespace(
        path=tmp_path,
        model="trees",
        read_json={"config.json": {"config": to_dict(config)}}.get,
        load_arrays={"oof": {"fold": fold}}.get,
    )
    inference.predict_member(member, dataclasses.replace(dataset, test_pairs=None), dataset.test_pairs)
    expected = trained_on[len(dataset.pairs) :].reset_index(drop=True)
    assert list(shown[0]) == list(expected) and expected["negative_links"].any()
    np.testing.assert_allclose(shown[0], expected, atol=1e-4)


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_plain_pairs_with_a_new_question_are_answered(protocol, tmp_path, capsys):
    written_pairs(tmp_path)
    settings = [f"data={tmp_path}", f"protocol={protocol}", "folds=2", "model=trees", "tree_rounds=20"]
    run.run_stage("ppd", "ensemble", settings)
    asked = [(NEW, "怎么提前还款"), ("怎么提前还款", NEW), (NEW, "怎么取消还款"), ("怎么查看账单", "怎么修改账单")]
    (tmp_path / "mine.txt").write_text("".join(f"{first}\t{second}\n" for first, second in asked), encoding="utf-8")
    run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
    assert "4 pairs, answered by" in capsys.readouterr().out
    written = pd.read_csv(paths.runs("ppd") / "predictions" / "mine.csv")
    assert list(zip(written["q1"], written["q2"], strict=True)) == asked
    same, turned, other, known = written["y_pre"]
    assert same == pytest.approx(turned, abs=1e-6)
    assert same > other + 0.1 and same > known + 0.1
    with open(tmp_path / data.PLAIN, "a", encoding="utf-8") as file:
        file.write("怎么提前还款\t请问推迟密码可以吗\t0\n")
    with pytest.raises(RunError, match=r"have changed since .* was trained on them; train again"):
        run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
    (tmp_path / "mine.txt").write_text("xyz\t怎么提前还款\n", encoding="utf-8")
    with pytest.raises(DataError, match="the data have no word of 'xyz'"):
        run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
