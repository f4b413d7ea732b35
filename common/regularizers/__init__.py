"""Regularisers by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.regularizers.orthogonality import KernelOrthogonality, SelfOrthogonality, cosines

__all__ = ["KernelOrthogonality", "SelfOrthogonality", "cosines"]
