"""The networks. Each maps ids of characters or words `(batch, steps)`, 0 for padding, to probabilities `(batch, classes)`.

`vectors` is the layer whose vectors of units can be attacked and explained, `states` the one that reads them in their order.
"""

import keras
from keras import layers, ops

from common.layers import DilatedGatedConv1D, LastStep1D, MaskedAveragePooling1D, MaskedMaxPooling1D
from common.losses import SoftThresholdCrossentropy, ThresholdCrossentropy

UNITS = {"one_hot": "characters", "characters": "characters", "words": "words", "convolution": "words", "pretrained": "words"}


def build(name, vocabulary, classes, config):
    """The untrained network of a name.

    Args:
        name: one of `UNITS`.
        vocabulary: ids.
        classes: how many.
        config: `units`, `dim`, `dropout`, `vector_dropout`, `dilations` and `article`.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, 0)  # said to each layer: models that begin at the vectors need it, too
    if name == "one_hot":
        x = one_hot_states(ids, mask, vocabulary, config.units)
        x = LastStep1D(name="last")(x, mask=mask)
    elif name == "convolution":
        x = vectors(ids, vocabulary, config)
        for number, dilation in enumerate(config.dilations):
            x = DilatedGatedConv1D(config.units, dilation=dilation, name=f"convolution{number}")(x, mask=mask)
        x = pooled(x, mask, last=False)
    else:
        x = layers.LSTM(config.units, return_sequences=True, name="states")(vectors(ids, vocabulary, config), mask=mask)
        whole = name == "pretrained" and not config.article
        x = pooled(x, mask) if whole else LastStep1D(name="last")(x, mask=mask)
    x = layers.Dropout(config.dropout)(x)
    outputs = layers.Dense(classes, activation="softmax", dtype="float32", name="classes")(x)
    network = keras.Model(ids, outputs, name=name)
    if name == "one_hot":
        network.get_layer("states").cell.kernel.trainable = False
    if name == "pretrained" and config.article:
        for layer in ("vectors", "states"):
            network.get_layer(layer).trainable = False
    return network


def vectors(ids, vocabulary, config):
    """A vector of each unit, whole channels of which are dropped."""
    x = layers.Embedding(vocabulary, config.dim, name="vectors")(ids)
    return layers.SpatialDropout1D(config.vector_dropout)(x)


def one_hot_states(ids, mask, vocabulary, units):
    """States of an LSTM whose inputs are one-hot.

    A product with a one-hot vector is a row of the matrix: the kernel `(vocabulary, 4 units)` is looked up, and what is left of
    the layer takes its four gates as they come, by a kernel that is the identity and stays it. The same network as on
    one-hot vectors at the cost of an embedding (kexue.fm archive 4122).
    """
    gates = layers.Embedding(vocabulary, 4 * units, embeddings_initializer="glorot_uniform", name="vectors")(ids)
    return layers.LSTM(units, kernel_initializer="identity", return_sequences=True, name="states")(gates, mask=mask)


def pooled(x, mask, last=True):
    """Mean, maximum and, of states, the last one, side by side."""
    found = [MaskedAveragePooling1D(name="mean")(x, mask=mask), MaskedMaxPooling1D(name="most")(x, mask=mask)]
    return layers.Concatenate(name="pooled")([*found, LastStep1D(name="last")(x, mask=mask)] if last else found)


def loss_of(config):
    """The loss that the settings name."""
    return {
        "crossentropy": keras.losses.CategoricalCrossentropy,
        "threshold": lambda: ThresholdCrossentropy(config.margin),
        "soft_threshold": lambda: SoftThresholdCrossentropy(config.sharpness),
        "focal": lambda: keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0),
    }[config.loss]()
