"""One training step on JAX, with room before and after it and attacks within; TensorFlow's is `step_tensorflow.py`."""

import jax
import keras

from common.training.adversarial import FastGradient


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one.

    Attributes:
        attack: `adversarial.FastGradient` or `adversarial.GradientPenalty`, `None` for a plain step.
    """

    attack = None

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
        place = next(number for number, variable in enumerate(self.trainable_variables) if variable is table)

        def loss(weights):
            settings = {"training": True, "optimizer_variables": of_optimizer}
            return self.compute_loss_and_updates(weights, non_trainable, of_metrics, x, y, sample_weight, **settings)

        differentiated = jax.value_and_grad(loss, has_aux=True)
        if isinstance(self.attack, FastGradient):
            _, gradients = differentiated(trainable)
            attacked = list(trainable)
            attacked[place] = attacked[place] + self.attack.move(gradients[place])
            (_, rest), gradients = differentiated(attacked)
            value = rest[0]
        else:

            def penalised(weights):
                (value, rest), gradients = differentiated(weights)
                return value + self.attack.penalty(gradients[place]), rest

            (value, rest), gradients = jax.value_and_grad(penalised, has_aux=True)(trainable)
        _, y_pred, non_trainable, of_metrics = rest
        trainable, of_optimizer = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        logs, of_metrics = self._update_metrics_variables(of_metrics, value, x, y, y_pred, sample_weight)
        return logs, (trainable, non_trainable, of_optimizer, of_metrics)
