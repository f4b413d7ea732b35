"""One training step on TensorFlow, with room before and after it; `step_jax.py` is the same for JAX."""

import keras


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one."""

    def train_step(self, data):
        self.before_step()
        logs = super().train_step(data)
        self.after_step()
        return logs
