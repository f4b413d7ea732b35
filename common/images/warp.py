"""Random changes of whole batches of pictures inside a network's compiled step: shapes that bend, and what scans do to ink.

Layers that act in training only, on pictures `(batch, height, width, channels)` of numbers from 0 to 1; they come first in a
model, and what is saved and predicts passes them by. Written by hand because Keras has no elastic layer, and a chain of its
affine ones reads every picture once for each.
"""

import math

import keras
from keras import ops


class RandomLayer(keras.layers.Layer):
    """A layer that changes its inputs in training, by random numbers of its own.

    Args:
        seed: of the random numbers.
    """

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=None):
        return self.change(inputs) if training else inputs

    def uniform(self, inputs, least, most, shape=(1, 1, 1)):
        """A number for each picture, or as many as `shape` says."""
        return keras.random.uniform((ops.shape(inputs)[0], *shape), least, most, dtype=inputs.dtype, seed=self.generator)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="common")
class RandomWarp(RandomLayer):
    """Rotate, shear, scale, shift and bend each picture, all in one reading of it, bilinear, with black from outside.

    Args:
        rotation: greatest angle either way, in degrees.
        shear: greatest slant either way, as a tangent.
        zoom: greatest change of height and of width, each by itself, as a share.
        shift: greatest shift either way, as a share of the side.
        elastic: standard deviation of the shifts at the points of a coarse grid, as a share of the side.
        cells: points of that grid along a side.
        seed: of the random numbers.

    Input and output `(batch, height, width, channels)`.

    Reference: Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural networks applied to visual document
    analysis" (elastic distortions).
    """

    def __init__(self, rotation=0.0, shear=0.0, zoom=0.0, shift=0.0, elastic=0.0, cells=5, **kwargs):
        super().__init__(**kwargs)
        self.rotation, self.shear, self.zoom, self.shift = rotation, shear, zoom, shift
        self.elastic, self.cells = elastic, cells

    def change(self, images):
        height, width = images.shape[1:3]
        rows, columns = ops.meshgrid(ops.linspace(-1.0, 1.0, height), ops.linspace(-1.0, 1.0, width), indexing="ij")
        place = ops.cast(ops.stack([rows, columns], axis=-1), images.dtype)[None]  # (1, height, width, 2)
        y, x = place[..., 0], place[..., 1]
        angle, slant = self._number(images, math.radians(self.rotation)), self._number(images, self.shear)
        stretch_y, stretch_x = (ops.exp(self._number(images, math.log1p(self.zoom))) for _ in range(2))
        move_y, move_x = (self._number(images, 2 * self.shift) for _ in range(2))
        y, x = stretch_y * y, stretch_x * (x + slant * y)
        y, x = ops.cos(angle) * y + ops.sin(angle) * x + move_y, ops.cos(angle) * x - ops.sin(angle) * y + move_x
        if self.elastic:
            coarse = keras.random.normal(
                (ops.shape(images)[0], self.cells, self.cells, 2), 0.0, 2 * self.elastic, images.dtype, self.generator
            )
            bent = ops.image.resize(coarse, (height, width), "bicubic", data_format="channels_last")
            y, x = y + bent[..., 0], x + bent[..., 1]
        return bilinear(images, (y + 1) * (height - 1) / 2, (x + 1) * (width - 1) / 2)

    def _number(self, images, most):
        return self.uniform(images, -most, most, (1, 1))

    def get_config(self):
        settings = ("rotation", "shear", "zoom", "shift", "elastic", "cells")
        return {**super().get_config(), **{name: getattr(self, name) for name in settings}}


def bilinear(images, rows, columns):
    """Values of pictures between their points, 0 outside.

    Args:
        images: `(batch, height, width, channels)`.
        rows, columns: where each point of the result is read, in pixels, `(batch, rows, columns)`.

    Returns:
        `(batch, rows, columns, channels)`.
    """
    height, width, channels = images.shape[1:]
    flat = ops.reshape(images, (-1, height * width, channels))
    top, left = ops.floor(rows), ops.floor(columns)
    total = 0.0
    for down in (0, 1):
        for right in (0, 1):
            y, x = top + down, left + right
            weight = (1 - ops.abs(rows - y)) * (1 - ops.abs(columns - x))
            inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
            number = ops.cast(ops.clip(y, 0, height - 1) * width + ops.clip(x, 0, width - 1), "int32")
            number = ops.reshape(number, (-1, rows.shape[1] * rows.shape[2], 1))
            values = ops.reshape(ops.take_along_axis(flat, number, axis=1), (-1, *rows.shape[1:], channels))
            total = total + values * ops.where(inside, weight, 0.0)[..., None]
    return total


@keras.saving.register_keras_serializable(package="common")
class RandomInk(RandomLayer):
    """Thicken or thin strokes, blur, fade, and put specks of ink and of paper on each picture of bright ink on black.

    Args:
        thicker: greatest share of the picture's dilation (maximum over 3 x 3 points) that replaces the picture.
        thinner: greatest share of its erosion (minimum).
        blur: greatest share of its mean over 3 x 3 points, twice.
        fade: greatest share of the brightness that is lost.
        noise: greatest share of points that are set to ink.
        loss: greatest share of points that are set to paper.
        seed: of the random numbers.

    Input and output `(batch, height, width, 1)`, numbers from 0 to 1.

    Reference: kexue.fm archive 3831 (points set to ink; the rest is what real scans show besides).
    """

    def __init__(self, thicker=0.0, thinner=0.0, blur=0.0, fade=0.0, noise=0.0, loss=0.0, **kwargs):
        super().__init__(**kwargs)
        self.thicker, self.thinner, self.blur = thicker, thinner, blur
        self.fade, self.noise, self.loss = fade, noise, loss

    def change(self, images):
        if self.thicker or self.thinner:
            share = self.uniform(images, -self.thinner, self.thicker)
            dilated, eroded = ops.max_pool(images, 3, 1, "same"), -ops.max_pool(-images, 3, 1, "same")
            images = images + ops.abs(share) * (ops.where(share > 0, dilated, eroded) - images)
        for _ in range(2 if self.blur else 0):
            share = self.uniform(images, 0.0, self.blur)
            images = images + share * (ops.average_pool(images, 3, 1, "same") - images)
        images = images * (1 - self.uniform(images, 0.0, self.fade))
        images = ops.where(self._points(images, self.noise), 1.0, images)
        return ops.where(self._points(images, self.loss), 0.0, images)

    def _points(self, images, most):
        """Random points, in each picture another share of them."""
        return self.uniform(images, 0.0, 1.0, images.shape[1:]) < self.uniform(images, 0.0, most)

    def get_config(self):
        settings = ("thicker", "thinner", "blur", "fade", "noise", "loss")
        return {**super().get_config(), **{name: getattr(self, name) for name in settings}}
