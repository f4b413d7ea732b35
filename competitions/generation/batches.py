"""Batches of records for the networks."""

import numpy as np

from common.generative.sequences import PADDING
from common.training import BucketedBatches, Shuffled


class Unlabelled(Shuffled):
    """Shuffled records and zeros `(batch,)`, for networks that answer with their own loss.

    Args:
        records: bytes `(records, height, width)` or ids `(records, steps)`.
        batch_size: records of a batch.
        seed: of order and drawing.
        binary: whether each pixel is 255 with the probability of its grey, else 0, new in every epoch.
    """

    def __init__(self, records, batch_size, seed, binary=False):
        self.records, self.binary = records, binary
        super().__init__(np.arange(len(records)), batch_size, np.random.default_rng(seed))

    def make(self, rows):
        records = self.records[rows]
        return binarised(records, self.generator) if self.binary else records, np.zeros(len(rows), "float32")


class OfSentences(BucketedBatches):
    """Sentences of similar length, as ids `(batch, steps)`, and zeros `(batch,)`.

    Args:
        ids: padded, `(sentences, steps)`.
        batch_size: sentences of a batch.
        seed: of the order.
    """

    def __init__(self, ids, batch_size, seed):
        self.ids, self.every = ids, (ids != PADDING).sum(axis=1)
        super().__init__(batch_size, np.random.default_rng(seed), multiple=1)

    def draw(self):
        return self.every

    def make(self, rows, steps):
        ids = self.ids[rows][:, :steps]
        return np.pad(ids, ((0, 0), (0, steps - ids.shape[1]))), np.zeros(len(rows), "float32")


def binarised(images, generator):
    """Pictures of black and white, bytes, drawn with each pixel's grey as its chance."""
    return np.where(generator.random(images.shape) * 255 < images, np.uint8(255), np.uint8(0))


def seen(images, config, seed):
    """Pictures as autoencoders are scored on them: drawn in black and white once where the settings say so."""
    return binarised(images, np.random.default_rng(seed)) if config.binary else images


def played_with(images):
    """Bytes `(pictures, height, width)` as what games are played with, float32 `(pictures, height, width, 1)` from -1 to 1."""
    return images[..., None].astype("float32") / 127.5 - 1
