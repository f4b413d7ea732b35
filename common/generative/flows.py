"""Flows: chains of layers that can be undone, so that the density of what comes in is known from that of what comes out.

    flow = Flow(glow((28, 28), depth=8, width=64, alpha=0.05))
    flow.build((None, 28, 28))
    flow.calibrate(images[:512])                        # scales of actnorm, once, before training
    log_density = flow(images)                          # (batch,), in nats, of pictures as bytes
    images = flow.inverse(flow.draw(64, seed=1, temperature=0.8))

Every layer gives `(y, logdet)`: its output and, for each sample, the log of the absolute determinant of its Jacobian,
`(batch,)`; `inverse(y)` is what came in. What a network in a layer computes never has to be undone: it may be anything.

Channels stand last. A flow computes in float32 whatever the policy.
"""

import math

import keras
import numpy as np
import scipy.linalg
from keras import ops

LEAST_SPREAD = 1e-3  # of a channel that actnorm brings to 1: one that never changes stays finite


def bounded(raw):
    """A log scale between -2 and 2, the identity near 0."""
    return 2 * ops.tanh(raw / 2)


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

    def call(self, x, training=None):
        total = 0.0
        for layer in self.layers:
            more = {"training": training} if isinstance(layer, (Dequantisation, Chain, Split)) else {}
            x, logdet = layer(x, **more)
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
class Flow(keras.layers.Layer):
    """The density of x by a chain of bijections and the density of what they make of it.

    Args:
        layers: list of `Bijection`.
        prior: of each number of z, `"normal"` or `"logistic"`, both with mean 0; the second has variance pi^2 / 3.

    Call arguments: x `(batch, ...)`; output log densities `(batch,)`.
    """

    def __init__(self, layers, prior="normal", **kwargs):
        kwargs["dtype"] = "float32"
        super().__init__(**kwargs)
        if prior not in ("normal", "logistic"):
            raise ValueError(f"`prior` must be 'normal' or 'logistic'. Received: {prior=}")
        self.chain, self.prior = Chain(layers), prior

    def build(self, input_shape):
        if not self.chain.built:
            self.chain.build(input_shape)
        self.shape = self.chain.shape_after(input_shape)[1:]

    def forward(self, x, training=None):
        """z and the log determinants."""
        return self.chain(x, training=training)

    def call(self, x, training=None):
        z, logdet = self.forward(x, training)
        each = -0.5 * (math.log(2 * math.pi) + ops.square(z)) if self.prior == "normal" else -z - 2 * ops.softplus(-z)
        return summed(each) + logdet

    def inverse(self, z):
        """The x whose z this is."""
        return self.chain.inverse(z)

    def calibrate(self, x):
        """Bring each channel of every actnorm to mean 0 and variance 1 over a first batch; later ones change nothing.

        Call it on a built flow, before the model that trains it is compiled.
        """
        self.chain.calibrate(x)

    def draw(self, count, seed, temperature=1.0):
        """z of so many samples, NumPy, all of it times `temperature`."""
        generator = np.random.default_rng(seed)
        drawn = (generator.normal if self.prior == "normal" else generator.logistic)(size=(count, *self.shape))
        return (temperature * drawn).astype("float32")

    def compute_output_shape(self, input_shape):
        return (input_shape[0],)

    def get_config(self):
        return {**super().get_config(), "layers": self.chain.get_config()["layers"], "prior": self.prior}


@keras.saving.register_keras_serializable(package="common")
class Inverse(keras.Model):
    """A flow the other way round, as a model whose `predict` compiles it.

    Args:
        flow: built `Flow`.
    """

    def __init__(self, flow, **kwargs):
        super().__init__(**kwargs)
        self.flow = flow

    def call(self, z):
        return self.flow.inverse(z)


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


