"""The networks. Each takes pictures and, for every position, its row in a table of styles, and gives a logit for every sign.

All end alike: what a style does not show at a position is pushed out of its softmax, so that styles of different alphabets and
lengths are read by one network.
"""

import keras
import numpy as np
from keras import ops
from keras.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    LayerNormalization,
    MaxPooling2D,
    MultiHeadAttention,
    Reshape,
)

from common.images.warp import Curves, Recolour, Warp

OUT = -1e9  # logit of a sign that a style does not show


@keras.saving.register_keras_serializable(package="captcha")
def either_case(y_true, y_pred):
    """Cross-entropy of the signs; where a style's labels do not tell the case of a letter, of the sum of its two cases.

    Args:
        y_true: numbers of a sign and of the one that counts as it, `(batch, positions, 2)`; twice the same where it is alone.
        y_pred: logits `(batch, positions, signs)`.

    Returns:
        The mean over positions, `(batch,)`.
    """
    y_true = ops.cast(y_true, "int32")
    logs = ops.take_along_axis(ops.log_softmax(ops.cast(y_pred, "float32"), axis=-1), y_true, axis=-1)
    either = ops.where(y_true[..., 0] == y_true[..., 1], logs[..., 0], ops.logaddexp(logs[..., 0], logs[..., 1]))
    return -ops.mean(either, axis=-1)


def columns(table, config, seed):
    """A residual network whose columns keep where they stand; for each position of each style, attention picks the columns.

    The signs of all positions are told apart by the same weights, so that a letter is learnt wherever it stands. A position
    looks at first where evenly spaced signs would be.
    """
    image, places = inputs_of(table, config)
    x = encoded(distorted(image, config, seed), config)  # (batch, columns, units)
    found = picked(x, places, table, config)  # (batch, positions, units)
    found = Dropout(config.dropout)(Dense(config.filters[-1], activation="silu")(LayerNormalization()(found)))
    logits = Dense(len(table.signs), dtype="float32", name="signs")(found)
    return keras.Model({"image": image, "places": places}, shown_only(logits, places, table), name="columns")


