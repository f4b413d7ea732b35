"""Gradients and compiled steps on TensorFlow; what they are stands in `gradients.py`."""

import keras
import tensorflow as tf

from common.training.transforms import dense

ZERO = tf.UnconnectedGradients.ZERO


def gradient(function, at):
    """What `gradients.py` says of it."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(at)
        value, more = function(at)
    return keras.tree.map_structure(dense, tape.gradient(value, at, unconnected_gradients=ZERO), at), more


def gradients(function, variables, state):
    """What `gradients.py` says of it."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        values = [variable.value for variable in variables]
        tape.watch(values)
        value, more = function()
    slopes = tape.gradient(value, values, unconnected_gradients=ZERO)
    return [dense(slope, variable) for slope, variable in zip(slopes, variables, strict=True)], more


def compiled(function, state):
    """What `gradients.py` says of it."""
    return tf.function(function, autograph=False)
