"""Distortions of whole batches of pictures of text, inside the compiled step: no processor prepares pictures for a GPU.

No flips: they make other signs. Each layer takes pictures `(batch, height, width, colours)` from 0 to 1, changes each in its
own way while training, and otherwise leaves them alone. Written by hand because Keras has no elastic layer, and a chain of its
affine ones reads every picture once for each.
"""

import math

import keras
from keras import ops

from common.layers.distortion import Distortion


def bilinear(images, rows, columns, outside="edge"):
    """Values of pictures between their pixels; outside, those of the nearest edge, or 0, which it fades to within a pixel.

    Written by hand: `ops.image.affine_transform` cannot bend, and `ops.image.map_coordinates` takes 16 corners in a batch of
    colours, where four do.

    Args:
        images: `(batch, height, width, colours)`, at least two pixels high and wide.
        rows, columns: places in pixels, `(batch, new height, new width)`.
        outside: `"edge"` or `"black"`.

    Returns:
        `(batch, new height, new width, colours)`.
    """
    height, width, colours = images.shape[1:]
    inside = 1.0
    for places, size in ((rows, height), (columns, width)) if outside == "black" else ():
        inside = inside * ops.clip(1 - ops.maximum(-places, places - (size - 1)), 0, 1)[..., None]
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
    return inside * (upper + down * (between(corner + width) - upper))


@keras.saving.register_keras_serializable(package="common")
class Warp(Distortion):
    """Turn, stretch, slant, move and bend each picture, in one pass of bilinear interpolation.

    Args:
        rotation: standard deviation, degrees.
        scale: standard deviation of the logarithm of the stretch of each side.
        shear: standard deviation of the columns that a row moves by, for each row of distance from the middle.
        shift: standard deviation, a share of each side.
        elastic: standard deviation of how far parts of a picture move on their own, a share of its height; parts are about 12
            pixels wide.
        outside: what comes in over the edges, see `bilinear`.

    Reference: Simard, Steinkraus and Platt 2003 (elastic distortions).
    """

    SETTINGS = ("rotation", "scale", "shear", "shift", "elastic", "outside")

    def __init__(self, rotation=6.0, scale=0.08, shear=0.12, shift=0.03, elastic=0.02, outside="edge", **kwargs):
        super().__init__(**kwargs)
        self.rotation, self.scale, self.shear, self.shift = rotation, scale, shear, shift
        self.elastic, self.outside = elastic, outside

    def change(self, images):
        height, width = images.shape[1:3]
        y = (ops.arange(height, dtype="float32") - (height - 1) / 2)[None, :, None]
        x = (ops.arange(width, dtype="float32") - (width - 1) / 2)[None, None, :]
        angle = self.normal(images, 1, 1, stddev=math.radians(self.rotation))
        tall, wide = (ops.exp(self.normal(images, 1, 1, stddev=self.scale)) for _ in range(2))
        slanted = x + self.normal(images, 1, 1, stddev=self.shear) * y
        rows = tall * (ops.cos(angle) * y + ops.sin(angle) * slanted) + self.normal(images, 1, 1, stddev=self.shift * height)
        columns = wide * (ops.cos(angle) * slanted - ops.sin(angle) * y) + self.normal(images, 1, 1, stddev=self.shift * width)
        parts = self.normal(images, max(2, height // 12), max(2, width // 12), 2, stddev=self.elastic * height)
        moved = ops.image.resize(parts, (height, width), interpolation="bicubic", data_format="channels_last")
        rows, columns = rows + moved[..., 0] + (height - 1) / 2, columns + moved[..., 1] + (width - 1) / 2
        return bilinear(images, rows, columns, self.outside)


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
        images = images + self.uniform(images, 1, 1, 1, low=-0.5) * (blurred - images)
        of_all = self.uniform(images, 1, 1, 1, low=-1.0)
        of_each, offset = (self.uniform(images, 1, 1, images.shape[-1], low=-0.5, high=0.5) for _ in range(2))
        images = 0.5 + (images - 0.5) * (1 + self.strength * (of_all + of_each)) + self.strength * offset
        spread = self.noise * self.uniform(images, 1, 1, 1)
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
        middle = self.uniform(images, 1, 1)
        slope, bend = (self.uniform(images, 1, 1, low=-0.5, high=0.5) for _ in range(2))
        distance = ops.abs(y - middle - slope * x - bend * (x**2 - 0.3)) * height  # pixels
        half = 0.4 + self.uniform(images, 1, 1) * self.thickness * height / 2
        drawn = ops.cast(self.uniform(images, 1, 1) < self.share, "float32")
        cover = (drawn * ops.clip(half + 0.5 - distance, 0, 1))[..., None]
        place = ops.cast(self.uniform(images, 1, 1) * (height * width - 1), "int32")
        pixels = ops.reshape(images, (-1, height * width, colours))
        any_pixel = ops.take_along_axis(pixels, ops.repeat(place, colours, axis=2), axis=1)[:, :, None]
        darkest = ops.min(images, axis=(1, 2), keepdims=True)
        colour = ops.where(self.uniform(images, 1, 1, 1) < 0.7, darkest, any_pixel)
        return images + cover * (colour - images)


@keras.saving.register_keras_serializable(package="common")
class Ink(Distortion):
    """Thicken or thin strokes, blur, fade, and put specks of ink and of paper on each picture of bright ink on black.

    Args:
        thicker: greatest share of the picture's dilation (maximum over 3 x 3 points) that replaces the picture.
        thinner: greatest share of its erosion (minimum).
        blur: greatest share of its mean over 3 x 3 points, twice.
        fade: greatest share of the brightness that is lost.
        noise: greatest share of points that are set to ink.
        loss: greatest share of points that are set to paper.

    Input and output `(batch, height, width, 1)`, numbers from 0 to 1.

    Reference: kexue.fm archive 3831 (points set to ink; the rest is what real scans show besides).
    """

    SETTINGS = ("thicker", "thinner", "blur", "fade", "noise", "loss")

    def __init__(self, thicker=0.0, thinner=0.0, blur=0.0, fade=0.0, noise=0.0, loss=0.0, **kwargs):
        super().__init__(**kwargs)
        self.thicker, self.thinner, self.blur = thicker, thinner, blur
        self.fade, self.noise, self.loss = fade, noise, loss

    def change(self, images):
        if self.thicker or self.thinner:
            share = self.uniform(images, 1, 1, 1, low=-self.thinner, high=self.thicker)
            dilated, eroded = ops.max_pool(images, 3, 1, "same"), -ops.max_pool(-images, 3, 1, "same")
            images = images + ops.abs(share) * (ops.where(share > 0, dilated, eroded) - images)
        for _ in range(2 if self.blur else 0):
            share = self.uniform(images, 1, 1, 1, high=self.blur)
            images = images + share * (ops.average_pool(images, 3, 1, "same") - images)
        images = images * (1 - self.uniform(images, 1, 1, 1, high=self.fade))
        images = ops.where(self._points(images, self.noise), 1.0, images)
        return ops.where(self._points(images, self.loss), 0.0, images)

    def _points(self, images, most):
        """Random points, in each picture another share of them."""
        return self.uniform(images, *images.shape[1:]) < self.uniform(images, 1, 1, 1, high=most)
