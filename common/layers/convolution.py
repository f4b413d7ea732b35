"""Convolutions over sequences and sampled functions."""

import keras
from keras import ops

from common.layers.masking import without_padding


@keras.saving.register_keras_serializable(package="common")
class ResidualDilatedConv1D(keras.layers.Layer):
    """Convolutions of growing dilation, bridged by a residual link: a wide view with few weights.

    `y = shortcut(x) + c_n(...c_1(x))`, where each `c` is a bias-free convolution, batch normalisation and ReLU, and the
    shortcut is the identity, or a 1x1 convolution where the width changes. With kernel 3 and dilations 1, 2, 4 one block
    sees 15 steps.

    Args:
        filters: width of the output.
        kernel_size: taps of each convolution.
        dilations: distance between the taps, one number for each convolution.
        momentum: of the moving statistics of batch normalisation; they need about `1 / (1 - momentum)` batches to settle.

    Input `(batch, steps, channels)`, mask `(batch, steps)`: masked steps are zeros to every convolution, give zeros, and take
    no part in the statistics. Output `(batch, steps, filters)` with the same mask.

    Reference: Yu and Koltun 2016, arXiv 1511.07122; the block of three is that of kexue.fm archive 5505.
    """

    def __init__(self, filters, kernel_size=3, dilations=(1, 2, 4), momentum=0.99, **kwargs):
        super().__init__(**kwargs)
        if filters < 1 or not dilations:
            raise ValueError(f"`filters` must be positive and `dilations` not empty. Received: {filters=}, {dilations=}")
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilations = tuple(dilations)
        self.momentum = momentum
        self.convolutions = [
            keras.layers.Conv1D(
                filters,
                kernel_size,
                dilation_rate=dilation,
                padding="same",
                use_bias=False,
                dtype=self.dtype_policy,
                kernel_initializer="he_normal",
            )
            for dilation in self.dilations
        ]
        self.normalisations = [
            keras.layers.BatchNormalization(momentum=momentum, dtype=self.dtype_policy) for _ in self.dilations
        ]
        self.shortcut = None
        self.supports_masking = True

    def build(self, input_shape):
        if input_shape[-1] != self.filters:
            self.shortcut = keras.layers.Conv1D(self.filters, 1, use_bias=False, dtype=self.dtype_policy)
            self.shortcut.build(input_shape)
        shape = tuple(input_shape)
        for convolution, normalisation in zip(self.convolutions, self.normalisations, strict=True):
            convolution.build(shape)
            shape = (*shape[:-1], self.filters)
            normalisation.build(shape)

    def call(self, inputs, mask=None, training=False):
        real = {} if mask is None else {"mask": mask}
        inputs = x = without_padding(inputs, mask)
        for convolution, normalisation in zip(self.convolutions, self.normalisations, strict=True):
            x = without_padding(ops.relu(normalisation(convolution(x), training=training, **real)), mask)
        return x + (inputs if self.shortcut is None else self.shortcut(inputs))  # (batch, steps, filters)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilations": self.dilations,
            "momentum": self.momentum,
        }


@keras.saving.register_keras_serializable(package="common")
class DilatedGatedConv1D(keras.layers.Layer):
    """A dilated convolution that a gate mixes with its input, step by step and channel by channel.

    `y = x (1 - s) + h s`, where `h` and the gate `s = sigmoid(dropout(g))` are the halves of one convolution of `x`. A closed
    gate lets the input through as it is, so that stacks of such layers train like residual ones. There is no activation on
    `h`. Where the width changes, a bias-free 1x1 convolution of `x` takes its place.

    Args:
        filters: width of the output.
        kernel_size: taps, an odd number.
        dilation: distance between the taps.
        gate_dropout: share of the gate's values that are set to 0, hence half open, while training.

    Input `(batch, steps, channels)`, mask `(batch, steps)`: masked steps are taken as zeros and give zeros, so padding never
    leaks into a result. Output `(batch, steps, filters)` with the same mask.

    Reference: Su 2018, kexue.fm archive 5409; gated linear units are of Dauphin et al. 2017, arXiv 1612.08083.
    """

    def __init__(self, filters, kernel_size=3, dilation=1, gate_dropout=0.1, **kwargs):
        super().__init__(**kwargs)
        if filters < 1 or dilation < 1 or kernel_size < 1 or kernel_size % 2 == 0:
            raise ValueError(
                "`filters` and `dilation` must be positive, `kernel_size` odd. "
                f"Received: {filters=}, {dilation=}, {kernel_size=}"
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.gate_dropout = gate_dropout
        self.dropout = keras.layers.Dropout(gate_dropout, dtype=self.dtype_policy)
        self.shortcut = None
        self.supports_masking = True

    def build(self, input_shape):
        channels = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(self.kernel_size * channels, 2 * self.filters))
        self.bias = self.add_weight(name="bias", shape=(2 * self.filters,), initializer="zeros")
        if channels != self.filters:
            self.shortcut = keras.layers.Dense(self.filters, use_bias=False, dtype=self.dtype_policy)
            self.shortcut.build(input_shape)

    def call(self, inputs, mask=None, training=False):
        x = without_padding(inputs, mask)
        hidden, gate = ops.split(self.convolve(x), 2, axis=-1)  # both (batch, steps, filters)
        gate = ops.sigmoid(self.dropout(gate, training=training))
        through = x if self.shortcut is None else self.shortcut(x)
        return without_padding(through * (1 - gate) + hidden * gate, mask)

    def convolve(self, x):
        kernel = ops.reshape(self.kernel, (self.kernel_size, -1, 2 * self.filters))
        x = ops.conv(x, kernel, padding="same", data_format="channels_last", dilation_rate=self.dilation)
        return x + self.bias  # (batch, steps, 2 * filters)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation": self.dilation,
            "gate_dropout": self.gate_dropout,
        }
