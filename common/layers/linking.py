"""Scores of pairs of steps."""

import keras
from keras import ops

from common.layers.masking import without_padding


@keras.saving.register_keras_serializable(package="common")
class PairScores(keras.layers.Layer):
    """How strongly each relation holds from one step of a sequence to another.

    `s_rij = q_ri . k_rj / sqrt(units) + d_r(j - i)`, where queries and keys are linear in the steps, with a width of their own
    for every relation, and `d` is learned for distances up to `reach`. It begins far below 0, since nearly no pair is related.
    Pairs with a masked step get -1e4.

    Args:
        relations: how many.
        units: width of queries and keys.
        reach: distances on either side that have a value of their own; greater ones share the last.
        bias: at the beginning.

    Input `(batch, steps, dim)`, mask `(batch, steps)`; output float32 `(batch, steps, steps, relations)`, from the second axis
    to the third, without a mask.

    Reference: Su et al. 2022, arXiv 2208.03054 (global pointer), with learned distances in the place of rotary positions.
    """

    def __init__(self, relations, units=32, reach=64, bias=-8.0, **kwargs):
        super().__init__(**kwargs)
        if min(relations, units, reach) < 1:
            raise ValueError(f"All of these must be positive. Received: {relations=}, {units=}, {reach=}")
        self.relations, self.units, self.reach, self.bias = relations, units, reach, bias
        self.queries = keras.layers.Dense(relations * units, dtype=self.dtype_policy)
        self.keys = keras.layers.Dense(relations * units, dtype=self.dtype_policy)
        self.distances = keras.layers.Embedding(
            2 * reach + 1, relations, embeddings_initializer=keras.initializers.Constant(bias), dtype="float32"
        )
        self.supports_masking = True

    def build(self, input_shape):
        self.queries.build(input_shape)
        self.keys.build(input_shape)
        self.distances.build((None,))

    def call(self, inputs, mask=None):
        inputs = without_padding(inputs, mask)
        steps = ops.shape(inputs)[1]
        heads = (-1, steps, self.relations, self.units)
        queries, keys = (ops.reshape(layer(inputs), heads) for layer in (self.queries, self.keys))
        scores = ops.einsum("biru,bjru->bijr", queries, keys) / self.units**0.5
        place = ops.arange(steps, dtype="int32")
        away = ops.clip(place[None, :] - place[:, None], -self.reach, self.reach) + self.reach
        scores = ops.cast(scores, "float32") + self.distances(away)  # (batch, steps, steps, relations)
        if mask is None:
            return scores
        both = ops.cast(mask[:, :, None] & mask[:, None, :], "float32")[..., None]
        return scores * both - 1e4 * (1 - both)  # a choice between arrays of this size takes twice as long

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-2], self.relations)

    def compute_output_spec(self, inputs, mask=None):
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype="float32")

    def get_config(self):
        own = {"relations": self.relations, "units": self.units, "reach": self.reach, "bias": self.bias}
        return {**super().get_config(), **own}
