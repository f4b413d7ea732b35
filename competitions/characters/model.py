"""The networks. Each maps normalised glyphs, bytes `(batch, side, side)`, to probabilities `(batch, characters)`.

The distortions of training are their first layers, so that they run where the network runs; what predicts passes them by.
"""

import keras
from keras import layers, ops

from common.images.warp import Ink, Warp


def original(classes, config, seed):
    """The published network: two convolutions of 4 x 4, pooled, and a dense layer of 1,024.

    Reference: kexue.fm archive 3831.
    """
    glyph, x = distorted(config, seed)
    for _ in range(2):
        x = layers.MaxPooling2D(2)(layers.Conv2D(64, 4, activation="relu", kernel_initializer="he_normal")(x))
        x = layers.Dropout(0.25)(x)  # in the end (batch, 9, 9, 64) of 48 x 48
    x = layers.Dense(1024, activation="relu", kernel_initializer="he_normal")(layers.Flatten()(x))
    return keras.Model(glyph, classify(x, classes, 0.5), name="original")


def vgg(classes, config, seed):
    """Three stages of two convolutions of 3 x 3 with batch normalisation, then means over cells, which forgive small shifts."""
    glyph, x = distorted(config, seed)
    for width in config.widths:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))  # of the averaged weights' own pace
        x = layers.MaxPooling2D(2)(x)  # in the end (batch, 6, 6, 128) of 48 x 48
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))  # (batch, 3 * 3 * 128)
    return keras.Model(glyph, classify(x, classes, config.dropout), name="vgg")


def distorted(config, seed):
    """The input, and the same with the distortions of training, `(batch, side, side, 1)` from 0 to 1.

    In float32 under any precision policy: half of it cannot say where a point lies.
    """
    glyph = keras.Input((config.side, config.side), dtype="uint8", name="glyph")
    x = ops.expand_dims(ops.cast(glyph, "float32") / 255, -1)  # Keras's Rescaling would ask for TensorFlow
    x = Warp(config.rotation, config.scale, config.shear, config.shift, config.elastic, "black", seed=seed)(x)
    x = Ink(config.thicker, config.thinner, config.blur, config.fade, config.noise, config.loss, seed=seed + 1)(x)
    return glyph, x


def classify(x, classes, dropout):
    """The classes; probabilities in float32 under any precision policy."""
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probability")(layers.Dropout(dropout)(x))
