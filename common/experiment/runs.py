"""A run's folder: what was trained, with which settings, versions and data, and what came of it.

    runs/<contest>/<model>-<hash>/
        config.json environment.json log.csv metrics.json oof.npz test.npz fold<k>/ plots/

Every file is written atomically. `metrics.json` comes last: a folder without it is an unfinished run, which the same command
continues.
"""

import contextlib
import fcntl
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import paths
from common.config import identity, to_dict
from common.errors import RunError

LAYOUT = 1  # raise it when the files of a run change, so that older folders are named instead of misread


@dataclass(frozen=True)
class Run:
    """One folder under `runs/<contest>/`."""

    path: Path

    @property
    def name(self):
        """`<model>-<hash>`."""
        return self.path.name

    @property
    def model(self):
        """The model's name."""
        return self.name.rpartition("-")[0]

    @property
    def finished(self):
        """Whether everything was written."""
        return (self.path / "metrics.json").exists()

    @property
    def plots(self):
        """Folder of the pictures, made on first use."""
        folder = self.path / "plots"
        folder.mkdir(exist_ok=True)
        return folder

    def read_json(self, name):
        """A JSON file of the run.

        Raises:
            RunError: the file is missing or not JSON.
        """
        path = self.path / name
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:  # also where it is not UTF-8
            raise RunError(f"{path} cannot be read ({error}). Move the folder {self.path} away and repeat.") from error
        if not isinstance(values, dict):
            raise RunError(f"{path} holds no settings. Move the folder {self.path} away and repeat.")
        return values

    def write_json(self, name, values):
        """Write a JSON file of the run."""
        with paths.atomic(self.path / name) as path:
            path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def load_arrays(self, name):
        """The arrays of `<name>.npz` as a dict.

        Raises:
            RunError: the file is missing or damaged.
        """
        path = self.path / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(f"{path} cannot be read ({error}). Move the folder {self.path} away and repeat.") from error

    def save_arrays(self, name, **arrays):
        """Write `<name>.npz`."""
        save_arrays(self.path / f"{name}.npz", **arrays)

    @contextlib.contextmanager
    def locked(self):
        """Keep a second process out of this run for the length of the block; a killed process keeps nobody out.

        Raises:
            RunError: another process is at work on this run.
        """
        with open(self.path / ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunError(f"Another process is working on {self.path}. Wait for it, or stop it, then repeat.") from None
            yield self

    def discard_leftovers(self):
        """Remove what a killed process left under temporary names. Call it while the run is locked."""
        for leftover in self.path.glob(".*-*"):
            with contextlib.suppress(FileNotFoundError):  # a worker that was told to stop may be removing its own
                shutil.rmtree(leftover)


def save_arrays(path, **arrays):
    """Write a compressed `.npz` atomically."""
    with paths.atomic(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def open_run(contest, model, config, data_fingerprint, **more):
    """The run of `model` with these settings on these data, made where it does not exist yet.

    Args:
        contest: name of the contest.
        model: name of the model.
        config: the contest's `Config`.
        data_fingerprint: `paths.fingerprint` of the official files.
        **more: whatever else tells one run from another, for example the members of an ensemble.

    Raises:
        RunError: the folder is of another layout.
    """
    run = Run(paths.runs(contest) / f"{model}-{identity(config, data=data_fingerprint, **more)}")
    if (run.path / "config.json").exists():
        check_layout(run)
        os.utime(run.path / "config.json")  # the newest run is the one last worked on
        return run
    run.write_json("environment.json", environment())
    described = {"layout": LAYOUT, "contest": contest, "model": model, "fingerprint": data_fingerprint}
    run.write_json("config.json", {**described, **more, "config": to_dict(config)})  # last: it makes the folder a run
    return run


def check_layout(run):
    """Raise `RunError` when a run's folder was written by another version of this program."""
    layout = run.read_json("config.json").get("layout")
    if layout != LAYOUT:
        raise RunError(
            f"{run.path} has the layout {layout}, this program writes and reads {LAYOUT}. Move the folder away, then repeat "
            "the command to train it again."
        )


def environment():
    """What a run was made with: Python, packages, machine, and the Keras backend that Keras would take."""
    packages = ("keras", "tensorflow", "jax", "numpy", "scipy", "pandas", "scikit-learn", "lightgbm")
    versions = {}
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "packages": versions,
        "keras_backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def all_runs(contest):
    """Runs of a contest, finished or not, the one last worked on first; folders of another layout are left out."""
    found = []
    for path in paths.runs(contest).glob("*/config.json"):
        run = Run(path.parent)
        try:
            check_layout(run)
        except RunError as error:
            print(f"Left out: {error}", file=sys.stderr)
            continue
        found.append((path.stat().st_mtime, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def newest_ensemble(contest, data, **settings):
    """The finished ensemble of a contest last worked on, of those on the folder `data` with these settings.

    Raises:
        RunError: there is none.
    """
    for run in all_runs(contest):
        if run.model == "ensemble" and run.finished:
            stored = run.read_json("config.json")["config"]
            same = all(stored[name] == value for name, value in settings.items())
            if same and Path(stored["data"]).resolve() == Path(data).resolve():
                return run
    given = "".join(f" {name}={value}" for name, value in settings.items())
    raise RunError(f"No finished ensemble on {data}{' with' + given if given else ''}. Make one: make ensemble COMP={contest}")
