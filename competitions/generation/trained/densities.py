"""Flows of pictures."""

import math

import keras
import numpy as np

from common.generative import bounds
from common.generative.flows import Inverse
from competitions.generation.trained.generator import OfPictures, in_batches


class Density(OfPictures):
    """A flow of pictures; z is the code."""

    metric = "bits per dimension"

    def __init__(self, network, config):
        super().__init__(network, config)
        self.flow = network.get_layer("flow")
        self.turned = Inverse(self.flow)

    @property
    def shape(self):
        """Height and width of a picture."""
        return self.network.input_shape[1:]

    def sample(self, count, seed):
        """Pictures of z drawn at the temperature of the settings, bytes."""
        return self.decode(self.flow.draw(count, seed, self.config.temperature))

    def encode(self, records):
        """z of pictures `(records, pixels)`."""
        return in_batches(Forward(self.flow), records)

    def decode(self, codes):
        """Pictures of z, bytes."""
        return in_batches(self.turned, np.asarray(codes, "float32")).reshape(-1, *self.shape).astype(np.uint8)

    def figures(self, records, seed):
        """Bits of each pixel, with one draw of the noise that fills the steps between whole numbers."""
        nats = in_batches(self.network, records).astype(float).mean()
        return {self.metric: float(bounds.bits_per_dimension(nats, math.prod(self.shape))), "nats": float(nats)}


class Forward(keras.Model):
    """The z of a flow as a model, so that it is computed in batches."""

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def call(self, pictures):
        return self.flow.forward(pictures)[0]
