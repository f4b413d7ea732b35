"""One training step on JAX, with room before and after it and objectives within; TensorFlow's is `step_tensorflow.py`."""

from typing import Any

import jax
import keras
from keras import ops

from common.training.adversarial import Pass, Passes
from common.training.gradients_jax import gradient


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one.

    Attributes:
        attack: an objective of `adversarial.py`, `None` for a plain step.
        step, seed: variables, of the number of the step and of what is drawn in it.
    """

    attack: Any = None

    def train_step(self, state, data):
        state = self._assigned(self.before_step, state)
        logs, state = self._attacked_step(state, data) if self.attack else super().train_step(state, data)
        return logs, self._assigned(self.after_step, state)

    def _assigned(self, change, state):
        """The state after `change()`, which assigns variables of the model."""
        owned = (self.trainable_variables, self.non_trainable_variables, self.optimizer.variables, self.metrics_variables)
        now = [pair for variables, values in zip(owned, state, strict=True) for pair in zip(variables, values, strict=True)]
        with keras.StatelessScope(state_mapping=now) as scope:
            change()
        return tuple([scope.get_current_value(variable) for variable in variables] for variables in owned)

    def _attacked_step(self, state, data):
        trainable, non_trainable, of_optimizer, of_metrics = state
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        table = self.attack.table_of(self.network)
        place: Any = next((number for number, variable in enumerate(self.trainable_variables) if variable is table), None)
        values = dict(zip(map(id, self.non_trainable_variables), non_trainable, strict=True))
        step, seed = values[id(self.step)], values[id(self.seed)]

        def normal():
            return jax.random.normal(jax.random.fold_in(jax.random.key(seed), step), table.shape)

        def learnt(weights):
            def run(move=None, after=None):
                moved = list(weights)
                if move is not None:
                    moved[place] = moved[place] + move
                states = after.state if after else (non_trainable, of_metrics)
                more = {"training": True, "optimizer_variables": of_optimizer}
                _, found = self.compute_loss_and_updates(moved, *states, x, y, sample_weight, **more)
                return Pass(found[0], found[1], found[2:])

            found = self.attack.objective(Passes(run, gradient, normal, lambda: ops.zeros(table.shape), sample_weight))
            with keras.StatelessScope(state_mapping=list(zip(self.optimizer.variables, of_optimizer, strict=True))):
                return self.optimizer.scale_loss(found.loss), found

        (_, found), gradients = jax.value_and_grad(learnt, has_aux=True)(trainable)
        trainable, of_optimizer = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        non_trainable, of_metrics = found.state
        logs, of_metrics = self._update_metrics_variables(of_metrics, found.loss, x, y, found.y_pred, sample_weight)
        return logs, (trainable, non_trainable, of_optimizer, of_metrics)
