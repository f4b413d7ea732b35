"""Every file of a finished run, damaged in six ways: later stages name it and say what to do, or need it not."""

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.torture.commands import SETTINGS, each, results, toy
from tests.torture.traps import without_rights

LONG = "TORTURE" in os.environ
LINES = (("leaderboard",), ("toy", "predict", "input=1,1"), ("toy", "ensemble"), ("toy", "submit"))


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Homes of the same commands with another regularisation: whole runs that differ in little."""
    found = []
    for number, more in enumerate(((), ("regularisation=0.1",))):
        found.append(tmp_path_factory.mktemp("whole") / f"home{number}")
        status, shown = toy(found[-1], "submit", *SETTINGS, *more)
        assert status == 0, shown
    return found


def removed(path, other):
    path.unlink()


def emptied(path, other):
    path.write_bytes(b"")


def truncated(path, other):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_folder(path, other):
    path.unlink()
    path.mkdir()


def of_another_run(path, other):
    shutil.copyfile(other, path)


def forbidden(path, other):
    path.chmod(0)


WAYS = (removed, truncated, of_another_run, a_folder, emptied, forbidden)


def files_of(home):
    """Files of the runs and the folds, as they lie below a home; pictures and locks left out."""
    files = [path.relative_to(home) for path in sorted(home.glob("runs/**/*")) if path.is_file()]
    return [path for path in files if "plots" not in path.parts and path.name != ".lock"]


def counterpart(place, home):
    """The same file of the other home, whose runs have other names."""
    parts = [re.sub("-[0-9a-f]{8}$", "-*", part) for part in place.parts]
    return next(home.glob("/".join(parts)))


def follow(shown, home):
    """Move away what the message says; gives whether it says something."""
    advice = re.search(r"Move (?:the folder )?(\S+?)(?: and (\S+))? away", shown)
    for path in advice.groups() if advice else ():
        if path:
            assert Path(path).is_relative_to(home)
            Path(path).rename(home / f"away-{len(list(home.glob('away-*')))}")
    return bool(advice)


def test_a_damaged_file_of_a_run_is_named_and_the_advice_helps(homes, tmp_path):
    home, other, tried = tmp_path / "home", homes[1], 0
    for number, place in enumerate(files_of(homes[0])):
        for way in WAYS if LONG else (WAYS[number % len(WAYS)],):
            what, tried = f"{place} {way.__name__}", tried + 1
            shutil.copytree(homes[0], home)
            text = (home / "runs").rglob("config.json")
            for path in text:  # the copy's own data
                path.write_text(path.read_text().replace(str(homes[0]), str(home)))
            way(home / place, counterpart(place, other))
            answered = each(home, *LINES, fault=without_rights)
            for line, (status, shown, _) in zip(LINES, answered, strict=True):
                assert status in (0, 2) and "Traceback" not in shown, f"{what}: {line}\n{shown}"
                if status == 2:
                    named = str((home / place).parent) in shown or place.name in shown
                    assert named or "Make one: make ensemble" in shown, f"{what}: {line}\n{shown}"
            for _ in range(4):
                (status, shown, _) = each(home, LINES[-1], fault=without_rights)[0]
                if status == 0 or not follow(shown, home):
                    break
            assert status == 0, f"{what}: the advice does not help\n{shown}"
            assert results(home) == results(homes[0]), f"{what}: other results"
            shutil.rmtree(home)
    print(f"{tried} damaged files")
