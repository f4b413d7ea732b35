"""Flows: chains of layers that can be undone, so that the density of what comes in is known from that of what comes out.

    flow = Flow(glow((28, 28), depth=8, width=64, alpha=0.05))
    flow.build((None, 28, 28))
    flow.calibrate(images[:512])                        # scales of actnorm, once, before training
    log_density = flow(images)                          # (batch,), in nats, of pictures as bytes
    images = flow.inverse(flow.draw(64, seed=1, temperature=0.8))

What the layers are stands in `bijections.py` and `couplings.py`; here are the flow itself and three that have names.
"""

import math

import keras
import numpy as np
from keras import ops

from common.generative.bijections import (
    Actnorm,
    Chain,
    Dequantisation,
    InvertibleConvolution,
    Logit,
    Permutation,
    Reshape,
    Squeeze,
    summed,
)
from common.generative.couplings import Coupling, Split, convolution_network, dense_network, zero_convolution


@keras.saving.register_keras_serializable(package="common")
class Flow(keras.layers.Layer):
    """The density of x by a chain of bijections and the density of what they make of it.

    Args:
        layers: list of `Bijection`.
        prior: of each number of z, `"normal"` or `"logistic"`, both with mean 0; the second has variance pi^2 / 3.

    Call arguments: x `(batch, ...)`; output log densities `(batch,)`.
    """

    def __init__(self, layers, prior="normal", **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        if prior not in ("normal", "logistic"):
            raise ValueError(f"`prior` must be 'normal' or 'logistic'. Received: {prior=}")
        self.chain, self.prior = Chain(layers), prior

    def build(self, input_shape):
        if not self.chain.built:
            self.chain.build(input_shape)
        self.shape = self.chain.shape_after(input_shape)[1:]

    def forward(self, x):
        """z and the log determinants."""
        return self.chain(x)

    def call(self, x):
        z, logdet = self.forward(x)
        each = -0.5 * (math.log(2 * math.pi) + ops.square(z)) if self.prior == "normal" else -z - 2 * ops.softplus(-z)
        return summed(each) + logdet

    def inverse(self, z):
        """The x whose z this is."""
        return self.chain.inverse(z)

    def calibrate(self, x):
        """Bring each channel of every actnorm to mean 0 and variance 1 over a first batch; later ones change nothing.

        Call it on a built flow, before the model that trains it is compiled.
        """
        self.chain.calibrate(x)

    def draw(self, count, seed, temperature=1.0):
        """z of so many samples, NumPy, all of it times `temperature`."""
        generator = np.random.default_rng(seed)
        drawn = (generator.normal if self.prior == "normal" else generator.logistic)(size=(count, *self.shape))
        return (temperature * drawn).astype("float32")

    def compute_output_shape(self, input_shape):
        return (input_shape[0],)

    def get_config(self):
        return {**super().get_config(), "layers": self.chain.get_config()["layers"], "prior": self.prior}


@keras.saving.register_keras_serializable(package="common")
class Inverse(keras.Model):
    """A flow the other way round, as a model whose `predict` compiles it.

    Args:
        flow: built `Flow`.
    """

    def __init__(self, flow, **kwargs):
        super().__init__(**kwargs)
        self.flow = flow

    def call(self, z):
        return self.flow.inverse(z)


def from_bytes(shape, alpha, seed=0):
    """The layers that make numbers to work on of bytes: shape, dequantisation and, unless `alpha` is 0, the logit."""
    return [Reshape(shape), Dequantisation(seed=seed), *([Logit(alpha)] if alpha else [])]


def nice(shape, couplings=4, width=1000, depth=5, alpha=0.0, seed=0):
    """The layers of NICE, of bytes `(batch, *shape)`; the prior that belongs to it is logistic.

    Even and odd pixels take turns, each changed by a dense network of the others; a scale for each pixel comes last.

    Reference: Dinh et al. 2014, arXiv 1410.8516.
    """
    pixels = math.prod(shape)
    first = pixels // 2
    layers = [*from_bytes((pixels,), alpha, seed), Permutation("even_odd")]
    for number in range(couplings):
        swapped = number % 2 == 1
        layers.append(Coupling(dense_network(width, depth, first if swapped else pixels - first), swapped=swapped))
    return [*layers, Actnorm(shift=False)]


def realnvp(shape, depth=4, width=64, alpha=0.05, seed=0):
    """The layers of RealNVP in two scales, of bytes `(batch, height, width)`, sides divisible by 4.

    Affine couplings of a chessboard's black and white, then of channels; between the scales half of the channels leaves.
    Actnorm stands for the batch normalisation of the original.

    Reference: Dinh et al. 2016, arXiv 1605.08803.
    """

    def step(channels, number):
        network = convolution_network(width, channels)  # scale and shift of half of them
        return [Actnorm(), Coupling(network, affine=True, swapped=number % 2 == 1)]

    first = [layer for number in range(depth) for layer in step(4, number)]
    second = [layer for number in range(depth) for layer in step(8, number)]
    split = Split([Squeeze(), *second], zero_convolution(4))
    return [*from_bytes((*shape, 1), alpha, seed), Squeeze(), Permutation([0, 3, 1, 2]), *first, split]


def glow(shape, depth=8, width=64, alpha=0.05, affine=False, seed=0):
    """The layers of Glow in two scales, of bytes `(batch, height, width)`, sides divisible by 4.

    A step is actnorm, an invertible 1 x 1 convolution and a coupling of channels.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """

    def step(channels, number):
        network = convolution_network(width, channels if affine else channels // 2)
        return [Actnorm(), InvertibleConvolution(seed + number), Coupling(network, affine=affine)]

    first = [layer for number in range(depth) for layer in step(4, number)]
    second = [layer for number in range(depth) for layer in step(8, depth + number)]
    split = Split([Squeeze(), *second], zero_convolution(4))
    return [*from_bytes((*shape, 1), alpha, seed), Squeeze(), *first, split]
