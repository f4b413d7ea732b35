"""Where data, runs and submissions of a contest live, and how files are written there."""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from common.errors import ConfigError, PodiumError, RunError

CONTESTS = Path(__file__).parents[1] / "competitions"
SAMPLE_MARK = "SAMPLE"  # a file that tells the built-in sample from official data
MADE_AGAIN = ("data/cache", "data/sample")  # below `home()`: what is written here can be made again
WRITTEN = "data/.written"  # below `home()`: the files written there, which alone `make clean` removes


def home():
    """The folder that holds `data/`, `runs/` and `submissions/`: `$PODIUM_HOME`, else the working directory.

    Raises:
        ConfigError: it begins with `~` and a name that nobody has.
    """
    given = os.environ.get("PODIUM_HOME", ".")
    try:
        return Path(given).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"PODIUM_HOME={given}: {error}") from None


def data(contest):
    """Default folder of a contest's official files."""
    return home() / "data" / contest


def sample(contest):
    """Folder of a contest's built-in sample."""
    return home() / "data" / "sample" / contest


def is_sample(folder):
    """Whether a data folder is the built-in sample."""
    return (Path(folder) / SAMPLE_MARK).exists()


def data_name(folder):
    """The data folder for tables, with a warning where it is the built-in sample."""
    return f"{folder}{' (built-in sample)' if is_sample(folder) else ''}"


def cache(contest):
    """Folder of arrays made from a contest's official files; `make clean` removes them."""
    return home() / "data" / "cache" / contest


def runs(contest):
    """Folder of a contest's runs."""
    return home() / "runs" / contest


def submission(contest, suffix):
    """The newest checked submission of a contest."""
    return home() / "submissions" / f"{contest}{suffix}"


def contests():
    """Names of all contests: the folders of `competitions/` that have a `config.py`."""
    return sorted(path.parent.name for path in CONTESTS.glob("*/config.py"))


@contextlib.contextmanager
def atomic(path):
    """Give a temporary path with the same suffix; it takes the name `path` only when the block ends without an error.

    Works for a file and for a folder. All of it lies on the disk before it has its name: a power cut leaves no empty file. A
    full disk is reported with the file's name; whatever an earlier call wrote under `path` stays as it was.

    Raises:
        FileExistsError: `path` is a folder that another process made meanwhile.
        PodiumError: a folder stands where a file is to be written, or the other way round.
        OSError: with `errno.ENOSPC`, the disk is full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with working_folder(path) as folder:
            temporary = folder / path.name
            yield temporary
            to_disk(*(temporary.rglob("*") if temporary.is_dir() else ()), temporary)
            note_written(temporary, path)
            os.replace(temporary, path)
            to_disk(path.parent)  # the new name itself
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise FileExistsError(f"{path} was made by another process meanwhile") from error
        if error.errno in (errno.EISDIR, errno.ENOTDIR) and os.path.lexists(path):
            what = "a folder" if path.is_dir() else "no folder"
            raise PodiumError(f"{path} cannot be written, for {what} stands there. Move {path} away and repeat.") from error
        if disk_is_full(error, path.parent):
            message = f"The disk is full: {path} was not written, nothing else was lost. Free some space and repeat."
            raise OSError(errno.ENOSPC, message) from error
        raise


@contextlib.contextmanager
def working_folder(path):
    """A new folder beside `path` for what is to become it, `.NAME-` and eight letters, held for the length of the block."""
    while True:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder, held(folder) as mine:
            if mine is None or (mine and os.path.isdir(folder)):  # else it was taken for a leftover, just now
                yield Path(folder)
                return


@contextlib.contextmanager
def held(folder):
    """Hold a folder for the length of the block, which a killed process does not: that tells a leftover from work.

    Gives `True` where it is held now, `False` where another process holds it or it is gone, `None` where the system cannot say.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        yield None
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = True
        except BlockingIOError:
            mine = False
        except OSError:  # some file systems of a network hold no folders
            mine = None
        yield mine
    finally:
        os.close(descriptor)


def note_written(temporary, path):
    """List the files that are about to get the name `path`, each with size and time, where `make clean` may remove them.

    Noted before they have their names: a process that is killed in between leaves no file that nobody knows.
    """
    root, path = home().absolute(), path.absolute()
    if not any(path.is_relative_to(root / folder) for folder in MADE_AGAIN):
        return
    place = path.relative_to(root)
    if any(hidden(part) for part in place.parts):  # the temporary folder of another `atomic`, which will note it
        return
    lines = []
    for file in temporary.rglob("*") if temporary.is_dir() else [temporary]:
        if file.is_file() and not file.is_symlink():
            lines.append(json.dumps([(place / file.relative_to(temporary)).as_posix(), *size_and_time(file)]) + "\n")
    with open(root / WRITTEN, "ab", buffering=0) as file:  # in one piece, that two processes do not mix their lines
        file.write(("\n" + "".join(lines)).encode())  # from a new line on: a killed process may have left a half one


