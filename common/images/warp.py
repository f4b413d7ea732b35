"""Distortions of whole batches of pictures of text, inside the compiled step: no processor prepares pictures for a GPU.

No flips: they make other signs. Each layer takes pictures `(batch, height, width, colours)` from 0 to 1, changes each in its
own way while training, and otherwise leaves them alone.
"""

import math

import keras
from keras import ops


def bilinear(images, rows, columns):
    """Values of pictures between their pixels; outside, those of the nearest edge.

    Written by hand: `ops.image.affine_transform` cannot bend, and `ops.image.map_coordinates` takes 16 corners in a batch of
    colours, where four do.

    Args:
        images: `(batch, height, width, colours)`, at least two pixels high and wide.
        rows, columns: places in pixels, `(batch, new height, new width)`.

    Returns:
        `(batch, new height, new width, colours)`.
    """
    height, width, colours = images.shape[1:]
    rows, columns = ops.clip(rows, 0, height - 1), ops.clip(columns, 0, width - 1)
    top, left = ops.minimum(ops.floor(rows), height - 2), ops.minimum(ops.floor(columns), width - 2)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    first = ops.cast(ops.arange(ops.shape(images)[0]), "int32")[:, None, None] * (height * width)
    corner = first + ops.cast(top, "int32") * width + ops.cast(left, "int32")
    pixels = ops.reshape(images, (-1, colours))

    def between(place):
        here, beside = ops.take(pixels, place, axis=0), ops.take(pixels, place + 1, axis=0)
        return here + right * (beside - here)

    upper = between(corner)
    return upper + down * (between(corner + width) - upper)


class Distortion(keras.layers.Layer):
    """What the layers of this module share: `change(images)` acts while training, in float32 whatever the policy.

    Args:
        seed: of what is random.
    """

    SETTINGS = ()

    def __init__(self, seed=None, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=None):
        return self.change(images) if training else images

    def compute_output_shape(self, input_shape):
        return input_shape

    def _normal(self, images, *shape, stddev):
        """Random numbers for each picture, within three standard deviations."""
        drawn = keras.random.normal((ops.shape(images)[0], *shape), seed=self.generator)
        return stddev * ops.clip(drawn, -3, 3)

    def _uniform(self, images, *shape, low=0.0, high=1.0):
        return keras.random.uniform((ops.shape(images)[0], *shape), low, high, seed=self.generator)

    def get_config(self):
        own = {name: getattr(self, name) for name in self.SETTINGS}
        return {**super().get_config(), "seed": self.seed, **own}


@keras.saving.register_keras_serializable(package="common")
class Warp(Distortion):
    """Turn, stretch, slant, move and bend each picture, in one pass of bilinear interpolation.

    Args:
        rotation: standard deviation, degrees.
        scale: standard deviation of the logarithm of the stretch of each side.
        shear: standard deviation of the columns that a row moves by, for each row of distance from the middle.
        shift: standard deviation, a share of each side.
        elastic: standard deviation of how far parts of a picture move on their own, pixels; parts are about 12 pixels wide.

    Reference: Simard, Steinkraus and Platt 2003 (elastic distortions).
    """

    SETTINGS = ("rotation", "scale", "shear", "shift", "elastic")

    def __init__(self, rotation=6.0, scale=0.08, shear=0.12, shift=0.03, elastic=1.0, **kwargs):
        super().__init__(**kwargs)
        self.rotation, self.scale, self.shear, self.shift, self.elastic = rotation, scale, shear, shift, elastic

    def change(self, images):
        height, width = images.shape[1:3]
        y = (ops.arange(height, dtype="float32") - (height - 1) / 2)[None, :, None]
        x = (ops.arange(width, dtype="float32") - (width - 1) / 2)[None, None, :]
        angle = self._normal(images, 1, 1, stddev=math.radians(self.rotation))
        tall, wide = (ops.exp(self._normal(images, 1, 1, stddev=self.scale)) for _ in range(2))
        slanted = x + self._normal(images, 1, 1, stddev=self.shear) * y
        rows = tall * (ops.cos(angle) * y + ops.sin(angle) * slanted) + self._normal(images, 1, 1, stddev=self.shift * height)
        columns = wide * (ops.cos(angle) * slanted - ops.sin(angle) * y) + self._normal(images, 1, 1, stddev=self.shift * width)
        parts = self._normal(images, max(2, height // 12), max(2, width // 12), 2, stddev=self.elastic)
        moved = ops.image.resize(parts, (height, width), interpolation="bicubic", data_format="channels_last")
        return bilinear(images, rows + moved[..., 0] + (height - 1) / 2, columns + moved[..., 1] + (width - 1) / 2)


@keras.saving.register_keras_serializable(package="common")
class Recolour(Distortion):
    """Blur or sharpen, change contrast, brightness and colours, add noise.

    Args:
        strength: greatest change of the gain of all colours; half of it for the gain and for the offset of each.
        noise: greatest standard deviation of a pixel's noise.
    """

    SETTINGS = ("strength", "noise")

    def __init__(self, strength=0.3, noise=0.04, **kwargs):
        super().__init__(**kwargs)
        self.strength, self.noise = strength, noise

    def change(self, images):
        blurred = ops.average_pool(images, 3, strides=1, padding="same", data_format="channels_last")
        images = images + self._uniform(images, 1, 1, 1, low=-0.5) * (blurred - images)
        of_all = self._uniform(images, 1, 1, 1, low=-1.0)
        of_each, offset = (self._uniform(images, 1, 1, images.shape[-1], low=-0.5, high=0.5) for _ in range(2))
        images = 0.5 + (images - 0.5) * (1 + self.strength * (of_all + of_each)) + self.strength * offset
        spread = self.noise * self._uniform(images, 1, 1, 1)
        return ops.clip(images + spread * keras.random.normal(ops.shape(images), seed=self.generator), 0, 1)


@keras.saving.register_keras_serializable(package="common")
class Curves(Distortion):
    """Draw a curve from side to side through a share of the pictures, mostly in their darkest colour, else any pixel's.

    Args:
        share: of the pictures that get one.
        thickness: greatest, a share of the height.
    """

    SETTINGS = ("share", "thickness")

    def __init__(self, share=0.3, thickness=0.07, **kwargs):
        super().__init__(**kwargs)
        self.share, self.thickness = share, thickness

    def change(self, images):
        height, width, colours = images.shape[1:]
        y = ops.linspace(0.0, 1.0, height)[None, :, None]
        x = ops.linspace(-1.0, 1.0, width)[None, None, :]
        middle = self._uniform(images, 1, 1)
        slope, bend = (self._uniform(images, 1, 1, low=-0.5, high=0.5) for _ in range(2))
        distance = ops.abs(y - middle - slope * x - bend * (x**2 - 0.3)) * height  # pixels
        half = 0.4 + self._uniform(images, 1, 1) * self.thickness * height / 2
        drawn = ops.cast(self._uniform(images, 1, 1) < self.share, "float32")
        cover = (drawn * ops.clip(half + 0.5 - distance, 0, 1))[..., None]
        place = ops.cast(self._uniform(images, 1, 1) * (height * width - 1), "int32")
        pixels = ops.reshape(images, (-1, height * width, colours))
        any_pixel = ops.take_along_axis(pixels, ops.repeat(place, colours, axis=2), axis=1)[:, :, None]
        darkest = ops.min(images, axis=(1, 2), keepdims=True)
        colour = ops.where(self._uniform(images, 1, 1, 1) < 0.7, darkest, any_pixel)
        return images + cover * (colour - images)
