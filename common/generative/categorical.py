"""Codes of categories, and gradients through draws: soft, straight through, or by the score function.

logits = encoder(x)                                         # (batch, variables, classes)
code = GumbelSoftmax(cooling)(logits)                       # nearly one-hot
kl = categorical_kl(logits)                                 # (batch,)
surrogate = score_function(losses, log_probability, others_mean(losses))
"""

import math

import keras
import numpy as np
from keras import ops

from common.generative.variational import bernoulli_log_likelihood

SMALLEST = float(np.finfo("float32").tiny)


def gumbel(shape, seed):
    """Standard Gumbel noise, float32: minus log of minus log of uniform numbers, none of which is 0.

    Args:
        shape: of the noise.
        seed: an integer or a `keras.random.SeedGenerator`.
    """
    uniform = keras.random.uniform(shape, minval=SMALLEST, maxval=1.0, seed=seed)
    return -ops.log(-ops.log(ops.minimum(uniform, 1 - 1e-7)))


def one_hot_of_largest(logits):
    """One at the greatest of the last axis, else 0."""
    return ops.one_hot(ops.argmax(logits, axis=-1), logits.shape[-1], dtype=logits.dtype)


def categorical_kl(logits):
    """KL of independent categories from uniform ones in nats, `(batch,)`, of logits `(batch, variables, classes)`; exact."""
    log_shares = ops.log_softmax(logits, axis=-1)
    each = ops.sum(ops.exp(log_shares) * log_shares, axis=-1) + math.log(logits.shape[-1])
    return ops.sum(each, axis=-1)


@keras.saving.register_keras_serializable(package="common")
class GumbelSoftmax(keras.layers.Layer):
    """Draw from categories so that gradients reach their logits; in inference the most probable class of each, one-hot.

    softmax((logits + Gumbel noise) / temperature) is nearly one-hot at small temperatures, where gradients vanish: let it fall.

    Args:
        temperature: a number, or a `LearningRateSchedule` of the number of the training step.
        straight_through: give one-hot draws forward, and the gradient of the soft ones backward.
        seed: of the draws.

    Call arguments: logits `(batch, variables, classes)`; output of the same shape.

    Reference: Jang et al. 2016, arXiv 1611.01144; Maddison et al. 2016, arXiv 1611.00712.
    """

    def __init__(self, temperature=1.0, straight_through=False, seed=None, **kwargs):
        super().__init__(**kwargs)
        if isinstance(temperature, dict):
            temperature = keras.saving.deserialize_keras_object(temperature)
        if not callable(temperature) and temperature <= 0:
            raise ValueError(f"`temperature` must be above 0. Received: {temperature=}")
        self.temperature, self.straight_through, self.seed = temperature, straight_through, seed
        self.generator = keras.random.SeedGenerator(seed)
        self.step = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="step")

    def now(self):
        """The temperature of this step, a scalar."""
        return self.temperature(self.step) if callable(self.temperature) else ops.convert_to_tensor(self.temperature, "float32")

    def call(self, logits, training=None):
        if not training:
            return one_hot_of_largest(logits)
        noisy = ops.cast(logits, "float32") + gumbel(ops.shape(logits), self.generator)
        soft = ops.softmax(noisy / self.now(), axis=-1)
        self.step.assign_add(1)
        if self.straight_through:
            soft = straight_through(one_hot_of_largest(noisy), soft)
        return ops.cast(soft, logits.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        given = self.temperature
        temperature = keras.saving.serialize_keras_object(given) if callable(given) else given
        more = {"temperature": temperature, "straight_through": self.straight_through, "seed": self.seed}
        return {**super().get_config(), **more}


def straight_through(hard, soft):
    """Forward `hard`, backward the gradient of `soft`; biased, and often good enough."""
    return soft + ops.stop_gradient(hard - soft)


def score_function(values, log_probability, baseline=0.0):
    """What has the gradient of E values with respect to the distribution that was drawn from: REINFORCE, `(batch,)`.

    Its own value says nothing. No gradient reaches `values` or the baseline by it; add `values` themselves where they depend on
    weights, too. Unbiased for any baseline that does not depend on the sample's own draw.

    Args:
        values: of the draws, `(batch,)`.
        log_probability: of the draws, `(batch,)`.
        baseline: a number or `(batch,)`, such as `others_mean(values)`.

    Reference: Williams 1992.
    """
    return ops.stop_gradient(values - baseline) * log_probability


def others_mean(values):
    """For each of several draws the mean of the values of all others, along the first axis: a baseline without bias."""
    count = values.shape[0]
    return (ops.sum(values, axis=0, keepdims=True) - values) / (count - 1)


@keras.saving.register_keras_serializable(package="common")
class MovingBaseline(keras.layers.Layer):
    """The mean of the values of past batches; in training it moves after it was read, so that no draw is its own baseline.

    Args:
        momentum: of the mean.

    Call arguments: values `(batch,)`; output the baseline, `(batch,)`.
    """

    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False, name="mean")
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, name="seen")

    def call(self, values, training=None):
        before = self.mean / ops.maximum(1 - ops.power(self.momentum, self.seen), 1e-6) * ops.sign(self.seen)
        baseline = ops.zeros_like(values) + ops.cast(before, values.dtype)
        if training:
            now = ops.cast(ops.mean(ops.stop_gradient(values)), "float32")
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * now)
            self.seen.assign_add(1)
        return baseline

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


@keras.saving.register_keras_serializable(package="common")
class GumbelAutoencoder(keras.Model):
    """An autoencoder of numbers from 0 to 1 whose code is `variables` categories; answers with the nats of each sample.

    In inference the bound is that of the discrete model: codes are drawn exactly by `weights_of`, in `call` they are the most
    probable ones.

    Args:
        encoder: model from x to logits `(batch, variables, classes)`.
        decoder: model from the code `(batch, variables, classes)` to logits of x's shape.
        temperature, straight_through, seed: as of `GumbelSoftmax`.
    """

    def __init__(self, encoder, decoder, temperature=1.0, straight_through=False, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.sampler = GumbelSoftmax(temperature, straight_through, seed)

    def log_likelihood(self, x, code, training=None):
        """log p(x | code), `(batch,)`."""
        return bernoulli_log_likelihood(ops.cast(x, "float32"), self.decoder(code, training=training))

    def call(self, x, training=None):
        logits = self.encoder(x, training=training)
        code = self.sampler(logits, training=training)
        return categorical_kl(logits) - self.log_likelihood(x, code, training)

    def weights_of(self, x, logits, noise):
        """log p(x, code) - log q(code | x), `(batch,)`, of a discrete code drawn with Gumbel noise of the logits' shape.

        The logits are the encoder's of x: many draws need them once.
        """
        code = one_hot_of_largest(logits + noise)
        log_shares = ops.sum(code * ops.log_softmax(logits, axis=-1), axis=(1, 2))
        prior = logits.shape[1] * math.log(logits.shape[2])
        return self.log_likelihood(x, code) - prior - log_shares

    def get_config(self):
        parts = {"encoder": self.encoder, "decoder": self.decoder}
        sampler = {name: self.sampler.get_config()[name] for name in ("temperature", "straight_through", "seed")}
        return {"name": self.name, **{n: keras.saving.serialize_keras_object(part) for n, part in parts.items()}, **sampler}

    @classmethod
    def from_config(cls, config):
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("encoder", "decoder")}
        return cls(**{**config, **parts})
