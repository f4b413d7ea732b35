"""Trained networks at work on pictures."""

import json
from dataclasses import dataclass
from typing import Any

import keras

from common import training

BATCH = 512  # pictures at a time


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`.

    Attributes:
        network: the Keras model.
        names: of the classes.
        flip: whether it sees each picture from both sides.
    """

    network: Any
    names: tuple[str, ...]
    flip: bool

    def predict(self, images, rows=None):
        """Probabilities `(rows, classes)` of bytes `(pictures, height, width)`: means over a picture and its mirror image."""
        images = images if rows is None else images[rows]
        found = probabilities(self.network, images)
        return (found + probabilities(self.network, images[:, :, ::-1])) / 2 if self.flip else found

    def features(self, images):
        """What the last layer sees of each picture, `(pictures, features)`."""
        body = keras.Model(self.network.input, self.network.get_layer("features").output)
        return probabilities(body, images)

    def save(self, folder):
        """Write `model.keras` and `classes.json`."""
        self.network.save(folder / "model.keras")
        (folder / "classes.json").write_text(json.dumps(self.names, ensure_ascii=False), encoding="utf-8")


def probabilities(network, images):
    """The network's output for pictures as they are, NumPy."""
    return training.predict_all(network, images, BATCH)


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    import common.regularizers  # noqa: F401  registers what a network may be trained with

    network = keras.saving.load_model(folder / "model.keras", compile=False)
    return Network(network, tuple(json.loads((folder / "classes.json").read_text(encoding="utf-8"))), config.flip > 0)
