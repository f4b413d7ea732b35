"""Gaussian codes inside a network, heads that keep them from vanishing, autoencoders; codes of categories: `categorical.py`.

A Gaussian is written as its parameters `(batch, 2 * units)`: means, then log variances. A head makes them, `GaussianSampler`
draws from them, `gaussian_kl` measures them.

    parameters = BatchNormalisedGaussian(32)(features)
    z = GaussianSampler()(parameters)
    kl = gaussian_kl(parameters)  # (batch,)
"""

import math

import keras
from keras import ops


def moments(parameters):
    """Means and log variances, each `(..., units)`, of parameters `(..., 2 * units)`."""
    return ops.split(parameters, 2, axis=-1)


def gaussian_kl(parameters, by_unit=False):
    """KL(N(mean, variance) | N(0, 1)) in nats, `(batch,)`; of each unit, `(batch, units)`, where `by_unit`."""
    mean, log_variance = moments(parameters)
    of_units = 0.5 * (ops.square(mean) + ops.exp(log_variance) - log_variance - 1)
    return of_units if by_unit else ops.sum(of_units, axis=-1)


def gaussian_log_density(z, parameters):
    """Log density of `z`, `(batch, units)`, under diagonal Gaussians, `(batch,)`."""
    mean, log_variance = moments(parameters)
    each = math.log(2 * math.pi) + log_variance + ops.square(z - mean) * ops.exp(-log_variance)
    return -0.5 * ops.sum(each, axis=-1)


def standard_log_density(z):
    """Log density of `z`, `(batch, units)`, under N(0, 1), `(batch,)`."""
    return -0.5 * ops.sum(math.log(2 * math.pi) + ops.square(z), axis=-1)


def free_bits(kl_by_unit, least):
    """KL of the batch where no unit is asked to have less than `least` nats in the mean, a scalar.

    Reference: Kingma et al. 2016, arXiv 1606.04934.
    """
    return ops.sum(ops.maximum(ops.mean(kl_by_unit, axis=0), least))


def draw(parameters, noise):
    """`mean + deviation * noise`, through which gradients reach the parameters."""
    mean, log_variance = moments(parameters)
    return mean + ops.exp(0.5 * log_variance) * noise


