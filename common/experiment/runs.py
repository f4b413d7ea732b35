"""A run's folder: what was trained, with which settings, versions and data, and what came of it.

    runs/<contest>/<model>-<hash>/
        config.json environment.json log.csv files.json metrics.json oof.npz test.npz fold<k>/ plots/

Every file is written atomically. `metrics.json` comes last: a folder without it is an unfinished run, which the same command
continues. `files.json`, just before it, has size and checksum of what later stages read: so what is damaged, gone or of another
run is noticed.
"""

import contextlib
import importlib.metadata
import json
import os
import platform
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from common import paths, removal
from common.config import from_dict, identity, to_dict
from common.errors import RunError

LAYOUT = 2  # raise it when the files of a run change, so that older folders are named instead of misread
ENSEMBLE = "ensemble"  # the model of a run that blends others
METRICS, FILES = "metrics.json", "files.json"
MEMBERS = "members"  # folder in an exported ensemble
LOOKED_AT = (  # by people alone
    *("config.json", "environment.json", FILES, "log.csv", "card.md", "report.html"),
    *("plots", "tensorboard", "frames", "checkpoints"),
)


@dataclass(frozen=True)
class Run:
    """One folder under `runs/<contest>/`, or a copy of it elsewhere."""

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
        return (self.path / METRICS).exists()

    def complete(self, *names):
        """Whether everything was written, and is as it was written: all of it, or the files named.

        Raises:
            RunError: a file is not as it was when the run was finished, and what to do.
        """
        if not self.finished or "name" not in self.stored:  # finished by a version that kept no list
            return self.finished
        with readable(self.path / FILES):
            listed = self.read_json(FILES)
            if listed["name"] != self.stored["name"]:
                raise RunError(f"{self.path / 'config.json'} is of another run. Move the folder {self.path} away and repeat.")
            require_inside(*listed["files"])
            for name, written in listed["files"].items():
                if not names or name in names:
                    self._require(name, written)
        return True

    def _require(self, name, written):
        path = self.path / name
        try:
            if checksum(path) == written:
                return
            fault = "is damaged or of another run"
        except OSError as error:
            fault = f"cannot be read ({error.strerror})"
        contest, first = self.stored["contest"], self.path / PurePath(name).parts[0]
        if self.name != self.stored["name"] or self.path.parent.name == MEMBERS:  # a copy that was carried here
            raise RunError(f"{path} {fault}. Carry the folder here again, or: make export COMP={contest} to=FOLDER")
        also = [str(one) for one in (first, self.path / METRICS) if os.path.lexists(one)]
        raise RunError(
            f"{path} {fault}. Move {' and '.join(dict.fromkeys(also))} away and repeat, or: make ensemble COMP={contest}. "
            "What is whole is kept; the rest is made anew."
        )

    def finish(self, metrics):
        """Write `metrics.json`, which makes this a finished run, and ahead of it the list of what later stages read."""
        files = {
            path.relative_to(self.path).as_posix(): checksum(path)
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and self._is_listed(path.relative_to(self.path))
        }
        content = json_of(metrics).encode()
        self.write_json(FILES, {"name": self.name, "files": {**files, METRICS: [len(content), zlib.crc32(content)]}})
        self.write_json(METRICS, metrics)

    def _is_listed(self, place):
        first = place.parts[0]
        submitted = PurePath(first).stem == self.stored["contest"]
        return first not in LOOKED_AT and not submitted and not any(map(paths.hidden, place.parts))

    def list_what_is_here(self):
        """Leave out of the list what a copy of the run was made without."""
        if (self.path / FILES).exists():
            listed = self.read_json(FILES)
            here = {name: written for name, written in listed["files"].items() if (self.path / name).exists()}
            self.write_json(FILES, {**listed, "files": here})

    @property
    def plots(self):
        """Folder of the pictures, made on first use."""
        folder = self.path / "plots"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def metrics(self):
        """What `metrics.json` holds."""
        return self.read_json(METRICS)

    @property
    def stored(self):
        """What `config.json` holds: contest, model, fingerprint of the data and, under `config`, the settings.

        Raises:
            RunError: the file is missing, or no `config.json` of a run.
        """
        values = self.read_json("config.json")
        if not {"contest", "model", "fingerprint", "config"} <= values.keys():
            raise RunError(f"{self.path / 'config.json'} is none of a run. Move the folder {self.path} away and repeat.")
        return values

    def is_on(self, data):
        """Whether the run's data were in the folder `data`, which need not exist any more; any is right where it is `None`.

        Raises:
            RunError: the run names no folder.
        """
        with readable(self.path / "config.json"):
            return data is None or Path(self.stored["config"]["data"]).resolve() == Path(data).resolve()

    def config(self, config_class):
        """The settings of the run as an instance of the contest's `Config`.

        Raises:
            RunError: they are those of another version of it.
        """
        try:
            return from_dict(config_class, self.stored["config"])
        except (TypeError, ValueError) as error:
            raise RunError(f"{self.path} has settings that this version does not know ({error}). Train again.") from error

    @property
    def folds(self):
        """Folders of the finished folds, in their order."""
        return sorted(self.path.glob("fold*"), key=lambda path: int(path.name.removeprefix("fold")))

    @property
    def members(self):
        """The runs that an ensemble is made of: beside it, or inside it where it was exported."""
        inside = self.path / MEMBERS
        with readable(self.path / METRICS):
            require_inside(*self.metrics["members"])
        return [Run((inside if inside.is_dir() else self.path.parent) / name) for name in self.metrics["members"]]

    def read_json(self, name):
        """A JSON file of the run.

        Raises:
            RunError: the file is missing or not JSON.
        """
        path = self.path / name
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:  # also where it is a folder, or not UTF-8
            raise RunError(f"{path} cannot be read ({error}). Move the folder {self.path} away and repeat.") from error
        if not isinstance(values, dict):
            raise RunError(f"{path} holds no settings. Move the folder {self.path} away and repeat.")
        return values

    def write_json(self, name, values):
        """Write a JSON file of the run."""
        with paths.atomic(self.path / name) as path:
            path.write_text(json_of(values), encoding="utf-8")

    def load_arrays(self, name):
        """The arrays of `<name>.npz` as a dict.

        Raises:
            RunError: the file is missing or damaged.
        """
        path = self.path / f"{name}.npz"
        with readable(path), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)

    def validated(self):
        """Rows of the training records that were validated, and what is predicted of each out of fold, `(rows, ...)`."""
        oof = self.load_arrays("oof")
        rows = np.flatnonzero(oof["fold"] >= 0)
        return rows, oof["probability"][rows]

    def save_arrays(self, name, **arrays):
        """Write `<name>.npz`."""
        save_arrays(self.path / f"{name}.npz", **arrays)

    @contextlib.contextmanager
    def locked(self):
        """Keep a second process out of this run for the length of the block; a killed process keeps nobody out.

        Raises:
            RunError: another process is at work on this run.
        """
        with paths.locked(self.path / ".lock"):
            yield self

    def discard_leftovers(self):
        """Remove what a killed process left under temporary names."""
        removal.discard_leftovers(self.path)

    def checkpoint(self, name):
        """File that a long training writes between its epochs, see `common.training.fit_stages`."""
        return self.path / "checkpoints" / f"{name}.joblib"

    def discard_checkpoints(self):
        """Remove these files: what they are for is finished."""
        removal.erase(self.path / "checkpoints")

    def note_resumption(self):
        """Add to environment.json with what an unfinished run is continued."""
        known = self.read_json("environment.json")
        self.write_json("environment.json", {**known, "resumed": [*known.get("resumed", ()), environment()]})


