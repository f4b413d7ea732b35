"""Folds that are saved once, and the one loop that fits them.

Written by hand because scikit-learn's `cross_val_predict` serves neither early stopping on a validation part nor test
predictions, and Keras's scikit-learn wrapper has no `predict_proba`.
"""

import contextlib
import hashlib
import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import cluster as dask_cluster
from common import paths
from common.errors import DataError
from common.experiment.runs import Run, save_arrays

HOLD_OUT = 5  # `folds=1` validates on one fifth, and ways to blend are cross-fitted on as many parts of it


@dataclass(frozen=True)
class Fold:
    """What the fit of one fold is told.

    Attributes:
        number: of the fold, from 0 on.
        train, valid: row numbers.
        folder: an empty folder to write into.
        run: folder of the run, for what all its folds share.
        copy: which of several equal fits this is, as `copies=3` asks for; part of the seed.
    """

    number: int
    train: np.ndarray
    valid: np.ndarray
    folder: Path
    run: Path
    copy: int = 0

    @property
    def checkpoint(self):
        """File that a long training of this fold writes between its epochs; it stays until all folds are finished."""
        return Run(self.run).checkpoint(f"fold{self.number}-copy{self.copy}")

    def seed(self, of_all):
        """The seed of what is random in this fit, from that of the settings."""
        return of_all + self.number + 1000 * self.copy


def make_folds(contest, labels, folds, seed, data_fingerprint, groups=None):
    """The fold in which each row is validated: stratified, shuffled, saved once per contest, data and seed.

    Args:
        labels: the class of each row, shape `(rows,)`.
        folds: how many; 1 stands for one hold-out split, where rows that are never validated have fold -1.
        groups: rows of one group (the same text, the same question) share a fold; shape `(rows,)`.

    Returns:
        Integers, shape `(rows,)`.

    Raises:
        DataError: a class has fewer rows than there are folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels = np.asarray(labels)
    parts = HOLD_OUT if folds == 1 else folds
    names, counts = np.unique(labels, return_counts=True)
    if counts.min() < parts:
        few = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True) if count < parts)
        raise DataError(
            f"{parts} folds need {parts} examples of every class, but there are only {few}. Use fewer folds (folds=2)"
        )
    if groups is not None and len(np.unique(groups)) < parts:
        found = len(np.unique(groups))
        hint = f"Use fewer folds (folds={found})" if found > 1 else "No folds can be made of it"
        raise DataError(f"{parts} folds need {parts} groups, but there are only {found}. {hint}")
    # labels and groups count too: who reads the same files in another way needs other folds
    content = hashlib.sha256(
        labels.astype("U").tobytes() + (b"" if groups is None else np.asarray(groups).astype("U").tobytes())
    )
    path = paths.runs(contest) / "folds" / f"{data_fingerprint}-{content.hexdigest()[:8]}-{folds}-{seed}.npz"
    if not path.exists():
        splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(parts, shuffle=True, random_state=seed)
        valid = np.full(len(labels), -1)
        for fold, (_, rows) in enumerate(splitter.split(labels, labels, groups)):
            if fold < folds:
                valid[rows] = fold
        save_arrays(path, valid=valid)
    return Run(path.parent).load_arrays(path.stem)["valid"]


def split(labels, seed):
    """Parts of rows to cross-fit on, shuffled and, unless every class is rarer than there are parts, stratified, `(rows,)`."""
    from sklearn.model_selection import KFold, StratifiedKFold

    parts = np.zeros(len(labels), dtype=int)
    frequent = np.unique(labels, return_counts=True)[1].max() >= HOLD_OUT
    splitter = (StratifiedKFold if frequent else KFold)(min(HOLD_OUT, len(labels)), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # a rare one is missing in some parts, that is all
        for part, (_, rows) in enumerate(splitter.split(labels, labels)):
            parts[rows] = part
    return parts


def fit_folds(fit, run, valid, cluster=None):
    """Fit every fold that is not finished.

    A fold is a pure function of its number: whoever computes it, and however often it is started again, it comes out the same.
    It works in a temporary folder that becomes `fold<k>/` when it is complete.

    Args:
        fit: `fit(fold)` trains on a `Fold` and writes whatever it has learnt into `fold.folder`.
        run: the `Run` that holds the folds.
        valid: the fold of each row, from `make_folds`.
        cluster: address of a Dask scheduler, for example `tcp://host:8786`, whose workers see the same folders and packages;
            a fold whose worker dies is given to another. `None` works in this process.

    Returns:
        Seconds of each fold.
    """
    run.discard_leftovers()
    count = int(valid.max()) + 1
    folds = [number for number in range(count) if not (run.path / f"fold{number}").exists()]
    if folds and len(folds) < count:
        print(f"{run.name}: {count - len(folds)} folds are finished and kept")
    tasks = [(fit, run.path.resolve(), number, np.flatnonzero(valid != number), rows_of(valid, number)) for number in folds]
    if cluster:
        fit_on_cluster(cluster, tasks)
    else:
        for task in tasks:
            fit_fold(*task)
    run.discard_leftovers()  # of workers that died
    run.discard_checkpoints()
    return [Run(run.path / f"fold{number}").read_json("fold.json")["seconds"] for number in range(count)]


def rows_of(valid, number):
    """Rows that a fold validates."""
    return np.flatnonzero(valid == number)


def fit_fold(fit, run_path, number, train, valid):
    """Fit one fold in a temporary folder and give it its name when all is written."""
    if (run_path / f"fold{number}").exists():  # by a worker that died after it
        return
    started = time.perf_counter()
    # of two workers of a cluster that were given the same fold, the first wins; both have the same result
    with contextlib.suppress(FileExistsError), paths.atomic(run_path / f"fold{number}") as working:
        working.mkdir()
        fit(Fold(number, train, valid, working, run_path))
        (working / "fold.json").write_text(json.dumps({"seconds": time.perf_counter() - started}), encoding="utf-8")


def fit_on_cluster(address, tasks):
    """Hand folds to a Dask cluster; the scheduler starts a fold again when its worker dies."""
    with dask_cluster.client(address) as client:
        from distributed import as_completed

        for future in as_completed([client.submit(fit_fold, *task, pure=False, retries=0) for task in tasks]):
            future.result()
