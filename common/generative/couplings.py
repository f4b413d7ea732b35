"""Bijections that change some channels by what a network says of the others: the network never has to be undone."""

import math

import keras
from keras import ops

from common.generative.bijections import Bijection, Chain, alike, summed


def bounded(raw):
    """A log scale between -2 and 2, the identity near 0."""
    return 2 * ops.tanh(raw / 2)


@keras.saving.register_keras_serializable(package="common")
class Coupling(Bijection):
    """Change one half of the channels by what a network says of the other.

    Additive: y2 = x2 + t(x1). Affine: y2 = exp(s(x1)) x2 + t(x1) with s between -2 and 2.

    Args:
        network: layer or model from the half that stays to the change: as many channels as the other half has, twice as many
            where `affine`; `dense_network` and `convolution_network` make them.
        affine: whether it scales, too.
        swapped: whether the second half stays instead of the first.

    Reference: Dinh et al. 2014, arXiv 1410.8516; 2016, arXiv 1605.08803.
    """

    def __init__(self, network, affine=False, swapped=False, **kwargs):
        super().__init__(**kwargs)
        self.network = keras.saving.deserialize_keras_object(network) if isinstance(network, dict) else network
        self.affine, self.swapped = affine, swapped

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels < 2:
            raise ValueError(f"`{self.name}` needs two channels, one to stay and one to change. Received: {input_shape}")
        self.first = channels // 2
        stays = channels - self.first if self.swapped else self.first
        if not self.network.built:
            self.network.build((*input_shape[:-1], stays))

    def halves(self, x):
        """The half that stays, and the other."""
        first, second = x[..., : self.first], x[..., self.first :]
        return (second, first) if self.swapped else (first, second)

    def joined(self, stays, changed):
        """The two in their places."""
        return ops.concatenate([changed, stays] if self.swapped else [stays, changed], axis=-1)

    def change(self, stays):
        """Log scale, `None` where it is additive, and shift."""
        found = self.network(stays)
        if not self.affine:
            return None, found
        raw, shift = ops.split(found, 2, axis=-1)
        return bounded(raw), shift

    def call(self, x):
        stays, other = self.halves(x)
        log_scale, shift = self.change(stays)
        if log_scale is None:
            return self.joined(stays, other + shift), alike(x, 0.0)
        return self.joined(stays, ops.exp(log_scale) * other + shift), summed(log_scale)

    def inverse(self, y):
        stays, other = self.halves(y)
        log_scale, shift = self.change(stays)
        return self.joined(stays, other - shift if log_scale is None else ops.exp(-log_scale) * (other - shift))

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network, "affine": self.affine, "swapped": self.swapped}


@keras.saving.register_keras_serializable(package="common")
class Split(Bijection):
    """Half of the channels goes on, the other leaves as Gaussians whose mean and spread are predicted from that half.

    What leaves is standardised by this prediction, so that all of z has one plain prior: y is flat, what went through `rest`
    and then what left.

    Args:
        rest: list of the bijections for the half that goes on.
        network: from that half to means and log spreads, twice as many channels as leave.

    Reference: the multi-scale architecture of arXiv 1605.08803, with the conditional prior of the code of arXiv 1807.03039.
    """

    def __init__(self, rest, network, **kwargs):
        super().__init__(**kwargs)
        self.rest = Chain(rest)
        self.network = keras.saving.deserialize_keras_object(network) if isinstance(network, dict) else network

    def build(self, input_shape):
        self.kept = input_shape[-1] // 2
        going = (*input_shape[:-1], self.kept)
        for part in (self.rest, self.network):
            if not part.built:
                part.build(going)
        self.after = self.rest.shape_after(going)[1:]
        self.left = (*input_shape[1:-1], input_shape[-1] - self.kept)

    def prediction(self, going):
        """Mean and log spread of what leaves."""
        mean, raw = ops.split(self.network(going), 2, axis=-1)
        return mean, bounded(raw)

    def call(self, x):
        going, leaving = x[..., : self.kept], x[..., self.kept :]
        mean, log_spread = self.prediction(going)
        left = (leaving - mean) * ops.exp(-log_spread)
        y, logdet = self.rest(going)
        size = math.prod(self.after), math.prod(self.left)
        flat = [ops.reshape(part, (-1, count)) for part, count in zip((y, left), size, strict=True)]
        return ops.concatenate(flat, axis=-1), logdet - summed(log_spread)

    def inverse(self, y):
        count = math.prod(self.after)
        going = self.rest.inverse(ops.reshape(y[:, :count], (-1, *self.after)))
        mean, log_spread = self.prediction(going)
        leaving = ops.reshape(y[:, count:], (-1, *self.left)) * ops.exp(log_spread) + mean
        return ops.concatenate([going, leaving], axis=-1)

    def calibrate(self, x):
        self.rest.calibrate(x[..., : self.kept])
        return self(x)[0]

    def shape_after(self, shape):
        return shape[0], math.prod(shape[1:])

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "rest": self.rest.get_config()["layers"], "network": network}


def dense_network(width, depth, outputs):
    """Dense layers with ReLU whose last, linear one begins at 0, so that a coupling begins as the identity."""
    hidden = [keras.layers.Dense(width, activation="relu", dtype="float32") for _ in range(depth)]
    return keras.Sequential([*hidden, keras.layers.Dense(outputs, kernel_initializer="zeros", dtype="float32")])


def convolution_network(width, outputs):
    """3 x 3, 1 x 1 and 3 x 3 convolutions with ReLU between them; the last begins at 0."""
    settings = {"padding": "same", "dtype": "float32"}
    hidden = [keras.layers.Conv2D(width, size, activation="relu", **settings) for size in (3, 1)]
    return keras.Sequential([*hidden, keras.layers.Conv2D(outputs, 3, kernel_initializer="zeros", **settings)])


def zero_convolution(outputs):
    """A 3 x 3 convolution that begins at 0."""
    return keras.layers.Conv2D(outputs, 3, padding="same", kernel_initializer="zeros", dtype="float32")
