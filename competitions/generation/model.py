"""The networks, a function for each model; each takes the training records and the settings, and reads like its paper.

What a network is trained on is its own answer, the loss of each record in nats, `(batch,)`.
"""

import math

import keras
from keras import layers, ops

from common.generative import flows
from common.generative.categorical import GumbelAutoencoder
from common.generative.sequences import SentenceAutoencoder, Writer
from common.generative.variational import BatchNormalisedGaussian, BernoulliAutoencoder
from common.layers import DilatedGatedConv1D

DENSE = (512, 256)
CALIBRATED = 512  # pictures that actnorm begins from


def vae(images, config):
    """A convolutional autoencoder with a Gaussian code and the cross-entropy of grey values.

    Args:
        images: the training pictures `(rows, height, width)`.
        config: `latent`, `width`, `free`, `seed`.

    Reference: Kingma and Welling 2013, arXiv 1312.6114.
    """
    pixels, features = convolved(images.shape[1:], config.width)
    parameters = layers.Dense(2 * config.latent)(features)
    encoder = keras.Model(pixels, parameters, name="encoder")
    decoder = drawn_from(config.latent, images.shape[1:], config.width)
    return Pictures(encoder, decoder, free=config.free, seed=config.seed, name="vae")


def gumbel_vae(images, config):
    """An autoencoder with a code of categories, drawn through a softmax that grows colder; arguments as of `vae`.

    The encoder and the decoder are dense, with 512 and 256 units.

    Reference: Jang et al. 2016, arXiv 1611.01144.
    """
    shape, code = images.shape[1:], (config.variables, config.categories)
    pixels, given = keras.Input(shape, name="pixels"), keras.Input(code, name="code")
    x = layers.Flatten()(pixels / 255)
    for width in DENSE:
        x = layers.Dense(width, activation="relu")(x)
    encoder = keras.Model(pixels, layers.Reshape(code)(layers.Dense(math.prod(code))(x)), name="encoder")
    x = layers.Flatten()(given)
    for width in reversed(DENSE):
        x = layers.Dense(width, activation="relu")(x)
    decoder = keras.Model(given, layers.Reshape(shape)(layers.Dense(math.prod(shape))(x)), name="decoder")
    steps = config.epochs * max(1, len(images) // config.batch_size)
    rate = (config.coldest / config.warmest) ** (1 / steps)
    cooling = keras.optimizers.schedules.ExponentialDecay(config.warmest, 1, rate)
    return Categories(encoder, decoder, cooling, config.straight, config.seed, name="gumbel_vae")


def text_vae(ids, words, config):
    """LSTM in, LSTM out, and a Gaussian code between them, by one of the heads that keep it from vanishing.

    Args:
        ids: of the training sentences `(rows, steps)`.
        words: how many ids there are.
        config: `latent`, `head`, `gamma`, `tau`, `anneal`, `free`, `embedding`, `lstm`, `dropout`.

    Reference: Bowman et al. 2015, arXiv 1511.06349; Zhu et al. 2020, arXiv 2004.12585.
    """
    given, code = keras.Input((None,), dtype="int32", name="ids"), keras.Input((config.latent,), name="code")
    x = layers.Embedding(words, config.embedding, mask_zero=True)(given)
    encoder = keras.Model(given, head(layers.LSTM(config.lstm)(x), config), name="encoder")
    writer = Writer(words, config.embedding, config.lstm, config.dropout, name="writer")
    decoder = keras.Model([given, code], writer([given, code]), name="decoder")
    return SentenceAutoencoder(encoder, decoder, weight(ids, config), config.free, config.seed, name="text_vae")


def couplet_vae(ids, words, config):
    """Sentences of one length, all words written at once, so that the code cannot be left aside; arguments as of `text_vae`.

    Reference: kexue.fm archive 5332.
    """
    steps = ids.shape[1]
    given, code = keras.Input((steps,), dtype="int32", name="ids"), keras.Input((config.latent,), name="code")
    x = layers.Embedding(words, config.embedding)(given)
    for _ in range(2):
        x = DilatedGatedConv1D(config.embedding, gate_dropout=0.0)(x)
    encoder = keras.Model(given, head(layers.GlobalAveragePooling1D()(x), config), name="encoder")
    x = layers.Reshape((steps, config.embedding))(layers.Dense(steps * config.embedding)(code))
    x = DilatedGatedConv1D(config.embedding, gate_dropout=0.0)(x)
    decoder = keras.Model(code, layers.Dense(words)(x), name="decoder")
    return SentenceAutoencoder(encoder, decoder, weight(ids, config), config.free, config.seed, name="couplet_vae")


def head(features, config):
    """Parameters of the code of features `(batch, dim)`."""
    if config.head in ("mean", "both"):
        return BatchNormalisedGaussian(config.latent, config.head, config.gamma, config.tau)(features)
    if config.head == "plain":
        return layers.Dense(2 * config.latent)(features)
    return layers.Dense(2 * config.latent, kernel_initializer="zeros", trainable=False)(features)  # always N(0, 1)


def weight(ids, config):
    """The weight of the KL: 1, or what rises to it."""
    steps = round(config.anneal * max(1, len(ids) // config.batch_size))
    return keras.optimizers.schedules.PolynomialDecay(0.0, steps, 1.0) if steps else 1.0


def nice(images, config, alpha):
    """NICE: additive couplings of all even and all odd pixels, a logistic prior; arguments as of `vae`, and the logit's alpha.

    Reference: Dinh et al. 2014, arXiv 1410.8516.
    """
    layers = flows.nice(images.shape[1:], config.couplings, config.units, alpha=alpha, seed=config.seed)
    return likelihood(images, layers, "logistic")


def realnvp(images, config, alpha):
    """RealNVP: affine couplings of chessboards and channels in two scales; arguments as of `nice`.

    Reference: Dinh et al. 2016, arXiv 1605.08803.
    """
    layers = flows.realnvp(images.shape[1:], config.depth, config.channels, alpha, config.seed)
    return likelihood(images, layers)


def glow(images, config, alpha):
    """Glow: actnorm, invertible 1 x 1 convolutions and couplings in two scales; arguments as of `nice`.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """
    layers = flows.glow(images.shape[1:], config.depth, config.channels, alpha, config.affine, config.seed)
    return likelihood(images, layers)


def likelihood(images, layers, prior="normal"):
    """The model that answers with the nats of a picture, its flow calibrated on the first training pictures."""
    flow = flows.Flow(layers, prior, name="flow")
    flow.build((None, *images.shape[1:]))
    flow.calibrate(images[:CALIBRATED])
    pixels = keras.Input(images.shape[1:], name="pixels")
    return keras.Model(pixels, -flow(pixels))


@keras.saving.register_keras_serializable(package="generation")
class Categories(GumbelAutoencoder):
    """An autoencoder of bytes with a code of categories."""

    def log_likelihood(self, x, code, training=None):
        return super().log_likelihood(ops.cast(x, "float32") / 255, code, training)


@keras.saving.register_keras_serializable(package="generation")
class Pictures(BernoulliAutoencoder):
    """An autoencoder of bytes."""

    def log_likelihood(self, x, z, training=None):
        return super().log_likelihood(ops.cast(x, "float32") / 255, z, training)


def convolved(shape, width):
    """Input of bytes `(batch, height, width)` and its features `(batch, 8 * width)`."""
    pixels = keras.Input(shape, name="pixels")
    x = layers.Reshape((*shape, 1))(pixels / 255)
    for channels in (width, 2 * width):
        x = layers.Conv2D(channels, 3, 2, padding="same", activation="relu")(x)
    return pixels, layers.Dense(8 * width, activation="relu")(layers.Flatten()(x))


def drawn_from(units, shape, width):
    """The decoder: from a code `(batch, units)` to logits of pixels `(batch, height, width)`."""
    high, wide = (-(-side // 4) for side in shape)
    code = keras.Input((units,), name="code")
    x = layers.Dense(8 * width, activation="relu")(code)
    x = layers.Reshape((high, wide, 2 * width))(layers.Dense(high * wide * 2 * width, activation="relu")(x))
    for channels in (2 * width, width):
        x = layers.Conv2DTranspose(channels, 3, 2, padding="same", activation="relu")(x)
    x = layers.Conv2D(1, 3, padding="same")(x)[:, : shape[0], : shape[1], 0]
    return keras.Model(code, x, name="decoder")
