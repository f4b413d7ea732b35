"""Batches of similar length, in random order, for sequences that are padded batch by batch."""

import keras
import numpy as np


def bucketed(lengths, batch_size, generator, pool=20, count=None):
    """Batches of rows of similar length, in random order: of `pool` batches drawn at random, the rows are sorted by length.

    The first batch has the longest row, so that memory runs out at once or not at all, and the second the shortest: the
    TensorFlow trainer takes the shapes that may vary from these two.

    Args:
        lengths: of all rows, `(rows,)`.
        batch_size: rows of a batch; the last one may have fewer.
        generator: `numpy.random.Generator`.
        pool: batches that are sorted together; more make batches more even and their rows less mixed.
        count: rows to take, where it is not each one once; some are then left out or taken twice.

    Returns:
        List of arrays of row numbers.
    """
    order = generator.permutation(len(lengths))
    if count is not None:
        order = np.resize(order, count)
    batches = []
    for start in range(0, len(order), batch_size * pool):
        rows = order[start : start + batch_size * pool]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[place : place + batch_size] for place in range(0, len(rows), batch_size)]
    generator.shuffle(batches)
    longest = int(np.argmax([lengths[rows].max() for rows in batches]))
    batches.insert(0, batches.pop(longest))
    if len(batches) > 1:
        shortest = 1 + int(np.argmin([lengths[rows].max() for rows in batches[1:]]))
        batches.insert(1, batches.pop(shortest))
    return batches


class BucketedBatches(keras.utils.PyDataset):
    """Length-bucketed batches that are drawn anew for every epoch.

    A subclass defines `draw()`, which returns the lengths of the epoch's rows and keeps what it needs to make them, and
    `make(rows, more)`, the batch of some of these rows; every array of different length must have `more` columns of padding in
    addition, so that the first two batches differ in all of them (the TensorFlow trainer takes a length that they share for
    fixed). Fit with `shuffle=False`: the order is random already.

    Args:
        batch_size: rows of a batch.
        generator: `numpy.random.Generator` of the order.
        bucket: `False` mixes all lengths in every batch.
    """

    def __init__(self, batch_size, generator, bucket=True):
        super().__init__()
        self.batch_size = batch_size
        self.generator = generator
        self.bucket = bucket
        self.count = None
        self.on_epoch_end()

    def on_epoch_end(self):
        lengths = np.asarray(self.draw())
        self.count = self.count or len(lengths)  # the trainer asks once how many batches an epoch has
        lengths = lengths if self.bucket else np.zeros_like(lengths)
        self.batches = bucketed(lengths, self.batch_size, self.generator, count=self.count)

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.make(self.batches[index], more=int(index == 1))
