"""Trained runs at work on new spectra."""

import numpy as np

from common.experiment.runs import Run
from competitions.lamost import ensemble, features
from competitions.lamost.config import NETWORKS
from competitions.lamost.grid import Grid

CHUNK = 1024  # spectra predicted at a time, so that memory stays flat


def predict_network(network, flux, grid, copies=1, jitter=0.0, rows=None):
    """Mean probabilities over copies of each spectrum at slightly different redshifts.

    Args:
        network: a Keras model.
        flux: normalised spectra `(spectra, 2600)`, may be memory-mapped.
        grid: the `Grid` of the spectra.
        copies: how many; 1 takes the spectrum as it is.
        jitter: greatest redshift either way.
        rows: which spectra; all where it is `None`.

    Returns:
        Probabilities `(rows, 4)`.
    """
    rows = np.arange(len(flux)) if rows is None else rows
    redshifts = np.linspace(-jitter, jitter, copies) if copies > 1 else np.zeros(1)
    parts = []
    for start in range(0, len(rows), CHUNK):
        part = np.asarray(flux[rows[start : start + CHUNK]])
        seen = [part if redshift == 0 else grid.redshifted(part, np.full(len(part), redshift)) for redshift in redshifts]
        parts.append(np.mean([network.predict(copy[..., None], batch_size=256, verbose=0) for copy in seen], axis=0))
    return np.concatenate(parts)


def predict(blended, flux):
    """Probabilities `(spectra, 4)` of raw spectra `(spectra, 2600)` by the models of an ensemble, blended as it was learnt."""
    members = [Run(blended.path.parent / name) for name in blended.read_json("metrics.json")["members"]]
    stored = [member.load_arrays("oof") for member in members]
    rows = np.flatnonzero(stored[0]["fold"] >= 0)
    method = ensemble.blending_methods()[blended.read_json("metrics.json")["method"]]
    apply = method(np.stack([arrays["probability"][rows] for arrays in stored]), stored[0]["label"][rows])
    return apply(np.stack([predict_member(member, flux) for member in members]))


def predict_member(member, flux):
    """Mean probabilities of a run's folds on raw spectra, `(spectra, 4)`; as its own settings say."""
    predict_folds = network_predictor(member) if member.model in NETWORKS else tree_predictor(member)
    parts = []
    for start in range(0, len(flux), CHUNK):
        raw = np.asarray(flux[start : start + CHUNK])
        parts.append(np.mean(predict_folds(raw, features.normalise(raw)), axis=0))
    return np.concatenate(parts)


def network_predictor(member):
    """A function from raw and normalised spectra to the predictions of each fold's network."""
    stored = member.read_json("config.json")["config"]
    grid, copies, jitter = Grid.parse(stored["grid"]), stored["test_copies"], stored["redshift_jitter"]
    networks = list(load_networks(member))
    return lambda raw, normalised: [predict_network(network, normalised, grid, copies, jitter) for network in networks]


def tree_predictor(member):
    """A function from raw and normalised spectra to the predictions of each fold's trees."""
    from competitions.lamost import trees

    models = [trees.load(folder) for folder in fold_folders(member)]

    def predict_folds(raw, normalised):
        table = features.table(raw, normalised)
        return [model.predict(table, normalised) for model in models]

    return predict_folds


def fold_folders(member):
    """Folders of a run's folds."""
    return sorted(member.path.glob("fold*"))


def load_networks(member):
    """The Keras models of a run's folds, one at a time."""
    import keras

    import common.layers  # noqa: F401  registers what the networks are made of

    for folder in fold_folders(member):
        yield keras.saving.load_model(folder / "model.keras", compile=False)


def first_network(blended):
    """One network of an ensemble, for saliency; `None` where it is made of trees alone."""
    for name in blended.read_json("metrics.json")["members"]:
        member = Run(blended.path.parent / name)
        if member.model in NETWORKS:
            return next(load_networks(member))
    return None
