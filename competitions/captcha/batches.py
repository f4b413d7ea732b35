"""Batches of pictures of all styles. Nothing is done to a picture here: distortions are layers of the network."""

import numpy as np

from common.training import Redrawn
from competitions.captcha.model import places_of


class Batches(Redrawn):
    """Random pictures with their signs; an epoch is a line of the log, not a pass over the data.

    Args:
        table: the `Table` of their signs.
        pictures: the `Pictures`.
        rows: to draw from; styles are drawn in proportion to their pictures ** (1 - balance).
        batches: of an epoch.
        config: batch size and balance.
        seed: of the order.

    Items are `({"image": (batch, height, width, 3), "places": (batch, positions)}, targets (batch, positions, 2))`.
    """

    def __init__(self, table, pictures, rows, batches, config, seed):
        super().__init__()
        self.pictures, self.rows, self.targets = pictures, rows, targets(table, pictures)
        self.batches, self.batch_size = batches, config.batch_size
        self.generator = np.random.default_rng(seed)
        styles = pictures.styles[rows]
        weights = np.bincount(styles)[styles] ** -float(config.balance)
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


def targets(table, labelled):
    """Numbers of each sign and of the other case where the style's labels do not tell it, `(pictures, positions, 2)`."""
    numbers = table.encode(labelled.labels)
    other = table.other_case[numbers]
    shown, answered = (
        allowed[labelled.styles[:, None], np.arange(table.positions), other] for allowed in (table.shown, table.answered)
    )
    return np.stack([numbers, np.where(shown & ~answered, other, numbers)], axis=-1)
