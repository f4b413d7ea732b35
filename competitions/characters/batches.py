"""Batches of normalised glyphs, in a new order every epoch; the network itself distorts them."""

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Shuffled batches of one size; what is left of an epoch waits for the next one.

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
        super().__init__()
        self.glyphs, self.labels, self.rows, self.weights = glyphs, labels, rows, weights
        self.batch_size = min(batch_size, len(rows))
        self.generator = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        labels = self.labels[rows]
        return self.glyphs[rows], labels, self.weights[labels]

    def on_epoch_end(self):
        self.order = self.generator.permutation(self.rows)
