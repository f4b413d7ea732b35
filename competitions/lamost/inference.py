"""Fitted models at work on spectra: those of a fold, and a whole ensemble on new ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from common.experiment.blend import Stacked
from competitions.lamost.config import NETWORKS
from competitions.lamost.features import Prepared
from competitions.lamost.grid import Grid

CHUNK = 1024  # spectra predicted at a time, so that memory stays flat


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`, which looks at each spectrum at slightly different redshifts.

    Attributes:
        network: the Keras model.
        config: has `grid`, and `test_copies` within `redshift_jitter`.
    """

    network: Any
    config: Any

    def predict(self, prepared, rows=None):
        """Probabilities `(rows, 4)`, the mean over the copies."""
        copies, jitter = self.config.test_copies, self.config.redshift_jitter
        return predict_network(self.network, prepared.normalised, Grid.parse(self.config.grid), copies, jitter, rows)

    def save(self, folder):
        """Write `model.keras`."""
        self.network.save(folder / "model.keras")


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


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    if name not in NETWORKS:
        from competitions.lamost import trees

        return trees.load(folder)
    import keras

    import common.layers  # noqa: F401  registers what the networks are made of
    import competitions.lamost.augment  # noqa: F401  and begin with

    return Network(keras.saving.load_model(folder / "model.keras", compile=False), config)


def predict(learnt, flux):
    """Probabilities `(spectra, 4)` of raw spectra `(spectra, 2600)` by an ensemble, blended as it was learnt."""
    chunks = (Prepared.of(np.asarray(flux[start : start + CHUNK])) for start in range(0, len(flux), CHUNK))
    return np.concatenate([learnt.way(Stacked(np.stack(learnt.found(prepared)))) for prepared in chunks])
