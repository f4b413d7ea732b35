"""Networks whose answers cannot change faster than their inputs: by their weights, or by a penalty on how fast they do.

    keras.layers.Sequential([SpectralNorm(keras.layers.Dense(64, "relu")), SpectralNorm(keras.layers.Dense(1))])
    keras.layers.Dense(64, kernel_regularizer=SpectralRegularizer(0.01))
    penalty = GradientPenalty()
    loss = loss + penalty(critic, real, fake, epsilon)

References: kexue.fm archive 6051; Yoshida and Miyato 2017, arXiv 1705.10941; Miyato et al. 2018, arXiv 1802.05957; Gulrajani
et al. 2017, arXiv 1704.00028.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from common.training.gradients import gradient

TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
SMALLEST = 1e-12  # below the square of a length, whose root has no gradient at 0


def matrix_of(kernel, transposed=False):
    """A kernel as a matrix `(all else, channels out)`; a transposed convolution has its channels out before those in."""
    if transposed:
        kernel = ops.swapaxes(kernel, -1, -2)
    return ops.reshape(ops.cast(kernel, "float32"), (-1, kernel.shape[-1]))


def iterated(matrix, u, iterations):
    """Vectors v, u after steps of the power iteration from u; no gradient goes through them.

    The singular value that they have found is v'Wu, of which the gradient by W is vu': that of the greatest singular value
    where they have converged.

    Args:
        matrix: W, `(rows, columns)`.
        u: `(columns,)`.
        iterations: 0 finds the v of u alone.
    """
    matrix = ops.stop_gradient(matrix)
    for _ in range(iterations):
        u = unit(ops.matmul(unit(ops.matmul(matrix, u)), matrix))
    return unit(ops.matmul(matrix, u)), u


def unit(vector):
    """A vector at length 1."""
    return vector / ops.sqrt(ops.sum(ops.square(vector)) + SMALLEST)


def singular_value(matrix, v, u):
    """v'Wu, a scalar."""
    return ops.sum(v * ops.matmul(matrix, u))


