"""Losses that stand in the model itself, as its last layer: of several tensors, with weights of their own, without targets.

    feature, label = encoder(image), keras.Input((), dtype="int32")
    model = keras.Model([image, label], CentreLoss(10)([feature, label]))
    model.compile("adam")  # no loss: the model has one
    model.fit([images, labels])  # no targets: they are inputs
    keras.Model(image, feature).predict(images)  # the same weights, without the end point

Such a model trains in `common.training` too, by a `Stage` with the loss `None`. `evaluate` and the `loss` of a log hold what
end points add.

Reference: kexue.fm archive 4493.
"""

import keras
from keras import ops

from common.layers.masking import without_padding
from common.losses.shapes import alike, class_numbers, require


class EndPoint(keras.layers.Layer):
    """Add a loss of a prediction and its target to the model, and return the prediction.

    A subclass defines `values(prediction, target)`: one number for each sample, `(batch,)`, or for each step,
    `(batch, steps)`, from float32 predictions. The loss is `weight` times their mean, padded steps left out; with sample
    weights it is their weighted mean, `sum(w v) / sum(w)`, so that a sample of weight 0 might as well be missing. Call one
    end point once in a model: what it adds in a second call counts on TensorFlow and not on JAX.

    Args:
        weight: of the loss among the others of the model.

    Call arguments: `[prediction, target]` or `[prediction, target, sample_weight]`, the last `(batch,)` or `(batch, 1)`; a
    mask of the prediction is `(batch, steps)`. Output: the prediction, with its mask.
    """

    def __init__(self, weight=1.0, **kwargs):
        super().__init__(autocast=False, **kwargs)  # the loss is float32, the prediction stays what it is
        if weight <= 0:
            raise ValueError(f"`weight` must be positive. Received: {weight=}")
        self.weight = weight
        self.supports_masking = True

    def values(self, prediction, target):
        raise NotImplementedError(f"{type(self).__name__} must define `values(prediction, target)`")

    def call(self, inputs, mask=None):
        prediction, target, *sample_weight = inputs
        mask = None if mask is None else mask[0]
        values = self.values(ops.cast(without_padding(prediction, mask), "float32"), target)
        require(len(values.shape) > 0, self, "a loss of one value for each sample, not for the whole batch", target, prediction)
        counts = ops.ones_like(values)
        if mask is not None:
            fits = alike(values.shape, mask.shape)
            require(fits, self, "one value for each step where predictions have a mask; pool them first", target, prediction)
            values, counts = ops.where(mask, values, 0.0), ops.cast(mask, values.dtype)
        if sample_weight:
            (given,) = sample_weight
            if not alike((*given.shape, 1)[:2], (values.shape[0], 1)) or len(given.shape) > 2:
                raise ValueError(f"`{self.name}` expects weights of samples, (batch,). Received: shape {tuple(given.shape)}")
            counts = counts * ops.cast(ops.reshape(given, (-1, *[1] * (len(values.shape) - 1))), values.dtype)
        mean = ops.sum(counts * values) / ops.maximum(ops.sum(counts), keras.config.epsilon())
        self.add_loss(self.weight * mean)
        return prediction

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def compute_output_spec(self, inputs, **options):
        return keras.KerasTensor(inputs[0].shape, dtype=inputs[0].dtype)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


@keras.saving.register_keras_serializable(package="common")
class LossEndPoint(EndPoint):
    """Any loss that has one value for each sample or step, as an `EndPoint`.

    Args:
        loss: a `keras.losses.Loss` or the name of one. Its own reduction has no part in this.
        weight: see `EndPoint`, as are the shapes.
    """

    def __init__(self, loss, weight=1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.loss = keras.losses.get(loss)

    def values(self, prediction, target):
        return getattr(self.loss, "call", self.loss)(target, prediction)  # by name Keras finds functions

    def get_config(self):
        return {**super().get_config(), "loss": keras.losses.serialize(self.loss)}


@keras.saving.register_keras_serializable(package="common")
class CentreLoss(EndPoint):
    """Draw every feature towards the centre of its class, beside a loss that keeps the classes apart.

    `weight * mean |f - c_t|^2` with the feature f and the centre c_t of its class t. The centres are weights that learn by the
    optimiser's rule, where the paper moves them by a rate of their own: both come to rest at the mean of each class, the
    weighted one if samples have weights. Alone it would draw everything into one point.

    Args:
        classes: how many.
        weight: of this loss beside the other, see `EndPoint`.

    Call arguments: `[features, labels]` or `[features, labels, sample_weight]`, floats `(batch, ..., dim)` and class numbers
    `(batch, ...)` or `(batch, ..., 1)`; output the features. A label that is no class gives a loss of NaN on every backend;
    `check_labels` finds it before.

    References: Wen et al. 2016, A discriminative feature learning approach for deep face recognition; kexue.fm archive 4493,
    where a weight of 0.2 to 0.25 served, and a feature narrower than the number of classes.
    """

    def __init__(self, classes, weight=0.2, **kwargs):
        super().__init__(weight=weight, **kwargs)
        if classes < 2:
            raise ValueError(f"`classes` must be at least 2. Received: {classes=}")
        self.classes = classes

    def build(self, input_shape):
        shape = (self.classes, input_shape[0][-1])
        self.centres = self.add_weight(name="centres", shape=shape, initializer="zeros", autocast=False)

    def values(self, prediction, target):
        label = class_numbers(self, target, prediction, "features (batch, ..., dim)")  # (batch, ...)
        known = ops.logical_and(label >= 0, label < self.classes)
        centre = ops.take(self.centres, ops.where(known, label, 0), axis=0)  # (batch, ..., dim)
        return ops.where(known, ops.sum(ops.square(prediction - centre), axis=-1), float("nan"))

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}
