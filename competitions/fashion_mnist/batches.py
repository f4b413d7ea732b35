"""Batches of pictures for the networks, changed as a whole."""

import numpy as np

from common.images import augment
from common.training import Shuffled


class Batches(Shuffled):
    """Shuffled, augmented batches of one training part, new every epoch.

    Args:
        images: bytes `(pictures, height, width)`.
        labels: class indices `(pictures,)`.
        rows: the rows to draw from.
        classes: how many.
        config: batch size and augmentation.
        seed: of order and augmentation.

    Items are `(pictures (batch, height, width), targets (batch, classes))`: bytes and one-hot, unless pictures are mixed.
    """

    def __init__(self, images, labels, rows, classes, config, seed):
        self.images, self.labels, self.config = images, labels, config
        self.one_hot = np.eye(classes, dtype="float32")
        super().__init__(rows, config.batch_size, np.random.default_rng(seed))

    def make(self, rows):
        return augmented(self.images[rows], self.one_hot[self.labels[rows]], self.config, self.generator)


def augmented(images, targets, config, generator):
    """A batch with the changes that the config asks for."""
    if config.flip:
        images = augment.flipped(images, generator, config.flip)
    if config.shift:
        images = augment.shifted(images, generator, config.shift)
    if config.erase:
        images = augment.erased(images, generator, config.erase)
    if config.paste:
        images, targets = augment.pasted(images, targets, generator, share=config.paste)
    if config.mix:
        images, targets = augment.mixed(images, targets, generator, config.mix)
    return images, targets
