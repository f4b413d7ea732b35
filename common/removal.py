"""Everything that this program removes goes through here. Uses nothing but the standard library.

`make clean` takes what can be made again, and of that only what is known to be the project's own: files of `data/cache` and
`data/sample` that stand on the list `data/.written` and are as they were written, what a killed process left there a day ago or
more, and what tools left in a few folders of this repository. A file that somebody put there or changed stays and is named; so
does whatever git tracks, lies behind a link or on another device. What goes is moved to `.trash/<time>/`, from where `undo`
brings it back. Nothing here removes "everything except": what may go is always said by where it lies and what it is.
"""

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections import namedtuple
from datetime import datetime
from pathlib import Path

from common import paths
from common.errors import ConfigError, DataError, PodiumError

TRASH = ".trash"  # beside what it takes, on the same file system: a move is one step and needs no space
STAMP = "%Y-%m-%d-%H%M%S-%f"
ABANDONED = 24 * 3600  # seconds without a change after which a temporary file is nobody's any more
OF_TOOLS = (".pytest_cache", ".ruff_cache", ".import_linter_cache", "podium.egg-info", "build/lib", "build/bdist*")
COMPILED = (".pyc", ".nbi", ".nbc")  # by Python, and by numba
PACKAGES = ("bench", "common", "competitions", "tests")

Found = namedtuple("Found", "label root own kept")  # files of a root that may go and what stays beside them, as whole paths


def roots():
    """The folder that holds `data/` and this repository, often one and the same; links in their own paths are resolved.

    Raises:
        ConfigError: `PODIUM_HOME` is empty, the root of the file system, or holds the user's home folder.
    """
    if not os.environ.get("PODIUM_HOME", ".").strip():
        raise ConfigError("PODIUM_HOME is empty. Name the folder that holds data/ and runs/, or unset it.")
    home = paths.home().resolve()
    if home == home.parent or Path.home().resolve().is_relative_to(home):
        raise ConfigError(f"Nothing is removed in {home}: it holds your home folder. Give PODIUM_HOME a folder of its own.")
    return home, paths.CONTESTS.parent.resolve()


def survey():
    """What can be made again, as a list of `Found`."""
    home, repository = roots()
    if any(repository.glob("podium-*.dist-info")):  # an installed package: that folder is everybody's
        return [look(name, home, [home / name], known(home)) for name in paths.MADE_AGAIN]
    tools = [folder for name in OF_TOOLS for folder in sorted(repository.glob(name))]
    compiled = [folder for name in PACKAGES for folder in sorted((repository / name).rglob("__pycache__"))]
    return [
        *(look(name, home, [home / name], known(home)) for name in paths.MADE_AGAIN),
        look("caches of tools", repository, tools, lambda path: True),
        look("__pycache__", repository, compiled, lambda path: path.suffix in COMPILED),
    ]


def look(label, root, folders, is_own):
    """Tell own files from others in folders of a root, never behind a link or on another device: a `Found`."""
    own, kept, tracked = [], [], tracked_by_git(root)
    for top in folders:
        for here, below, names in os.walk(top):
            here = Path(here)
            if here.resolve() != here or here.stat().st_dev != root.stat().st_dev:
                kept.append(here)
                below.clear()
                continue
            for path in (here / name for name in (*below, *names)):
                if path.is_symlink() or not path.is_dir():
                    goes = path.is_file() and not path.is_symlink() and path not in tracked and is_own(path)
                    (own if goes else kept).append(path)
    return Found(label, root, own, kept)


def known(home):
    """A function that tells whether a file was written by this program, and not changed since."""
    written = set()
    with contextlib.suppress(FileNotFoundError), open(home / paths.WRITTEN, encoding="utf-8") as file:
        for line in file:
            with contextlib.suppress(ValueError, TypeError):  # the half line of a killed process
                written.add(tuple(json.loads(line)))

    def is_own(path):
        size, changed = paths.size_and_time(path)
        abandoned = time.time() - changed / 1e9 > ABANDONED and any(map(paths.is_leftover, path.parents))
        return abandoned or (path.relative_to(home).as_posix(), size, changed) in written

    return is_own


