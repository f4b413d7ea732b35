"""Kill, Ctrl-C, a second process, a full disk, an older layout: nothing half stays, and the same command goes on."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from competitions.lamost import sample
from tests.conftest import REPOSITORY

SETTINGS = ("model=lightgbm", "folds=3", "tree_rounds=40", "components=5", "workers=1")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("official") / "sample"
    sample.write(folder, 48, seed=1)
    return folder


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    """The home of a run that nothing disturbed."""
    home = tmp_path_factory.mktemp("unbroken")
    status, shown = finish(start(home, data))
    assert status == 0, shown
    return home


def start(home, data):
    """`python -m common.run lamost train ...` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "common.run", "lamost", "train", *SETTINGS, f"data={data}"],
        cwd=REPOSITORY,
        env=os.environ | {"PODIUM_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # a test run in the background ignores Ctrl-C, and its children would too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(process):
    """Its exit status and output."""
    shown, _ = process.communicate(timeout=120)
    return process.returncode, shown


def run_folder(home):
    (folder,) = (home / "runs" / "lamost").glob("lightgbm-*")
    return folder


def wait_for(process, home, pattern):
    """The first path that matches, as soon as it is there."""
    while process.poll() is None:
        if found := list(home.glob(f"runs/lamost/lightgbm-*/{pattern}")):
            return found[0]
        time.sleep(0.002)
    raise AssertionError(f"ended before there was {pattern}: {process.communicate()[0]}")


def half_files(home):
    """Whatever lies there under a temporary name."""
    return [path for path in home.rglob(".*") if path.name not in (".lock", ".written")]


def assert_same_results(home, expected_home):
    for name in ("oof", "test"):
        with np.load(run_folder(home) / f"{name}.npz") as found, np.load(run_folder(expected_home) / f"{name}.npz") as expected:
            assert set(found) == set(expected)
            for key in expected:
                np.testing.assert_array_equal(found[key], expected[key])
    scores = [json.loads((run_folder(each) / "metrics.json").read_text())["score"] for each in (home, expected_home)]
    assert scores[0] == scores[1]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path, data, unbroken):
    home = tmp_path / "home"
    process = start(home, data)
    wait_for(process, home, ".fold1-*")
    process.send_signal(signal.SIGKILL)
    finish(process)
    run = run_folder(home)
    assert (run / "fold0").exists() and not (run / "fold1").exists() and not (run / "metrics.json").exists()
    kept = {path.name: path.stat().st_mtime_ns for path in (run / "fold0").iterdir()}

    status, shown = finish(start(home, data))
    assert status == 0 and f"{run.name}: 1 folds are finished and kept" in shown
    assert {path.name: path.stat().st_mtime_ns for path in (run / "fold0").iterdir()} == kept
    assert half_files(home) == []
    assert_same_results(home, unbroken)


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path, data, unbroken):
    home = tmp_path / "home"
    first = start(home, data)
    wait_for(first, home, ".fold0-*")
    first.send_signal(signal.SIGSTOP)
    try:
        status, shown = finish(start(home, data))
    finally:
        first.send_signal(signal.SIGCONT)
    assert status == 2 and "Traceback" not in shown
    assert f"error: Another process is working on {run_folder(home)}. Wait for it, or stop it, then repeat." in shown
    assert finish(first)[0] == 0
    assert_same_results(home, unbroken)


def test_control_c_stops_without_a_traceback_and_leaves_nothing_half(tmp_path, data):
    home = tmp_path / "home"
    process = start(home, data)
    wait_for(process, home, ".fold0-*")
    process.send_signal(signal.SIGINT)
    status, shown = finish(process)
    assert status == 130 and "Stopped. The same command continues where it stopped." in shown and "Traceback" not in shown
    assert half_files(home) == []


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A file system of a few megabytes."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    if not shutil.which("mount") or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


# 48 + 16 spectra: 660 kB as read, 850 kB prepared, then 100 kB for each fold
@pytest.mark.parametrize(("stage", "free"), [("reading", 300_000), ("preparing", 900_000), ("training", 1_620_000)])
def test_a_full_disk_is_named_and_the_same_command_finishes_when_there_is_room(tmp_path, data, unbroken, stage, free):
    with small_disk(tmp_path / "disk", megabytes=16) as home:
        ballast = home / "ballast"
        ballast.write_bytes(bytes(16 * 2**20 - free))
        status, shown = finish(start(home, data))
        assert status == 2 and "Traceback" not in shown, f"exit status {status}\n{shown}"
        assert "error: The disk is full: " in shown
        assert half_files(home) == [] and not list(home.glob("runs/lamost/*/metrics.json"))
        ballast.unlink()
        status, shown = finish(start(home, data))
        assert status == 0, shown
        assert_same_results(home, unbroken)


def test_a_run_of_an_older_layout_is_named(tmp_path, data, unbroken):
    home = tmp_path / "home"
    shutil.copytree(unbroken, home)
    path = run_folder(home) / "config.json"
    path.write_text(path.read_text().replace('"layout": 2', '"layout": 1'))
    status, shown = finish(start(home, data))
    assert status == 2 and "Traceback" not in shown
    assert f"error: {run_folder(home)} has the layout 1, this program writes and reads 2. Move the folder away" in shown
    board = subprocess.run(
        [sys.executable, "-m", "common.run", "leaderboard"],
        cwd=REPOSITORY,
        env=os.environ | {"PODIUM_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert board.returncode == 0 and "Left out: " in board.stderr and run_folder(home).name not in board.stdout
