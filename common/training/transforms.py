"""What is done to gradients between the loss and the update: `AdamW(..., transforms=[Centralisation()])`.

References: kexue.fm archive 6418 (gradients at will); Yong et al. 2020, arXiv 2004.01461 (centralisation).
"""

import keras
from keras import ops


class Transform:
    """A function of gradients that saves with the optimiser; a subclass keeps its settings as attributes of their names."""

    def get_config(self):
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="common")
class Centralisation(Transform):
    """Subtract from every gradient of a matrix or kernel its mean over all axes but the last."""

    def __call__(self, gradients, variables):
        return [
            gradient if gradient is None or len(gradient.shape) < 2
            else gradient - ops.mean(gradient, axis=tuple(range(len(gradient.shape) - 1)), keepdims=True)
            for gradient in gradients
        ]  # fmt: skip


@keras.saving.register_keras_serializable(package="common")
class Noise(Transform):
    """Add normal noise to every gradient.

    Args:
        stddev: of the noise.
        seed: of the noise.
    """

    def __init__(self, stddev, seed=0):
        self.stddev, self.seed = stddev, seed
        self._generator = keras.random.SeedGenerator(seed)

    @property
    def variables(self):
        return [self._generator.state]

    def __call__(self, gradients, variables):
        return [
            None if gradient is None
            else gradient + keras.random.normal(gradient.shape, stddev=self.stddev, dtype=gradient.dtype, seed=self._generator)
            for gradient in gradients
        ]  # fmt: skip


@keras.saving.register_keras_serializable(package="common")
class LayerwiseClipping(Transform):
    """Scale the gradients of each layer down to a common norm at most; Keras clips each weight's or all together.

    Args:
        norm: of all gradients of a layer together.
    """

    def __init__(self, norm):
        self.norm = norm

    def __call__(self, gradients, variables):
        layers = [variable.path.rpartition("/")[0] for variable in variables]
        squares = {}
        for layer, gradient in zip(layers, gradients, strict=True):
            if gradient is not None:
                squares[layer] = squares.get(layer, 0.0) + ops.sum(ops.square(ops.cast(gradient, "float32")))
        scales = {layer: self.norm / ops.maximum(ops.sqrt(square), self.norm) for layer, square in squares.items()}
        return [
            None if gradient is None else gradient * ops.cast(scales[layer], gradient.dtype)
            for layer, gradient in zip(layers, gradients, strict=True)
        ]


def pcgrad(gradients, others):
    """Gradients of two losses without what each has against the other, summed (PCGrad).

    Where the two of all weights together point away from each other, each loses its part along the other.

    Args:
        gradients, others: of the same weights, lists of dense tensors, as `gradients.gradients` gives them.

    Reference: Yu et al. 2020, arXiv 2001.06782.
    """

    def dot(first, second):
        return sum(ops.sum(one * other) for one, other in zip(first, second, strict=True))

    against = ops.minimum(dot(gradients, others), 0.0)
    first, second = against / ops.maximum(dot(others, others), 1e-12), against / ops.maximum(dot(gradients, gradients), 1e-12)
    return [one + other - first * other - second * one for one, other in zip(gradients, others, strict=True)]


def dense(gradient, variable):
    """A gradient as a tensor of the weight's shape; TensorFlow gives that of a table as its rows alone."""
    if hasattr(gradient, "indices"):
        return ops.scatter(ops.expand_dims(gradient.indices, -1), gradient.values, variable.shape)
    return gradient