def tracked_by_git(root):
    """Files below a folder that git tracks; none where there is no repository."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return set()
    try:
        names = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        why = os.fsdecode(getattr(error, "stderr", b"")).strip() or error
        raise PodiumError(f"git cannot say what it tracks in {root}, so nothing is removed there: {why}") from None
    return {root / os.fsdecode(name) for name in names.split(b"\0") if name}


def refuse_while_running(home):
    """Raise `RunError` while a process works on a run."""
    for lock in {*home.glob("runs/*/*/.lock"), *home.glob("runs/**/.lock")}:  # only the first looks into folders that are links
        with paths.locked(lock):
            pass


def to_trash(found):
    """Move the own files of a list of `Found` into a new folder of their roots' trash, and remove folders that are left empty.

    Raises:
        PodiumError: the trash is a link, or on another device.
    """
    stamp = datetime.now().strftime(STAMP)
    for root in {one.root for one in found if one.own}:
        trash = root / TRASH
        if trash.resolve() != trash or (trash.exists() and trash.stat().st_dev != root.stat().st_dev):
            raise PodiumError(f"{trash} is a link or on another device. Move it away, then repeat.")
        (trash / stamp).mkdir(parents=True)  # fails rather than share a folder
        own = [path for one in found if one.root == root for path in one.own]
        for path in own:
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                move(path, root, trash / stamp)
        remove_empty({path.parent for path in own}, root)


def move(path, source, target):
    """Give a file below `source` the same place below `target`, in folders of the same modes. Overwrites nothing.

    Returns:
        Whether it was moved: not where its name, or that of a folder on the way, is taken, by a link for example.
    """
    place = path.relative_to(source)
    folders = [target / folder for folder in reversed(place.parents)]
    taken = [folder for folder in folders if folder.is_symlink() or (folder.exists() and not folder.is_dir())]
    if taken or os.path.lexists(target / place):
        return False
    for folder in folders:
        if not folder.exists():
            folder.mkdir()
            shutil.copymode(source / folder.relative_to(target), folder)
    os.rename(path, target / place)
    return True


def remove_empty(folders, root):
    """Remove folders, and those above them within the root, as far as they are empty."""
    for folder in folders:
        with contextlib.suppress(OSError):  # it is not
            while root in folder.parents:
                folder.rmdir()
                folder = folder.parent


def trashed(days=0):
    """`(time, root, folder)` of whatever has been in the trash for so many days, in the order of time."""
    found = []
    for root in set(roots()):
        for folder in (root / TRASH).glob("*") if (root / TRASH).resolve() == root / TRASH else ():
            when = moved_at(folder)
            if when and (datetime.now() - when).days >= days:
                found.append((when, root, folder))
    return sorted(found)


def moved_at(folder):
    """When a folder of the trash was made; `None` for one that `to_trash` has not made."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(folder.name, STAMP)


def undo():
    """Put back what the last `to_trash` took; where something has the name meanwhile, the older file stays in the trash.

    Returns:
        Files that are back, and files that stay in the trash.
    """
    back, left, found = [], [], trashed()
    for when, root, folder in found:
        if when == found[-1][0]:
            files = [path for path in folder.rglob("*") if not path.is_dir()]
            for path in files:
                (back if move(path, folder, root) else left).append(path)
            remove_empty({folder, *(path.parent for path in files)}, root)
    return back, left


def replace_sample(contest):
    """Move a contest's built-in sample to the trash, so that it can be made anew.

    Raises:
        DataError: its folder holds what this program has not written, or what was changed since.
    """
    home, _ = roots()
    found = look("sample", home, [home / paths.sample(contest).relative_to(paths.home())], known(home))
    if found.kept:
        raise DataError(
            f"The sample has to be made anew, but these were put there or changed, or are links: {some(found.kept)}. Move them "
            "away, then repeat."
        )
    to_trash([found])


def erase(folder):
    """Remove for good a folder right inside a run's or a folder of the trash, or a leftover; nothing where there is none.

    Raises:
        PodiumError: it is something else, or a link.
    """
    folder = Path(folder)
    if not os.path.lexists(folder):
        return
    beside = folder.parent
    in_run = folder.name not in ("", "..") and (beside / "config.json").is_file() and (beside / "environment.json").is_file()
    in_trash = beside.name == TRASH and not beside.is_symlink() and moved_at(folder)
    if folder.is_symlink() or not (in_run or in_trash or paths.is_leftover(folder)):
        if not os.path.lexists(folder):  # gone meanwhile: a worker that was told to stop removes its own
            return
        raise PodiumError(f"{folder} is not removed: it is a link, or neither part of a run nor of the trash.")
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        shutil.rmtree(folder)


def discard_leftovers(*folders):
    """Remove what killed processes left under temporary names in folders and in those below them; what is at work stays."""
    for here, below, _ in (step for folder in folders for step in os.walk(folder, topdown=False)):  # one may lie within another
        for name in [name for name in below if paths.is_leftover(Path(here, name))]:
            with paths.held(Path(here, name)) as nobody_holds_it:
                if nobody_holds_it:
                    erase(Path(here, name))


def some(files, most=10):
    """The first few names, quoted so that each is one whatever is in it."""
    return ", ".join(repr(str(path)) for path in files[:most]) + (f" and {len(files) - most} more" if len(files) > most else "")
