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
from scipy.special import softmax

from common import training
from common.errors import DataError
from common.experiment.runs import readable
from common.generative import bounds
from common.generative.flows import Inverse
from common.generative.sequences import END, PADDING, Step, write
from competitions.generation.batches import binarised
from competitions.generation.words import Words

BATCH = 500  # records at a time
OF_SENTENCES = 64  # sentences, whose logits are thousands at every step
INFORMED = 1000  # records that the mutual information is estimated on


class Generator:
    """What the kinds share: one Keras model in `model.keras`.

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
        records = seen(records, self.config, seed)
        generator = np.random.default_rng(seed)
        weigh, log_weights = Weights(self.network), []
        for _ in range(self.config.draws):
            noise = generator.normal(size=(len(records), self.network.units)).astype("float32")
            log_weights.append(in_batches(weigh, records, noise))
        told = of_code(self.parameters(records), self.network.units, generator)
        return {
            "nats": float(bounds.importance_weighted(log_weights).mean()),
            "bound": float(-np.mean(log_weights)),
            **told,
        }


def of_code(parameters, units, generator):
    """What a Gaussian code holds, by its parameters `(records, 2 * units)`: KL, information, active units."""
    means, log_variances = np.split(parameters.astype(float), 2, axis=1)
    kl = 0.5 * (means**2 + np.exp(log_variances) - log_variances - 1).sum(axis=1)
    some = generator.permutation(len(means))[:INFORMED]
    noise = generator.normal(size=(len(some), units))
    return {
        "KL": float(kl.mean()),
        "information": bounds.mutual_information(means[some], log_variances[some], noise),
        "active units": bounds.active_units(means),
    }


def seen(records, config, seed):
    """Pictures as the models of codes are scored on them: drawn in black and white once where the settings say so."""
    return binarised(records, np.random.default_rng(seed)) if config.binary else records


class Weights(keras.Model):
    """The weights of an autoencoder's draws as a model of records and noise, so that they are computed in batches."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, inputs):
        return self.network.weights_of(*inputs)


class Categorical(Generator):
    """An autoencoder of pictures whose code is of categories."""

    metric = "nats"

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.network.encoder.input_shape[1:]

    def sample(self, count, seed):
        """Means of pictures of codes whose categories are equally probable, bytes."""
        variables, categories = self.network.encoder.output_shape[1:]
        drawn = np.random.default_rng(seed).integers(categories, size=(count, variables))
        return self.decode(np.eye(categories, dtype="float32")[drawn].reshape(count, -1))

    def records(self, given):
        """A list of pictures as the network takes them."""
        return np.stack(given)

    def encode(self, records):
        """The most probable category of each variable, one-hot, flat."""
        logits = in_batches(self.network.encoder, records)
        return np.eye(logits.shape[-1], dtype="float32")[logits.argmax(axis=-1)].reshape(len(records), -1)

    def decode(self, codes):
        """Pictures of codes, bytes."""
        codes = np.asarray(codes, "float32").reshape(-1, *self.network.encoder.output_shape[1:])
        return to_bytes(1 / (1 + np.exp(-in_batches(self.network.decoder, codes))))

    def figures(self, records, seed):
        """Nats by the importance-weighted bound of discrete codes, and what the code holds."""
        records = seen(records, self.config, seed)
        generator, weigh, log_weights = np.random.default_rng(seed), Weights(self.network), []
        for _ in range(self.config.draws):
            noise = generator.gumbel(size=(len(records), *self.network.encoder.output_shape[1:])).astype("float32")
            log_weights.append(in_batches(weigh, records, noise))
        logits = in_batches(self.network.encoder, records).astype(float)
        shares = softmax(logits, axis=-1)
        kl = (shares * (np.log(shares + 1e-30) + np.log(shares.shape[-1]))).sum(axis=(1, 2))
        return {
            "nats": float(bounds.importance_weighted(log_weights).mean()),
            "bound": float(-np.mean(log_weights)),
            "KL": float(kl.mean()),
            "information": bounds.categorical_information(logits),
        }


