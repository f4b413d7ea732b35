"""Attacks on a network in training: what moves a table of vectors where the loss rises most, so that it learns to stand it.

The step itself is in `step_tensorflow.py` and `step_jax.py`, for gradients within a step are the backend's.

References: kexue.fm archive 7234; Miyato et al. 2017, arXiv 1605.07725, here with one direction for the whole batch.
"""

from dataclasses import dataclass

from keras import ops


@dataclass(frozen=True)
class Attack:
    """What both attacks have.

    Attributes:
        layer: name of the `Embedding`, whose table is moved.
        epsilon: strength.
    """

    layer: str
    epsilon: float = 0.5

    def table_of(self, network):
        """The variable that is moved.

        Raises:
            ValueError: the layer is frozen, or there is none of this name.
        """
        table = network.get_layer(self.layer).embeddings
        if not table.trainable:
            raise ValueError(f"The layer {self.layer!r} is frozen: an attack moves what is learnt")
        return table


@dataclass(frozen=True)
class FastGradient(Attack):
    """Each step learns at the point `epsilon` away from its table in the direction of the gradient (FGM); costs two steps."""

    def move(self, gradient):
        """What is added to the table: the gradient at length `epsilon`."""
        gradient = ops.cast(gradient, "float32")
        return self.epsilon * gradient / ops.maximum(ops.sqrt(ops.sum(ops.square(gradient))), 1e-12)


@dataclass(frozen=True)
class GradientPenalty(Attack):
    """The loss has half of `epsilon` times the squared length of the table's gradient added; costs two to three steps.

    To first order this is what learning at the point `epsilon * gradient` away does, halved.
    """

    def penalty(self, gradient):
        """What is added to the loss."""
        return 0.5 * self.epsilon * ops.sum(ops.square(ops.cast(gradient, "float32")))


def dense(gradient, variable):
    """A gradient as a tensor of the weight's shape; TensorFlow gives that of a table as its rows alone."""
    if hasattr(gradient, "indices"):
        return ops.scatter(ops.expand_dims(gradient.indices, -1), gradient.values, variable.shape)
    return gradient
