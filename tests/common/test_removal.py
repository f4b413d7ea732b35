"""What `make clean` may touch, and that all else survives."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from common import paths, removal, run
from common.errors import DataError, PodiumError
from tests.conftest import REPOSITORY

ODD_NAMES = ["two  words", "-rf", "new\nline", "星 $(touch x)*", "quote'\"", "not utf-8 \udcff"]


@pytest.fixture(autouse=True)
def only_here(tmp_path, monkeypatch):
    """Whatever is tested here, a fault of it reaches no file outside the test's own folder: it fails instead."""

    def confined(function):
        def checked(*arguments, **options):
            for path in arguments[: 2 if function is os.rename else 1]:
                place = Path(path) if options.get("dir_fd") is None else tmp_path / path
                assert tmp_path in (place.parent.resolve() / place.name).parents, f"{function.__name__} of {path}"
            return function(*arguments, **options)

        return checked

    for module, name in ((shutil, "rmtree"), (os, "rename"), (os, "rmdir"), (os, "unlink")):
        monkeypatch.setattr(module, name, confined(getattr(module, name)))


@pytest.fixture(autouse=True)
def repository(tmp_path, monkeypatch):
    """A repository of its own, beside the home folder of every test, and a home folder of the person."""
    folder = tmp_path / "repository"
    (folder / "competitions").mkdir(parents=True)
    (tmp_path / "person").mkdir()
    monkeypatch.setattr(paths, "CONTESTS", folder / "competitions")
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return folder


def write(name, content="made"):
    """A file of the home folder as this program writes it."""
    with paths.atomic(paths.home() / name) as temporary:
        temporary.write_text(content)
    return paths.home() / name