class Sentences(Generator):
    """A variational autoencoder of sentences.

    Args:
        network: the Keras model.
        config: `Config`.
        words: `words.Words`.
    """

    metric = "nats"

    def __init__(self, network, config, words):
        super().__init__(network, config)
        self.words = words
        if network.is_autoregressive:
            self.step = Step(network.decoder.get_layer("writer"))

    def save(self, folder):
        """Write `model.keras` and `words.json`."""
        super().save(folder)
        self.words.save(folder / "words.json")

    @classmethod
    def load(cls, folder, config):
        """What `save` wrote."""
        return cls(Generator.load(folder, config).network, config, Words.load(folder / "words.json"))

    def sample(self, count, seed):
        """Sentences of codes drawn from N(0, 1), their words drawn as they are probable, a list."""
        generator = np.random.default_rng(seed)
        return self.written(generator.normal(size=(count, self.network.units)), generator)

    def records(self, given):
        """A list of sentences as the network takes them."""
        ids = self.words.encode(given, end=self.network.is_autoregressive)
        if not self.network.is_autoregressive:
            steps = self.network.encoder.input_shape[1]
            if ids.shape[1] != steps or (ids == PADDING).any():
                raise DataError(f"sentences of {steps} words or characters are needed, as the model learnt them")
        return ids

    def encode(self, records):
        """Means of the codes `(records, units)`."""
        return by_length(self.network.encoder, records)[:, : self.network.units]

    def decode(self, codes):
        """The most probable sentences of codes, a list."""
        return self.written(codes)

    def written(self, codes, generator=None):
        """Sentences of codes, drawn by a generator or the most probable ones."""
        found = []
        for start in range(0, len(codes), BATCH):
            some = np.asarray(codes[start : start + BATCH], "float32")
            if self.network.is_autoregressive:
                ids = write(self.step, some, self.config.longest, generator)
            else:
                logits = training.predict(self.network.decoder, some)
                logits[..., : END + 1] = -np.inf
                ids = (logits + (0 if generator is None else generator.gumbel(size=logits.shape))).argmax(axis=-1)
            found += self.words.decode(ids)
        return found

    def figures(self, records, seed):
        """Nats of a sentence by the importance-weighted bound, perplexity of a word, and what the code holds."""
        ids, generator = self.records(list(records)), np.random.default_rng(seed)
        weigh, units = Weights(self.network), self.network.units
        noises = (generator.normal(size=(len(ids), units)).astype("float32") for _ in range(self.config.draws))
        log_weights = [by_length(weigh, ids, noise) for noise in noises]
        nats = bounds.importance_weighted(log_weights)
        perplexity = float(np.exp(nats.sum() / (ids != PADDING).sum()))
        told = of_code(by_length(self.network.encoder, ids), units, generator)
        return {"nats": float(nats.mean()), "bound": float(-np.mean(log_weights)), "perplexity": perplexity, **told}


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
WRITERS = dict.fromkeys(("text_vae", "couplet_vae"), Sentences)
KINDS: dict[str, type[Generator]] = {
    "vae": Autoencoder,
    "gumbel_vae": Categorical,
    **FLOWS,
    **GAMES,
    **dict.fromkeys(("aae", "ali"), PlayingAutoencoder),
    **WRITERS,
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


def by_length(network, ids, *others):
    """What a network answers for sentences, NumPy: those of similar length at a time, without the padding that they share."""
    found = [None] * len(ids)
    lengths = (ids != PADDING).sum(axis=1)[:, None]
    for rows, (steps,) in training.by_length(lengths, OF_SENTENCES):
        batch = [ids[rows][:, : min(steps, ids.shape[1])], *(one[rows] for one in others)]
        answers = training.predict(network, batch[0] if len(batch) == 1 else batch)
        for row, answer in zip(rows, answers, strict=True):
            found[row] = answer
    return np.stack(found)


def to_bytes(shares):
    """Grey values from 0 to 1 as bytes."""
    return np.clip(np.round(np.asarray(shares) * 255), 0, 255).astype(np.uint8)
