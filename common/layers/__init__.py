"""Keras layers by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.layers.convolution import ResidualDilatedConv1D

__all__ = ["ResidualDilatedConv1D"]
