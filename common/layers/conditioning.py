"""A sequence told of more: of a vector, or of features of every step."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class ConcatenateFeatures(keras.layers.Layer):
    """Put other things beside every step of a sequence, as a reader's passage is told of its question.

    Keras's own `Concatenate` takes padding for real steps as soon as one of its inputs has no mask; here the mask of the
    sequence stays.

    Call arguments: `[sequence, *others]`; the sequence `(batch, steps, dim)`, each of the others `(batch, steps, width)` or
    `(batch, width)`, which is repeated at every step. Output `(batch, steps, dim + widths)` with the mask of the sequence.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs):
        sequence, *others = inputs
        batch, steps = ops.shape(sequence)[:2]
        parts = [sequence]
        for other in others:
            if len(other.shape) == 2:
                other = ops.broadcast_to(other[:, None, :], (batch, steps, other.shape[-1]))
            parts.append(ops.cast(other, sequence.dtype))
        return ops.concatenate(parts, axis=-1)  # (batch, steps, dim + widths)

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], sum(shape[-1] for shape in input_shape))
