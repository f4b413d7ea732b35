"""Layers that can be undone, of which a flow is a chain.

Every layer gives `(y, logdet)`: its output and, for each sample, the log of the absolute determinant of its Jacobian,
`(batch,)`; `inverse(y)` is what came in. Channels stand last. All compute in float32 whatever the policy.
"""

import math

import keras
import numpy as np
import scipy.linalg
from keras import ops

LEAST_SPREAD = 1e-3  # of a channel that actnorm brings to 1: one that never changes stays finite


def summed(x):
    """The sum of each sample, `(batch,)`."""
    return ops.sum(ops.reshape(x, (ops.shape(x)[0], -1)), axis=-1)


def alike(x, value):
    """One number for each sample, `(batch,)`."""
    return ops.zeros_like(ops.reshape(x, (ops.shape(x)[0], -1))[:, 0]) + value


class Bijection(keras.layers.Layer):
    """A layer that can be undone. A subclass defines `call`, `inverse` and, where the shape changes, `shape_after`.

    Call arguments: x `(batch, ...)`; output y and the log determinants `(batch,)`.
    """

    def __init__(self, **kwargs):
        kwargs["dtype"] = "float32"  # determinants of thousands of numbers are sums that half precision cannot hold
        super().__init__(**kwargs)

    def inverse(self, y):
        """The x whose y this is."""
        raise NotImplementedError(f"{type(self).__name__} must define `inverse(y)`")

    def calibrate(self, x):
        """Set what is set by a first batch, and return this layer's y of it."""
        return self(x)[0]

    def shape_after(self, shape):
        """Shape of y, with the batch."""
        return tuple(shape)

    def compute_output_shape(self, input_shape):
        return self.shape_after(input_shape), (input_shape[0],)


