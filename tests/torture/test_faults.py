"""Kills, stops, no room: whatever breaks a command off, the same command ends as if nothing had been, and leaves nothing half.

A fault strikes before or after a rename, for there a file gets its name, or at a random moment. `make test` takes some of these
moments, `make torture` all of them and 50 random ones.
"""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import time

import pytest

from tests.torture.commands import SETTINGS, STATUS, STOPPED, Command, each, leftovers, results, toy
from tests.torture.traps import (
    among_workers,
    at_rename,
    change_environment,
    count_renames,
    no_room,
    nobody_reads,
    send,
    send_from_garbage,
    stop_soon,
    without_rights,
)

LONG = "TORTURE" in os.environ
MOMENTS = 50 if LONG else 2  # random ones
RENAMES = 28  # of the first `submit` of the toy
STRUCK = [(number, after) for number in range(RENAMES) for after in (False, True)]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Home of a `submit` that nothing disturbed."""
    home = tmp_path_factory.mktemp("unbroken") / "home"
    status, shown = toy(home, "submit", *SETTINGS)
    assert status == 0, shown
    return home


def assert_the_same_command_ends_well(home, unbroken):
    """It gives what an unbroken one gives, and leaves nothing under temporary names."""
    status, shown = toy(home, "submit", *SETTINGS)
    assert status == 0 and "Traceback" not in shown, shown
    assert results(home) == results(unbroken)
    assert leftovers(home) == []


def test_the_moments_are_all_there_are(tmp_path):
    list_of = tmp_path / "renames"
    assert toy(tmp_path / "home", "submit", *SETTINGS, fault=count_renames, settings=(list_of,))[0] == 0
    assert len(list_of.read_text().splitlines()) == RENAMES


@pytest.mark.parametrize("name", STATUS)
def test_a_process_that_is_stopped_at_a_rename_goes_on(tmp_path, unbroken, name):
    of_this = STRUCK if LONG else STRUCK[list(STATUS).index(name) :: 22]
    for number, after in of_this:
        home = tmp_path / f"{number}-{after}"
        status, shown = toy(home, "submit", *SETTINGS, fault=at_rename, settings=(number, after, send, name))
        assert status == STATUS[name], f"rename {number}, after it: {after}\n{shown}"
        if name != signal.SIGKILL:
            assert shown.endswith(STOPPED) and "Traceback" not in shown
            assert leftovers(home) == []
        assert_the_same_command_ends_well(home, unbroken)
        shutil.rmtree(home)


def at_work_in(home):
    """Command lines of the processes that have this home."""
    found = []
    for place in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"PODIUM_HOME={home}\0".encode() in place.read_bytes():
                found.append(place.with_name("cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM] if LONG else [signal.SIGINT])
def test_a_stop_ends_the_workers_too(tmp_path, name):
    home, line = tmp_path / "other", ("lamost", "data", "sample_size=60", "workers=2")
    status, shown = Command(home, line, contests=["lamost"], fault=among_workers, settings=(name,)).finish()
    assert status == STATUS[name] and shown.endswith(STOPPED) and "Traceback" not in shown, shown
    assert leftovers(home) == []
    for _ in range(100):
        if not (left := at_work_in(home)):
            break
        time.sleep(0.1)
    assert not left
    assert Command(home, line, contests=["lamost"]).finish()[0] == 0 and leftovers(home) == []


def test_a_stop_while_garbage_is_collected_is_not_lost(tmp_path, unbroken):
    home = tmp_path / "home"
    status, shown = toy(home, "submit", *SETTINGS, fault=at_rename, settings=(3, True, send_from_garbage, signal.SIGTERM))
    assert status == 143 and shown.endswith(STOPPED) and "Traceback" not in shown, shown
    assert_the_same_command_ends_well(home, unbroken)


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_stopped_at_any_moment_goes_on(tmp_path, unbroken, name):
    generator, broken, started = random.Random(0), 0, time.perf_counter()
    assert toy(tmp_path / "whole", "submit", *SETTINGS)[0] == 0
    lasts = time.perf_counter() - started
    for number in range(10 * MOMENTS):  # some are at their end by then, where other work makes the machine slow
        home = tmp_path / str(number)
        at_work = Command(home, ("toy", "submit", *SETTINGS))
        at_work.strike(generator.uniform(0, 0.8 * lasts), name)
        status, shown = at_work.finish()
        assert status in (0, STATUS[name]) and "Traceback" not in shown, shown
        broken += status != 0
        assert_the_same_command_ends_well(home, unbroken)
        shutil.rmtree(home)
        if broken == MOMENTS:
            return
    raise AssertionError("nearly all were finished before")


def test_a_full_disk_is_named_at_every_rename_and_the_same_command_goes_on(tmp_path, unbroken):
    for number, after in STRUCK if LONG else STRUCK[::22]:
        home = tmp_path / f"{number}-{after}"
        status, shown = toy(home, "submit", *SETTINGS, fault=at_rename, settings=(number, after, no_room))
        assert status == 2 and "error: The disk is full: " in shown and "Traceback" not in shown, shown
        assert leftovers(home) == []
        assert_the_same_command_ends_well(home, unbroken)
        shutil.rmtree(home)


def test_beside_a_process_at_work_others_are_refused_by_name_and_it_goes_on(tmp_path, unbroken):
    home = tmp_path / "home"
    first = Command(home, ("toy", "submit", *SETTINGS), fault=at_rename, settings=(9, True, send, signal.SIGSTOP))
    while not list(home.glob("runs/toy/*/.fold1-*")):
        time.sleep(0.01)
    lines = [("toy", stage, *SETTINGS) for stage in ("train", "ensemble", "submit")]
    for status, shown, _ in each(home, *lines, ("clean", "yes=1")):
        assert status == 2 and "error: Another process is working on " in shown and "Traceback" not in shown, shown
    os.kill(first.process.pid, signal.SIGCONT)
    status, shown = first.finish()
    assert status == 0, shown
    assert results(home) == results(unbroken) and leftovers(home) == []


def test_several_contests_and_plans_at_once_in_one_home_know_what_they_wrote(tmp_path):
    home = tmp_path / "home"
    several = [Command(home, ("toy", "submit", *SETTINGS, f"seed={seed}")) for seed in range(3)]
    several += [Command(home, ("web_text", "train", "sample_size=8", "folds=2", "model=density"), contests=["web_text"])]
    for status, shown in [one.finish() for one in several]:
        assert status == 0, shown
    assert len(list(home.glob("runs/*/*/metrics.json"))) == 7 and leftovers(home) == []
    status, shown = Command(home, ("clean", "yes=1"), contests=["toy", "web_text"]).finish()
    assert status == 0 and "Left alone" not in shown, shown


def link_in_a_circle(path):
    path.symlink_to(path.name)


def link_to_nothing(path):
    path.symlink_to("nowhere")


def somebody_elses(path):
    path.mkdir(mode=0o500)


@pytest.mark.parametrize("make", [link_in_a_circle, link_to_nothing, pathlib.Path.touch, somebody_elses])
@pytest.mark.parametrize("place", ["", "submissions", "runs", "runs/toy", "data/cache", "data/sample"])
def test_a_folder_that_cannot_be_written_is_named_before_the_work(tmp_path, make, place):
    home = tmp_path / "home"
    (home / place).parent.mkdir(parents=True, exist_ok=True)
    make(home / place)
    status, shown = Command(home, ("toy", "submit"), fault=without_rights).finish()
    assert status == 2 and shown.startswith("error: ") and shown.count("\n") == 1 and str(home / place) in shown, shown
    assert not list(home.glob("runs/toy/*/fold*"))


@pytest.mark.parametrize(
    ("home", "told"), [("/proc", "/proc"), ("~nobody-of-that-name/x", "PODIUM_HOME=~nobody-of-that-name/x")]
)
def test_a_home_that_cannot_be_is_named(home, told):
    for stage in ("data", "train", "leaderboard"):
        status, shown = Command(home, ("leaderboard",) if stage == "leaderboard" else ("toy", stage)).finish()
        assert "Traceback" not in shown and (status == 0 if stage == "leaderboard" and home == "/proc" else status == 2), shown
        assert status == 0 or (shown.splitlines()[-1].startswith("error: ") and told in shown)


def test_a_home_of_ones_own_may_be_written_with_a_tilde(tmp_path):
    at_home = {"fault": change_environment, "settings": ("HOME", str(tmp_path))}
    assert Command("~/podium", ("toy", "data"), **at_home).finish()[0] == 0
    assert (tmp_path / "podium" / "data" / "sample" / "toy").is_dir()


def test_a_closed_pipe_ends_a_command_and_it_goes_on(tmp_path, unbroken):
    home = tmp_path / "home"
    status, _ = toy(home, "submit", *SETTINGS, fault=nobody_reads)
    assert status == 141 and leftovers(home) == []
    assert_the_same_command_ends_well(home, unbroken)


def test_every_command_can_be_stopped(tmp_path, unbroken):
    home = tmp_path / "home"
    shutil.copytree(unbroken, home)
    lines = [("toy", stage, *SETTINGS) for stage in ("data", "train", "ensemble", "submit", "evaluate")]
    lines += [
        ("toy", "report"),
        ("toy", "predict", "input=1,1"),
        ("toy", "export", f"to={tmp_path / 'to'}"),
        ("leaderboard",),
        ("clean",),
    ]
    stopped = 0
    for seconds in (0.0005, 0.005, 0.03):
        for line, (status, shown, _) in zip(
            lines, each(home, *lines, fault=stop_soon, settings=(seconds, signal.SIGINT)), strict=True
        ):
            told = "exists already" in shown or "Make one: make ensemble" in shown  # by what the stops before left
            assert status == 0 or (status == 130 and shown.endswith(STOPPED)) or (status == 2 and told), f"{line}: {shown}"
            stopped += status == 130
    assert stopped >= len(lines) and leftovers(home) == []
    assert_the_same_command_ends_well(home, unbroken)
