"""One training step on TensorFlow, with room before and after it and attacks within; JAX's is `step_jax.py`."""

import keras
import tensorflow as tf

from common.training.adversarial import FastGradient, dense


class Step(keras.Model):
    """A model whose training step calls `before_step()` and `after_step()`, which assign variables, in the compiled one.

    Attributes:
        attack: `adversarial.FastGradient` or `adversarial.GradientPenalty`, `None` for a plain step.
    """

    attack = None

    def train_step(self, data):
        self.before_step()
        logs = self._attacked_step(data) if self.attack else super().train_step(data)
        self.after_step()
        return logs

    def _attacked_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        table, weights = self.attack.table_of(self.network), [variable.value for variable in self.trainable_variables]

        def predicted():
            y_pred = self(x, training=True)
            return y_pred, self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=True)

        if isinstance(self.attack, FastGradient):
            with tf.GradientTape() as tape:
                _, loss = predicted()
            clean = tf.identity(table.value)
            table.assign(clean + self.attack.move(dense(tape.gradient(loss, table.value), table)))
            with tf.GradientTape() as tape:
                y_pred, loss = predicted()
                scaled = self.optimizer.scale_loss(loss)
            gradients = tape.gradient(scaled, weights)
            table.assign(clean)
        else:
            with tf.GradientTape() as tape:
                with tf.GradientTape() as inner:
                    y_pred, loss = predicted()
                loss = loss + self.attack.penalty(dense(inner.gradient(loss, table.value), table))
                scaled = self.optimizer.scale_loss(loss)
            gradients = tape.gradient(scaled, weights)
        self.optimizer.apply(gradients, self.trainable_variables)
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(keras.tree.flatten(x)[0])[0])
        return self.compute_metrics(x, y, y_pred, sample_weight)