@contextlib.contextmanager
def readable(path):
    """Say of a file or folder of a run that cannot be read which folder to move away, so that the run is made anew.

    Raises:
        RunError: whatever error the block ends with, for a damaged file raises nearly anything; what is no fault of the file, a
            package that is missing or too little memory, goes on as it is.
    """
    try:
        yield
    except (RunError, ImportError, MemoryError):
        raise
    except Exception as error:
        run = next((parent for parent in path.parents if (parent / "config.json").exists()), path.parent)
        raise RunError(f"{path} cannot be read ({error}). Move the folder {run} away and repeat.") from error


def require_inside(*names):
    """Raise `ValueError` where a name in a run's own files leads out of its folder: it may come from elsewhere."""
    for name in names:
        if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
            raise ValueError(f"the name {name} leads out of the folder")


def json_of(values):
    """A JSON file of a run as it is written."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def checksum(path):
    """Size and CRC-32 of a file; faults of a disk are looked for, not forgeries."""
    size, sum_so_far = 0, 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            size, sum_so_far = size + len(block), zlib.crc32(block, sum_so_far)
    return [size, sum_so_far]


def save_arrays(path, **arrays):
    """Write a compressed `.npz` atomically."""
    with paths.atomic(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def open_run(contest, model, config, data_fingerprint, network=False, within="", **more):
    """The run of `model` with these settings on these data, made where it does not exist yet.

    Args:
        contest: name of the contest.
        model: name of the model.
        config: the contest's `Config`.
        data_fingerprint: `paths.fingerprint` of the official files.
        network: whether Keras trains it, so that the backend is part of what it is.
        within: folder below the contest's runs, for runs that are no member of any plan.
        **more: whatever else tells one run from another, for example the members of an ensemble.

    Raises:
        RunError: the folder is of another layout.
    """
    if network:
        more["backend"] = backend()
    run = Run(paths.runs(contest) / within / f"{model}-{identity(config, model, data=data_fingerprint, **more)}")
    if (run.path / "config.json").exists():
        check_own(run)
        run.write_json("config.json", {**run.stored, "config": to_dict(config)})  # now the newest, and of this very plan
        return run
    run.write_json("environment.json", environment())
    described = {"layout": LAYOUT, "name": run.name, "contest": contest, "model": model, "fingerprint": data_fingerprint}
    run.write_json("config.json", {**described, **more, "config": to_dict(config)})  # last: it makes the folder a run
    return run


def check_layout(run):
    """Raise `RunError` when a run's folder was written by another version of this program."""
    layout = run.stored.get("layout")
    if layout != LAYOUT:
        raise RunError(
            f"{run.path} has the layout {layout}, this program writes and reads {LAYOUT}. Move the folder away, then repeat "
            "the command to train it again."
        )


