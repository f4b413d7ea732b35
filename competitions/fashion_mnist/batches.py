"""Batches of pictures for the networks, changed as a whole."""

import keras
import numpy as np

from common.images import augment


class Batches(keras.utils.PyDataset):
    """Shuffled, augmented batches of one training part, new every epoch.

    Args:
        images: bytes `(pictures, height, width)`.
        labels: class indices `(pictures,)`.
        rows: the rows to draw from.
        classes: how many.
        config: batch size and augmentation.
        seed: of order and augmentation.

    Items are `(pictures (batch, height, width), targets (batch, classes))`: bytes and one-hot, unless pictures are mixed. What
    is left of an epoch waits for the next one.
    """

    def __init__(self, images, labels, rows, classes, config, seed):
        super().__init__()
        self.images, self.labels, self.rows, self.config = images, labels, rows, config
        self.one_hot = np.eye(classes, dtype="float32")
        self.batch_size = min(config.batch_size, len(rows))
        self.generator = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, index):
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        return augmented(self.images[rows], self.one_hot[self.labels[rows]], self.config, self.generator)

    def on_epoch_end(self):
        self.order = self.generator.permutation(self.rows)


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
