"""Batches of texts of similar length for the networks."""

import numpy as np

from common.training import BucketedBatches


class Batches(BucketedBatches):
    """Length-bucketed batches of labelled texts, new every epoch.

    Args:
        ids: `Ragged` ids of units.
        targets: distributions over classes `(rows, classes)`; a row of zeros has no label.
        weights: of the rows `(rows,)`.
        config: batch size.
        seed: of the order.

    Items are `(ids (batch, steps), targets (batch, classes), weights (batch,))`.
    """

    def __init__(self, ids, targets, weights, config, seed):
        self.ids, self.targets = ids, np.asarray(targets, "float32")
        self.weights = np.asarray(weights, "float32")
        super().__init__(config.batch_size, np.random.default_rng(seed))

    def draw(self):
        return self.ids.lengths

    def make(self, rows, steps):
        return self.ids.padded(rows, steps=steps), self.targets[rows], self.weights[rows]
