"""Losses by subject; importing this package registers them all for `keras.saving.load_model`."""

from common.losses.multilabel import MultilabelCrossentropy, PartialBinaryCrossentropy
from common.losses.soft_f1 import SoftMacroF1, soft_macro_f1

__all__ = ["MultilabelCrossentropy", "PartialBinaryCrossentropy", "SoftMacroF1", "soft_macro_f1"]
