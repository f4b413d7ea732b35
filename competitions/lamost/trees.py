"""LightGBM on hand-made features and principal components. Imports no Keras."""

from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from tqdm import tqdm

from competitions.lamost import features, metric

PCA_BINS = 520  # of 5 points: finer structure is noise
STOP_AFTER = 100  # rounds without a better macro-F1


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
    def fit(cls, flux, rows, components, seed):
        """Fit on some rows of the normalised spectra."""
        fitted = [
            PCA(min(components, len(rows) - 1), svd_solver="randomized", random_state=seed).fit(seen)
            for seen in binned(flux, rows)
        ]
        return cls(np.stack([pca.mean_ for pca in fitted]), np.stack([pca.components_ for pca in fitted]))

    def transform(self, flux, rows):
        """Scores and the logarithm of what they leave unexplained, `(rows, 2 * (components + 1))`."""
        columns = []
        for seen, mean, axes in zip(binned(flux, rows), self.means, self.axes, strict=True):
            scores = (seen - mean) @ axes.T
            rest = np.sum((seen - mean) ** 2, axis=1) - np.sum(scores**2, axis=1)
            columns += [scores, np.log(np.maximum(rest, 1e-9))[:, None]]
        return np.hstack(columns).astype("float32")


def binned(flux, rows, chunk=2000):
    """Bin means of some normalised spectra and of their lines, each `(rows, 520)`; read a chunk at a time."""
    spectra, lines = [], []
    for start in range(0, len(rows), chunk):
        part = np.asarray(flux[rows[start : start + chunk]])
        spectra.append(features.bin_means(part, PCA_BINS))
        lines.append(features.bin_means(features.line_significance(part), PCA_BINS))
    return np.concatenate(spectra), np.concatenate(lines)


@dataclass(frozen=True)
class Trees:
    """A fitted model of one fold."""

    booster: lightgbm.Booster
    components: Components

    def predict(self, prepared, rows=None):
        """Probabilities `(rows, 4)` of `features.Prepared` spectra; of all where `rows` is `None`."""
        rows = np.arange(len(prepared)) if rows is None else rows
        return self.booster.predict(np.hstack([prepared.table[rows], self.components.transform(prepared.normalised, rows)]))

    def save(self, folder):
        """Write `model.txt` and `components.npz`."""
        (folder / "model.txt").write_text(self.booster.model_to_string(), encoding="utf-8")  # save_model hides a full disk
        np.savez(folder / "components.npz", means=self.components.means, axes=self.components.axes)


def load(folder):
    """The model that `Trees.save` wrote."""
    with np.load(folder / "components.npz") as arrays:
        components = Components(arrays["means"], arrays["axes"])
    return Trees(lightgbm.Booster(model_file=folder / "model.txt"), components)


def fit(prepared, labels, fold, config):
    """Boost until macro-F1 on the validation part has not risen for a while.

    Args:
        prepared: `features.Prepared` training spectra.
        labels: class indices `(spectra,)`.
        fold: `Fold`: rows to fit on, each a second time with noise, and rows that decide when to stop.
        config: the contest's settings.

    Returns:
        The model, and its log: a data frame with columns `epoch` (boosting round), `loss` (log loss) and `score`.
    """
    table, flux, train_rows, valid_rows = prepared.table, prepared.normalised, fold.train, fold.valid
    components = Components.fit(flux, train_rows, config.components, fold.seed(config.seed))
    train_columns = np.hstack([table[train_rows], components.transform(flux, train_rows)])
    train_labels = labels[train_rows]
    if config.tree_noise:
        generator = np.random.default_rng([config.seed, fold.number])
        noisy = noisy_columns(prepared.raw, train_rows, components, config.tree_noise, generator)
        train_columns, train_labels = np.concatenate([train_columns, noisy]), np.tile(train_labels, 2)
    valid_columns = np.hstack([table[valid_rows], components.transform(flux, valid_rows)])
    train = lightgbm.Dataset(train_columns, train_labels)
    valid = train.create_valid(valid_columns, labels[valid_rows])
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


def noisy_columns(raw, rows, components, factor, generator):
    """All columns of some spectra with more noise, `(rows, columns)`, made a chunk at a time."""
    parts = []
    for start in range(0, len(rows), features.CHUNK):
        noisy = features.with_noise(np.asarray(raw[rows[start : start + features.CHUNK]]), factor, generator)
        flux = features.normalise(noisy)
        parts.append(np.hstack([features.table(noisy, flux), components.transform(flux, np.arange(len(flux)))]))
    return np.concatenate(parts)


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
