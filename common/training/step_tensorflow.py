"""One training step on TensorFlow, with room before and after it and objectives within; JAX's is `step_jax.py`."""

from typing import Any

import keras
import tensorflow as tf

from common.training.adversarial import Pass, Passes
from common.training.gradients_tensorflow import gradient


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one.

    Attributes:
        attack: an objective of `adversarial.py`, `None` for a plain step.
        step, seed: variables, of the number of the step and of what is drawn in it.
    """

    attack: Any = None

    def train_step(self, data):
        self.before_step()
        logs = self._attacked_step(data) if self.attack else super().train_step(data)
        self.after_step()
        return logs

    def _attacked_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        table = self.attack.table_of(self.network)
        changing = [*self.non_trainable_variables, *self.metrics_variables]

        def run(move=None, after=None):
            # no variable is assigned in a pass: what it would have left behind is its state
            state = after.state if after else []
            moved = [] if move is None else [(table, table.value + move)]
            with keras.StatelessScope(state_mapping=[*state, *moved], collect_losses=True) as scope:
                y_pred = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)
            values = [(variable, scope.get_current_value(variable)) for variable in changing]
            return Pass(loss, y_pred, [(variable, value) for variable, value in values if value is not None])

        def normal():
            return tf.random.stateless_normal(table.shape, [self.seed.value, self.step.value])

        with tf.GradientTape() as tape:
            found = self.attack.objective(Passes(run, gradient, normal, lambda: tf.zeros(table.shape), sample_weight))
            scaled = self.optimizer.scale_loss(found.loss)
        gradients = tape.gradient(scaled, [variable.value for variable in self.trainable_variables])
        for variable, value in found.state:
            variable.assign(value)
        self.optimizer.apply(gradients, self.trainable_variables)
        self._loss_tracker.update_state(found.loss, sample_weight=tf.shape(keras.tree.flatten(x)[0])[0])
        return self.compute_metrics(x, y, found.y_pred, sample_weight)
