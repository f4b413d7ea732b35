"""Trained models at work. Whatever a model is, it offers

    metric               what its own score is called: "nats", "bits per dimension" or "FID"
    sample(count, seed)  bytes (count, height, width), or a list of sentences
    figures(records, seed)
                         what can be said of held-out records, a dict; its score stands under the name of its metric
    save(folder)

and those with a code also

    records(given)       a person's pictures or sentences, a list, as the network takes them
    encode(records)      codes (records, units)
    decode(codes)        what `sample` gives, of codes

for reconstructions and ways from one record to another. A class of this module stands for each kind; `KINDS` names that of each
model.
"""

import math

import keras
import numpy as np

from common import training
from common.experiment.runs import readable
from common.generative import bounds
from common.generative.flows import Inverse

BATCH = 500  # records at a time
INFORMED = 1000  # records that the mutual information is estimated on


class Generator:
    """What the kinds share: one Keras model in `model.keras`.

    Args:
        network: the Keras model.
        config: `Config`.
    """

    metric = ""
    greater = False
    watched = "loss of validation records"  # while it learns

    def __init__(self, network, config):
        self.network, self.config = network, config

    def save(self, folder):
        """Write `model.keras`."""
        self.network.save(folder / "model.keras")

    @classmethod
    def load(cls, folder, config):
        """What `save` wrote."""
        import competitions.generation.model  # noqa: F401  registers the classes of the networks

        with readable(folder / "model.keras"):
            return cls(keras.saving.load_model(folder / "model.keras", compile=False), config)


class Autoencoder(Generator):
    """A variational autoencoder of pictures."""

    metric = "nats"

    def sample(self, count, seed):
        """Means of pictures of codes drawn from N(0, 1), bytes."""
        return self.decode(np.random.default_rng(seed).normal(size=(count, self.network.units)))

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.network.encoder.input_shape[1:]

    def records(self, given):
        """A list of pictures as the network takes them."""
        return np.stack(given)

    def encode(self, records):
        """Means of the codes `(records, units)`."""
        return self.parameters(records)[:, : self.network.units]

    def decode(self, codes):
        """Pictures of codes, bytes."""
        return to_bytes(1 / (1 + np.exp(-in_batches(self.network.decoder, np.asarray(codes, "float32")))))

    def parameters(self, records):
        """Parameters of the codes `(records, 2 * units)`."""
        return in_batches(self.network.encoder, records)

    def figures(self, records, seed):
        """Nats by the importance-weighted bound, and what the code holds."""
        generator = np.random.default_rng(seed)
        weigh, log_weights = Weights(self.network), []
        for _ in range(self.config.draws):
            noise = generator.normal(size=(len(records), self.network.units)).astype("float32")
            log_weights.append(in_batches(weigh, records, noise))
        parameters = self.parameters(records).astype(float)
        means, log_variances = np.split(parameters, 2, axis=1)
        kl = 0.5 * (means**2 + np.exp(log_variances) - log_variances - 1).sum(axis=1)
        some = slice(INFORMED)
        noise = generator.normal(size=means[some].shape)
        return {
            "nats": float(bounds.importance_weighted(log_weights).mean()),
            "bound": float(-np.mean(log_weights)),
            "KL": float(kl.mean()),
            "information": bounds.mutual_information(means[some], log_variances[some], noise),
            "active units": bounds.active_units(means),
        }


class Weights(keras.Model):
    """The weights of an autoencoder's draws as a model of records and noise, so that they are computed in batches."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, inputs):
        return self.network.weights_of(*inputs)


class Density(Generator):
    """A flow of pictures."""

    metric = "bits per dimension"

    def __init__(self, network, config):
        super().__init__(network, config)
        self.flow = network.get_layer("flow")
        self.turned = Inverse(self.flow)

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.network.input_shape[1:]

    def sample(self, count, seed):
        """Pictures of z drawn at the temperature of the settings, bytes."""
        return self.decode(self.flow.draw(count, seed, self.config.temperature))

    def records(self, given):
        """A list of pictures as the network takes them."""
        return np.stack(given)

    def encode(self, records):
        """z of pictures `(records, pixels)`."""
        return in_batches(Forward(self.flow), records)

    def decode(self, codes):
        """Pictures of z, bytes."""
        return in_batches(self.turned, np.asarray(codes, "float32")).reshape(-1, *self.shape).astype(np.uint8)

    def figures(self, records, seed):
        """Bits of each pixel, with one draw of the noise that fills the steps between whole numbers."""
        nats = in_batches(self.network, records).astype(float).mean()
        return {self.metric: float(bounds.bits_per_dimension(nats, math.prod(self.shape))), "nats": float(nats)}


class Forward(keras.Model):
    """The z of a flow as a model, so that it is computed in batches."""

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def call(self, pictures):
        return self.flow.forward(pictures)[0]


class Player(Generator):
    """A generator of pictures from -1 to 1 that was trained against a critic."""

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


class PlayingAutoencoder(Player):
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

    def records(self, given):
        """A list of pictures as the network takes them."""
        return np.stack(given)

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
        parts = []
        for name in ("model.keras", "encoder.keras"):
            with readable(folder / name):
                parts.append(keras.saving.load_model(folder / name, compile=False))
        return cls(parts[0], config, parts[1])


def played_with(records):
    """Bytes `(records, height, width)` as what games are played with, float32 `(records, height, width, 1)` from -1 to 1."""
    return records[..., None].astype("float32") / 127.5 - 1


GAMES = {"gan_mlp": UniformPlayer, **dict.fromkeys(("dcgan", "wgan_gp", "sngan", "f_gan"), Player)}
FLOWS = dict.fromkeys(("nice", "realnvp", "glow"), Density)
KINDS: dict[str, type[Generator]] = {
    "vae": Autoencoder,
    **FLOWS,
    **GAMES,
    **dict.fromkeys(("aae", "ali"), PlayingAutoencoder),
}


def load(folder, name, config):
    """The trained model of a run's folder."""
    return KINDS[name].load(folder, config)


def in_batches(network, *inputs):
    """What a network answers, NumPy."""
    found = []
    for start in range(0, len(inputs[0]), BATCH):
        batch = [one[start : start + BATCH] for one in inputs]
        found.append(training.predict(network, batch[0] if len(batch) == 1 else batch))
    return np.concatenate(found)


def to_bytes(shares):
    """Grey values from 0 to 1 as bytes."""
    return np.clip(np.round(np.asarray(shares) * 255), 0, 255).astype(np.uint8)