@keras.saving.register_keras_serializable(package="common")
class Chain(Bijection):
    """Bijections one after the other."""

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.layers = [keras.saving.deserialize_keras_object(one) if isinstance(one, dict) else one for one in layers]

    def build(self, input_shape):
        for layer in self.layers:
            if not layer.built:  # one that comes from a file is
                layer.build(input_shape)
            input_shape = layer.shape_after(input_shape)

    def call(self, x):
        total = 0.0
        for layer in self.layers:
            x, logdet = layer(x)
            total = total + logdet
        return x, total

    def inverse(self, y):
        for layer in reversed(self.layers):
            y = layer.inverse(y)
        return y

    def calibrate(self, x):
        for layer in self.layers:
            x = layer.calibrate(x)
        return x

    def shape_after(self, shape):
        for layer in self.layers:
            shape = layer.shape_after(shape)
        return tuple(shape)

    def get_config(self):
        return {**super().get_config(), "layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers]}


@keras.saving.register_keras_serializable(package="common")
class Reshape(Bijection):
    """Another shape of the same numbers.

    Args:
        shape: without the batch.
    """

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.target = tuple(shape)

    def build(self, input_shape):
        self.before = tuple(input_shape[1:])

    def call(self, x):
        x = ops.cast(x, "float32")
        return ops.reshape(x, (-1, *self.target)), alike(x, 0.0)

    def inverse(self, y):
        return ops.reshape(y, (-1, *self.before))

    def shape_after(self, shape):
        return (shape[0], *self.target)

    def get_config(self):
        return {**super().get_config(), "shape": self.target}


@keras.saving.register_keras_serializable(package="common")
class Dequantisation(Bijection):
    """Whole numbers from 0 to `levels - 1` as numbers from 0 to 1: noise of one step fills the gaps between them.

    A density of the result is a bound of the probability of the whole numbers; with the determinant counted it is one in steps
    of 1, so that a model that knows nothing has 8 bits a byte.

    In inference every picture gets the same noise, whichever batch it is in: its likelihood does not change.

    Args:
        levels: how many whole numbers.
        seed: of the noise.

    Reference: Theis et al. 2015, arXiv 1511.01844.
    """

    def __init__(self, levels=256, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.levels, self.seed = levels, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, x, training=None):
        x = ops.cast(x, "float32")
        if training:
            noise = keras.random.uniform(ops.shape(x), seed=self.generator)
        else:
            noise = keras.random.uniform((1, *x.shape[1:]), seed=self.seed)
        y = (x + ops.minimum(noise, 1 - 1e-5)) / self.levels
        return y, alike(x, -math.prod(x.shape[1:]) * math.log(self.levels))

    def inverse(self, y):
        return ops.clip(ops.floor(y * self.levels), 0, self.levels - 1)

    def get_config(self):
        return {**super().get_config(), "levels": self.levels, "seed": self.seed}


@keras.saving.register_keras_serializable(package="common")
class Logit(Bijection):
    """Numbers from 0 to 1 as numbers without bounds: log t / (1 - t) of t = alpha + (1 - 2 alpha) x.

    Likelihoods under two values of `alpha` are of the same pictures and may be compared; how well a flow fits depends on it.

    Args:
        alpha: above 0 and below a half.

    Reference: Dinh et al. 2016, arXiv 1605.08803.
    """

    def __init__(self, alpha=0.05, **kwargs):
        super().__init__(**kwargs)
        if not 0 < alpha < 0.5:
            raise ValueError(f"`alpha` must be above 0 and below 0.5. Received: {alpha=}")
        self.alpha = alpha

    def call(self, x):
        t = self.alpha + (1 - 2 * self.alpha) * x
        log_t, log_rest = ops.log(t), ops.log1p(-t)
        return log_t - log_rest, summed(math.log(1 - 2 * self.alpha) - log_t - log_rest)

    def inverse(self, y):
        return (ops.sigmoid(y) - self.alpha) / (1 - 2 * self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


@keras.saving.register_keras_serializable(package="common")
class Permutation(Bijection):
    """Channels in another order, which is drawn or given once and saved as a weight.

    Args:
        order: `"reverse"`, `"even_odd"`, `"random"`, or a list of the channels.
        seed: of a random one.
    """

    def __init__(self, order="random", seed=0, **kwargs):
        super().__init__(**kwargs)
        self.order, self.seed = order, seed

    def build(self, input_shape):
        places = np.arange(input_shape[-1])
        if self.order == "reverse":
            order = places[::-1]
        elif self.order == "even_odd":
            order = np.concatenate([places[::2], places[1::2]])
        elif self.order == "random":
            order = np.random.default_rng(self.seed).permutation(places)
        else:
            order = np.array(self.order)
            if sorted(order.tolist()) != places.tolist():
                raise ValueError(f"`order` must hold each of {len(places)} channels once. Received: {self.order}")
        fixed = {"shape": order.shape, "dtype": "int32", "trainable": False}
        self.there = self.add_weight(initializer=lambda shape, dtype: ops.cast(order.copy(), dtype), name="there", **fixed)
        back = np.argsort(order)
        self.back = self.add_weight(initializer=lambda shape, dtype: ops.cast(back, dtype), name="back", **fixed)

    def call(self, x):
        return ops.take(x, self.there, axis=-1), alike(x, 0.0)

    def inverse(self, y):
        return ops.take(y, self.back, axis=-1)

    def get_config(self):
        return {**super().get_config(), "order": self.order, "seed": self.seed}


@keras.saving.register_keras_serializable(package="common")
class Actnorm(Bijection):
    """A scale and a shift for each channel, set so that a first batch has mean 0 and variance 1, then learnt.

    The first batch is given by `calibrate` and by nothing else: a loaded layer never takes another.

    Args:
        shift: `False` leaves the mean alone; with one number for each channel that is the scaling layer of NICE.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """

    def __init__(self, shift=True, **kwargs):
        super().__init__(**kwargs)
        self.shift = shift

    def build(self, input_shape):
        self.log_scale = self.add_weight(shape=input_shape[-1:], initializer="zeros", name="log_scale")
        if self.shift:
            self.offset = self.add_weight(shape=input_shape[-1:], initializer="zeros", name="offset")

    def calibrate(self, x):
        x = ops.convert_to_numpy(x).astype(float)
        axes = tuple(range(x.ndim - 1))
        self.log_scale.assign(-np.log(np.maximum(x.std(axis=axes), LEAST_SPREAD)).astype("float32"))
        if self.shift:
            self.offset.assign(-x.mean(axis=axes).astype("float32"))
        return self(x.astype("float32"))[0]

    def call(self, x):
        shifted = x + self.offset if self.shift else x
        positions = math.prod(x.shape[1:-1])
        return shifted * ops.exp(self.log_scale), alike(x, positions * ops.sum(self.log_scale))

    def inverse(self, y):
        x = y * ops.exp(-self.log_scale)
        return x - self.offset if self.shift else x

    def get_config(self):
        return {**super().get_config(), "shift": self.shift}


@keras.saving.register_keras_serializable(package="common")
class InvertibleConvolution(Bijection):
    """A learnt 1 x 1 convolution, x W with W = P L U: its determinant is a product, and two triangular systems undo it.

    It begins as a random rotation. P and the signs of U's diagonal stay as they are.

    Args:
        seed: of the rotation.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, input_shape):
        channels = input_shape[-1]
        rotation, _ = np.linalg.qr(np.random.default_rng(self.seed).normal(size=(channels, channels)))
        permutation, lower, upper = scipy.linalg.lu(rotation)
        diagonal = np.diag(upper)

        def weight(name, value, trainable=True):
            value = value.astype("float32")
            initial = keras.initializers.Constant(value) if value.ndim else "zeros"
            return self.add_weight(shape=value.shape, initializer=initial, trainable=trainable, name=name)

        self.permutation = weight("permutation", permutation, trainable=False)
        self.sign = weight("sign", np.sign(diagonal), trainable=False)
        self.log_diagonal = weight("log_diagonal", np.log(np.abs(diagonal)))
        self.lower = weight("lower", np.tril(lower, -1))
        self.upper = weight("upper", np.triu(upper, 1))
        self.below = np.tril(np.ones((channels, channels), "float32"), -1)

    def factors(self):
        """L, unit lower triangular, and U."""
        lower = self.lower * self.below + np.eye(len(self.below), dtype="float32")
        return lower, self.upper * self.below.T + ops.diag(self.sign * ops.exp(self.log_diagonal))

    def call(self, x):
        lower, upper = self.factors()
        weight = ops.matmul(self.permutation, ops.matmul(lower, upper))
        positions = math.prod(x.shape[1:-1])
        return ops.matmul(x, weight), alike(x, positions * ops.sum(self.log_diagonal))

    def inverse(self, y):
        lower, upper = self.factors()
        rows = ops.transpose(ops.reshape(y, (-1, y.shape[-1])))
        rows = ops.solve_triangular(ops.transpose(upper), rows, lower=True)
        rows = ops.solve_triangular(ops.transpose(lower), rows, lower=False)
        return ops.reshape(ops.matmul(ops.transpose(rows), ops.transpose(self.permutation)), ops.shape(y))

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="common")
class Squeeze(Bijection):
    """Blocks of 2 x 2 pixels as channels: `(batch, height, width, channels)` to halves of the sides and four times as many.

    The four of a block stand in the order of reading. With the channels of a picture in the order 0, 3, 1, 2 the halves that a
    coupling takes are a chessboard's black and white.
    """

    def build(self, input_shape):
        if len(input_shape) != 4 or input_shape[1] % 2 or input_shape[2] % 2:
            raise ValueError(f"`{self.name}` expects (batch, height, width, channels) with even sides. Received: {input_shape}")

    def call(self, x):
        high, wide, channels = x.shape[1:]
        y = ops.reshape(x, (-1, high // 2, 2, wide // 2, 2, channels))
        y = ops.reshape(ops.transpose(y, (0, 1, 3, 2, 4, 5)), (-1, high // 2, wide // 2, 4 * channels))
        return y, alike(x, 0.0)

    def inverse(self, y):
        high, wide, channels = y.shape[1:]
        x = ops.transpose(ops.reshape(y, (-1, high, wide, 2, 2, channels // 4)), (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, 2 * high, 2 * wide, channels // 4))

    def shape_after(self, shape):
        return (shape[0], shape[1] // 2, shape[2] // 2, 4 * shape[3])
