"""Cosines between vectors and classes, for the losses with a margin."""

import keras
import numpy as np
from keras import ops

from common.layers.masking import without_padding

OUT = -100.0  # adds nothing to a sum of exponentials of cosines, at any scale from 1 on


def unit(vectors):
    """Vectors of length 1, in float32; those shorter than 1e-4 stay short, so that zeros have a bounded gradient."""
    vectors = ops.cast(vectors, "float32")
    return vectors * ops.rsqrt(ops.maximum(ops.sum(ops.square(vectors), axis=-1, keepdims=True), 1e-8))


@keras.saving.register_keras_serializable(package="common")
class ClassCosines(keras.layers.Layer):
    """Cosine of every vector with a learned direction for each class.

    `c_j = x . w_j / (|x| |w_j|)`, in float32 under every precision. The weights are normalised here and not by a constraint, so
    that the gradient knows of it.

    Args:
        classes: how many.

    Input `(batch, ..., dim)`, mask of all axes but the last; output float32 `(batch, ..., classes)` with the same mask: a loss
    leaves padding out by it.

    Reference: Wang et al. 2017, arXiv 1704.06369.
    """

    def __init__(self, classes, **kwargs):
        super().__init__(autocast=False, **kwargs)  # half precision is too coarse for cosines that are scaled
        if classes < 2:
            raise ValueError(f"`classes` must be at least 2. Received: {classes=}")
        self.classes = classes
        self.supports_masking = True

    def build(self, input_shape):
        self.add_directions(input_shape[-1])

    def add_directions(self, dim):
        length_1 = keras.initializers.RandomNormal(stddev=dim**-0.5)  # so that one rate suits any number of classes
        self.directions = self.add_weight(name="directions", shape=(self.classes, dim), initializer=length_1, autocast=False)

    def call(self, inputs, mask=None):
        return ops.matmul(unit(without_padding(inputs, mask)), ops.transpose(unit(self.directions)))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.classes)

    def compute_output_spec(self, inputs, **options):
        shape = keras.tree.map_structure(lambda tensor: tensor.shape, inputs)
        return keras.KerasTensor(self.compute_output_shape(shape), dtype="float32")

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable(package="common")
class SampledClassCosines(ClassCosines):
    """Cosines with the true class and with a sample of all classes: for so many that their matrix does not fit.

    The true class stands in column 0, so that a loss takes label 0 for every row. The sample is drawn anew at each training
    step, without repetition, and shared by the batch; where it holds the true class of a row, that column is -100, which adds
    nothing. Memory grows with `batch * negatives` and with the weights, never with `batch * classes`. Outside training the
    sample is the same every time, spread evenly. As many negatives as classes give the sums of `ClassCosines`, whose weights
    have the same shape.

    A loss that is given `represents=classes / negatives` has the expected sum over all classes inside its logarithm.

    Args:
        classes: how many there are.
        negatives: how many of them each step looks at.
        seed: of the sample.

    Call arguments: `[vectors, labels]`, floats `(batch, dim)` and integers `(batch,)` or `(batch, 1)`; output float32
    `(batch, 1 + negatives)`. A label that is no class stops TensorFlow on a CPU and gives NaN elsewhere.

    Reference: An et al. 2022, arXiv 2203.15565 (partial FC), here with the sum corrected as in sampled softmax,
    Jean et al. 2015, arXiv 1412.2007.
    """

    def __init__(self, classes, negatives, seed=None, **kwargs):
        super().__init__(classes, **kwargs)
        if not 1 <= negatives <= classes:
            raise ValueError(f"`negatives` must be from 1 to the number of classes. Received: {negatives=}, {classes=}")
        self.negatives, self.seed = negatives, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape):
        self.add_directions(input_shape[0][-1])

    def compute_mask(self, inputs, mask=None):
        return None  # its vectors are no sequence

    def call(self, inputs, mask=None, training=False):
        vectors, labels = unit(inputs[0]), ops.cast(ops.reshape(inputs[1], (-1,)), "int32")
        sample = self.sample(training)  # (negatives,)
        true = ops.sum(vectors * self.direction(labels), axis=-1)  # (batch,)
        known = ops.logical_and(labels >= 0, labels < self.classes)  # -1 would be the last class
        true = ops.where(known, true, float("nan"))[:, None]
        others = ops.matmul(vectors, ops.transpose(self.direction(sample)))  # (batch, negatives)
        others = ops.where(ops.equal(sample, labels[:, None]), OUT, others)
        return ops.concatenate([true, others], axis=-1)

    def sample(self, training):
        """Class numbers in rising order, so that memory is read in order too."""
        if not training:
            evenly = np.arange(self.negatives) * self.classes // self.negatives
            return ops.convert_to_tensor(evenly.astype("int32"))
        shuffled = keras.random.shuffle(ops.arange(self.classes, dtype="int32"), seed=self.seed_generator)
        return ops.sort(shuffled[: self.negatives])

    def direction(self, classes):
        return unit(ops.take(self.directions, classes, axis=0))

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 1 + self.negatives)

    def get_config(self):
        return {**super().get_config(), "negatives": self.negatives, "seed": self.seed}
