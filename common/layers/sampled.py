"""Scores of a few classes out of very many, for training."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class SampledScores(keras.layers.Layer):
    """Scores of the true class and of candidates that all steps of a batch share, ready for a softmax.

    `z = x . W[class] + b[class] - log q[class]`, with the rate q at which a class is drawn as a candidate: at the optimum of
    the cross-entropy whose true class is the first, `x . W + b` are log-probabilities up to a number for each x, however few
    candidates there are. That rests on candidates which are the true class once more: they stay.

    Args:
        classes: rows of the table W.
        rates: q, `(classes,)`, above 0 where a class can be drawn or be true; equal ones where it is `None`. It is a weight,
            saved with the model, and not part of the config.

    Call arguments: `[states, targets, candidates]`, floats `(batch, steps, dim)`, class numbers `(batch, steps)` and
    `(batch, some)`; the candidates of all rows together are those of each. Output `(batch, steps, 1 + batch * some)`, float32.

    References: Jean et al. 2015, arXiv 1412.2007; kexue.fm archive 4402 and 4515.
    """

    def __init__(self, classes, rates=None, **kwargs):
        super().__init__(**kwargs)
        if classes < 2:
            raise ValueError(f"`classes` must be at least 2. Received: {classes=}")
        self.supports_masking = True
        self.classes = classes
        self.rates = np.full(classes, 1 / classes) if rates is None else np.asarray(rates, float)
        if self.rates.shape != (classes,):
            raise ValueError(f"`rates` must be one for each class. Received: {classes=}, shape {self.rates.shape}")

    def build(self, input_shape):
        shape = (self.classes, input_shape[0][-1])
        self.table = self.add_weight(name="table", shape=shape, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.classes,), initializer="zeros")
        logs = np.log(np.maximum(self.rates, 1e-12)).astype("float32")
        self.log_rates = self.add_weight(
            name="log_rates",
            shape=(self.classes,),
            initializer=lambda shape, dtype=None: ops.convert_to_tensor(logs, dtype),
            trainable=False,
            autocast=False,
        )

    def call(self, inputs):
        states, targets, candidates = inputs
        drawn = ops.reshape(candidates, (-1,))  # (some of all rows,)
        offset = ops.cast(self.bias, "float32") - self.log_rates
        own = ops.sum(ops.cast(states * ops.take(self.table, targets, axis=0), "float32"), axis=-1)
        own = own + ops.take(offset, targets)  # (batch, steps)
        others = ops.cast(ops.matmul(states, ops.transpose(ops.take(self.table, drawn, axis=0))), "float32")
        others = others + ops.take(offset, drawn)
        return ops.concatenate([own[..., None], others], axis=-1)

    def compute_mask(self, inputs, mask=None):
        return None  # steps without a true class are the loss's affair

    def compute_output_shape(self, input_shape):
        states, _, candidates = input_shape
        count = None if None in candidates else candidates[0] * candidates[1]
        return (*states[:-1], None if count is None else 1 + count)

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}
