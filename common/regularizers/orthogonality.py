"""Orthogonality of a layer's units: of what they answer, as the self-orthogonality module has it, or of their weights."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="common")
class SelfOrthogonality(keras.regularizers.Regularizer):
    """Makes a layer's units answer with signs that do not correlate over the batch: an `activity_regularizer`.

    For x uniform on a sphere, the mean of sgn(x w_i) sgn(x w_j) is 1 - 2 angle_ij / pi, and 0 for orthogonal units. With the
    outputs Y of a layer without bias and activation, T = tanh(sharpness Y), each column divided by its norm over the batch,
    and V = T'T, the penalty is `factor * (mean_factor * mean(V_ij)**2 + each_factor * mean(V_ij**2))` over i != j. The
    article has sums in place of the means: those grow with the fourth power and the square of the width.

    Inputs that are all positive, as behind a ReLU, make signs agree also for orthogonal units. `centred=True` first subtracts
    from each unit its mean over the batch, which is to centre the inputs.

    Args:
        factor: of the whole.
        mean_factor: of the squared mean, the soft part: pairs may cancel.
        each_factor: of the mean square, the hard part.
        centred: whether outputs are centred.
        sharpness: how close tanh comes to the sign.

    Outputs `(..., units)`: all axes but the last are the batch, every place of a convolution among them.

    Reference: kexue.fm archive 7169, on the self-orthogonality module.
    """

    def __init__(self, factor=1.0, mean_factor=100.0, each_factor=1.0, centred=False, sharpness=10.0):
        self.factor, self.mean_factor, self.each_factor = factor, mean_factor, each_factor
        self.centred, self.sharpness = centred, sharpness

    def __call__(self, x):
        agreement = sign_agreement(x, self.sharpness, self.centred)  # (units, units)
        units = x.shape[-1]
        pairs = max(1, units * (units - 1))
        others = agreement * (1 - ops.eye(units, dtype=agreement.dtype))
        mean, square = ops.sum(others) / pairs, ops.sum(ops.square(others)) / pairs
        return self.factor * (self.mean_factor * ops.square(mean) + self.each_factor * square)

    def get_config(self):
        names = ("factor", "mean_factor", "each_factor", "centred", "sharpness")
        return {name: getattr(self, name) for name in names}


def sign_agreement(outputs, sharpness=10.0, centred=False):
    """The matrix V of `SelfOrthogonality`: how far the signs of two units agree over a batch, -1 to 1.

    Args:
        outputs: `(..., units)`.
        sharpness, centred: as there.

    Returns:
        `(units, units)`, float32.
    """
    outputs = ops.reshape(ops.cast(outputs, "float32"), (-1, outputs.shape[-1]))
    if centred:
        outputs = outputs - ops.mean(outputs, axis=0, keepdims=True)
    signs = ops.tanh(sharpness * outputs)
    signs = signs / ops.sqrt(ops.sum(ops.square(signs), axis=0, keepdims=True) + 1e-6)  # finite gradient where all are 0
    return ops.matmul(ops.transpose(signs), signs)


@keras.saving.register_keras_serializable(package="common")
class KernelOrthogonality(keras.regularizers.OrthogonalRegularizer):
    """Keras's `OrthogonalRegularizer` between the units of a kernel of any rank: Keras's own takes matrices alone.

    Args:
        factor: of the mean of |cosine| of all pairs of units.
    """

    def __init__(self, factor=0.01):
        super().__init__(factor, mode="columns")
        self.given = float(factor)  # Keras keeps a tensor, which it does not load again

    def __call__(self, inputs):
        return super().__call__(ops.reshape(inputs, (-1, inputs.shape[-1])))

    def get_config(self):
        return {"factor": self.given}


def cosines(kernel):
    """Cosines of the angles between the units of a kernel `(..., units)`, one for each pair, NumPy `(pairs,)`."""
    columns = np.asarray(kernel, "float64").reshape(-1, np.shape(kernel)[-1])
    columns = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-12)
    return (columns.T @ columns)[np.triu_indices(columns.shape[1], 1)]