def encoded(x, config):
    """Pictures as columns that know their place and have looked at one another, `(batch, columns, units)`."""
    x = normalised(Conv2D(config.filters[0], 3, padding="same", use_bias=False)(x), config)
    for number, filters in enumerate(config.filters):
        x = MaxPooling2D((2, 2 if number < 2 else 1))(x)  # a sign keeps some columns of its own
        for block in range(config.blocks):
            x = residual(x, filters, config, widen=block == 0)
    steps, units = x.shape[2], config.filters[-1]
    x = Reshape((steps, -1))(ops.transpose(x, (0, 2, 1, 3)))  # (batch, columns, rows * filters)
    x = normalised(Dense(units, use_bias=False)(x), config)
    x = x + Embedding(steps, units, name="column_places")(ops.arange(steps))
    for _ in range(config.context):
        seen = LayerNormalization()(x)
        x = Add()([x, MultiHeadAttention(4, units // 4, dropout=0.1)(seen, seen)])
        x = Add()([x, Dense(units)(Dense(2 * units, activation="silu")(LayerNormalization()(x)))])
    return LayerNormalization()(x)


def picked(x, places, table, config):
    """For each position the mean of the columns that attention picks, with its query, `(batch, positions, units)`."""
    steps, units = x.shape[1:]
    rows, looks = len(table.styles) * table.positions, keras.initializers.Constant(first_looks(table, config, steps))
    query = Embedding(rows, units, name="queries")(places)
    scores = ops.matmul(Dense(units)(query), ops.transpose(Dense(units)(x), (0, 2, 1))) / units**0.5
    scores = Add(dtype="float32")([scores, Embedding(rows, steps, looks, dtype="float32", name="looks")(places)])
    share = Activation("softmax", dtype="float32", name="attention")(scores)  # (batch, positions, columns)
    return ops.matmul(ops.cast(share, x.dtype), x) + query


def heads(table, config, seed):
    """The article's network of 2016: four times convolution and pooling, then an own softmax for every position.

    Reference: kexue.fm archive 4138.
    """
    image, places = inputs_of(table, config)
    x = 1 - distorted(image, config, seed)
    for number in range(4):
        x = Conv2D(32, 3, padding="valid" if x.shape[1] > 4 else "same")(x)  # the last one, where a canvas is lower than theirs
        x = MaxPooling2D(2, padding="same")(x)
        x = Activation("relu")(x) if number else x  # as published: none after the first pooling
    return own_heads(Reshape((-1,))(x), image, places, table, "heads")


def xception(table, config, seed):
    """The article's network of 2017: Xception, average pooling, dropout and an own softmax for every position.

    From scratch: ImageNet's weights would have to be downloaded. Reference: kexue.fm archive 4503.
    """
    image, places = inputs_of(table, config)
    pixels = keras.Input((config.height, config.width, 3))
    body = keras.applications.Xception(include_top=False, weights=None, input_tensor=pixels, pooling="avg")
    x = Dropout(0.5)(body(2 * distorted(image, config, seed) - 1))
    return own_heads(x, image, places, table, "xception")


def own_heads(features, image, places, table, name):
    """A network whose every position has weights of its own on a vector `(batch, units)`."""
    logits = Dense(table.positions * len(table.signs), dtype="float32")(features)
    logits = Reshape((table.positions, len(table.signs)), dtype="float32")(logits)
    return keras.Model({"image": image, "places": places}, shown_only(logits, places, table), name=name)


def inputs_of(table, config):
    """Pictures, bytes `(batch, height, width, 3)`, and rows of a table by style and position, `(batch, positions)`."""
    image = keras.Input((config.height, config.width, 3), dtype="uint8", name="image")
    return image, keras.Input((table.positions,), dtype="int32", name="places")


def distorted(image, config, seed):
    """Pictures from 0 to 1, distorted while training."""
    x = ops.cast(image, "float32") / 255  # Keras's Rescaling imports TensorFlow, on JAX too
    x = Warp(config.rotation, config.scale, config.shear, config.shift, config.elastic, seed=seed)(x)
    return Recolour(config.colour, config.noise, seed=seed + 2)(Curves(config.lines, seed=seed + 1)(x))


def normalised(x, config):
    """Batch normalisation and the activation."""
    return Activation("silu")(statistics(config)(x))


def statistics(config):
    """Batch normalisation whose statistics look back over a tenth of the steps at most."""
    return BatchNormalization(momentum=min(0.99, 1 - 10 / (config.steps + 10)))


def residual(x, filters, config, widen):
    """Two convolutions beside a direct way."""
    direct = Conv2D(filters, 1, use_bias=False)(x) if widen else x
    x = normalised(Conv2D(filters, 3, padding="same", use_bias=False)(x), config)
    x = statistics(config)(Conv2D(filters, 3, padding="same", use_bias=False)(x))
    return Activation("silu")(Add()([direct, x]))


def shown_only(logits, places, table):
    """Logits `(batch, positions, signs)` with those signs pushed out that a style does not show at a position."""
    out = np.where(table.shown.reshape(-1, len(table.signs)), 0.0, OUT)
    kept = Embedding(*out.shape, keras.initializers.Constant(out), dtype="float32", trainable=False, name="alphabets")
    return Add(dtype="float32", name="shown")([logits, kept(places)])


def first_looks(table, config, steps):
    """Logarithm of where each position of each style looks before it learns, `(styles * positions, columns)`."""
    column, looks = (np.arange(steps) + 0.5) / steps, np.zeros((len(table.styles), table.positions, steps))
    for look, style in zip(looks, table.styles, strict=True):
        height, width = style.size
        filled = min(1.0, config.height / height * width / config.width)  # share of the canvas
        spacing = filled / style.lengths[1]
        for position in range(style.lengths[1]):
            centre = (1 - filled) / 2 + (position + 0.5) * spacing
            look[position] = -0.5 * ((column - centre) / (0.6 * spacing)) ** 2
    return np.maximum(looks.reshape(-1, steps), -8.0)  # nothing is out of reach


def places_of(styles, positions):
    """Rows of a table by style and position, `(pictures, positions)`."""
    return (np.asarray(styles)[:, None] * positions + np.arange(positions)).astype("int32")
