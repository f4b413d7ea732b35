"""Losses by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.losses.soft_f1 import SoftMacroF1, soft_macro_f1

__all__ = ["SoftMacroF1", "soft_macro_f1"]
