import dataclasses
import json
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from common import paths
from common.config import setting
from common.errors import RunError
from common.experiment.runs import LAYOUT, Run, all_runs, open_run, readable
from tests.conftest import REPOSITORY


@dataclasses.dataclass(frozen=True)
class Config:
    data: str = setting("here", of_data=True, identity=False)
    epochs: int = 20


def open_toy(model="resnet", data="abc", **settings):
    return open_run("toy", model, Config(**settings), data)


def test_the_same_settings_on_the_same_data_are_the_same_run():
    run = open_toy()
    assert open_toy() == run
    assert open_toy(data="abc") == run
    assert run.path.parent == paths.runs("toy")
    assert run.name == f"resnet-{run.name[-8:]}"
    assert run.model == "resnet"


def test_a_run_that_is_opened_again_is_of_the_plan_in_force():
    """What a model does not read tells no run from another, and yet later stages must not take what once stood there."""
    run = open_run("toy", "resnet", Config(data="there"), "abc")
    again = open_run("toy", "resnet", Config(data="moved"), "abc")
    assert again == run and run.read_json("config.json")["config"]["data"] == "moved"
    assert run.read_json("config.json")["fingerprint"] == "abc"


@pytest.mark.parametrize("other", [{"epochs": 21}, {"model": "trees"}, {"data": "abd"}])
def test_other_settings_another_model_or_other_data_are_another_run(other):
    assert open_toy(**other).path != open_toy().path


def test_the_members_of_an_ensemble_tell_it_from_another():
    first, second = (open_run("toy", "ensemble", Config(), "abc", members=members) for members in (["a"], ["a", "b"]))
    assert first.path != second.path
    assert second.read_json("config.json")["members"] == ["a", "b"]


def test_a_run_says_what_it_was_made_with():
    run = open_toy(epochs=3)
    config = run.read_json("config.json")
    assert config["config"] == {"data": "here", "epochs": 3}
    assert (config["contest"], config["model"], config["fingerprint"], config["layout"]) == ("toy", "resnet", "abc", LAYOUT)
    environment = run.read_json("environment.json")
    assert environment["packages"]["numpy"] == np.__version__
    assert {"python", "platform", "processors", "keras_backend", "command", "started"} <= set(environment)


def test_a_run_is_finished_when_it_has_its_metrics():
    run = open_toy()
    assert not run.finished
    run.write_json("metrics.json", {"score": 0.5, "name": "中文"})
    assert run.finished
    assert "中文" in (run.path / "metrics.json").read_text(encoding="utf-8")


def test_arrays_come_back_as_they_were():
    run = open_toy()
    run.save_arrays("oof", probability=np.eye(3, dtype="float32"), rows=np.arange(3))
    arrays = run.load_arrays("oof")
    assert sorted(arrays) == ["probability", "rows"]
    np.testing.assert_array_equal(arrays["probability"], np.eye(3))


def test_what_was_validated_are_its_rows_and_what_is_predicted_of_them():
    run = open_toy()
    run.save_arrays("oof", probability=np.array([0.1, np.nan, 0.3]), fold=np.array([0, -1, 1]))
    rows, probability = run.validated()
    assert rows.tolist() == [0, 2] and probability.tolist() == [0.1, 0.3]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:40])])
def test_damaged_arrays_are_named(damage):
    run = open_toy()
    run.save_arrays("oof", rows=np.arange(3))
    damage(run.path / "oof.npz")
    with pytest.raises(RunError, match=r"oof\.npz cannot be read .*Move the folder"):
        run.load_arrays("oof")


def test_what_cannot_be_read_in_a_fold_names_the_run():
    run = open_toy()
    damaged = Run(run.path / "fold0" / "predictions")
    damaged.path.mkdir(parents=True)
    (damaged.path / "oof.npz").write_bytes(b"PK damaged")
    with pytest.raises(RunError, match=re.escape(f"Move the folder {run.path} away")):
        damaged.load_arrays("oof")


@pytest.mark.parametrize("error", [EOFError("ends early"), pd.errors.EmptyDataError("nothing"), RuntimeError("no booster")])
def test_any_fault_of_a_file_names_it_and_a_message_stays_as_it_is(error):
    path = open_toy().path / "words.csv"
    with pytest.raises(RunError, match=re.escape(f"{path} cannot be read")), readable(path):
        raise error
    with pytest.raises(RunError, match=r"^as it is$"), readable(path):
        raise RunError("as it is")
    with pytest.raises(ImportError), readable(path):
        raise ImportError("no such package: the run is sound")


