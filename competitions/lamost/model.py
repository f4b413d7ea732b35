"""The networks. Each maps normalised spectra `(batch, 2600, 1)` to probabilities `(batch, 4)`.

A spectrum is a sampled function with local features, so both are convolutional. Both end in a dense layer that knows the place
of what was found rather than in a global pooling: a line means little without its wavelength. `distortion` is a layer that
spectra pass first, which acts while training; `momentum` is that of batch normalisation.
"""

import keras
from keras import layers

from common.layers import ResidualDilatedConv1D
from competitions.lamost.grid import POINTS
from competitions.lamost.metric import LABELS


def dilated(widths=(32, 48, 64, 96, 128), distortion=None, momentum=0.99):
    """The original's family: blocks of three convolutions of dilation 1, 2, 4 with a residual link, pooled in between.

    Reference: kexue.fm archive 5505.
    """
    spectrum = keras.Input((POINTS, 1), name="spectrum")
    x = distortion(spectrum) if distortion else spectrum
    x = convolution(x, widths[0], kernel_size=9, strides=4, momentum=momentum)  # (batch, 650, 32)
    for width in widths:
        x = ResidualDilatedConv1D(width, momentum=momentum)(x)
        x = layers.AveragePooling1D(2)(x)  # in the end (batch, 20, 128)
    return keras.Model(spectrum, classify(x), name="dilated")


def multiscale(kernel_sizes=(3, 7, 11, 17), widths=(16, 32, 48, 64), distortion=None, momentum=0.99):
    """Parallel branches, each with one kernel size from narrow lines to broad ones, joined at the end.

    Reference: the parallel branches of the team ranked 7th in Astrodata 2019.
    """
    spectrum = keras.Input((POINTS, 1), name="spectrum")
    seen = distortion(spectrum) if distortion else spectrum
    branches = []
    for kernel_size in kernel_sizes:
        x = seen
        for level, width in enumerate(widths):
            x = convolution(x, width, kernel_size, strides=2 if level == 0 else 1, momentum=momentum)
            x = layers.AveragePooling1D(2 if level == 0 else 3)(x)  # in the end (batch, 24, 64)
        branches.append(x)
    return keras.Model(spectrum, classify(layers.Concatenate()(branches)), name="multiscale")


def convolution(x, filters, kernel_size, strides, momentum):
    """Convolution, batch normalisation, ReLU."""
    x = layers.Conv1D(filters, kernel_size, strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))


def classify(x, units=64, dropout=0.5):
    """A small dense head on all places and channels; probabilities in float32 under any precision policy."""
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    x = layers.Dropout(dropout)(layers.Dense(units, activation="relu")(x))
    return layers.Dense(len(LABELS), activation="softmax", dtype="float32", name="probability")(x)
