"""Saliency: how much each input point speaks for a class, on either backend.

Keras has no gradient of a function across backends, so `input_gradient` holds one short branch for each.
"""

import keras
import numpy as np


def input_gradient(model, inputs, target):
    """Gradient of the probability of class `target` with respect to the inputs.

    Args:
        model: a Keras model, `(batch, ...)` to `(batch, classes)`.
        inputs: array `(batch, ...)`.
        target: index of the class.

    Returns:
        NumPy array of the shape of `inputs`.
    """
    inputs = keras.ops.convert_to_tensor(np.asarray(inputs, dtype="float32"))
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            tape.watch(inputs)
            probability = model(inputs, training=False)[:, target]
        return tape.gradient(probability, inputs).numpy()
    import jax

    return np.asarray(jax.grad(lambda x: model(x, training=False)[:, target].sum())(inputs))


def gradient_times_input(model, inputs, target):
    """`input_gradient` times the inputs: the first-order share of each point."""
    return input_gradient(model, inputs, target) * inputs


def integrated_gradients(model, inputs, target, baseline=None, steps=32):
    """Integrated gradients: the shares of all points sum to the probability at the input minus that at the baseline.

    The integral along the straight line from the baseline is taken with the midpoint rule.

    Args:
        model: a Keras model, `(batch, ...)` to `(batch, classes)`.
        inputs: array `(batch, ...)`.
        target: index of the class.
        baseline: array that broadcasts to `inputs`; zeros where it is `None`.
        steps: points of the integral.

    Returns:
        NumPy array of the shape of `inputs`.

    Reference: Sundararajan, Taly and Yan 2017, arXiv 1703.01365.
    """
    inputs = np.asarray(inputs, dtype="float32")
    baseline = np.zeros_like(inputs) if baseline is None else np.broadcast_to(baseline, inputs.shape)
    total = np.zeros_like(inputs)
    for step in range(steps):
        total += input_gradient(model, baseline + (step + 0.5) / steps * (inputs - baseline), target)
    return (inputs - baseline) * total / steps