def check_own(run):
    """Raise `RunError` where `check_layout` does, and where a run's folder holds the settings of another."""
    check_layout(run)
    name = run.stored.get("name", run.name)
    if name != run.name:
        raise RunError(f"{run.path / 'config.json'} is of the run {name}. Move the folder {run.path} away and repeat.")


def backend():
    """The backend that Keras has, or would take when it is imported."""
    if "keras" in sys.modules:
        return sys.modules["keras"].backend.backend()
    return os.environ.get("KERAS_BACKEND", "tensorflow")


def environment():
    """What a run is made with: Python, packages, machine, and the Keras backend."""
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
        "keras_backend": backend(),
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def all_runs(contest):
    """Runs of a contest, finished or not, the one last worked on first; folders of another layout are left out."""
    found = []
    for path in paths.runs(contest).glob("*/config.json"):
        run = Run(path.parent)
        try:
            check_own(run)
        except RunError as error:
            print(f"Left out: {error}", file=sys.stderr)
            continue
        found.append((path.stat().st_mtime, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def named_run(contest, name):
    """The run of a contest with this name, finished and of this layout.

    Raises:
        RunError: there is none, or it is not finished.
    """
    run = Run(paths.runs(contest) / name)
    if not (run.path / "config.json").exists():
        known = ", ".join(sorted(one.name for one in all_runs(contest) if one.finished)) or "none"
        raise RunError(f"There is no run {run.path}. Finished runs: {known}")
    check_own(run)
    if not run.complete():
        raise RunError(f"{run.path} is not finished: the command that began it continues it")
    return run


def newest_ensemble(contest, data=None, name="", **settings):
    """The finished ensemble of a contest last worked on, of those on the folder `data` with these settings.

    Args:
        contest: name of the contest.
        data: folder of official files, which need not exist any more; `None` for any.
        name: of the ensemble, where it is chosen by hand.
        **settings: what its settings must be.

    Raises:
        RunError: there is none, or one of its files is damaged.
    """
    if name:
        run = named_run(contest, name)
        if run.model != ENSEMBLE:
            raise RunError(f"run={name} is no ensemble. Make one of it: make ensemble COMP={contest} members={name}")
        return run
    if run := newest_finished(contest, ENSEMBLE, data, **settings):
        return run
    given = "".join(f" {name}={value}" for name, value in settings.items())
    raise RunError(f"No finished ensemble on {data}{' with' + given if given else ''}. Make one: make ensemble COMP={contest}")


def newest_finished(contest, model, data=None, **settings):
    """The finished run of a model last worked on, of those on the folder `data` with these settings; `None` if there is none.

    Arguments as of `newest_ensemble`.
    """
    for run in all_runs(contest):
        if run.model == model and run.finished:
            stored = run.stored["config"]
            same = all(stored[name] == value for name, value in settings.items())
            if same and run.is_on(data):
                run.complete()
                return run
    return None
