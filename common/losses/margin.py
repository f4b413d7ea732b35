"""Softmax over cosines of classes, where the true class must win by a margin."""

import math

import keras
import numpy as np
from keras import ops

from common.errors import DataError
from common.losses.shapes import class_numbers

OUT = -1e9  # a logit that adds nothing to a sum of exponentials


@keras.saving.register_keras_serializable(package="common")
class ScaledSoftmax(keras.losses.Loss):
    """Cross-entropy of cosines that are multiplied by a scale first: alone they are too close to tell classes apart.

    `log(exp(s f(c_t)) + r sum_j!=t exp(s c_j)) - s f(c_t)` with the cosines c, the true class t and the scale s. Here f, the
    margin, changes nothing; the losses below differ in it alone. It is computed as `softplus(logsumexp(others) - target)`, in
    float32, which keeps its digits also where the target dominates.

    Args:
        scale: of the cosines.
        represents: how many classes each of the other columns stands for, r: more than 1 where they are a sample, see
            `SampledClassCosines`.

    Labels are class numbers, `(batch, ...)` or `(batch, ..., 1)`, predictions cosines, `(batch, ..., classes)`; one value for
    each label. A label that is no class gives NaN on every backend, since a compiled step cannot raise; `check_labels` raises
    before.

    Reference: Wang et al. 2017, arXiv 1704.06369.
    """

    def __init__(self, scale=30.0, represents=1.0, name="scaled_softmax", **kwargs):
        super().__init__(name=name, **kwargs)
        if scale <= 0 or represents < 1:
            raise ValueError(f"`scale` must be positive and `represents` at least 1. Received: {scale=}, {represents=}")
        self.scale, self.represents = scale, represents

    def target(self, cosine):
        """The cosine of the true class, made smaller."""
        return cosine

    def call(self, y_true, y_pred):
        label = class_numbers(self, y_true, y_pred, "cosines (batch, ..., classes)")  # (batch, ...)
        cosine = ops.cast(y_pred, "float32")
        own = ops.equal(ops.arange(ops.shape(cosine)[-1], dtype="int32"), label[..., None])  # (batch, ..., classes)
        target = self.scale * self.target(ops.sum(ops.where(own, cosine, 0.0), axis=-1))  # (batch, ...)
        others = ops.logsumexp(ops.where(own, OUT, self.scale * cosine + math.log(self.represents)), axis=-1)
        return ops.where(ops.any(own, axis=-1), ops.softplus(others - target), float("nan"))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "represents": self.represents}


@keras.saving.register_keras_serializable(package="common")
class AMSoftmax(ScaledSoftmax):
    """Additive margin: `f(c) = c - m`.

    Args:
        margin: m; 0 gives `ScaledSoftmax`.
        scale, represents: see `ScaledSoftmax`, as are the shapes.

    References: Wang et al. 2018, arXiv 1801.05599, and, as CosFace, arXiv 1801.09414; kexue.fm archive 5743.
    """

    def __init__(self, margin=0.35, name="am_softmax", **kwargs):
        super().__init__(name=name, **kwargs)
        if margin < 0:
            raise ValueError(f"`margin` must not be negative. Received: {margin=}")
        self.margin = margin

    def target(self, cosine):
        return cosine - self.margin

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="common")
class ArcFace(ScaledSoftmax):
    """Additive margin on the angle: `f(cos a) = cos(a + m)`, and `cos a - m sin m` where `a + m` is beyond a half turn.

    The second form keeps f falling with the angle. The sum formula of the cosine stands in the place of the arc cosine, whose
    slope is infinite at 1.

    Args:
        margin: m, in radians; 0 gives `ScaledSoftmax`.
        scale, represents: see `ScaledSoftmax`, as are the shapes.

    Reference: Deng et al. 2019, arXiv 1801.07698.
    """

    def __init__(self, margin=0.5, name="arc_face", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 <= margin < math.pi:
            raise ValueError(f"`margin` is an angle from 0 to less than pi. Received: {margin=}")
        self.margin = margin

    def target(self, cosine):
        sine = ops.sqrt(ops.maximum((1 - cosine) * (1 + cosine), keras.config.epsilon()))  # no infinite slope at 0 either
        turned = math.cos(self.margin) * cosine - math.sin(self.margin) * sine
        return ops.where(cosine >= -math.cos(self.margin), turned, cosine - self.margin * math.sin(self.margin))

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="common")
class SimplerASoftmax(ScaledSoftmax):
    """Angular margin by a factor: `f(cos a) = min(cos a, cos 4a)`.

    The double angle taken twice gives `cos 4a = 1 - 8 cos^2 a + 8 cos^4 a`; the minimum stands in the place of the published
    piecewise form.

    Args:
        scale, represents: see `ScaledSoftmax`, as are the shapes.

    References: Liu et al. 2017, arXiv 1704.08063 (A-softmax, margin 4); kexue.fm archive 5743 for this form.
    """

    def __init__(self, name="simpler_a_softmax", **kwargs):
        super().__init__(name=name, **kwargs)

    def target(self, cosine):
        square = ops.square(cosine)
        return ops.minimum(cosine, 1 - 8 * square + 8 * ops.square(square))


def check_labels(labels, classes):
    """Find a label that is no class before training, where it can still be named.

    Args:
        labels: integers, an array of any shape.
        classes: how many there are, from 0 on.

    Raises:
        DataError: a label is not a whole number or not below `classes`; the first one is named.
    """
    labels = np.asarray(labels)
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"class labels must be integers, found {labels.dtype}")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise DataError(
            f"label {labels.ravel()[wrong[0]]} at place {wrong[0]} is no class: expected 0 to {classes - 1} "
            f"({wrong.size} such labels of {labels.size})"
        )
