"""Searches of settings, on a contest whose model is one number and whose score is how near it comes to 3."""

import dataclasses
import importlib
import importlib.machinery
import os
import sys
import types

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("optuna")

from common import paths, progress, run
from common.config import Range, setting
from common.errors import ConfigError, RunError
from common.experiment import Metric, Plan
from common.experiment import plan as plans
from common.experiment.runs import all_runs
from common.experiment.tune import tune

NEAR = Metric("nearness", lambda truth, found: -np.abs(found - 3.0), lambda counts: float(counts.mean()))
FITTED = []  # values that were fitted, one after the other
BREAKS = {}  # after how many fits a person stops the search


@dataclasses.dataclass(frozen=True)
class Config:
    data: str = setting("here", identity=False)
    model: tuple[str, ...] = setting(("point",), identity=False)
    members: tuple[str, ...] = setting((), identity=False)
    folds: int = 5
    seed: int = 0
    place: float = setting(0.0, of=("point", "net"), search=Range(0.0, 8.0))
    way: str = setting("plain", of=("point",), search=("plain", "broken"))
    other: int = setting(1, of=("nothing",))


class Model:
    def __init__(self, value):
        self.value = value

    def predict(self, records, rows=None):
        assert not isinstance(records, str), "the scored part was asked for"
        return np.full(len(records if rows is None else rows), self.value)

    def save(self, folder):
        (folder / "model.txt").write_text(str(self.value))


def fit(plan, fold):
    FITTED.append(plan.config.place)
    if plan.config.way == "broken":
        raise FloatingPointError("the loss is nan")
    if len(FITTED) == BREAKS.get("at"):
        raise KeyboardInterrupt
    return Model(plan.config.place), None


def fit_by_epoch(plan, fold):
    for epoch in range(1, 6):
        FITTED.append((plan.config.place, epoch))
        progress.tell(epoch, -abs(plan.config.place - 3.0))
    return Model(plan.config.place), pd.DataFrame({"epoch": [1], "loss": [1.0], "score": [0.5]})


def make_plan(config):
    return Plan(
        contest="fake",
        config=config,
        fingerprint="abc",
        metric=NEAR,
        truth=np.arange(10) % 2,
        records=lambda: {"train": np.arange(10), "test": "scored"},
        fits={"point": fit, "net": fit_by_epoch, "nothing": fit},
        networks=("net",),
    )


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """The contest's modules, as the frame finds them."""
    monkeypatch.setitem(sys.modules, "competitions.fake", types.ModuleType("competitions.fake"))
    for name, content in {"config": {"Config": Config}, "train": {"plan": make_plan}}.items():
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, f"competitions.fake.{name}", module)
    FITTED.clear()
    yield
    BREAKS.clear()
    plans._PLANS.clear()


def folder():
    (found,) = (paths.runs("fake") / "tune").iterdir()
    return found


def test_a_search_begins_with_the_settings_as_they_are_finds_better_ones_and_goes_on(capsys):
    tune("fake", Config(way="plain"), 6, given={"way"})
    first = capsys.readouterr().out
    scores = pd.read_csv(folder() / "trials.csv")
    assert FITTED[0] == 0.0 and len(FITTED) == len(scores) == 6, "one hold-out for each trial"
    assert scores["score"].is_monotonic_decreasing and scores["score"].iloc[0] > scores.set_index("trial")["score"][0]
    assert scores["score"].tolist() == pytest.approx([-abs(place - 3) for place in scores["place"]], abs=0.01)
    best = scores["place"].iloc[0]
    assert f"make train COMP=fake model=point way=plain place={best}" in first and "importance: place 100%" in first
    assert (folder() / "study.png").stat().st_size > 10_000
    assert not list(all_runs("fake")), "trials are no members of a plan"

    tune("fake", Config(way="plain"), 7, given={"way"})
    assert "6 of 7 trials are finished and kept" in capsys.readouterr().out and len(FITTED) == 7
    tune("fake", Config(way="plain"), 7, given={"way"})
    assert len(FITTED) == 7 == len(pd.read_csv(folder() / "trials.csv"))


