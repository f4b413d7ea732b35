"""Variational autoencoders of pictures, with a Gaussian code or one of categories, and what a code holds."""

import keras
import numpy as np
from scipy.special import expit, softmax

from common.generative import bounds
from competitions.generation.batches import seen
from competitions.generation.trained.generator import OfPictures, in_batches, to_bytes

INFORMED = 1000  # records that the mutual information is estimated on


class Autoencoder(OfPictures):
    """A variational autoencoder of pictures."""

    metric = "nats"

    def sample(self, count, seed):
        """Means of pictures of codes drawn from N(0, 1), bytes."""
        return self.decode(np.random.default_rng(seed).normal(size=(count, self.network.units)))

    def encode(self, records):
        """Means of the codes `(records, units)`."""
        return self.parameters(records)[:, : self.network.units]

    def decode(self, codes):
        """Pictures of codes, bytes."""
        return to_bytes(expit(in_batches(self.network.decoder, np.asarray(codes, "float32"))))

    def parameters(self, records):
        """Parameters of the codes, as the encoder gives them."""
        return in_batches(self.network.encoder, records)

    def figures(self, records, seed):
        """Nats by the importance-weighted bound, and what the code holds."""
        generator = np.random.default_rng(seed)
        records = seen(records, self.config, seed)
        parameters = self.parameters(records)
        noises = (self.noise(parameters, generator) for _ in range(self.config.draws))
        weigh = Weights(self.network)
        log_weights = [in_batches(weigh, records, parameters, noise) for noise in noises]
        return of_draws(log_weights) | self.of_code(parameters, generator)

    def noise(self, parameters, generator):
        """What a draw of the codes is made of."""
        return generator.normal(size=(len(parameters), self.network.units)).astype("float32")

    def of_code(self, parameters, generator):
        """What the code holds, a dict."""
        return of_gaussian_code(parameters, self.network.units, generator)


class Categorical(Autoencoder):
    """An autoencoder of pictures whose code is of categories; the bound is that of exact draws."""

    def sample(self, count, seed):
        """Means of pictures of codes whose categories are equally probable, bytes."""
        variables, categories = self.network.encoder.output_shape[1:]
        drawn = np.random.default_rng(seed).integers(categories, size=(count, variables))
        return self.decode(np.eye(categories, dtype="float32")[drawn])

    def encode(self, records):
        """The most probable category of each variable, one-hot, flat."""
        logits = self.parameters(records)
        return np.eye(logits.shape[-1], dtype="float32")[logits.argmax(axis=-1)].reshape(len(records), -1)

    def decode(self, codes):
        """Pictures of codes, flat or not, bytes."""
        return super().decode(np.reshape(codes, (-1, *self.network.encoder.output_shape[1:])))

    def noise(self, parameters, generator):
        """What a draw of the codes is made of."""
        return generator.gumbel(size=parameters.shape).astype("float32")

    def of_code(self, parameters, generator):
        """What the code holds, a dict."""
        logits = parameters.astype(float)
        shares = softmax(logits, axis=-1)
        kl = (shares * (np.log(shares + 1e-30) + np.log(shares.shape[-1]))).sum(axis=(1, 2))
        return {"KL": float(kl.mean()), "information": bounds.categorical_information(logits)}


class Weights(keras.Model):
    """The weights of an autoencoder's draws as a model of records, parameters and noise: they are computed in batches."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def call(self, inputs):
        return self.network.weights_of(*inputs)


def of_draws(log_weights):
    """The importance-weighted bound and the plain one, of `(draws, records)`."""
    return {"nats": float(bounds.importance_weighted(log_weights).mean()), "bound": float(-np.mean(log_weights))}


def of_gaussian_code(parameters, units, generator):
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