@keras.saving.register_keras_serializable(package="common")
class Coupling(Bijection):
    """Change one half of the channels by what a network says of the other.

    Additive: y2 = x2 + t(x1). Affine: y2 = exp(s(x1)) x2 + t(x1) with s between -2 and 2.

    Args:
        network: layer or model from the half that stays to the change: as many channels as the other half has, twice as many
            where `affine`; `dense_network` and `convolution_network` make them.
        affine: whether it scales, too.
        swapped: whether the second half stays instead of the first.

    Reference: Dinh et al. 2014, arXiv 1410.8516; 2016, arXiv 1605.08803.
    """

    def __init__(self, network, affine=False, swapped=False, **kwargs):
        super().__init__(**kwargs)
        self.network = keras.saving.deserialize_keras_object(network) if isinstance(network, dict) else network
        self.affine, self.swapped = affine, swapped

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels < 2:
            raise ValueError(f"`{self.name}` needs two channels, one to stay and one to change. Received: {input_shape}")
        self.first = channels // 2
        stays = channels - self.first if self.swapped else self.first
        if not self.network.built:
            self.network.build((*input_shape[:-1], stays))

    def halves(self, x):
        """The half that stays, and the other."""
        first, second = x[..., : self.first], x[..., self.first :]
        return (second, first) if self.swapped else (first, second)

    def joined(self, stays, changed):
        """The two in their places."""
        return ops.concatenate([changed, stays] if self.swapped else [stays, changed], axis=-1)

    def change(self, stays):
        """Log scale, `None` where it is additive, and shift."""
        found = self.network(stays)
        if not self.affine:
            return None, found
        raw, shift = ops.split(found, 2, axis=-1)
        return bounded(raw), shift

    def call(self, x):
        stays, other = self.halves(x)
        log_scale, shift = self.change(stays)
        if log_scale is None:
            return self.joined(stays, other + shift), alike(x, 0.0)
        return self.joined(stays, ops.exp(log_scale) * other + shift), summed(log_scale)

    def inverse(self, y):
        stays, other = self.halves(y)
        log_scale, shift = self.change(stays)
        return self.joined(stays, other - shift if log_scale is None else ops.exp(-log_scale) * (other - shift))

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "network": network, "affine": self.affine, "swapped": self.swapped}


@keras.saving.register_keras_serializable(package="common")
class Split(Bijection):
    """Half of the channels goes on, the other leaves as Gaussians whose mean and spread are predicted from that half.

    What leaves is standardised by this prediction, so that all of z has one plain prior: y is flat, what went through `rest`
    and then what left.

    Args:
        rest: list of the bijections for the half that goes on.
        network: from that half to means and log spreads, twice as many channels as leave.

    Reference: the multi-scale architecture of arXiv 1605.08803, with the conditional prior of the code of arXiv 1807.03039.
    """

    def __init__(self, rest, network, **kwargs):
        super().__init__(**kwargs)
        self.rest = Chain(rest)
        self.network = keras.saving.deserialize_keras_object(network) if isinstance(network, dict) else network

    def build(self, input_shape):
        self.kept = input_shape[-1] // 2
        going = (*input_shape[:-1], self.kept)
        for part in (self.rest, self.network):
            if not part.built:
                part.build(going)
        self.after = self.rest.shape_after(going)[1:]
        self.left = (*input_shape[1:-1], input_shape[-1] - self.kept)

    def prediction(self, going):
        """Mean and log spread of what leaves."""
        mean, raw = ops.split(self.network(going), 2, axis=-1)
        return mean, bounded(raw)

    def call(self, x, training=None):
        going, leaving = x[..., : self.kept], x[..., self.kept :]
        mean, log_spread = self.prediction(going)
        left = (leaving - mean) * ops.exp(-log_spread)
        y, logdet = self.rest(going, training=training)
        size = math.prod(self.after), math.prod(self.left)
        flat = [ops.reshape(part, (-1, count)) for part, count in zip((y, left), size, strict=True)]
        return ops.concatenate(flat, axis=-1), logdet - summed(log_spread)

    def inverse(self, y):
        count = math.prod(self.after)
        going = self.rest.inverse(ops.reshape(y[:, :count], (-1, *self.after)))
        mean, log_spread = self.prediction(going)
        leaving = ops.reshape(y[:, count:], (-1, *self.left)) * ops.exp(log_spread) + mean
        return ops.concatenate([going, leaving], axis=-1)

    def calibrate(self, x):
        self.rest.calibrate(x[..., : self.kept])
        return self(x)[0]

    def shape_after(self, shape):
        return shape[0], math.prod(shape[1:])

    def get_config(self):
        network = keras.saving.serialize_keras_object(self.network)
        return {**super().get_config(), "rest": self.rest.get_config()["layers"], "network": network}


