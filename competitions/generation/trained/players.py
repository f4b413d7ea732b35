"""Generators of pictures that were trained against a critic; they say nothing of held-out records, samples are all."""

import numpy as np

from competitions.generation.batches import played_with
from competitions.generation.trained.generator import Generator, OfPictures, in_batches, network_of, to_bytes


class Player(Generator):
    """A generator of pictures from -1 to 1, of normal noise."""

    metric = "FID"
    watched = "FID of some samples"

    def sample(self, count, seed):
        """Pictures of normal noise, bytes."""
        return self.decode(np.random.default_rng(seed).normal(size=(count, self.network.input_shape[-1])))

    def decode(self, codes):
        """Pictures of noise, bytes."""
        return to_bytes((in_batches(self.network, np.asarray(codes, "float32"))[..., 0] + 1) / 2)

    def figures(self, records, seed):
        """Nothing can be said of held-out records."""
        return {}


class UniformPlayer(Player):
    """The same of uniform noise."""

    def sample(self, count, seed):
        """Pictures of noise from -1 to 1, bytes."""
        return self.decode(np.random.default_rng(seed).uniform(-1, 1, size=(count, self.network.input_shape[-1])))


class PlayingAutoencoder(Player, OfPictures):
    """The same with a code for every picture: the network is the decoder, an encoder stands beside it.

    Args:
        network: from codes to pictures.
        config: `Config`.
        encoder: from pictures to codes.
    """

    def __init__(self, network, config, encoder):
        super().__init__(network, config)
        self.encoder = encoder

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.encoder.input_shape[1:3]

    def encode(self, records):
        """Codes `(records, units)`."""
        return in_batches(self.encoder, played_with(records))

    def figures(self, records, seed):
        """Squared error of a pixel from 0 to 1, and the mean length of means and the spread of codes: of noise 0 and 1."""
        codes = self.encode(records)
        error = np.square((self.decode(codes) - records.astype(float)) / 255).mean()
        return {
            "squared error": float(error),
            "code mean": float(np.abs(codes.mean(0)).mean()),
            "code spread": float(codes.std(0).mean()),
        }

    def save(self, folder):
        """Write `model.keras` and `encoder.keras`."""
        super().save(folder)
        self.encoder.save(folder / "encoder.keras")

    @classmethod
    def load(cls, folder, config):
        """What `save` wrote."""
        return cls(network_of(folder / "model.keras"), config, network_of(folder / "encoder.keras"))