def put(path, content="mine"):
    """A file as a person puts it somewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def git(folder, *arguments):
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def clean(*arguments, status=0):
    assert run.main(["clean", *arguments]) == status


def files(folder):
    """`{path: content}` of a folder, links not followed, the list of written files left out."""
    found = [path for path in folder.rglob("*") if not path.is_dir() and path.name != Path(paths.WRITTEN).name]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_it_shows_first_and_acts_on_yes_and_twice_is_harmless(own_home, repository, capsys):
    write("data/cache/lamost/0123/flux.npy", "12345")
    write("data/sample/lamost/a.csv")
    put(repository / "common/__pycache__/a.pyc")
    put(own_home / "data/lamost/official.csv")
    put(own_home / "runs/lamost/a-1/metrics.json")
    before = files(own_home)
    clean()
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if line.startswith("  data")] == [
        ["data/cache", "1", "files", "5", "bytes"],
        ["data/sample", "1", "files", "4", "bytes"],
    ]
    assert "Would be moved" in shown and "Left alone" not in shown and files(own_home) == before
    clean("yes=1")
    kept = {name: before[name] for name in ("data/lamost/official.csv", "runs/lamost/a-1/metrics.json")}
    after = files(own_home)
    assert {name: content for name, content in after.items() if not name.startswith(".trash")} == kept
    assert sorted(path.name for path in (own_home / "data").iterdir()) == [".written", "lamost"], "no empty folder is left"
    assert list(files(repository)) == [f".trash/{removal.trashed()[0][2].name}/common/__pycache__/a.pyc"]
    clean("yes=1")
    assert files(own_home) == after and len(removal.trashed()) == 2, "a folder for each root, and no empty one"


def test_what_somebody_put_there_or_changed_stays_and_is_named(own_home, repository, capsys):
    write("data/cache/lamost/flux.npy")
    grown, touched, linked = (write(f"data/sample/lamost/{name}") for name in ("grown", "touched", "linked"))
    grown.write_text("made longer")
    touched.write_text("edit")
    os.utime(touched, (time.time() + 1,) * 2)
    linked.unlink()
    linked.symlink_to(put(own_home / "data/lamost/official.csv"))
    mine = [put(own_home / name) for name in ("data/cache/notes.txt", "data/cache/lamost/flux.txt", "data/.hidden-file")]
    mine += [put(repository / name) for name in ("build/notes.txt", "src/new.py", "common/__pycache__/a.py", "new.egg-info/a")]
    put(repository / "build/lib/common/run.py")
    put(repository / "src/__pycache__/a.pyc")
    clean("yes=1")
    shown = capsys.readouterr().out
    assert not (own_home / "data/cache/lamost/flux.npy").exists() and not (repository / "build/lib").exists()
    assert (repository / "src/__pycache__/a.pyc").exists(), "a folder that is none of the project's"
    assert all(path.read_text() == "mine" for path in [*mine, linked])
    assert grown.read_text() == "made longer" and touched.read_text() == "edit"
    for path in (grown, touched, linked, mine[0], mine[1], repository / "common/__pycache__/a.py"):
        assert repr(str(path)) in shown, "named as left alone"


def test_a_longer_list_of_what_stays_is_counted():
    assert removal.some([Path("a")] * 12, most=2) == "'a', 'a' and 10 more"


@pytest.mark.parametrize("root", ["", "  ", "/", "{home}", "{home}/", "{home}/.", "{home}/x/..", "{home}/..", "{link}/"])
def test_a_root_that_holds_more_than_this_project_is_refused(tmp_path, monkeypatch, capsys, root):
    (tmp_path / "person/x").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "person")
    monkeypatch.setenv("PODIUM_HOME", root.format(home=tmp_path / "person", link=tmp_path / "link"))
    for arguments in ((), ("yes=1",), ("undo=1",)):
        clean(*arguments, status=2)
        assert "PODIUM_HOME is empty" in (shown := capsys.readouterr().err) or "it holds your home folder" in shown
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "pers"))  # begins like the home folder, and is another
    clean("yes=1")


@pytest.mark.parametrize("link", ["data", "data/cache", "data/cache/lamost", "data/cache/lamost/0123"])
def test_a_linked_data_set_survives_wherever_the_link_is(tmp_path, own_home, capsys, link):
    name = "data/cache/lamost/0123/flux.npy"
    write(name)  # the list knows this very file, with size and time
    (own_home / link).rename(tmp_path / "elsewhere")
    (own_home / link).symlink_to(tmp_path / "elsewhere")
    before = files(tmp_path / "elsewhere")
    assert (own_home / name).exists()
    clean("yes=1")
    assert files(tmp_path / "elsewhere") == before and before and (own_home / link).is_symlink()
    assert repr(str(own_home / max(link, "data/cache"))) in capsys.readouterr().out


def test_only_parts_of_a_run_and_of_the_trash_are_erased(tmp_path, own_home, repository):
    target = put(tmp_path / "target/file").parent
    run_folder = put(own_home / "runs/lamost/dilated-1/config.json").parent
    put(run_folder / "environment.json")
    for link in (tmp_path / "link", run_folder / "link"):
        link.symlink_to(target)
    put(own_home / ".trash/somebody/file")
    put(repository / "config.json")
    before = files(tmp_path)
    refused = [run_folder / "link", f"{run_folder}/link/", f"{run_folder}/..", f"{run_folder}/link/..", run_folder]
    refused += [
        tmp_path / "link",
        target,
        own_home,
        own_home / ".trash/somebody",
        own_home / "runs",
        repository / "competitions",
    ]
    for folder in refused:
        with pytest.raises(PodiumError, match="is not removed: it is a link, or neither part of a run nor of the trash"):
            removal.erase(folder)
    assert files(tmp_path) == before
    for folder in (run_folder / "encoder", own_home / ".trash" / datetime.now().strftime(removal.STAMP)):
        put(folder / "file")
        (folder / "inside").symlink_to(target)
        removal.erase(folder)
        removal.erase(folder)  # nothing is there any more
    assert files(tmp_path) == before


def test_another_device_is_left_alone(small_disk, tmp_path, monkeypatch):
    put(small_disk / "file")
    found = removal.look("", tmp_path, [small_disk], lambda path: True)
    assert (found.own, found.kept) == ([], [small_disk])
    monkeypatch.setattr(removal, "TRASH", small_disk.name)
    with pytest.raises(PodiumError, match="is a link or on another device"):
        removal.to_trash([removal.Found("", tmp_path, [put(tmp_path / "file")], [])])
    assert (tmp_path / "file").exists()


def test_what_git_tracks_stays(own_home, capsys, monkeypatch):
    tracked, other = (write(f"data/cache/lamost/{name}") for name in ("tracked ü.npy", "other.npy"))
    git(own_home, "init")
    git(own_home, "add", "--force", tracked.relative_to(own_home))
    clean("yes=1")
    assert tracked.exists() and not other.exists()
    assert repr(str(tracked)) in capsys.readouterr().out
    (own_home / ".git/HEAD").unlink()
    clean("yes=1", status=2)
    assert "git cannot say what it tracks" in capsys.readouterr().err
    monkeypatch.setenv("PATH", "")
    clean("yes=1", status=2)
    assert "git cannot say what it tracks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("", "runs/lamost/dilated-1"),
        ("", "runs/lamost/bench-1/runs/lamost/dilated-1"),  # a benchmark's own home
        ("runs", "runs/lamost/dilated-1"),
        ("runs/lamost", "runs/lamost/dilated-1"),
    ],
)
def test_nothing_moves_while_a_run_is_at_work(tmp_path, own_home, capsys, link, place):
    made = write("data/cache/lamost/flux.npy")
    (own_home / place).mkdir(parents=True)
    if link:
        (own_home / link).rename(tmp_path / "elsewhere")
        (own_home / link).symlink_to(tmp_path / "elsewhere")
    with paths.locked(own_home / place / ".lock"):
        clean("yes=1", status=2)
        assert "Another process is working on" in capsys.readouterr().err and made.exists()
        clean()
    clean("yes=1")
    assert not made.exists(), "a lock that nobody holds, as after a kill, keeps nobody out"


def test_undo_restores_content_and_modes_the_last_time_first(own_home, repository, capsys):
    first, program = write("data/cache/lamost/first", "1"), write("data/sample/lamost/program", "2")
    program.chmod(0o750)
    program.parent.chmod(0o700)
    put(repository / "build/lib/a.py")
    clean("yes=1")
    second = write("data/cache/lamost/second", "3")
    clean("yes=1")
    assert not any(path.exists() for path in (first, program, second))
    clean("undo=1")
    assert second.read_text() == "3" and not first.exists()
    clean("undo=1")
    assert first.read_text() == "1" and program.read_text() == "2" and (repository / "build/lib/a.py").exists()
    assert (program.stat().st_mode & 0o777, program.parent.stat().st_mode & 0o777) == (0o750, 0o700)
    assert not (own_home / ".trash").exists() and not (repository / ".trash").exists()
    capsys.readouterr()
    clean("undo=1")
    assert capsys.readouterr().out == "There is nothing in the trash.\n"
    clean("yes=1")
    assert not first.exists(), "they are still known as written here"


def test_undo_overwrites_nothing_and_follows_no_link(tmp_path, own_home, capsys):
    for name in ("again", "folder/file", "linked/file", "free"):
        write(f"data/cache/{name}", "old")
    clean("yes=1")
    write("data/cache/again", "new")
    put(own_home / "data/cache/folder")
    (tmp_path / "elsewhere").mkdir()
    (own_home / "data/cache/linked").symlink_to(tmp_path / "elsewhere")
    clean("undo=1")
    cache = own_home / "data/cache"
    assert [(cache / name).read_text() for name in ("again", "folder", "free")] == ["new", "mine", "old"]
    assert "3 stay in the trash" in capsys.readouterr().out and not files(tmp_path / "elsewhere")
    assert len(files(own_home / ".trash")) == 3


def test_a_trash_that_is_a_link_is_not_used(tmp_path, own_home, capsys):
    made = write("data/cache/lamost/flux.npy")
    precious = put(tmp_path / "elsewhere" / datetime(2020, 1, 1).strftime(removal.STAMP) / "file")
    (own_home / ".trash").symlink_to(tmp_path / "elsewhere")
    clean("yes=1", "days=0", status=2)
    assert "is a link or on another device" in capsys.readouterr().err
    clean("undo=1")
    assert made.exists() and precious.exists()
    with pytest.raises(PodiumError, match="is not removed"):
        removal.erase(own_home / ".trash" / precious.parent.name)


def test_the_trash_is_purged_of_what_is_old_and_of_nothing_else(own_home, capsys):
    for name in ("old", "young"):
        write(f"data/cache/{name}")
        clean("yes=1")
    for (when, _, folder), days in zip(removal.trashed(), (8, 6), strict=True):
        folder.rename(folder.with_name((when - timedelta(days=days)).strftime(removal.STAMP)))
    foreign = put(own_home / ".trash/2020-01-01/file")
    clean()
    assert "Would be removed for good" in capsys.readouterr().out and len(removal.trashed()) == 2
    clean("yes=1")
    assert {Path(name).name for name in files(own_home)} == {"young", "file"}
    write("data/cache/now")
    clean("yes=1", "days=0")
    assert files(own_home) == {".trash/2020-01-01/file": b"mine"} and foreign.exists(), "the space is free at once"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_go_and_come_back_and_those_of_others_stay(own_home, capsys, name):
    made, mine = write(f"data/cache/{name}/{name}"), put(own_home / "data/cache" / f"my {name}")
    clean("yes=1")
    assert not made.exists() and mine.read_text() == "mine"
    assert repr(str(mine)) in capsys.readouterr().out
    clean("undo=1")
    assert made.read_text() == "made"


KILLED = """
import os, signal
from common import paths
with paths.atomic(paths.home() / "data/cache/lamost/flux.npy") as temporary:
    temporary.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle_of_a_write_leaves_the_old_file_and_a_temporary_that_goes_a_day_later():
    made = write("data/cache/lamost/flux.npy", "old")
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=REPOSITORY)
    assert killed.returncode == -signal.SIGKILL and made.read_text() == "old"
    (half,) = made.parent.glob(".*/*")
    mine = [put(made.parent / name) for name in (".my-vacation/flux.npy", ".flux.npy-vacation/other")]
    for path in mine:
        os.utime(path, (0, 0))
    clean("yes=1")
    assert half.exists() and not made.exists(), "it may be somebody's work at this moment"
    os.utime(half, (time.time() - 25 * 3600,) * 2)
    clean("yes=1")
    assert not half.exists() and all(path.exists() for path in mine)