def dense_network(width, depth, outputs):
    """Dense layers with ReLU whose last, linear one begins at 0, so that a coupling begins as the identity."""
    hidden = [keras.layers.Dense(width, activation="relu", dtype="float32") for _ in range(depth)]
    return keras.Sequential([*hidden, keras.layers.Dense(outputs, kernel_initializer="zeros", dtype="float32")])


def convolution_network(width, outputs):
    """3 x 3, 1 x 1 and 3 x 3 convolutions with ReLU between them; the last begins at 0."""
    settings = {"padding": "same", "dtype": "float32"}
    hidden = [keras.layers.Conv2D(width, size, activation="relu", **settings) for size in (3, 1)]
    return keras.Sequential([*hidden, keras.layers.Conv2D(outputs, 3, kernel_initializer="zeros", **settings)])


def from_bytes(shape, alpha, seed=0):
    """The layers that make numbers to work on of bytes: shape, dequantisation and, unless `alpha` is 0, the logit."""
    return [Reshape(shape), Dequantisation(seed=seed), *([Logit(alpha)] if alpha else [])]


def nice(shape, couplings=4, width=1000, depth=5, alpha=0.0, seed=0):
    """The layers of NICE, of bytes `(batch, *shape)`; the prior that belongs to it is logistic.

    Even and odd pixels take turns, each changed by a dense network of the others; a scale for each pixel comes last.

    Reference: Dinh et al. 2014, arXiv 1410.8516.
    """
    pixels = math.prod(shape)
    first = pixels // 2
    layers = [*from_bytes((pixels,), alpha, seed), Permutation("even_odd")]
    for number in range(couplings):
        swapped = number % 2 == 1
        layers.append(Coupling(dense_network(width, depth, first if swapped else pixels - first), swapped=swapped))
    return [*layers, Actnorm(shift=False)]


def realnvp(shape, depth=4, width=64, alpha=0.05, seed=0):
    """The layers of RealNVP in two scales, of bytes `(batch, height, width)`, sides divisible by 4.

    Affine couplings of a chessboard's black and white, then of channels; between the scales half of the channels leaves.
    Actnorm stands for the batch normalisation of the original.

    Reference: Dinh et al. 2016, arXiv 1605.08803.
    """

    def step(channels, number):
        network = convolution_network(width, channels)  # scale and shift of half of them
        return [Actnorm(), Coupling(network, affine=True, swapped=number % 2 == 1)]

    first = [layer for number in range(depth) for layer in step(4, number)]
    second = [layer for number in range(depth) for layer in step(8, number)]
    split = Split([Squeeze(), *second], zero_convolution(4))
    return [*from_bytes((*shape, 1), alpha, seed), Squeeze(), Permutation([0, 3, 1, 2]), *first, split]


def glow(shape, depth=8, width=64, alpha=0.05, affine=False, seed=0):
    """The layers of Glow in two scales, of bytes `(batch, height, width)`, sides divisible by 4.

    A step is actnorm, an invertible 1 x 1 convolution and a coupling of channels.

    Reference: Kingma and Dhariwal 2018, arXiv 1807.03039.
    """

    def step(channels, number):
        network = convolution_network(width, channels if affine else channels // 2)
        return [Actnorm(), InvertibleConvolution(seed + number), Coupling(network, affine=affine)]

    first = [layer for number in range(depth) for layer in step(4, number)]
    second = [layer for number in range(depth) for layer in step(8, depth + number)]
    split = Split([Squeeze(), *second], zero_convolution(4))
    return [*from_bytes((*shape, 1), alpha, seed), Squeeze(), *first, split]


def zero_convolution(outputs):
    """A 3 x 3 convolution that begins at 0."""
    return keras.layers.Conv2D(outputs, 3, padding="same", kernel_initializer="zeros", dtype="float32")