def test_an_interrupted_trial_is_done_again_and_counts_once(capsys):
    BREAKS["at"] = 3
    with pytest.raises(KeyboardInterrupt):
        tune("fake", Config(), 5, given={"way"})
    broken = FITTED[-1]
    tune("fake", Config(), 5, given={"way"})
    assert FITTED[3] == broken and len(FITTED) == 6, "the same values first"
    assert "trial 2 was interrupted" in capsys.readouterr().out
    assert len(pd.read_csv(folder() / "trials.csv")) == 5
    with paths.locked(folder() / ".lock"), pytest.raises(RunError, match="Another process"):
        tune("fake", Config(), 6, given={"way"})


def test_what_fails_counts_and_is_told(capsys):
    with pytest.raises(RunError, match="No trial of point has a score: the loss is nan"):
        tune("fake", Config(way="broken"), 3, given={"way"})
    assert len(FITTED) == 3 and not (folder() / "study.png").exists()
    tune("fake", Config(), 4)
    assert "the best trials, of" in capsys.readouterr().out


def test_trials_that_lag_behind_are_broken_off(capsys):
    tune("fake", Config(model=("net",)), 9)
    epochs = pd.DataFrame(FITTED, columns=["place", "epoch"]).groupby("place")["epoch"].max()
    broken = epochs[epochs < 5]
    assert len(broken) and broken.min() > 2, "never in the first two epochs"
    scored = pd.read_csv(folder() / "trials.csv")
    assert len(scored) + len(broken) == 9
    assert abs(broken.index - 3).min() > abs(scored["place"] - 3).min(), "the best ones are finished"
    assert f"{len(broken)} broken off" in capsys.readouterr().out


def test_other_ranges_are_another_study(monkeypatch, capsys):
    tune("fake", Config(), 1, given={"way"})

    @dataclasses.dataclass(frozen=True)
    class Wider(Config):
        place: float = setting(1.0, of=("point", "net"), search=Range(0.5, 80.0, log=True))

    tune("fake", Wider(), 1, given={"way"})
    told = capsys.readouterr().out
    assert "A new study, for place was Range(low=0.0, high=8.0, log=False), is Range(low=0.5, high=80.0, log=True)" in told
    assert len(list((paths.runs("fake") / "tune").iterdir())) == 2


def test_what_cannot_be_searched_is_said(capsys):
    with pytest.raises(ConfigError, match=r"Nothing to search for model=nothing.*Models with ranges: net, point"):
        tune("fake", Config(model=("nothing",)), 1)
    for wrong, said in (("trials=0", "trials=0: expected a whole"), ("trials=-1", "trials=-1"), ("trials=abc", "trials=abc")):
        assert run.main(["sentiment", "tune", wrong]) == 2 and said in capsys.readouterr().err


def test_the_labels_of_the_scored_part_change_nothing(tmp_path):
    words = [[f"{word}{number}" for number in range(12)] for word in ("good", "bad")]
    drawn = np.random.default_rng(0).choice(12, (40, 6))
    texts = [
        " ".join(words[row % 2 if place < 4 else place % 2][number] for place, number in enumerate(numbers))
        for row, numbers in enumerate(drawn)
    ]
    rows = [f"{row % 2}\t{text}" for row, text in enumerate(texts)]
    found = []
    for turn in (0, 1):
        data = tmp_path / str(turn)
        data.mkdir()
        (data / "train.tsv").write_text("label\ttext\n" + "\n".join(rows) + "\n", encoding="utf-8")
        scored = [f"{(row + turn) % 2}\t{text} again" for row, text in enumerate(texts[:8])]
        (data / "test.tsv").write_text("label\ttext\n" + "\n".join(scored) + "\n", encoding="utf-8")
        assert run.main(["sentiment", "tune", "model=linear", "trials=3", f"data={data}"]) == 0
        newest = max((paths.runs("sentiment") / "tune").glob("*/trials.csv"), key=os.path.getmtime)
        assert not list(newest.parent.rglob("test.npz")), "not even predicted"
        found.append(pd.read_csv(newest))
        newest.rename(newest.with_suffix(".seen"))
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize("contest", paths.contests())
def test_every_range_holds_its_default_and_both_ends_are_settings(contest):
    config = importlib.import_module(f"competitions.{contest}.config").Config()
    for field in dataclasses.fields(config):
        search = field.metadata.get("search")
        if isinstance(search, Range):
            assert search.low <= field.default <= search.high and isinstance(search.low, type(field.default)), field.name
            for end in (search.low, search.high):
                dataclasses.replace(config, **{field.name: end})
        elif search:
            assert field.default in search, field.name
