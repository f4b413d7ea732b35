"""The network of both Keras models: what each character is in its word, a single one, the first, an inner or the last."""

import keras
from keras import ops

from common.layers import DilatedGatedConv1D


def tagger(sizes, config):
    """Characters, their neighbours and the listed words around them, read by gated dilated convolutions.

    Args:
        sizes: how many ids each channel knows, see `Encoder.sizes`.
        config: `characters`, `pairs`, `listed`, `width`, `dilations`, `dropout`.

    Input ids `(batch, steps, channels)`; output probabilities `(batch, steps, 4)`.

    Reference: kexue.fm archive 4195 and 4245 (characters to tags); gated convolutions as of archive 5409.
    """
    ids = keras.Input((None, len(sizes)), dtype="int32", name="ids")
    real = ops.not_equal(ids[..., 0], 0)
    parts = [keras.layers.Embedding(sizes[0], config.characters, name="characters")(ids[..., 0])]
    pairs = keras.layers.Embedding(sizes[1], config.pairs, name="pairs")
    parts += [pairs(ids[..., 1]), pairs(ids[..., 2])]
    for channel, size in enumerate(sizes[3:], start=3):
        parts.append(keras.layers.Embedding(size, config.listed, name=f"list_{channel - 2}")(ids[..., channel]))
    x = keras.layers.Dropout(config.dropout)(keras.layers.Concatenate()(parts))
    x = keras.layers.Dense(config.width, use_bias=False)(x)
    for dilation in config.dilations:
        x = DilatedGatedConv1D(config.width, dilation=dilation)(x, mask=real)
    x = keras.layers.Dropout(config.dropout)(x)
    return keras.Model(ids, keras.layers.Dense(4, activation="softmax", dtype="float32", name="tags")(x), name="tagger")