@pytest.mark.parametrize("folder", ["\ud800", "\0", None, 3])
def test_a_run_that_names_no_folder_of_data_is_named(folder, tmp_path):
    run = open_toy()
    run.write_json("config.json", {**run.stored, "config": {"data": str(tmp_path)}})
    assert run.is_on(tmp_path / "gone" / "..") and not run.is_on(tmp_path / "other") and run.is_on(None)
    (run.path / "config.json").write_text(json.dumps({**run.stored, "config": {"data": folder}}))
    with pytest.raises(RunError, match=r"config\.json cannot be read .*Move the folder"):
        run.is_on(tmp_path)


def test_pictures_have_their_folder():
    run = open_toy()
    assert run.plots.is_dir()
    assert run.plots == run.path / "plots"


def make_older(run):
    config = run.read_json("config.json")
    run.write_json("config.json", {**config, "layout": LAYOUT - 1})


def test_a_run_of_an_older_layout_is_refused_and_the_way_out_is_told():
    run = open_toy()
    make_older(run)
    with pytest.raises(RunError, match=f"has the layout {LAYOUT - 1}, this program .* reads {LAYOUT}. Move the folder away"):
        open_toy()


def test_runs_of_an_older_layout_are_left_out_and_named(capsys):
    older, newer = open_toy(epochs=1), open_toy(epochs=2)
    make_older(older)
    assert all_runs("toy") == [newer]
    assert f"Left out: {older.path} has the layout {LAYOUT - 1}" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b'{"layout"', b"\xff\xfe\x00", b"[1, 2]", b"null", b"[" * 100_000])
def test_an_unreadable_config_is_named_and_the_way_out_is_told(content, capsys):
    run = open_toy()
    (run.path / "config.json").write_bytes(content)
    with pytest.raises(RunError, match=r"Move the folder .*away"):
        open_toy()
    assert all_runs("toy") == []
    assert str(run.path) in capsys.readouterr().err


def test_a_missing_file_of_a_run_is_named():
    with pytest.raises(RunError, match=r"metrics\.json cannot be read .*Move the folder"):
        open_toy().read_json("metrics.json")


def test_the_run_last_worked_on_comes_first():
    runs = [open_toy(epochs=epochs) for epochs in (1, 2, 3)]
    for age, run in enumerate(runs):
        os.utime(run.path / "config.json", (1e9 - age, 1e9 - age))
    assert all_runs("toy") == runs
    assert open_toy(epochs=3) == runs[2]
    assert all_runs("toy") == [runs[2], runs[0], runs[1]]


def test_a_contest_without_runs_has_none():
    assert all_runs("toy") == []


def test_a_second_opening_is_refused_while_the_first_is_at_work():
    run = open_toy()
    refused = pytest.raises(RunError, match=r"Another process is working on .*resnet-.*Wait for it, or stop it")
    with run.locked(), refused, run.locked():
        pass
    with run.locked():
        pass


HOLD = """
import sys
from pathlib import Path
from common.experiment.runs import Run
with Run(Path(sys.argv[1])).locked():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_process_that_is_killed_keeps_nobody_out():
    run = open_toy()
    command = [sys.executable, "-c", HOLD, run.path]
    other = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with other:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(RunError, match="Another process is working on"), run.locked():
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with run.locked():
        pass


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else():
    run = open_toy()
    run.save_arrays("oof", zeros=np.zeros(2))
    (run.path / "fold0").mkdir()
    before = sorted(path.name for path in run.path.iterdir())
    mine = run.path / ".my-holidays" / "picture"
    within = run.path / ".fold2-x1y2x1y2" / ".fold2-a1b2a1b2" / "fold2"
    for leftover in (run.path / ".fold1-x1y2x1y2" / "fold1", run.path / ".oof.npz-z3z3z3z_" / "oof.npz", within, mine):
        leftover.parent.mkdir(parents=True)
        leftover.write_text("half")
    with run.locked():
        run.discard_leftovers()
    assert sorted(path.name for path in run.path.iterdir()) == sorted([".lock", ".my-holidays", *before])
    assert mine.exists()


def test_a_failed_write_keeps_the_older_json():
    run = open_toy()
    run.write_json("metrics.json", {"score": 1})
    with pytest.raises(TypeError, match="not JSON serializable"):
        run.write_json("metrics.json", {"score": object()})
    assert json.loads((run.path / "metrics.json").read_text()) == {"score": 1}
