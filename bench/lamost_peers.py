"""The peers of the LAMOST models: what a person would otherwise take from a package, tuned on our folds.

A peer is an unsupervised transform of unit-norm spectra, fitted once on the training part, and a classifier with a small grid
of settings. The folds choose the setting, then whether class offsets help, as they do for our own blend; the classifier is
fitted again on the whole training part.
"""

import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from common.experiment.blend import Stacked, of_probabilities
from common.experiment.ensemble import choose, cross_fit
from common.experiment.folds import make_folds, split
from competitions.lamost import data, ensemble, features, metric
from competitions.lamost.grid import POINTS

CHUNK = 500  # spectra transformed at a time
FITTED = 20_000  # training spectra, at most, that a transform is fitted on: 200 MB
SCALED = 1_000  # of them, those that give the spread of each MiniRocket feature
KERNELS = 10_000  # of MiniRocket: the default of aeon and of its authors
ITERATIONS = 200  # of logistic regression: five times as many give the same score
BINS = 130  # of 20 points
COMPONENTS = 50  # of the PCA


@dataclass(frozen=True)
class Peer:
    """A peer.

    Attributes:
        transform: `transform(flux, seed)` fits on unit-norm spectra and returns a function from such spectra to columns.
        classifier: `classifier(seed, **settings)` gives an unfitted scikit-learn classifier with probabilities.
        grid: its settings, to choose from on the folds.
        needs: packages outside the dependencies, of the extra `bench`.
    """

    transform: Callable
    classifier: Callable
    grid: tuple[dict, ...]
    needs: tuple[str, ...] = ()


def fit_minirocket(flux, seed):
    """aeon's MiniRocket, each feature standardised."""
    import numba
    from aeon.transformations.collection.convolution_based import MiniRocket

    rocket = MiniRocket(KERNELS, n_jobs=numba.get_num_threads(), random_state=seed).fit(flux[:, None])
    scaler = StandardScaler().fit(in_chunks(lambda part: rocket.transform(part[:, None]), flux[:SCALED]))
    return lambda part: scaler.transform(rocket.transform(part[:, None]))


def fit_bins(flux, seed):
    """Bin means; nothing to fit."""
    return lambda part: features.bin_means(part, BINS)


def fit_components(flux, seed):
    """Scores on the principal components, standardised."""
    pca = PCA(min(COMPONENTS, len(flux) - 1), svd_solver="randomized", random_state=seed)
    return make_pipeline(pca, StandardScaler()).fit(flux).transform


def logistic(seed, **settings):
    """Logistic regression."""
    return LogisticRegression(max_iter=ITERATIONS, **settings)


def boosted(seed, **settings):
    """LightGBM."""
    from lightgbm import LGBMClassifier

    return LGBMClassifier(random_state=seed, verbose=-1, **settings)


PEERS = {
    "MiniRocket + logistic regression": Peer(
        fit_minirocket,
        logistic,
        tuple({"C": c, "class_weight": weight} for c in (1e-3, 1e-2, 1e-1) for weight in (None, "balanced")),
        needs=("aeon", "numba"),
    ),
    "LightGBM, 130 bin means": Peer(
        fit_bins,
        boosted,
        (
            {},  # its defaults
            {"n_estimators": 300, "learning_rate": 0.05},
            {"n_estimators": 300, "learning_rate": 0.05, "num_leaves": 7},
            {"n_estimators": 300, "learning_rate": 0.05, "class_weight": "balanced"},
        ),
    ),
    "PCA(50) + logistic regression": Peer(
        fit_components,
        logistic,
        tuple({"C": c, "class_weight": weight} for c in (0.01, 0.1, 1.0, 10.0) for weight in (None, "balanced")),
    ),
}


