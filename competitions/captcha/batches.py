"""Batches of pictures of all styles. Nothing is done to a picture here: distortions are layers of the network."""

import numpy as np

from common.training import Redrawn
from competitions.captcha.model import places_of


class Batches(Redrawn):
    """Random pictures with their signs; an epoch is a line of the log, not a pass over the data.

    Args:
        pictures: the `Pictures`.
        rows: to draw from.
        targets: `(pictures, positions, 2)`, as `model.either_case` takes them.
        batches: of an epoch.
        batch_size: pictures of a batch.
        balance: styles are drawn in proportion to their pictures ** (1 - balance).
        seed: of the order.

    Items are `({"image": (batch, height, width, 3), "places": (batch, positions)}, (batch, positions, 2))`.
    """

    def __init__(self, pictures, rows, targets, batches, batch_size, balance, seed):
        super().__init__()
        self.pictures, self.rows, self.targets = pictures, rows, targets
        self.batches, self.batch_size = batches, batch_size
        self.generator = np.random.default_rng(seed)
        styles = pictures.styles[rows]
        weights = np.bincount(styles)[styles] ** -float(balance)
        self.weights = weights / weights.sum()
        self.on_epoch_end()

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        inputs = {"image": self.pictures.images[rows], "places": places_of(self.pictures.styles[rows], self.targets.shape[1])}
        return inputs, self.targets[rows]

    def draw_epoch(self):
        self.order = self.generator.choice(self.rows, self.batches * self.batch_size, p=self.weights)
