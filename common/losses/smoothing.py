"""Cross-entropy whose labels are not quite certain."""

import keras
from keras import ops

from common.losses.shapes import class_numbers


@keras.saving.register_keras_serializable(package="common")
class SmoothedSparseCrossentropy(keras.losses.Loss):
    """Cross-entropy of class numbers with smoothed labels, which Keras has for one-hot labels alone.

    `logsumexp(z) - (1 - e) z_t - e mean(z)` with the scores z and the true class t: the cross-entropy with a share e of every
    label spread evenly over all classes, without a one-hot array of floats. In float32 under every precision.

    Args:
        smoothing: e, from 0 (plain cross-entropy) to less than 1.

    Labels are class numbers, `(batch, ...)` or `(batch, ..., 1)`, predictions scores before the softmax,
    `(batch, ..., classes)`; one value for each label. A label that is no class gives NaN on every backend; `check_labels`
    finds it before.

    Reference: Szegedy et al. 2016, arXiv 1512.00567; kexue.fm archive 4493.
    """

    def __init__(self, smoothing=0.1, name="smoothed_sparse_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 <= smoothing < 1:
            raise ValueError(f"`smoothing` must be from 0 to less than 1. Received: {smoothing=}")
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        label = class_numbers(self, y_true, y_pred, "scores (batch, ..., classes)")  # (batch, ...)
        scores = ops.cast(y_pred, "float32")
        own = ops.equal(ops.arange(ops.shape(scores)[-1], dtype="int32"), label[..., None])  # (batch, ..., classes)
        scores = scores - ops.max(scores, axis=-1, keepdims=True)  # keeps the digits of large scores
        wanted = (1 - self.smoothing) * ops.sum(ops.where(own, scores, 0.0), axis=-1)
        wanted = wanted + self.smoothing * ops.mean(scores, axis=-1)
        return ops.where(ops.any(own, axis=-1), ops.logsumexp(scores, axis=-1) - wanted, float("nan"))

    def get_config(self):
        return {**super().get_config(), "smoothing": self.smoothing}
