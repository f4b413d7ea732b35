"""Batches of normalised glyphs, in a new order every epoch; the network itself distorts them."""

import numpy as np

from common.training import Shuffled


class Batches(Shuffled):
    """Shuffled batches.

    Args:
        glyphs: bytes `(images, side, side)`.
        labels: classes `(images,)`.
        rows: those to draw from.
        batch_size: images in a batch.
        weights: of each class `(characters,)`.
        seed: of the order.

    Items are `(glyphs, labels, weights)`.
    """

    def __init__(self, glyphs, labels, rows, batch_size, weights, seed):
        self.glyphs, self.labels, self.weights = glyphs, labels, weights
        super().__init__(rows, batch_size, np.random.default_rng(seed))

    def make(self, rows):
        labels = self.labels[rows]
        return self.glyphs[rows], labels, self.weights[labels]
