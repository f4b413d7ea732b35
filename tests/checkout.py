"""A temporary copy of the repository, and Make in it as a person would call it."""

import hashlib
import os
import shutil
import subprocess
import sys

from tests.conftest import REPOSITORY


def copy_repository(folder):
    """Copy what git knows or would take into `folder`; caches, data and runs stay behind."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    return folder


def make(folder, *arguments, environment=sys.prefix, status=0, variables=()):
    """Run Make in a copy with `environment` as the active one; its output, after checking its exit status."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "CONDA", "PODIUM", "MFLAGS"))}
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env=kept | {"VIRTUAL_ENV": str(environment), "PYTHONDONTWRITEBYTECODE": "1"} | dict(variables),
        capture_output=True,
        text=True,
    )
    assert (done.returncode == 0) == (status == 0), (
        f"make {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    return done.stdout + done.stderr


def contents(folder, leave_out=()):
    """`{path: hash}` of all files of a folder, those below the folders `leave_out` left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(path.is_relative_to(folder / name) for name in leave_out)
    }
