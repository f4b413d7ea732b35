"""A small problem and its fits, in a module that other processes can import."""

import os
import time
from functools import partial
from pathlib import Path

import numpy as np

from common import paths
from common.experiment.folds import fit_folds, make_folds
from common.experiment.predictions import join_rows
from common.experiment.runs import Run

FOLDS = 4
ROWS = 40


def problem():
    """Inputs `(40, 3)`, targets `(40,)` and test inputs `(7, 3)`."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, 3))
    return x, x @ [1.0, -2.0, 0.5] + random.normal(size=ROWS), random.normal(size=(7, 3))


def least_squares(fold):
    """A linear model."""
    x, y, test = problem()
    kernel = np.linalg.lstsq(x[fold.train], y[fold.train])[0]
    (fold.folder / "model.txt").write_text(str(kernel.tolist()))
    np.savez(fold.folder / "found.npz", valid=x[fold.valid] @ kernel, test=test @ kernel)


def held_least_squares(fold, signals, held):
    """The same, which tells who is at work on which fold and waits in the fold `held` until the file `go` is there."""
    (signals / f"fold{fold.number}-{os.getpid()}").touch()
    (fold.folder / "half.txt").write_text("half")
    deadline = time.monotonic() + 60
    while fold.number == held and not (signals / "go").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("nobody said go")
        time.sleep(0.02)
    least_squares(fold)


def found(run, valid):
    """Predictions of all rows, each by the fold that validated it, and the mean of those of the test inputs."""
    folds = [np.load(folder / "found.npz") for folder in run.folds]
    rows = [np.flatnonzero(valid == number) for number in range(len(folds))]
    oof = join_rows([arrays["valid"] for arrays in folds], rows, valid)
    return np.concatenate([oof, np.mean([arrays["test"] for arrays in folds], axis=0)])


def fitted(fit, name="toy-0000", cluster=None):
    """The run of a fit, and what `found` makes of it."""
    run, valid = toy_run(name), toy_folds()
    fit_folds(fit, run, valid, cluster)
    return found(run, valid)


def toy_run(name="toy-0000"):
    """A run that needs no config."""
    folder = paths.runs("toy") / name
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder)


def toy_folds():
    """The fold of each row."""
    return make_folds("toy", np.arange(ROWS) % 2, FOLDS, seed=0, data_fingerprint="abc")


def train(signals, held):
    """What a contest does."""
    run = toy_run()
    with run.locked():
        fit_folds(partial(held_least_squares, signals=Path(signals), held=held), run, toy_folds())
    return found(run, toy_folds())
