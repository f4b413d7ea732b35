"""A whole sequence told of one vector."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class ConcatenateVector(keras.layers.Layer):
    """Put one vector beside every step of a sequence, as a reader's passage is told of its question.

    Call arguments: `[sequence, vector]`, `(batch, steps, dim)` and `(batch, width)`; output `(batch, steps, dim + width)`. The
    mask of the sequence is kept.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        sequence, vector = inputs
        batch, steps = ops.shape(sequence)[:2]
        repeated = ops.broadcast_to(vector[:, None, :], (batch, steps, vector.shape[-1]))
        return ops.concatenate([sequence, ops.cast(repeated, sequence.dtype)], axis=-1)  # (batch, steps, dim + width)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        sequence, vector = input_shape
        return (*sequence[:-1], sequence[-1] + vector[-1])
