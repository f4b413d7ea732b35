"""What the kinds of trained models share."""

import keras
import numpy as np

from common import training
from common.experiment.runs import readable

BATCH = 500  # records at a time


class Generator:
    """One Keras model in `model.keras`.

    Args:
        network: the Keras model.
        config: `Config`.
    """

    metric = ""
    greater = False
    watched = "loss"  # while it learns

    def __init__(self, network, config):
        self.network, self.config = network, config

    def save(self, folder):
        """Write `model.keras`."""
        self.network.save(folder / "model.keras")

    @classmethod
    def load(cls, folder, config):
        """What `save` wrote."""
        return cls(network_of(folder / "model.keras"), config)


class OfPictures(Generator):
    """A model that takes pictures for records."""

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.network.encoder.input_shape[1:3]

    def records(self, given):
        """A list of pictures as the network takes them."""
        return np.stack(given)


def network_of(path):
    """The Keras model of a file."""
    import competitions.generation.model  # noqa: F401  registers the classes of the networks

    with readable(path):
        return keras.saving.load_model(path, compile=False)


def in_batches(network, *inputs):
    """What a network answers, NumPy."""
    return training.predict_all(network, inputs[0] if len(inputs) == 1 else list(inputs), BATCH)


def to_bytes(shares):
    """Grey values from 0 to 1 as bytes."""
    return np.clip(np.round(np.asarray(shares) * 255), 0, 255).astype(np.uint8)
