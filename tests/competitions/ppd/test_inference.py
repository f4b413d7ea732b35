"""Finished runs answer pairs that nobody asked before, and what is known of the asked pairs themselves stays out of it."""

import dataclasses
import itertools
import re

import numpy as np
import pandas as pd
import pytest

from common import experiment, paths, run
from common.errors import DataError, RunError
from competitions.ppd import batches, closure, data, demo, inference, sample, train, trees
from competitions.ppd.config import Config
from competitions.ppd.pairs import Known, asked

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


def asked_of(pairs, protocol="contest"):
    return asked(DATASET, np.array(pairs), Config(protocol=protocol))


def test_the_labels_of_asked_pairs_are_left_out_in_whatever_order(tmp_path):
    asked = asked_of([[2, 3], [0, 4], [5, 5]])
    left = Known.of(DATASET).for_pairs(asked)
    np.testing.assert_array_equal(left.pairs, PAIRS[[0, 2, 3, 5]])
    np.testing.assert_array_equal(left.labels, LABELS[[0, 2, 3, 5]])
    everything = Known.of(DATASET).for_pairs(dataclasses.replace(asked, asked=False))
    np.testing.assert_array_equal(everything.pairs, PAIRS, "of the data's own pairs all is known")
    Known.of(DATASET, np.array([1, 4])).save(tmp_path)
    np.testing.assert_array_equal(Known.load(tmp_path).pairs, PAIRS[[1, 4]])


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_networks_are_told_every_label_but_those_of_the_asked_pairs(protocol, monkeypatch):
    told = []
    monkeypatch.setattr(batches, "predict", lambda *given: told.append(given))
    monkeypatch.setattr(batches, "predict_with_mates", lambda *given: told.append(given))
    known = Known.of(DATASET, np.array([1, 3, 5, 6]))  # what the fold has learnt from
    network = inference.Network("network", known, Config(protocol=protocol, seed=5))
    network.predict(asked_of([[2, 3], [4, 5]], protocol))
    (given,) = told
    assert given[:2] == ("network", DATASET) and given[2].tolist() == [[2, 3], [4, 5]]
    if protocol == "contest":
        others = [0, 2, 3, 4]
        assert (given[3].tolist(), given[4].tolist(), given[6]) == (PAIRS[others].tolist(), LABELS[others].tolist(), 5)


def test_trees_are_shown_a_new_pair_as_they_were_shown_the_test_pairs(tmp_path, monkeypatch):
    """With the graph, whose edges the test pairs were, and what all labels imply."""
    sample.write(tmp_path, 300, 1)
    config = Config(data=tmp_path, folds=2, model=("trees",))
    plan = train.plan(config)
    shown = []
    monkeypatch.setattr(trees, "predict", lambda booster, table: shown.append(table))
    model = inference.Trees(None, Known.of(plan.dataset, np.arange(0, 300, 2)), config)  # half of what test pairs are told
    model.predict(plan.parts["test"])
    without_test = dataclasses.replace(plan.dataset, test_pairs=None)
    model.predict(asked(without_test, plan.dataset.test_pairs, config))
    expected, found = shown
    assert list(found) == list(expected) and expected["negative_links"].any()
    np.testing.assert_allclose(found, expected, atol=1e-4)
    implied = closure.describe(plan.dataset.test_pairs, plan.dataset.pairs, plan.dataset.labels, len(plan.dataset.names))
    np.testing.assert_allclose(expected[implied.columns], implied)


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_plain_pairs_with_a_new_question_are_answered(protocol, tmp_path, capsys):
    written_pairs(tmp_path)
    settings = [f"data={tmp_path}", f"protocol={protocol}", "folds=2", "model=trees", "tree_rounds=20"]
    run.run_stage("ppd", "ensemble", settings)
    asked = [(NEW, "怎么提前还款"), ("怎么提前还款", NEW), (NEW, "怎么取消还款"), ("怎么查看账单", "怎么修改账单")]
    (tmp_path / "mine.txt").write_text("".join(f"{first}\t{second}\n" for first, second in asked), encoding="utf-8")
    run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
    assert "4 pairs, answered by" in capsys.readouterr().out
    (path,) = (paths.runs("ppd") / "predictions").glob("mine-*.csv")
    written = pd.read_csv(path)
    assert list(zip(written["q1"], written["q2"], strict=True)) == asked
    same, turned, other, known = written["y_pre"]
    assert same == pytest.approx(turned, abs=1e-6)
    assert same > other + 0.1 and same > known + 0.1
    shown = demo.tab(experiment.newest("ppd"), None)
    bars, *_ = shown.answered({"first": NEW, "second": " 怎么提前还款\n"})
    assert float(re.search(r"they mean the same.*?>(0\.\d+)<", bars)[1]) == pytest.approx(same, abs=0.1)
    with pytest.raises(DataError, match="the pair: the data have no word of 'xyz'"):
        shown.answered({"first": "xyz", "second": NEW})
    with open(tmp_path / data.PLAIN, "a", encoding="utf-8") as file:
        file.write("怎么提前还款\t请问推迟密码可以吗\t0\n")
    with pytest.raises(RunError, match=r"have changed since .* was trained on them; train again"):
        run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
    (tmp_path / "mine.txt").write_text("xyz\t怎么提前还款\n", encoding="utf-8")
    with pytest.raises(DataError, match="the data have no word of 'xyz'"):
        run.run_stage("ppd", "predict", [f"input={tmp_path / 'mine.txt'}"])
