"""Fitted networks at work on glyphs: those of a fold, and a whole ensemble on new ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from common.experiment import candidates
from common.images.writing.glyphs import normalised
from competitions.characters.config import NETWORKS

CHUNK = 1024  # glyphs at a time: their probabilities of several thousand classes take 16 MB


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`.

    Attributes:
        network: the Keras model.
        side: of the glyphs that it takes.
    """

    network: Any
    side: int

    def predict(self, glyphs, rows=None):
        """Candidates of normalised glyphs, bytes `(glyphs, side, side)`; of all where `rows` is `None`."""
        from common.training import predict

        glyphs = glyphs if rows is None else glyphs[rows]
        parts = [
            candidates.best(predict(self.network, glyphs[start : start + CHUNK])) for start in range(0, len(glyphs), CHUNK)
        ]
        return np.concatenate(parts)

    def save(self, folder):
        """Write `model.keras`."""
        self.network.save(folder / "model.keras")


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    import keras

    import common.images.warp  # noqa: F401  registers what the networks begin with

    return Network(keras.saving.load_model(folder / "model.keras", compile=False), config.side)


def kinds(config):
    """How predictions of several fits become one."""
    return dict.fromkeys(NETWORKS, candidates.CANDIDATES)


def predict(learnt, images):
    """Candidates of glyphs in any frames, a list or array of bytes of bright ink on black, by an ensemble."""
    return learnt.way(candidates.Gathered.of(learnt.found(normalised(images, learnt.config.side))))
