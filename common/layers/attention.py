"""Attention: over the steps of one sequence, and of one sequence over another."""

import keras
from keras import ops

from common.layers.masking import without_padding


def masked_softmax(scores, mask, axis):
    """Softmax in float32 over the unmasked steps; where all are masked, zeros."""
    scores = ops.cast(scores, "float32")
    if mask is None:
        return ops.softmax(scores, axis=axis)
    weights = ops.softmax(ops.where(mask, scores, -1e9), axis=axis)
    return ops.where(mask, weights, 0.0)


@keras.saving.register_keras_serializable(package="common")
class AttentionPooling1D(keras.layers.Layer):
    """Weighted mean over steps, with weights from a small network.

    `a = softmax(v . tanh(W x))` over the real steps, result `sum(a x)`. Masked steps have weight 0; a row without any real
    step gives zeros.

    Args:
        units: width of the hidden layer; `None` takes the width of the input.

    Input `(batch, steps, dim)`, mask `(batch, steps)`; output `(batch, dim)`, without a mask.

    Reference: Wang et al. 2017 (R-Net); kexue.fm archive 5409.
    """

    def __init__(self, units=None, **kwargs):
        super().__init__(**kwargs)
        if units is not None and units < 1:
            raise ValueError(f"`units` must be positive or `None`. Received: {units=}")
        self.units = units
        self.supports_masking = True

    def build(self, input_shape):
        units = self.units or input_shape[-1]
        self.hidden = keras.layers.Dense(units, activation="tanh", use_bias=False, dtype=self.dtype_policy)
        self.score = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy)
        self.hidden.build(input_shape)
        self.score.build((*input_shape[:-1], units))

    def call(self, inputs, mask=None):
        inputs = without_padding(inputs, mask)
        scores = self.score(self.hidden(inputs))  # (batch, steps, 1)
        weights = masked_softmax(scores, None if mask is None else mask[..., None], axis=1)
        return ops.sum(ops.cast(weights, inputs.dtype) * inputs, axis=1)  # (batch, dim)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="common")
class ContextQueryAttention(keras.layers.Layer):
    """Every step of a context looks at a query, and takes what it needs to know of it.

    `s_ij = w . q_j + (v * c_i) . q_j / sqrt(dim)`, result `sum_j softmax_j(s_ij) q_j`; the published similarity also has a term
    of `c_i` alone, which the softmax over `j` cancels. Masked steps of the query have weight 0; a query without any real step
    gives zeros. No array of `context x query x dim` is made.

    Call arguments: `[context, query]`, `(batch, n, dim)` and `(batch, m, dim)`, masks as a list; output `(batch, n, dim)` with
    the mask of the context.

    Reference: Seo et al. 2017, arXiv 1611.01603 (the attention from context to query).
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        dim = input_shape[0][-1]
        if input_shape[1][-1] != dim:
            raise ValueError(f"Context and query must have the same width. Received: {input_shape}")
        self.of_query = self.add_weight(name="of_query", shape=(dim, 1))
        self.of_both = self.add_weight(name="of_both", shape=(dim,), initializer="ones")

    def call(self, inputs, mask=None):
        context, query = map(without_padding, inputs, (None, None) if mask is None else mask)
        both = ops.matmul(context * self.of_both / context.shape[-1] ** 0.5, ops.transpose(query, (0, 2, 1)))
        alone = ops.transpose(ops.matmul(query, self.of_query), (0, 2, 1))  # (batch, 1, m)
        real = None if mask is None or mask[1] is None else ops.broadcast_to(mask[1][:, None, :], ops.shape(both))
        weights = masked_softmax(both + alone, real, axis=-1)  # (batch, n, m)
        return ops.matmul(ops.cast(weights, query.dtype), query)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return input_shape[0]
