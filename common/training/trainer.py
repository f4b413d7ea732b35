"""A network in training: what happens at every batch is part of the one compiled step."""

import random
from typing import Any

import keras
import numpy as np
from keras import ops

from common.training.watching import Watched

if keras.backend.backend() == "jax":
    from common.training.step_jax import Step
else:
    from common.training.step_tensorflow import Step


class Trainer(Watched, Step):
    """A network in training, with a warm-up and an exponential moving average of its weights inside the compiled step.

    The learning rate rises linearly from 0 to its full value over the first steps of a `fit`; not by a schedule, which would
    leave nothing for a later drop on the score to set. Where the rate is a schedule all the same, there is no warm-up.

    After update t the averages move by `1 - min(momentum, (1 + t) / (10 + t))` towards the weights: the ramp makes them useful
    from the first epoch on. The statistics of batch normalisation are averaged with the weights that they belong to; a frozen
    layer, such as a table of given word vectors, is left out, as are whole numbers, which have no mean.

    Keras's own `use_ema=True` starts each average as the very buffer of its weight, which the JAX backend refuses to donate
    twice, has no ramp and leaves out batch normalisation: hence this one.

    Reference: Polyak and Juditsky 1992; the ramp is that of TensorFlow's `ExponentialMovingAverage(num_updates=...)`.

    Args:
        network: the model to train, whose inputs and outputs these are.
        momentum: of the averages, from 0 to 1.
        attack: of `adversarial.py`, or `None`.
    """

    def __init__(self, network, momentum, attack=None):
        super().__init__(name=f"{network.name}_trainer", dtype=network.dtype_policy)  # by which Keras scales the loss
        self.network = network
        self.momentum = momentum
        self.attack = attack
        self.step = self._number("step", "int32")
        self.seed = self._number("seed", "int32")  # of what objectives draw, and so part of a checkpoint
        self.seed.assign(random.randrange(1 << 30))
        self.warm_up_steps = self._number("warm_up_steps", "int32")
        self.full_rate = self._number("full_rate", "float32")
        self.averages = [
            self.add_weight(shape=weight.shape, dtype="float32", initializer="zeros", trainable=False, name="average")
            for weight in averaged(network)
        ]

    def _number(self, name, dtype):
        return self.add_weight(dtype=dtype, initializer="zeros", trainable=False, name=name)

    def call(self, inputs, training=None):
        return self.network(inputs, training=training)

    def compile(self, optimizer, *args, **kwargs):
        super().compile(optimizer, *args, **kwargs)
        self.optimizer.build(self.trainable_variables)  # left to its first step, TensorFlow would trace that step twice
        self._fresh = [np.array(ops.convert_to_numpy(variable)) for variable in self.optimizer.variables]

    def begin(self, learning_rate, warm_up_steps=0):
        """Start anew from the weights as they are, without any memory of the steps before.

        Args:
            learning_rate: a number, or the schedule that was compiled.
            warm_up_steps: updates over which the rate rises; 0 for none.
        """
        # values are assigned as numbers and copies: JAX donates every buffer, and none twice
        for variable, value in zip(self.optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        if not self.scheduled:
            self.optimizer.learning_rate = learning_rate
            self.full_rate.assign(learning_rate)
        self.warm_up_steps.assign(warm_up_steps)
        self.step.assign(0)
        for average, weight in zip(self.averages, averaged(self.network), strict=True):
            average.assign(copy_of(weight))

    @property
    def inner_optimizer(self) -> Any:
        """The optimiser itself, where another scales the loss around it."""
        return getattr(self.optimizer, "inner_optimizer", self.optimizer)

    @property
    def scheduled(self):
        """Whether the learning rate follows a schedule."""
        return isinstance(self.inner_optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)

    @property
    def batches_an_update(self):
        """How many batches have their gradients added up for one update of the weights."""
        return self.inner_optimizer.gradient_accumulation_steps or 1

    def before_step(self):
        """Set the learning rate of the warm-up."""
        if not self.scheduled:
            updates = self.step // self.batches_an_update + 1
            step, steps = (ops.cast(number, "float32") for number in (updates, self.warm_up_steps))
            rate = ops.convert_to_tensor(self.optimizer.learning_rate)
            self.optimizer.learning_rate.assign(ops.where(step <= steps, self.full_rate * step / ops.maximum(steps, 1), rate))

    def after_step(self):
        """Move the averages towards the weights, where these have moved."""
        self.step.assign_add(1)
        step = ops.cast(self.step // self.batches_an_update, "float32")
        moved = 1 - ops.minimum(self.momentum, (1 + step) / (10 + step))
        if self.batches_an_update > 1:
            moved = ops.where(ops.equal(self.step % self.batches_an_update, 0), moved, 0.0)
        for average, weight in zip(self.averages, averaged(self.network), strict=True):
            average.assign_add(moved * (weight - average))


def averaged(network):
    """The weights of a network that training changes and that have a mean: numbers with a fraction, of layers not frozen."""
    layers = network._flatten_layers()  # the one way to all layers, nested ones too
    of_layers = [layer._trainable_variables + layer._non_trainable_variables for layer in layers if layer.trainable]
    changing = {id(weight) for weights in of_layers for weight in weights}
    return [weight for weight in network.weights if id(weight) in changing and "float" in weight.dtype]


def copy_of(weight):
    """The value of a weight, in memory of its own."""
    return np.array(ops.convert_to_numpy(weight))
