"""Saliency: how much each input point speaks for a class, or for any other number that a model gives, on either backend.

Keras has no gradient of a function across backends, so `input_gradient` holds one short branch for each.
"""

import keras
import numpy as np

POINTS = 64  # samples whose gradients are taken at once


def input_gradient(model, inputs, target):
    """Gradient of the target with respect to the inputs.

    Args:
        model: a Keras model.
        inputs: array `(batch, ...)`, or a list of them where the model takes several.
        target: index of a class, for a model that gives `(batch, classes)`; or a function, written with `keras.ops`, from the
            model's outputs to one number per sample, `(batch,)`.

    Returns:
        NumPy array of the shape of `inputs`, or a list of them.
    """
    several = isinstance(inputs, list | tuple)
    tensors = [keras.ops.convert_to_tensor(np.asarray(one, "float32")) for one in (inputs if several else [inputs])]

    def total(tensors):
        outputs = model(tensors if several else tensors[0], training=False)
        return keras.ops.sum(target(outputs) if callable(target) else outputs[:, target])

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            tape.watch(tensors)
            value = total(tensors)
        gradients = tape.gradient(value, tensors, unconnected_gradients="zero")
    else:
        import jax

        gradients = jax.grad(total)(tensors)
    gradients = [np.asarray(gradient) for gradient in gradients]
    return gradients if several else gradients[0]


def gradient_times_input(model, inputs, target):
    """`input_gradient` times the inputs: the first-order share of each point. Arguments and result as there."""
    gradients = input_gradient(model, inputs, target)
    if isinstance(inputs, list | tuple):
        return [gradient * one for gradient, one in zip(gradients, inputs, strict=True)]
    return gradients * inputs


def integrated_gradients(model, inputs, target, baseline=None, steps=32):
    """Integrated gradients: the shares of all points sum to the target at the input minus that at the baseline.

    The integral along the straight line from the baseline is taken with the midpoint rule.

    Args:
        model, inputs, target: as in `input_gradient`.
        baseline: array that broadcasts to `inputs`, or a list of them; zeros where it is `None`.
        steps: points of the integral.

    Returns:
        NumPy array of the shape of `inputs`, or a list of them.

    Reference: Sundararajan, Taly and Yan 2017, arXiv 1703.01365.
    """
    several = isinstance(inputs, list | tuple)
    ends = [np.asarray(one, "float32") for one in (inputs if several else [inputs])]
    given = [None] * len(ends) if baseline is None else baseline if several else [baseline]
    starts = [np.broadcast_to(np.float32(0) if one is None else one, end.shape) for one, end in zip(given, ends, strict=True)]
    shares = (np.arange(steps, dtype="float32") + np.float32(0.5)) / np.float32(steps)
    totals = [np.zeros_like(end) for end in ends]
    at_once = max(1, POINTS // len(ends[0]))
    for first in range(0, steps, at_once):
        part = shares[first : first + at_once]
        points = [
            np.concatenate([start + share * (end - start) for share in part]) for start, end in zip(starts, ends, strict=True)
        ]
        gradients = input_gradient(model, points if several else points[0], target)
        for total, gradient in zip(totals, gradients if several else [gradients], strict=True):
            total += gradient.reshape(len(part), *total.shape).sum(axis=0)
    found = [(end - start) * total / steps for end, start, total in zip(ends, starts, totals, strict=True)]
    return found if several else found[0]
