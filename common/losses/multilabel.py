"""Losses for many labels at once, of which some are unknown."""

import keras
from keras import ops

from common.losses.shapes import alike, require, require_no_mask


@keras.saving.register_keras_serializable(package="common")
class PartialBinaryCrossentropy(keras.losses.Loss):
    """Binary cross-entropy, summed over the labels of each step, where labels of -1 are unknown and count nothing.

    It serves sets of which each source labels only some classes: what a source never labels is not a negative.

    Args:
        axes: trailing axes that hold the labels of one step.

    Labels 1, 0 or -1 and probabilities, `(batch, steps, ...)`; one value for each of `(batch, steps)`. With weights that are 0
    on padding, the mean is over the real steps.
    """

    def __init__(self, axes=1, name="partial_binary_crossentropy", reduction="mean_with_sample_weight", **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.axes = axes

    def call(self, y_true, y_pred):
        holds = alike(y_true.shape, y_pred.shape) and len(y_pred.shape) > self.axes
        require(holds, self, f"labels and probabilities of one shape, labels on the last {self.axes} axes", y_true, y_pred)
        probability = ops.clip(y_pred, keras.config.epsilon(), 1 - keras.config.epsilon())
        likelihood = ops.where(y_true > 0, probability, 1 - probability)
        terms = ops.where(y_true < 0, 0.0, -ops.log(likelihood))
        return ops.sum(terms, axis=tuple(range(-self.axes, 0)))

    def get_config(self):
        return {**super().get_config(), "axes": self.axes}


@keras.saving.register_keras_serializable(package="common")
class MultilabelCrossentropy(keras.losses.Loss):
    """Softmax cross-entropy for any number of true labels: every true score should exceed 0, every false one stay below it.

    `log(1 + sum_neg exp(s)) + log(1 + sum_pos exp(-s))`, summed over the classes: what is far on its side costs nothing, so a
    few true among thousands of false labels need no weights. Labels of -1 are unknown and count nothing.

    Labels 1, 0 or -1 and scores, `(batch, ..., classes)`; the axes between are the labels of one class. One value for each
    row, `(batch,)`.

    Reference: Su et al. 2022, arXiv 2208.02955; kexue.fm archive 7359.
    """

    def __init__(self, name="multilabel_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        require_no_mask(self, y_pred)
        return super().__call__(y_true, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        holds = alike(y_true.shape, y_pred.shape) and len(y_pred.shape) > 1
        require(holds, self, "labels and scores of one shape, (batch, ..., classes)", y_true, y_pred)
        axes = tuple(range(1, len(y_pred.shape) - 1))
        out = -1e4  # adds nothing to a sum of exponentials
        false = log_one_more(ops.where(ops.equal(y_true, 0), y_pred, out), axes)
        true = log_one_more(ops.where(y_true > 0, -y_pred, out), axes)
        return ops.sum(false + true, axis=-1)


def log_one_more(scores, axes):
    """`log(1 + sum exp(s))` over some axes, without overflow."""
    return ops.softplus(ops.logsumexp(scores, axis=axes))
