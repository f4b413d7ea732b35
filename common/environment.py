"""Says what an activated environment lacks, and never changes it; makes `.venv` where none is activated.

python -m common.environment [EXTRA ...]
python -m common.environment build
"""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Compiled at the first import: of 14,000 files those that are used, where pip would take all.
USED = (
    "from common import quiet; quiet.install(); "
    "import astropy.io.fits, common.training, lightgbm, matplotlib.pyplot, pandas, scipy.stats, sklearn.ensemble"
)


def unmet(requirements):
    """Those of the requirement texts, such as `"keras~=3.15.0"`, that this environment does not fulfil."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return list(requirements)  # an environment without `packaging` has none of the packages that need it either

    lacking = []
    for text in requirements:
        requirement = Requirement(text)
        try:
            if not requirement.specifier.contains(version(requirement.name), prereleases=True):
                lacking.append(text)
        except PackageNotFoundError:
            lacking.append(text)
    return lacking


def main(extras=()):
    """Return 1, after naming what is lacking and how to install it, where the environment is not complete.

    Args:
        extras: names of extras of pyproject.toml, such as `dev`, that must be there too.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(text for extra in extras for text in project["optional-dependencies"][extra])]
    lacking = unmet(wanted)
    if not lacking:
        return 0
    print(
        f"The active environment {sys.prefix} lacks: {', '.join(lacking)}\n"
        f"Install them there:  {sys.executable} -m pip install -r requirements.lock\n"
        "or deactivate it, and make will build .venv by itself.",
        file=sys.stderr,
    )
    return 1


def build():
    """Make `.venv` from requirements.lock and return the exit status; a second one at work waits, and finds it made."""
    try:
        return built()
    except KeyboardInterrupt:
        print("Stopped. The same command begins .venv anew.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f".venv cannot be made: {error}", file=sys.stderr)
        return 1


def built():
    """As `build`, without words for what the system refuses."""
    import fcntl

    folder = ROOT / ".venv"
    python, made, lock = folder / "bin" / "python", folder / "installed", ROOT / "requirements.lock"
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is making .venv; this one waits for it.", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        if made.exists() and made.stat().st_mtime >= lock.stat().st_mtime:
            return 0
        print("Making .venv from requirements.lock: a few minutes, once, and 3.5 GB of disk.", file=sys.stderr, flush=True)
        compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        for command in (
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile", "-r", lock],
            [python, "-c", USED],
        ):
            held = (file.fileno(),)  # by what goes on where this process is killed
            if status := subprocess.run(command, cwd=ROOT, env=compiling, check=False, pass_fds=held).returncode:
                return status
        made.touch()
    return 0


if __name__ == "__main__":
    sys.exit(build() if sys.argv[1:] == ["build"] else main(sys.argv[1:]))
