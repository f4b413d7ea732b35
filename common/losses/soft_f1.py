"""A macro-F1 that can be differentiated."""

import keras
from keras import ops

from common.losses.shapes import alike, require, require_no_mask


def soft_macro_f1(y_true, y_pred, sample_weight=None):
    """Macro-F1 with probabilities in the place of decisions.

    Class c has `F1 = 2 sum(y p) / sum(y + p)`, the sums over the samples; the result is the mean over classes. On one-hot
    predictions this is the macro-F1 itself, where a class that is neither true nor predicted counts 0.

    Args:
        y_true: one-hot labels, `(batch, classes)`.
        y_pred: probabilities, `(batch, classes)`.
        sample_weight: a factor for each sample, `(batch,)` or `(batch, 1)`; 0 leaves it out.

    Returns:
        A scalar between 0 and 1.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.cast(y_true, y_pred.dtype)
    weight = 1.0 if sample_weight is None else ops.reshape(ops.cast(sample_weight, y_pred.dtype), (-1, 1))
    both = ops.sum(weight * y_true * y_pred, axis=0)  # (classes,)
    either = ops.sum(weight * (y_true + y_pred), axis=0)  # (classes,)
    return ops.mean(2 * both / ops.maximum(either, keras.config.epsilon()))


@keras.saving.register_keras_serializable(package="common")
class SoftMacroF1(keras.losses.Loss):
    """Loss `-log(soft macro-F1)`, for the end of a training that began with cross-entropy.

    F1 belongs to a set, not to a sample: the loss is one number for the whole batch, sample weights act inside its sums, and a
    batch should be large enough to hold examples of every class. Labels one-hot `(batch, classes)`, predictions
    probabilities `(batch, classes)`.

    Reference: Su Jianlin, kexue.fm archive 5505, which has it for four classes; written here for any number of them.
    """

    def __init__(self, name="soft_macro_f1", reduction="sum_over_batch_size", **kwargs):
        if reduction != "sum_over_batch_size":
            raise ValueError(f"`reduction` cannot be chosen: the loss belongs to the whole batch. Received: {reduction=}")
        super().__init__(name=name, reduction=reduction, **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        require_no_mask(self, y_pred)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        holds = len(y_pred.shape) == 2 and alike(y_true.shape, y_pred.shape)
        one_hot = "one-hot labels (keras.utils.to_categorical makes them of numbers) and probabilities, (batch, classes) both"
        require(holds, self, one_hot, y_true, y_pred)
        y_pred = ops.cast(y_pred, self.dtype)
        return -ops.log(ops.maximum(soft_macro_f1(y_true, y_pred, sample_weight), keras.config.epsilon()))

    def call(self, y_true, y_pred):
        return self(y_true, y_pred)
