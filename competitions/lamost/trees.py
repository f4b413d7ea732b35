"""LightGBM on hand-made features and principal components. Imports no Keras."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from tqdm import tqdm

from common import arrays
from competitions.lamost import metric

STOP_AFTER = 100  # rounds without a better macro-F1
CHUNK = 4096  # spectra whose columns are made at a time


@dataclass(frozen=True)
class Components:
    """Principal components of the binned spectra and of their lines, fitted on the training part of a fold.

    Attributes:
        means: of both, `(2, 520)`.
        axes: of both, `(2, components, 520)`.
    """

    means: np.ndarray
    axes: np.ndarray

    @classmethod
    def fit(cls, bins, rows, components):
        """Fit on some rows of the fine bins `(spectra, 2, 520)`, which are read once, a chunk at a time."""
        components, sums, products = min(components, len(rows) - 1), 0.0, 0.0
        for chunk in chunks_of(rows):
            seen = bins[chunk].astype("float64").transpose(1, 0, 2)  # (2, spectra, 520)
            sums, products = sums + seen.sum(axis=1), products + seen.transpose(0, 2, 1) @ seen
        means = sums / len(rows)
        covariance = products / len(rows) - means[:, :, None] * means[:, None, :]
        _, axes = np.linalg.eigh(covariance)  # the greatest eigenvalue last
        return cls(means, axes[:, :, ::-1].transpose(0, 2, 1)[:, :components].copy())

    def transform(self, bins):
        """Scores and the logarithm of what they leave unexplained, `(spectra, 2 * (components + 1))`."""
        columns = []
        for seen, mean, axes in zip(bins.transpose(1, 0, 2), self.means, self.axes, strict=True):
            scores = (seen - mean) @ axes.T
            rest = np.sum((seen - mean) ** 2, axis=1) - np.sum(scores**2, axis=1)
            columns += [scores, np.log(np.maximum(rest, 1e-9))[:, None]]
        return np.hstack(columns).astype("float32")

    def columns(self, prepared, rows):
        """What the trees see of some spectra, float32 `(rows, columns)`."""
        return np.hstack([prepared.table[rows], self.transform(prepared.bins[rows])])


def chunks_of(rows):
    """Row numbers in parts."""
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


@dataclass(frozen=True)
class Trees:
    """A fitted model of one fold."""

    booster: lightgbm.Booster
    components: Components

    def predict(self, prepared, rows=None):
        """Probabilities `(rows, 4)` of `features.Prepared` spectra; of all where `rows` is `None`."""
        rows = np.arange(len(prepared)) if rows is None else rows
        found = [self.booster.predict(self.components.columns(prepared, chunk)) for chunk in chunks_of(rows)]
        return np.concatenate([np.empty((0, len(metric.LABELS))), *found])

    def save(self, folder):
        """Write `model.txt` and `components.npz`."""
        (folder / "model.txt").write_text(self.booster.model_to_string(), encoding="utf-8")  # save_model hides a full disk
        np.savez(folder / "components.npz", means=self.components.means, axes=self.components.axes)


def load(folder):
    """The model that `Trees.save` wrote."""
    with np.load(folder / "components.npz") as arrays:
        components = Components(arrays["means"], arrays["axes"])
    return Trees(lightgbm.Booster(model_file=folder / "model.txt"), components)


def fit(prepared, noisy, labels, fold, config):
    """Boost until macro-F1 on the validation part has not risen for a while.

    Args:
        prepared: `features.Prepared` training spectra.
        noisy: `features.NoisyCopies` of them, of which the fold's training rows are learnt too; `None` for none.
        labels: class indices `(spectra,)`.
        fold: `Fold`: rows to fit on, and rows that decide when to stop.
        config: the contest's settings.

    Returns:
        The model, and its log: a data frame with columns `epoch` (boosting round), `loss` (log loss) and `score`.
    """
    components = Components.fit(prepared.bins, fold.train, config.components)
    sources = [prepared] if noisy is None else [prepared, noisy]
    with tempfile.TemporaryDirectory(dir=fold.folder, prefix=".columns-") as folder:
        columns = write_columns(Path(folder) / "columns.npy", components, sources, fold.train)
        train = lightgbm.Dataset(columns, np.tile(labels[fold.train], len(sources)), params=parameters(config, fold.number))
        train.construct()  # has all of them, in a byte each; the file may go
        del columns
    valid = train.create_valid(components.columns(prepared, fold.valid), labels[fold.valid])
    history = {}
    with tqdm(total=config.tree_rounds, desc=f"lightgbm fold {fold.number}", unit="round", mininterval=1) as bar:
        booster = lightgbm.train(
            parameters(config, fold.number),
            train,
            config.tree_rounds,
            valid_sets=[valid],
            feval=[macro_f1, log_loss],
            callbacks=[
                lightgbm.early_stopping(STOP_AFTER, first_metric_only=True, verbose=False),
                lightgbm.record_evaluation(history),
                lambda environment: bar.update(),
            ],
        )
    scores, losses = history["valid_0"]["macro_f1"], history["valid_0"]["log_loss"]
    return Trees(booster, components), pd.DataFrame({"epoch": range(1, len(scores) + 1), "loss": losses, "score": scores})


def write_columns(path, components, sources, rows):
    """What the trees see of some rows of all sources, one source behind the other, memory-mapped from a new file."""
    for number, source in enumerate(sources):
        start = number * len(rows)
        for chunk in chunks_of(rows):
            made = components.columns(source, chunk)
            if not path.exists():  # the number of columns is known now
                arrays.create(path, (len(sources) * len(rows), made.shape[1]))
            arrays.write_rows(path, start, made)
            start += len(chunk)
    return np.load(path, mmap_mode="r")


def parameters(config, fold):
    """LightGBM's settings."""
    return {
        "objective": "multiclass",
        "num_class": len(metric.LABELS),
        "metric": "None",  # our own two, below
        "learning_rate": config.tree_learning_rate,
        "num_leaves": config.tree_leaves,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.2,  # hundreds of columns say nearly the same
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "extra_trees": True,  # random thresholds, and more trees: steadier with so few quasars
        "max_bin": 63,  # a third of the time of 255, same score
        "lambda_l2": 1.0,
        "force_col_wise": True,
        "deterministic": True,
        "num_threads": config.workers,  # 0 for all processors
        "seed": config.seed + fold,
        "verbose": -1,
    }


def macro_f1(prediction, dataset):
    """The official metric in the form that LightGBM calls."""
    return "macro_f1", metric.score(dataset.get_label().astype(int), prediction.argmax(axis=1)), True


def log_loss(prediction, dataset):
    """Mean of -log p of the true class."""
    probability = prediction[np.arange(len(prediction)), dataset.get_label().astype(int)]
    return "log_loss", float(-np.log(np.clip(probability, 1e-12, 1)).mean()), False