def size_and_time(file):
    """What tells whether a file is still as it was written."""
    status = os.lstat(file)
    return status.st_size, status.st_mtime_ns


def is_leftover(folder):
    """Whether a folder is one that a killed `atomic` left: `.NAME-` and eight letters, and in it nothing but NAME."""
    match = re.fullmatch(r"\.(.+)-[a-z0-9_]{8}", folder.name, re.DOTALL)
    return (
        bool(match) and folder.is_dir() and not folder.is_symlink() and {path.name for path in folder.glob("*")} <= {match[1]}
    )


def disk_is_full(error, folder):
    """Whether an `OSError` on writing into `folder` means a full disk; NumPy raises some without a number."""
    if error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    while not Path(folder).exists():
        folder = Path(folder).resolve().parent
    return shutil.disk_usage(folder).free < 1 << 16


def require_writable(*folders):
    """Say of folders that cannot be made or written into: before the work, not after it.

    Raises:
        PodiumError: what stands in the way.
    """
    for folder in folders:
        place = folder
        while not os.path.lexists(place) and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise PodiumError(f"{folder} cannot be written: {place} is no folder, or a link that leads to none")
        if not os.access(place, os.W_OK | os.X_OK):
            raise PodiumError(f"{folder} cannot be written: there is no permission to write into {place.resolve()}")


def to_disk(*files):
    """Have the system write files, or the entries of folders, to the disk now."""
    for path in files:
        if os.name == "nt" or path.is_symlink():  # Windows opens no folder, and a file only to write
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def locked(path):
    """Keep a second process out for the length of the block; a killed process keeps nobody out.

    Args:
        path: a file to lock, made where it is missing; its folder is what the message names.

    Raises:
        RunError: another process is in such a block.
    """
    lock, free = _lock()
    with open(path, "a+") as file:
        try:
            lock(file)
        except OSError:
            raise RunError(f"Another process is working on {path.parent}. Wait for it, or stop it, then repeat.") from None
        try:
            yield
        finally:
            free(file)


def _lock():
    """How this system locks an open file without waiting, and frees it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        return lambda file: msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1), lambda file: msvcrt.locking(
            file.fileno(), msvcrt.LK_UNLCK, 1
        )
    return lambda file: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda file: fcntl.flock(file, fcntl.LOCK_UN)


def hidden(path):
    """Whether a file is one that no one put there: `.DS_Store`, or macOS's `._name` beside each name on foreign disks."""
    return Path(path).name.startswith(".")


def natural(name):
    """A key that sorts numbers within names by their value: 2 before 10."""
    return [(0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in re.split(r"(\d+)", name) if piece]


def listed(folder, *patterns):
    """Paths of a folder that match one of the patterns, in order of their names, hidden ones left out."""
    return sorted({path for pattern in patterns for path in Path(folder).glob(pattern) if not hidden(path)})


def fingerprint(files):
    """A short hash of the content of files and of folders of files; the same data elsewhere has the same hash.

    Of a zip its size and its whole directory count: name, length and checksum of every member. Of a folder the names and the
    content of its files and of those in folders below, hidden ones left out (a second for 30,000 spectra of 20 kB).
    """
    digest = hashlib.sha256()
    for path in map(Path, files):
        if path.is_dir():
            for name, entry in sorted((entry.relative_to(path).as_posix(), entry) for entry in path.rglob("*")):
                if not any(map(hidden, name.split("/"))):
                    digest.update(f"{name}\n".encode())
                    if entry.is_file():
                        _add_content(digest, entry)
        elif directory := _zip_directory(path):
            digest.update(f"{path.stat().st_size}\n".encode())
            digest.update(repr(directory).encode())
        else:
            _add_content(digest, path)
    return digest.hexdigest()[:12]


def code_version(*files):
    """A short hash of source files, for the names of what they make: other code makes it anew."""
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()[:8]


def require_rows(path, found, expected):
    """Raise `RunError` where what was kept is not of as many records as there are."""
    if found != expected:
        raise RunError(f"{path} is of {found:,} records where there are {expected:,}: remove it, it is made again")


def _zip_directory(path):
    """Name, length and checksum of every member of a zip; empty for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [(info.filename, info.file_size, info.CRC) for info in archive.infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return []


def _add_content(digest, path):
    """Add size and content of a file to a hash."""
    digest.update(f"{path.stat().st_size}\n".encode())
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
