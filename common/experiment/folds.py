"""Folds that are saved once, and the one loop that every `train.py` uses.

Written by hand because scikit-learn's `cross_val_predict` serves neither early stopping on a validation part nor test
predictions, and Keras's scikit-learn wrapper has no `predict_proba`.
"""

import contextlib
import hashlib
import time

import numpy as np

from common import cluster as dask_cluster
from common import paths
from common.errors import DataError
from common.experiment.runs import save_arrays

HOLD_OUT = 5  # `folds=1` validates on one fifth


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
    with np.load(path) as arrays:
        return arrays["valid"]


def out_of_fold(fit, run, valid, cluster=None):
    """Fit every fold that is not finished, and gather the predictions of all.

    A fold is a pure function of its number: whoever computes it, and however often it is started again, it comes out the same.
    It works in a temporary folder that becomes `fold<k>/` when it is complete.

    Args:
        fit: `fit(fold, train_rows, valid_rows, folder)` trains one model, may write files into `folder`, and returns a dict of
            arrays with `"valid"` (one row for each of `valid_rows`) and, where there is a test set, `"test"`.
        run: the `Run` that holds the folds.
        valid: the fold of each row, from `make_folds`.
        cluster: address of a Dask scheduler, for example `tcp://host:8786`, whose workers see the same folders and packages;
            a fold whose worker dies is given to another. `None` works in this process.

    Returns:
        Dict with `"oof"` (one row per training row, NaN where it was never validated), `"test"` (mean over folds; absent
        without a test set) and `"seconds"` (per fold).
    """
    run.discard_leftovers()
    folds = [fold for fold in range(valid.max() + 1) if not (run.path / f"fold{fold}").exists()]
    kept = int(valid.max()) + 1 - len(folds)
    if kept and folds:
        print(f"{run.name}: {kept} folds are finished and kept")
    tasks = [(fit, run.path.resolve(), fold, np.flatnonzero(valid != fold), np.flatnonzero(valid == fold)) for fold in folds]
    if cluster:
        fit_on_cluster(cluster, tasks)
    else:
        for task in tasks:
            fit_fold(*task)
    run.discard_leftovers()  # of workers that died
    return gather(run, valid)


def fit_fold(fit, run_path, fold, train_rows, valid_rows):
    """Fit one fold in a temporary folder and give it its name when all is written."""
    if (run_path / f"fold{fold}").exists():  # by a worker that died after it
        return
    started = time.perf_counter()
    # of two workers of a cluster that were given the same fold, the first wins; both have the same result
    with contextlib.suppress(FileExistsError), paths.atomic(run_path / f"fold{fold}") as working:
        working.mkdir()
        arrays = fit(fold, train_rows, valid_rows, working)
        np.savez_compressed(working / "predictions.npz", rows=valid_rows, seconds=time.perf_counter() - started, **arrays)


def fit_on_cluster(address, tasks):
    """Hand folds to a Dask cluster; the scheduler starts a fold again when its worker dies."""
    with dask_cluster.client(address) as client:
        from distributed import as_completed

        for future in as_completed([client.submit(fit_fold, *task, pure=False, retries=0) for task in tasks]):
            future.result()


def gather(run, valid):
    """Put the predictions of finished folds together; see `out_of_fold`."""
    oof, tests, seconds = None, [], []
    for fold in range(valid.max() + 1):
        with np.load(run.path / f"fold{fold}" / "predictions.npz") as arrays:
            if oof is None:
                oof = np.full((len(valid), *arrays["valid"].shape[1:]), np.nan, dtype="float32")
            oof[arrays["rows"]] = arrays["valid"]
            seconds.append(float(arrays["seconds"]))
            if "test" in arrays:
                tests.append(arrays["test"])
    result = {"oof": oof, "seconds": seconds}
    if tests:
        result["test"] = np.mean(tests, axis=0)
    return result
