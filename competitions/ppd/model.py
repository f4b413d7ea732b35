"""The networks. Each looks at two questions, as words and as characters, and says how likely they mean the same.

Inputs: ids `(batch, steps)`, 0 for padding: `word_first`, `word_second`, `char_first`, `char_second`. Output `(batch, 1)`, the
same for both orders of a pair by construction: the questions are encoded by the same layers, as one batch of twice the size,
and meet only in expressions that do not change when they change places.
"""

import keras
from keras import ops

from common.layers import ContextQueryAttention, MaskedAveragePooling1D, MaskedMaxPooling1D
from competitions.ppd.data import UNITS

SIDES = ("first", "second")
VECTORS = tuple(f"{unit}_vectors" for unit in UNITS)  # layers of the given embeddings, frozen until they are tuned


def siamese(vectors, config):
    """Each question becomes one vector, and the vectors are compared: the original's family.

    A bidirectional GRU over the words and one over the characters, mean and maximum over their steps, |a - b| and a b.

    Args:
        vectors: dict of the embeddings `(1 + ids, width)` by unit, row 0 for padding.
        config: `width`, `dropout` and `spatial_dropout`.

    References: kexue.fm archive 5743; CortexFoundation/paipaidai_rank1.
    """
    inputs, compared = make_inputs(), []
    for unit in UNITS:
        steps = encode(inputs, unit, vectors[unit], config)
        compared += compare(pool(steps))
    return keras.Model(inputs, decide(compared, config), name="siamese")


def interaction(vectors, config):
    """Each step of a question looks at the other question, and is compared with what it finds there.

    ESIM without its second recurrence: encoded steps x with the other question's y that they attend to, [x, y, |x - y|, x y]
    through a dense layer, then pooled over steps. Arguments as of `siamese`.

    References: Chen et al. 2017, arXiv 1609.06038 (ESIM); Parikh et al. 2016, arXiv 1606.01933 (decomposable attention).
    """
    inputs, compared = make_inputs(), []
    for unit in UNITS:
        steps = encode(inputs, unit, vectors[unit], config)
        other = ContextQueryAttention()([steps, Swapped()(steps)])
        product = keras.layers.Multiply()([steps, other])
        together = keras.layers.Concatenate()([steps, other, Difference()([steps, other]), product])
        together = keras.layers.SpatialDropout1D(config.dropout)(together)  # drawing for every step costs a sixth
        matched = keras.layers.Dense(config.width, activation="relu")(together)
        compared += compare(pool(matched), total=True)
        compared += compare(pool(steps))
    return keras.Model(inputs, decide(compared, config), name="interaction")


def make_inputs():
    """The four inputs that both networks share."""
    names = [f"{unit}_{side}" for unit in UNITS for side in SIDES]
    return {name: keras.Input((None,), dtype="int32", name=name) for name in names}


def encode(inputs, unit, vectors, config):
    """Both questions through the same layers, the first ones before the second ones: `(2 batch, steps, 2 width)`, masked."""
    ids = ops.concatenate([inputs[f"{unit}_{side}"] for side in SIDES], axis=0)
    table = keras.layers.Embedding(*vectors.shape, mask_zero=True, weights=[vectors], trainable=False, name=f"{unit}_vectors")
    embedded = keras.layers.SpatialDropout1D(config.spatial_dropout)(table(ids))
    recurrent = keras.layers.GRU(config.width, return_sequences=True)
    return keras.layers.Bidirectional(recurrent, name=f"{unit}_steps")(embedded)


def pool(steps):
    """Mean and maximum over the real steps: `(2 batch, 2 dim)`."""
    return keras.layers.Concatenate()([MaskedAveragePooling1D()(steps), MaskedMaxPooling1D()(steps)])


def compare(vectors, total=False):
    """|a - b| and a b of the two halves of a batch, and a + b where `total`: a list of `(batch, dim)`."""
    first, second = ops.split(vectors, 2, axis=0)
    return [ops.absolute(first - second), first * second, *([first + second] if total else [])]


def decide(compared, config):
    """The probability, `(batch, 1)`, float32."""
    x = keras.layers.Dropout(config.dropout)(keras.layers.Concatenate()(compared))
    x = keras.layers.Dense(2 * config.width, activation="relu")(x)
    x = keras.layers.Dropout(config.dropout)(x)
    return keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="same")(x)


@keras.saving.register_keras_serializable(package="ppd")
class Swapped(keras.layers.Layer):
    """The two halves of a batch change places, and so do their masks: next to each question stands its partner."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return ops.concatenate(ops.split(inputs, 2, axis=0)[::-1], axis=0)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else self.call(mask)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable(package="ppd")
class Difference(keras.layers.Layer):
    """|x - y| of two sequences, with the mask of the first."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        return ops.absolute(inputs[0] - inputs[1])

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return input_shape[0]
