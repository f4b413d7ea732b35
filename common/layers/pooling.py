"""Sequences made one vector, without their padding."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class MaskedAveragePooling1D(keras.layers.Layer):
    """Mean over the real steps.

    A row without any real step gives zeros, where Keras's `GlobalAveragePooling1D` divides by zero. The sum is taken in
    float32, since a half-precision one loses the small terms of a long sequence.

    Input `(batch, steps, dim)`, mask `(batch, steps)`; output `(batch, dim)`, without a mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        x = ops.cast(inputs, "float32")
        if mask is None:
            return ops.cast(ops.mean(x, axis=1), inputs.dtype)
        total = ops.sum(ops.where(mask[..., None], x, 0.0), axis=1)  # (batch, dim)
        count = ops.sum(ops.cast(mask, "float32"), axis=1, keepdims=True)  # (batch, 1)
        return ops.cast(total / ops.maximum(count, 1.0), inputs.dtype)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


@keras.saving.register_keras_serializable(package="common")
class MaskedMaxPooling1D(keras.layers.Layer):
    """Largest value of every channel over the real steps.

    A row without any real step gives zeros. Keras's `GlobalMaxPooling1D` takes no mask: there padding wins wherever all real
    values are below it.

    Input `(batch, steps, dim)`, mask `(batch, steps)`; output `(batch, dim)`, without a mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return ops.max(inputs, axis=1)  # (batch, dim)
        largest = ops.max(ops.where(mask[..., None], inputs, -float("inf")), axis=1)  # (batch, dim)
        return ops.where(ops.any(mask, axis=1, keepdims=True), largest, 0.0)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


@keras.saving.register_keras_serializable(package="common")
class LastStep1D(keras.layers.Layer):
    """The last real step.

    Keras's `return_sequences=False` hides the other steps, and `[:, -1]` is padding. A row without any real step gives zeros.

    Input `(batch, steps, dim)`, mask `(batch, steps)`; output `(batch, dim)`, without a mask.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs[:, -1]
        place = ops.where(mask, ops.arange(ops.shape(inputs)[1], dtype="int32"), -1)
        last = ops.max(place, axis=1)[:, None, None]  # (batch, 1, 1)
        found = ops.take_along_axis(inputs, ops.maximum(last, 0), axis=1)[:, 0]
        return ops.where(last[:, 0] >= 0, found, 0.0)

    def compute_mask(self, inputs, mask=None):
        return None

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])
