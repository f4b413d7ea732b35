"""What distorts inputs while a network trains, inside the compiled step: no processor prepares batches for a GPU."""

import keras
from keras import ops


class Distortion(keras.layers.Layer):
    """A layer whose `change(inputs)` acts while training, on each example in its own way; otherwise inputs pass unchanged.

    A subclass defines `change` and names in `SETTINGS` the arguments of its own. It works in float32 whatever the policy.

    Args:
        seed: of what is random.
    """

    SETTINGS = ()

    def __init__(self, seed=None, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=None):
        return self.change(inputs) if training else inputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def normal(self, inputs, *shape, stddev):
        """Random numbers for each example, `(batch, *shape)`, within three standard deviations."""
        drawn = keras.random.normal((ops.shape(inputs)[0], *shape), seed=self.generator)
        return stddev * ops.clip(drawn, -3, 3)

    def uniform(self, inputs, *shape, low=0.0, high=1.0):
        """Random numbers for each example, `(batch, *shape)`, from `low` to `high`."""
        return keras.random.uniform((ops.shape(inputs)[0], *shape), low, high, seed=self.generator)

    def get_config(self):
        own = {name: getattr(self, name) for name in self.SETTINGS}
        return {**super().get_config(), "seed": self.seed, **own}
