"""Cross-entropies that let go of samples which are right already."""

import keras
from keras import ops

from common.losses.shapes import alike, require, require_no_mask


class _OfDistributions(keras.losses.Loss):
    """A loss of distributions over classes: true ones `(batch, classes)`, and probabilities or, with `from_logits`, scores."""

    def __init__(self, from_logits, name, **kwargs):
        super().__init__(name=name, **kwargs)
        self.from_logits = from_logits

    def logarithms(self, y_true, y_pred):
        """The true distribution and the logarithms of the predicted one, float32; shapes are checked."""
        require_no_mask(self, y_pred)
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        holds = len(y_pred.shape) == 2 and y_pred.shape[-1] != 1 and alike(y_true.shape, y_pred.shape)
        require(holds, self, "distributions (batch, classes) of two classes or more, both", y_true, y_pred)
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        if self.from_logits:
            return y_true, ops.log_softmax(y_pred, axis=-1)
        return y_true, ops.log(ops.clip(y_pred, keras.config.epsilon(), 1.0))

    def get_config(self):
        return {**super().get_config(), "from_logits": self.from_logits}


@keras.saving.register_keras_serializable(package="common")
class ThresholdCrossentropy(_OfDistributions):
    """Cross-entropy of those samples alone whose class has not yet a probability above a margin.

    A sample of class c counts where p_c < m, not where p_c > m, and by half where they are equal; one without a class of
    more than m - its label is too soft - always counts. What does not count has no gradient. The margin 1 is the plain
    cross-entropy. Probabilities near the margin are no estimate of certainty any more, and a loss of 0 does not say that
    nothing is left to learn: watch the accuracy.

    Args:
        margin: m, from 0.5 to 1.
        per_active: the mean is taken over the samples that count; otherwise over the batch, so that steps become shorter the
            more is right.
        from_logits: predictions are scores before the softmax.

    Reference: Su Jianlin, kexue.fm archive 4293, for two classes, whose labels are y and 1 - y here.
    """

    def __init__(self, margin=0.6, per_active=False, from_logits=False, name="threshold_crossentropy", **kwargs):
        super().__init__(from_logits, name, **kwargs)
        if not 0.5 <= margin <= 1:
            raise ValueError(f"`margin` must be from 0.5 to 1. Received: {margin=}")
        self.margin = margin
        self.per_active = per_active

    def call(self, y_true, y_pred):
        y_true, logs = self.logarithms(y_true, y_pred)

        def above(values):
            return (ops.sign(values - self.margin) + 1) / 2  # a half where they are equal

        accepted = above(y_true) * above(ops.exp(logs)) if self.margin < 1 else ops.zeros_like(logs)
        counts = ops.stop_gradient(1 - ops.sum(accepted, axis=-1))  # (batch,)
        if self.per_active:
            active = ops.sum(ops.cast(counts > 0, "float32"))
            counts = counts * ops.cast(ops.shape(counts)[0], "float32") / ops.maximum(active, 1.0)
        return -counts * ops.sum(y_true * logs, axis=-1)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "per_active": self.per_active}


@keras.saving.register_keras_serializable(package="common")
class SoftThresholdCrossentropy(_OfDistributions):
    """Cross-entropy whose samples count less the surer they are right.

    `-sum_c y_c q_c log p_c` with `q = softmax(-K log p)`: of two classes `q_c = sigmoid(-K x)` with the score x of the true
    class over the other, the threshold at a half without its edge. With K = 1 and two classes this is the focal loss with
    gamma = 1. The weights take part in the gradient.

    Args:
        sharpness: K, above 0; the greater, the more like a threshold.
        from_logits: predictions are scores before the softmax.

    Reference: Su Jianlin, kexue.fm archive 4733.
    """

    def __init__(self, sharpness=10.0, from_logits=False, name="soft_threshold_crossentropy", **kwargs):
        super().__init__(from_logits, name, **kwargs)
        if sharpness <= 0:
            raise ValueError(f"`sharpness` must be above 0. Received: {sharpness=}")
        self.sharpness = sharpness

    def call(self, y_true, y_pred):
        y_true, logs = self.logarithms(y_true, y_pred)
        return -ops.sum(y_true * ops.softmax(-self.sharpness * logs, axis=-1) * logs, axis=-1)

    def get_config(self):
        return {**super().get_config(), "sharpness": self.sharpness}