def measure(name, config):
    """Tune, fit and apply one peer; a pure function of its arguments and the data.

    Returns:
        Dict with `oof` (NaN where never validated) and `test`, probabilities; `chosen`, the setting; `score`, out-of-fold
        macro-F1 with all choices cross-fitted but the setting's; `fit_seconds`, the choice included; `predict_seconds`.
    """
    dataset = data.load(config.data, config.round, config.workers)
    labels = dataset.train.labels
    valid = make_folds("lamost", labels, config.folds, config.seed, dataset.fingerprint)
    peer = PEERS[name]
    started = time.perf_counter()
    rows = np.random.default_rng(config.seed).permutation(len(labels))[:FITTED]
    transform = peer.transform(features.unit_rms(dataset.train.flux[np.sort(rows)]), config.seed)
    columns = in_chunks(transform, dataset.train.flux)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        tried = [out_of_fold(peer, settings, columns, labels, valid, config.seed) for settings in peer.grid]
        seen = valid >= 0
        best = int(np.argmax([metric.score(labels[seen], oof[seen].argmax(axis=1)) for oof in tried]))
        fitted = peer.classifier(config.seed, **peer.grid[best]).fit(columns, labels)
    apply, method, score = choose_offsets(tried[best][seen], labels[seen], valid[seen], config)
    predicting = time.perf_counter()
    test = apply(Stacked(fitted.predict_proba(in_chunks(transform, dataset.test.flux))[None]))
    chosen = ", ".join(f"{key} {value}" for key, value in peer.grid[best].items()) or "defaults"
    return {
        "oof": tried[best],
        "test": test.astype("float32"),
        "chosen": chosen + (", class offsets" if "offsets" in method else ""),
        "score": score,
        "fit_seconds": predicting - started,
        "predict_seconds": time.perf_counter() - predicting,
    }


def in_chunks(transform, flux):
    """Columns of raw or unit-norm spectra, `(spectra, columns)` float32, made a chunk at a time."""
    columns = None
    for start in range(0, len(flux), CHUNK):
        part = transform(features.unit_rms(flux[start : start + CHUNK]))
        if columns is None:
            columns = np.empty((len(flux), part.shape[1]), dtype="float32")
        columns[start : start + CHUNK] = part
    return columns


def out_of_fold(peer, settings, columns, labels, valid, seed):
    """Probabilities of each row by a classifier that has not seen it, `(rows, 4)`."""
    oof = np.full((len(labels), len(metric.LABELS)), np.nan, dtype="float32")
    for fold in range(valid.max() + 1):
        inside = valid == fold
        oof[inside] = peer.classifier(seed, **settings).fit(columns[~inside], labels[~inside]).predict_proba(columns[inside])
    return oof


def choose_offsets(oof, labels, parts, config):
    """Class offsets where they help by as much as our own blend asks for.

    Returns:
        The function from `Stacked` predictions to probabilities, its name, its cross-fitted macro-F1.
    """
    parts = parts if config.folds > 1 else split(labels, config.seed)
    blend, found = of_probabilities(metric.MACRO_F1, config.seed, ensemble.NEEDED_GAIN), Stacked(oof[None])
    ways = {name: blend.ways[name] for name in ("mean", "mean + offsets")}
    scores = {name: metric.MACRO_F1.of(labels, cross_fit(learn, found, labels, parts)) for name, learn in ways.items()}
    chosen = choose(scores, blend, metric.MACRO_F1)
    return ways[chosen](found, labels), chosen, scores[chosen]


def read_plainly(source, ids, target):
    """The peer of `data.read_spectra`: the same work as most scripts do it, with `zipfile`, `split` and `float`."""
    rows = np.zeros((len(ids), POINTS), dtype="float32")
    archive = zipfile.ZipFile(source) if source.suffix == ".zip" else None
    names = {path.rpartition("/")[2]: path for path in archive.namelist()} if archive else {}
    for row, name in enumerate(ids):
        text = archive.read(names[f"{name}.txt"]).decode() if archive else (source / f"{name}.txt").read_text()
        rows[row] = [float(value) for value in text.split(",")]
    np.save(target, rows)
