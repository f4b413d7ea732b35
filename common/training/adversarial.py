"""What a step learns beside its batch as it is: attacks that move a table of vectors, and agreement of two passes (R-Drop).

    Stage("full", batches, "binary_crossentropy", 10, 1e-3, attack=FastGradient("vectors", 0.5))

An objective is said once for both backends, in terms of `Passes` through the network; what is a pass and a gradient within a
step is the backend's: `step_tensorflow.py`, `step_jax.py`.

References: kexue.fm archive 7234 and 7466; Miyato et al. 2017, arXiv 1605.07725 (here with one direction for the whole batch),
and 2018, arXiv 1704.03976 (without labels); Liang et al. 2021, arXiv 2106.14448 (R-Drop).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
from keras import ops


class Pass(NamedTuple):
    """One look of the network at a batch in training: its loss, its predictions, and the state that it leaves behind."""

    loss: Any
    y_pred: Any
    state: Any


@dataclass(frozen=True)
class Passes:
    """What a step offers to an objective.

    Attributes:
        run: `run(move=None, after=None)`, a `Pass` with `move` added to the table. It draws the same random numbers every time,
            or those that follow a pass `after`.
        gradient: `gradient(function, at)`, of a `function(at) -> (number, more)`: the gradient and `more`.
        normal: standard normal numbers of the table's shape, new in every step.
        zeros: of the table's shape.
        sample_weight: of the batch, or `None`.
    """

    run: Callable
    gradient: Callable
    normal: Callable
    zeros: Callable
    sample_weight: Any


@dataclass(frozen=True)
class Attack:
    """What moves a table against the network.

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
        layers = {layer.name: layer for layer in network._flatten_layers()}  # those of models within, too
        if self.layer not in layers:
            raise ValueError(f"There is no layer {self.layer!r}; there are {', '.join(sorted(layers))}")
        table = layers[self.layer].embeddings
        if not table.trainable:
            raise ValueError(f"The layer {self.layer!r} is frozen: an attack moves what is learnt")
        return table


@dataclass(frozen=True)
class FastGradient(Attack):
    """Each step learns at the point `epsilon` away from its table in the direction of the gradient (FGM); costs two steps."""

    def objective(self, passes):
        """The pass whose loss is learnt."""
        slope, _ = passes.gradient(lambda move: (passes.run(move).loss, ()), passes.zeros())
        return passes.run(ops.stop_gradient(self.epsilon * unit(slope)))


@dataclass(frozen=True)
class GradientPenalty(Attack):
    """The loss has half of `epsilon` times the squared length of the table's gradient added; costs two to three steps.

    To first order this is what learning at the point `epsilon * gradient` away does, halved.
    """

    def objective(self, passes):
        """The pass whose loss is learnt."""

        def looked(move):
            found = passes.run(move)
            return found.loss, found

        slope, found = passes.gradient(looked, passes.zeros())
        return found._replace(loss=found.loss + 0.5 * self.epsilon * ops.sum(ops.square(slope)))


class Comparison:
    """What objectives that compare predictions have in common."""

    binary: bool
    scores: tuple[str, ...]

    def probabilities(self, found):
        """The predictions of a pass, those that are `scores` as probabilities."""
        squash = ops.sigmoid if self.binary else ops.softmax
        if not self.scores:
            return found.y_pred
        return {name: squash(one) if name in self.scores else one for name, one in found.y_pred.items()}


@dataclass(frozen=True)
class VirtualAdversarial(Comparison, Attack):
    """The loss has the divergence of the predictions from those `epsilon` away added, where it grows fastest (VAT).

    That direction is found without labels, by power iterations from a random one. Costs three steps with one iteration.

    Attributes:
        weight: of the divergence.
        reach: how far from the table the direction is looked for.
        iterations: of the search.
        binary: predictions are probabilities of yes, each for itself; otherwise the last axis is a distribution.
        scores: names of the outputs that are logits of these.
    """

    weight: float = 1.0
    reach: float = 0.1
    iterations: int = 1
    binary: bool = False
    scores: tuple[str, ...] = ()

    def objective(self, passes):
        """The pass whose loss is learnt."""
        found = passes.run()
        clean = keras.tree.map_structure(ops.stop_gradient, self.probabilities(found))

        def away(move):
            return divergence(clean, self.probabilities(passes.run(move)), self.binary, passes.sample_weight)

        direction = passes.normal()
        for _ in range(self.iterations):
            direction, _ = passes.gradient(lambda move: (away(move), ()), ops.stop_gradient(self.reach * unit(direction)))
        return found._replace(loss=found.loss + self.weight * away(ops.stop_gradient(self.epsilon * unit(direction))))


@dataclass(frozen=True)
class RDrop(Comparison):
    """Two passes with dropout of their own learn to agree: their mean loss and their mean divergence (R-Drop); costs two steps.

    Attributes:
        weight: of the divergence.
        binary, scores: see `VirtualAdversarial`.
    """

    weight: float = 1.0
    binary: bool = False
    scores: tuple[str, ...] = ()

    def table_of(self, network):
        """Nothing is moved."""

    def objective(self, passes):
        """The pass whose loss is learnt."""
        first = passes.run()
        second = passes.run(after=first)
        one, other = self.probabilities(first), self.probabilities(second)
        pairs = ((one, other), (other, one))
        apart = sum(divergence(*pair, self.binary, passes.sample_weight) for pair in pairs) / 2
        return second._replace(loss=(first.loss + second.loss) / 2 + self.weight * apart)


def objective_of(name, layer, strength, binary, scores=()):
    """The objective that a setting names, `None` for a plain step.

    Args:
        name: one of `common.config.ATTACKS`.
        layer: whose table an attack moves.
        strength: epsilon of an attack, weight of `r_drop`.
        binary, scores: see `VirtualAdversarial`.
    """
    if name == "r_drop":
        return RDrop(strength, binary, scores)
    if name == "vat":
        return VirtualAdversarial(layer, strength, binary=binary, scores=scores)
    if name == "none":
        return None
    return {"fgm": FastGradient, "gradient_penalty": GradientPenalty}[name](layer, strength)


def unit(vector):
    """A tensor at length 1."""
    vector = ops.cast(vector, "float32")
    return vector / ops.maximum(ops.sqrt(ops.sum(ops.square(vector))), 1e-12)


def divergence(first, second, binary=False, sample_weight=None):
    """Kullback-Leibler divergence of predictions, the mean of the batch, summed over a network's outputs.

    Args:
        first, second: probabilities `(batch, ...)`, one tensor or a structure of them.
        binary: each number is a probability of yes; otherwise the last axis is a distribution.
        sample_weight: of records or of the steps in them, `(batch,)` or `(batch, steps)`, in the structure of the predictions.
    """
    pairs = list(zip(keras.tree.flatten(first), keras.tree.flatten(second), strict=True))
    weights = [None] * len(pairs) if sample_weight is None else keras.tree.flatten(sample_weight)
    weights = weights * len(pairs) if len(weights) == 1 else weights
    total = 0.0
    for (p, q), weight in zip(pairs, weights, strict=True):
        p, q = ops.clip(p, 1e-7, 1 - 1e-7), ops.clip(q, 1e-7, 1 - 1e-7)
        apart = p * ops.log(p / q)
        if binary:
            apart = apart + (1 - p) * ops.log((1 - p) / (1 - q))
        apart = ops.sum(apart, axis=-1)
        if weight is not None:
            weight = ops.cast(weight, apart.dtype)
            apart = apart * ops.reshape(weight, (*ops.shape(weight), *[1] * (len(apart.shape) - len(weight.shape))))
        total = total + ops.mean(apart)
    return total
