"""Where data, runs and submissions of a contest live, and how files are written there."""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

CONTESTS = Path(__file__).parents[1] / "competitions"
SAMPLE_MARK = "SAMPLE"  # a file that tells the built-in sample from official data


def home():
    """The folder that holds `data/`, `runs/` and `submissions/`: `$PODIUM_HOME`, else the working directory."""
    return Path(os.environ.get("PODIUM_HOME", "."))


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
    """Folder of arrays made from a contest's official files; `make clean` removes it."""
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

    Works for a file and for a folder. A full disk is reported with the file's name; whatever an earlier call wrote under
    `path` stays as it was.

    Raises:
        FileExistsError: `path` is a folder that another process made meanwhile.
        OSError: with `errno.ENOSPC`, the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        temporary = Path(folder) / path.name
        try:
            yield temporary
            os.replace(temporary, path)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise FileExistsError(f"{path} was made by another process meanwhile") from error
            if disk_is_full(error, path.parent):
                message = f"The disk is full: {path} was not written, nothing else was lost. Free some space and repeat."
                raise OSError(errno.ENOSPC, message) from error
            raise


def disk_is_full(error, folder):
    """Whether an `OSError` on writing into `folder` means a full disk; NumPy raises some without a number."""
    if error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    while not Path(folder).exists():
        folder = Path(folder).resolve().parent
    return shutil.disk_usage(folder).free < 1 << 16


def fingerprint(files):
    """A short hash of the content of files and of folders of files; the same data elsewhere has the same hash.

    Of a zip over 2 MiB its size, its first and its last MiB count (in the last one is its directory, with a checksum of every
    member); of a folder the names and sizes.
    """
    digest = hashlib.sha256()
    for path in files:
        path = Path(path)
        if path.is_dir():
            for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
                digest.update(f"{entry.name} {entry.stat().st_size}\n".encode())
            continue
        size = path.stat().st_size
        digest.update(f"{size}\n".encode())
        with open(path, "rb") as file:
            if path.suffix == ".zip":
                digest.update(file.read(1 << 20))
                file.seek(max(file.tell(), size - (1 << 20)))
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def locked(path):
    """placeholder replaced at merge"""
    import fcntl

    from common.errors import RunError

    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"Another process is working on {Path(path).parent}. Wait for it, or stop it, then repeat."
            ) from None
        yield