def test_a_half_line_in_the_list_costs_only_its_file(own_home):
    first = write("data/cache/first")
    with open(own_home / paths.WRITTEN, "a") as file:
        file.write('["data/cache/mi\n7\n[[]]\n')
    second = write("data/cache/second")
    clean("yes=1")
    assert not first.exists() and not second.exists()


def test_a_folder_written_at_once_is_listed_file_by_file_and_nothing_elsewhere_is(own_home):
    with paths.atomic(own_home / "data/cache/lamost/0123") as folder:
        with paths.atomic(folder / "deep/a.npy") as inner:
            inner.write_text("a")
        (folder / "link").symlink_to("deep/a.npy")
    write("runs/lamost/a-1/metrics.json")
    write("data/lamost/mine.csv")
    lines = (own_home / paths.WRITTEN).read_text().splitlines()
    assert [line.split('"')[1] for line in lines if line] == ["data/cache/lamost/0123/deep/a.npy"]


def test_a_sample_with_something_of_the_users_is_not_replaced(own_home):
    write("data/sample/toy/a.csv")
    mine = put(own_home / "data/sample/toy/mine.csv")
    before = files(own_home)
    with pytest.raises(DataError, match=r"mine\.csv'\. Move them away, then repeat"):
        removal.replace_sample("toy")
    assert files(own_home) == before
    mine.unlink()
    removal.replace_sample("toy")
    removal.replace_sample("toy")
    assert not paths.sample("toy").exists()
    assert removal.undo()[0] and (paths.sample("toy") / "a.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no=1"], "There is no setting 'no'."),
        (["yes"], "yes: expected a whole number, for example yes=1"),
        (["days=-1"], "days=-1: expected a whole number"),
        (["undo=1", "yes=1"], "undo=1 stands alone"),
    ],
)
def test_a_wrong_setting_removes_nothing(arguments, message, capsys):
    made = write("data/cache/lamost/flux.npy")
    clean(*arguments, status=2)
    assert message in capsys.readouterr().err and made.exists()
