"""Convolutions over sequences and sampled functions."""

import keras


@keras.saving.register_keras_serializable(package="common")
class ResidualDilatedConv1D(keras.layers.Layer):
    """Convolutions of growing dilation, bridged by a residual link: a wide view with few weights.

    `y = shortcut(x) + c_n(...c_1(x))`, where each `c` is a bias-free convolution, batch normalisation and ReLU, and the
    shortcut is the identity, or a 1x1 convolution where the width changes. With kernel 3 and dilations 1, 2, 4 one block
    sees 15 steps. Masks are not used: it is made for signals of one length.

    Args:
        filters: width of the output.
        kernel_size: taps of each convolution.
        dilations: distance between the taps, one number for each convolution.
        momentum: of the moving statistics of batch normalisation; they need about `1 / (1 - momentum)` batches to settle.

    Input `(batch, steps, channels)`; output `(batch, steps, filters)`.

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

    def build(self, input_shape):
        if input_shape[-1] != self.filters:
            self.shortcut = keras.layers.Conv1D(self.filters, 1, use_bias=False, dtype=self.dtype_policy)
            self.shortcut.build(input_shape)
        shape = tuple(input_shape)
        for convolution, normalisation in zip(self.convolutions, self.normalisations, strict=True):
            convolution.build(shape)
            shape = (*shape[:-1], self.filters)
            normalisation.build(shape)

    def call(self, inputs, training=False):
        x = inputs
        for convolution, normalisation in zip(self.convolutions, self.normalisations, strict=True):
            x = keras.ops.relu(normalisation(convolution(x), training=training))
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
