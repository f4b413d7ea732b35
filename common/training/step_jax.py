"""One training step on JAX, with room before and after it; `step_tensorflow.py` is the same for TensorFlow."""

import keras


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one."""

    def train_step(self, state, data):
        state = self._assigned(self.before_step, state)
        logs, state = super().train_step(state, data)
        return logs, self._assigned(self.after_step, state)

    def _assigned(self, change, state):
        """The state after `change()`, which assigns variables of the model."""
        owned = (self.trainable_variables, self.non_trainable_variables, self.optimizer.variables, self.metrics_variables)
        now = [pair for variables, values in zip(owned, state, strict=True) for pair in zip(variables, values, strict=True)]
        with keras.StatelessScope(state_mapping=now) as scope:
            change()
        return tuple([scope.get_current_value(variable) for variable in variables] for variables in owned)
