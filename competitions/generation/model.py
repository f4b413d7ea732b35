"""The networks, a function for each model; each takes the training records and the settings, and reads like its paper.

What a network is trained on is its own answer, the loss of each record in nats, `(batch,)`.
"""

import keras
from keras import layers, ops

from common.generative import flows
from common.generative.variational import BernoulliAutoencoder

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


def nice(images, config):
    """NICE: additive couplings of all even and all odd pixels, a logistic prior; arguments as of `vae`.

    Reference: Dinh et al. 2014, arXiv 1410.8516.
    """
    layers = flows.nice(images.shape[1:], config.couplings, config.units, alpha=config.alpha or 0.0, seed=config.seed)
    return likelihood(images, layers, "logistic")


def realnvp(images, config):
    """RealNVP: affine couplings of chessboards and channels in two scales; arguments as of `vae`.

    Reference: Dinh et al. 2016, arXiv 1605.08803.
    """
    layers = flows.realnvp(images.shape[1:], config.depth, config.channels, alpha_of(config), config.seed)
    return likelihood(images, layers)


def glow(images, config):
    """Glow: actnorm, invertible 1 x 1 convolutions and couplings in two scales; arguments as of `vae`.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """
    layers = flows.glow(images.shape[1:], config.depth, config.channels, alpha_of(config), config.affine, config.seed)
    return likelihood(images, layers)


def alpha_of(config):
    """Alpha of the logit of a flow of convolutions."""
    return 0.05 if config.alpha is None else config.alpha


def likelihood(images, layers, prior="normal"):
    """The model that answers with the nats of a picture, its flow calibrated on the first training pictures."""
    flow = flows.Flow(layers, prior, name="flow")
    flow.build((None, *images.shape[1:]))
    flow.calibrate(images[:CALIBRATED])
    pixels = keras.Input(images.shape[1:], name="pixels")
    return keras.Model(pixels, -flow(pixels))


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