@keras.saving.register_keras_serializable(package="common")
class SpectralNorm(layers.Wrapper):
    """Dense or a convolution with W / sigma in place of its kernel W, sigma the greatest singular value of W as a matrix.

    A dense layer then maps no two inputs further apart than they are; of a convolution with stride 1 the norm is at most
    sqrt(height * width) times as large as that of its kernel's matrix, `(height * width * channels in, channels out)`.

    The gradient goes through sigma: with G that of W / sigma, it is (G - <G, W / sigma> v u') / sigma. Keras's own
    `SpectralNormalization` overwrites the kernel with W / sigma at every call in training and has no such term: it projects,
    and the optimiser's steps across the sphere are lost in the next call. Here the kernel is never touched.

    The vector u is kept between calls and saved; each call in training takes power iterations from it.

    Args:
        layer: with a `kernel`; activation, bias and all else are its own.
        iterations: of each call in training.

    Inputs and outputs are those of the layer.
    """

    def __init__(self, layer, iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if iterations < 1:
            raise ValueError(f"`iterations` must be at least 1. Received: {iterations=}")
        self.iterations = iterations
        self.transposed = isinstance(layer, TRANSPOSED)

    def build(self, input_shape=None):
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(f"{type(self.layer).__name__} has no kernel to be divided by its norm")
        columns = self.layer.kernel.shape[-2 if self.transposed else -1]
        options = {"trainable": False, "dtype": "float32", "autocast": False}
        self.u = self.add_weight(shape=(columns,), initializer="random_normal", name="u", **options)

    def call(self, inputs, training=None):
        kernel = self.layer.kernel
        matrix = matrix_of(kernel, self.transposed)
        v, u = iterated(matrix, self.u.value, self.iterations if training else 0)
        u = unit(u)
        if training:
            self.u.assign(u)
        normalised = ops.cast(kernel, "float32") / (singular_value(matrix, v, u) + SMALLEST)
        own = [(variable, variable.value) for variable in self.layer.variables if variable is not kernel]
        with keras.StatelessScope(state_mapping=[*own, (kernel, normalised)]):
            return self.layer(inputs)

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        return {**super().get_config(), "iterations": self.iterations}


@keras.saving.register_keras_serializable(package="common")
class SpectralRegularizer(keras.regularizers.Regularizer):
    """Half of `factor` times sigma squared, sigma the greatest singular value of a kernel as a matrix.

    Weight decay punishes all singular values: a cruder bound of how fast a layer can change. Of a transposed convolution this
    is the matrix `(height * width * channels out, channels in)`.

    Args:
        factor: of the whole.
        iterations: of the power iteration, which begins anew at every call, from random numbers that are always the same: ones
            are at right angles to what is looked for where the rows of a kernel sum to 0.
    """

    def __init__(self, factor=0.01, iterations=5):
        self.factor, self.iterations = factor, iterations

    def __call__(self, x):
        matrix = matrix_of(x)
        start = np.random.default_rng(0).normal(size=matrix.shape[-1]).astype("float32")
        return 0.5 * self.factor * ops.square(singular_value(matrix, *iterated(matrix, unit(start), self.iterations)))

    def get_config(self):
        return {"factor": self.factor, "iterations": self.iterations}


def between(real, fake, epsilon):
    """Points on the lines from real samples to fakes, in their structure.

    Args:
        real, fake: tensors `(batch, ...)`, or structures of them.
        epsilon: the share of the fake, one of each sample, `(batch,)`.
    """
    return keras.tree.map_structure(lambda x, y: x + beside(epsilon, x) * (y - x), real, fake)


def beside(each, x):
    """A number of each sample, `(batch,)`, for products with x, `(batch, ...)`."""
    return ops.reshape(each, (-1, *[1] * (len(x.shape) - 1)))


def lengths(structure):
    """Length of each sample over all tensors `(batch, ...)` of a structure, `(batch,)`, with a gradient at 0, too."""
    squares = [ops.sum(ops.reshape(ops.square(x), (ops.shape(x)[0], -1)), axis=1) for x in keras.tree.flatten(structure)]
    return ops.sqrt(sum(squares) + SMALLEST)


def scores_of(critic, x):
    """A score of each sample, `(batch,)`: the mean of those of its places.

    The critic answers as in inference: nothing that it keeps is changed, and no sample's score depends on the others of the
    batch, so that its gradient is its own.
    """
    scores = critic(x, training=False)
    return ops.mean(ops.reshape(scores, (ops.shape(scores)[0], -1)), axis=1)


def gradient_lengths(critic, x):
    """Length of the gradient of each sample's score by the sample, `(batch,)`; it can be differentiated again.

    Args:
        critic: maps samples to scores `(batch, ...)`.
        x: a tensor `(batch, ...)`, or a structure of them.
    """
    slope, _ = gradient(lambda at: (ops.sum(scores_of(critic, at)), ()), x)
    return lengths(slope)


def difference_quotients(critic, x, y):
    """|D(x) - D(y)| / |x - y| of each pair, `(batch,)`: for critics that can be differentiated but once."""
    apart = lengths(keras.tree.map_structure(lambda a, b: a - b, x, y))
    return ops.abs(scores_of(critic, x) - scores_of(critic, y)) / apart


def directional_slopes(critic, x, direction):
    """|derivative of each sample's score in a direction|, `(batch,)`; the direction is taken at length 1."""
    length = lengths(direction)
    direction = keras.tree.map_structure(lambda d: d / beside(length, d), direction)
    structure = keras.tree.flatten(x)

    def scores(*leaves):
        return scores_of(critic, keras.tree.pack_sequence_as(x, leaves))

    _, slopes = ops.jvp(scores, tuple(structure), tuple(keras.tree.flatten(direction)))
    return ops.abs(slopes)


SIDES = {
    "two": lambda slope: ops.square(slope - 1),  # of the paper: to slope 1
    "one": lambda slope: ops.square(ops.relu(slope - 1)),  # no steeper than 1: what being Lipschitz asks for
    "linear": lambda slope: ops.relu(slope - 1),  # of kexue.fm archive 4439
}
SLOPES = ("gradient", "difference", "directional")


@dataclass(frozen=True)
class GradientPenalty:
    """A price on how far a critic's slope is from 1 between real samples and fakes.

    Attributes:
        weight: of the mean over the batch.
        sides: `"two"` (slope - 1)^2, `"one"` max(slope - 1, 0)^2, `"linear"` max(slope - 1, 0).
        slope: `"gradient"`, the length of the gradient at a point between; `"directional"`, the derivative there along the
            line; `"difference"`, that of the scores of two points over their distance, which needs no second derivative.
    """

    weight: float = 10.0
    sides: str = "two"
    slope: str = "gradient"

    def __post_init__(self):
        for name, value, known in (("sides", self.sides, SIDES), ("slope", self.slope, SLOPES)):
            if value not in known:
                raise ValueError(f"`{name}` must be one of {', '.join(known)}. Received: {value!r}")

    def __call__(self, critic, real, fake, epsilon):
        """The penalty, a scalar.

        Args:
            critic: maps samples to scores.
            real, fake: `(batch, ...)`, or structures of such.
            epsilon: random, from 0 to 1, `(2, batch)`: one number of each sample, and a second for the other end of a
                difference.
        """
        return self.weight * ops.mean(SIDES[self.sides](self.slopes(critic, real, fake, epsilon)))

    def slopes(self, critic, real, fake, epsilon):
        """What is held at 1, `(batch,)`; arguments as of a call."""
        x = between(real, fake, epsilon[0])
        if self.slope == "gradient":
            return gradient_lengths(critic, x)
        if self.slope == "directional":
            return directional_slopes(critic, x, keras.tree.map_structure(lambda a, b: b - a, real, fake))
        # the second point differs from the first one by a quarter of the line at least: close ones have only rounding in common
        apart = (epsilon[0] + 0.25 + 0.5 * epsilon[1]) % 1.0
        return difference_quotients(critic, x, between(real, fake, apart))
