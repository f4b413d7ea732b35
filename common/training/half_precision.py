"""The numbers that a network calculates with."""

import contextlib

import keras


@contextlib.contextmanager
def precision(name):
    """Layers that are made inside calculate in `float32`, `bfloat16` or `float16`; their weights are float32 in any case.

    Averages and losses are float32 too, and so is the output of every network here: its last layer says so. A loss is scaled
    where the numbers are float16, which reach down to 6e-8 only. A network keeps its numbers when it is saved and loaded.

    Reference: Micikevicius et al. 2017, arXiv 1710.03740.

    Args:
        name: one of `common.config.PRECISIONS`.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name if name == "float32" else f"mixed_{name}")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