@keras.saving.register_keras_serializable(package="common")
class GaussianSampler(keras.layers.Layer):
    """Draw from Gaussians by reparametrisation in training; in inference their means.

    Args:
        seed: of the draws.

    Call arguments: parameters `(batch, 2 * units)`; output `(batch, units)`.

    Reference: Kingma and Welling 2013, arXiv 1312.6114.
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, parameters, training=None):
        if not training:
            return moments(parameters)[0]
        noise = keras.random.normal(ops.shape(moments(parameters)[0]), seed=self.generator, dtype=parameters.dtype)
        return draw(parameters, noise)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] // 2)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="common")
class BatchNormalisedGaussian(keras.layers.Layer):
    """Parameters of a Gaussian code whose KL has a floor, so that no decoder, however strong, can make it vanish.

    `scheme="mean"` batch-normalises the means, with a fixed scale `gamma` and a learnt shift: E KL >= units * gamma^2 / 2.
    `scheme="both"` also normalises the deviations, without shifts, so that the codes of all samples together have mean 0 and
    variance 1: the scales are gamma_mean^2 = tau + (1 - tau) sigmoid(theta) and gamma_deviation^2 = (1 - tau) sigmoid(-theta),
    theta a learnt number for each unit, and E KL >= -units / 2 * log gamma_deviation^2.

    The deviation is a softplus over its root mean square, positive everywhere. The published one, a number of either sign with
    mean 0, has log variances of minus infinity near 0. Variances are at least `floor`.

    The floors hold for the batch in training; in inference the moving averages stand in, with a momentum of 0.9 so that they
    have settled when the first epoch ends.

    Args:
        units: of the code.
        scheme: `"mean"` or `"both"`.
        gamma: of the first scheme.
        tau: of the second, from 0 to below 1: the least share of the variance that the means have.
        floor: of variances.
        momentum: of the moving averages.

    Call arguments: features `(batch, dim)`; output `(batch, 2 * units)`.

    Reference: Zhu et al. 2020, arXiv 2004.12585; kexue.fm archive 7381 for the second scheme.
    """

    def __init__(self, units, scheme="mean", gamma=0.6, tau=0.5, floor=1e-4, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        if scheme not in ("mean", "both"):
            raise ValueError(f"`scheme` must be 'mean' or 'both'. Received: {scheme=}")
        if not 0 <= tau < 1 or gamma <= 0 or floor <= 0:
            raise ValueError(
                f"`tau` must be from 0 to below 1, `gamma` and `floor` above 0. Received: {tau=}, {gamma=}, {floor=}"
            )
        self.units, self.scheme, self.gamma, self.tau, self.floor, self.momentum = units, scheme, gamma, tau, floor, momentum
        self.mean = keras.layers.Dense(units, use_bias=False, name="mean")
        self.spread = keras.layers.Dense(units, name="spread")
        self.normalised = keras.layers.BatchNormalization(
            momentum=momentum, epsilon=1e-8, center=False, scale=False, name="normalised"
        )

    def build(self, input_shape):
        self.mean.build(input_shape)
        self.spread.build(input_shape)
        self.normalised.build((None, self.units))
        if self.scheme == "mean":
            self.shift = self.add_weight(shape=(self.units,), initializer="zeros", name="shift", autocast=False)
        else:
            self.theta = self.add_weight(shape=(self.units,), initializer="zeros", name="theta", autocast=False)
            fixed = {"trainable": False, "autocast": False}  # means of past batches, which half precision would not move
            self.square = self.add_weight(shape=(self.units,), initializer="ones", name="square", **fixed)

    def scales(self):
        """Scales of the means and of the deviations; the second is `None` in the scheme that leaves deviations alone."""
        if self.scheme == "mean":
            return self.gamma, None
        of_mean = ops.sqrt(self.tau + (1 - self.tau) * ops.sigmoid(self.theta))
        return of_mean, ops.sqrt((1 - self.tau) * ops.sigmoid(-self.theta))

    def call(self, features, training=None):
        of_mean, of_deviation = self.scales()
        raw, mean = self.spread(features), self.normalised(self.mean(features), training=training)
        mean = ops.cast(of_mean, raw.dtype) * mean
        if self.scheme == "mean":
            mean = mean + ops.cast(self.shift, raw.dtype)
            return ops.concatenate([mean, ops.maximum(raw, math.log(self.floor))], axis=-1)
        positive = ops.softplus(raw)
        square = ops.cast(self.square, raw.dtype)
        if training:
            square = ops.mean(ops.square(positive), axis=0)
            kept = self.momentum * self.square + (1 - self.momentum) * ops.cast(ops.stop_gradient(square), "float32")
            self.square.assign(kept)
        variance = ops.square(ops.cast(of_deviation, raw.dtype) * positive) / (square + 1e-8)
        return ops.concatenate([mean, ops.log(ops.maximum(variance, self.floor))], axis=-1)

    def least_kl(self):
        """Nats that the KL of a batch in training has at least, as the scales are now; `floor` out of the way."""
        of_deviation = self.scales()[1]
        if of_deviation is None:
            return float(0.5 * ops.sum(self.gamma**2 + ops.square(self.shift)))
        return float(-ops.sum(ops.log(of_deviation)))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * self.units)

    def get_config(self):
        names = ("units", "scheme", "gamma", "tau", "floor", "momentum")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="common")
class Annealed(keras.layers.Layer):
    """Multiply by a number that follows the steps of the training; in inference by 1.

    Args:
        schedule: a number, or a `keras.optimizers.schedules.LearningRateSchedule`: `PolynomialDecay(0.0, steps, 1.0)` rises.
    """

    def __init__(self, schedule, **kwargs):
        super().__init__(**kwargs)
        self.schedule = keras.saving.deserialize_keras_object(schedule) if isinstance(schedule, dict) else schedule
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")

    def now(self):
        """The number of this step, a scalar."""
        return self.schedule(self.step) if callable(self.schedule) else ops.convert_to_tensor(self.schedule, "float32")

    def call(self, x, training=None):
        if not training:
            return x
        factor = ops.cast(self.now(), x.dtype)
        self.step.assign_add(1)
        return factor * x

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        schedule = self.schedule
        return {
            **super().get_config(),
            "schedule": keras.saving.serialize_keras_object(schedule) if callable(schedule) else schedule,
        }


class VariationalAutoencoder(keras.Model):
    """An encoder with a Gaussian code and a decoder; answers with the nats of each sample, minus its evidence lower bound.

    A subclass defines `log_likelihood(x, z, training)`, `(batch,)`, from `self.decoder`.

    In training the KL has a weight, of a number or a schedule, and each unit of the code may have `free` nats for nothing; in
    inference it is the bound itself, with z the mean of the posterior. `weights_of` with noise gives what is to be reported.

    Args:
        encoder: model from x to the parameters of the code, `(batch, 2 * units)`.
        decoder: model from z, and whatever else the subclass gives it.
        kl_weight: see `Annealed`.
        free: nats of each unit, see `free_bits`.
        seed: of the draws in training.

    Reference: Kingma and Welling 2013, arXiv 1312.6114.
    """

    def __init__(self, encoder, decoder, kl_weight=1.0, free=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder, self.free, self.seed = encoder, decoder, free, seed
        self.sampler = GaussianSampler(seed)
        self.weigh = Annealed(kl_weight)

    @property
    def units(self):
        """Width of the code."""
        return self.encoder.output_shape[-1] // 2

    def log_likelihood(self, x, z, training=None):
        raise NotImplementedError(f"{type(self).__name__} must define `log_likelihood(x, z, training)`")

    def call(self, x, training=None):
        parameters = self.encoder(x, training=training)
        z = self.sampler(parameters, training=training)
        kl = gaussian_kl(parameters)
        if training and self.free:
            kl = free_bits(gaussian_kl(parameters, by_unit=True), self.free) + 0 * kl
        return self.weigh(kl, training=training) - self.log_likelihood(x, z, training)

    def weights_of(self, x, parameters, noise):
        """log p(x, z) - log q(z | x), `(batch,)`, of z drawn with noise `(batch, units)`; minus its mean is the bound.

        The parameters are the encoder's of x: many draws need them once.
        """
        z = draw(parameters, noise)
        return self.log_likelihood(x, z) + standard_log_density(z) - gaussian_log_density(z, parameters)

    def get_config(self):
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        return {
            "name": self.name,
            **{name: keras.saving.serialize_keras_object(part) for name, part in parts.items()},
            "kl_weight": self.weigh.get_config()["schedule"],
            "free": self.free,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config):
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("encoder", "decoder")}
        return cls(**{**config, **parts})


@keras.saving.register_keras_serializable(package="common")
class BernoulliAutoencoder(VariationalAutoencoder):
    """Of numbers from 0 to 1: the decoder maps z to logits of x's shape, and the nats are their summed cross-entropy.

    It is a likelihood of values that are 0 or 1; of grey ones it is a loss.
    """

    def log_likelihood(self, x, z, training=None):
        return bernoulli_log_likelihood(x, self.decoder(z, training=training))


def bernoulli_log_likelihood(x, logits):
    """Minus the cross-entropy of values from 0 to 1 and logits, `(batch, ...)`, summed over all but the batch, `(batch,)`."""
    each = x * logits - ops.softplus(logits)
    return ops.sum(each, axis=tuple(range(1, len(each.shape))))
