"""Batches of normalised spectra for the networks; what distorts them is the first layer of a network, see augment.py."""

import numpy as np

from common.training.batches import Redrawn
from competitions.lamost.metric import LABELS


class Batches(Redrawn):
    """Shuffled batches of one training part, new every epoch.

    Args:
        flux: normalised spectra `(spectra, 2600)`, may be memory-mapped.
        labels: class indices `(spectra,)`.
        rows: the rows to draw from.
        batch_size: spectra in a batch; what is left of an epoch waits for the next one.
        config: has `weight_power` and `sampling_power`, which see to class imbalance.
        stratified: every batch has the classes in their shares (for a loss that belongs to a set).
        seed: of the order.

    Items are `(flux (batch, 2600, 1), one-hot labels (batch, 4), weights (batch,))`.
    """

    def __init__(self, flux, labels, rows, batch_size, config, stratified, seed):
        super().__init__()
        self.flux, self.labels, self.rows = flux, labels, rows
        self.batch_size = min(batch_size, len(rows))
        self.config, self.stratified = config, stratified
        self.generator = np.random.default_rng(seed)
        self.weights = class_weights(labels[rows], config.weight_power)
        self.on_epoch_end()

    def __len__(self):
        return len(self.rows) // self.batch_size

    def __getitem__(self, index):
        rows = np.sort(self.order[index * self.batch_size : (index + 1) * self.batch_size])  # a file is read forward
        labels = self.labels[rows]
        return np.asarray(self.flux[rows])[..., None], np.eye(len(LABELS), dtype="float32")[labels], self.weights[labels]

    def draw_epoch(self):
        labels = self.labels[self.rows]
        if self.stratified:
            self.order = self.rows[interleave(labels, self.generator)]
        else:
            shares = np.bincount(labels, minlength=len(LABELS))[labels] ** -float(self.config.sampling_power)
            uniform = self.config.sampling_power == 0
            self.order = self.generator.choice(
                self.rows, len(self.rows), replace=not uniform, p=None if uniform else shares / shares.sum()
            )


def class_weights(labels, power):
    """Weight of each class, `count**-power`, with mean 1 over the rows; float32 `(4,)`."""
    counts = np.maximum(np.bincount(labels, minlength=len(LABELS)), 1)
    weights = counts ** -float(power)
    return (weights / weights[labels].mean()).astype("float32")


def interleave(labels, generator):
    """An order in which every stretch holds all classes in their shares; indices `(rows,)`."""
    order = generator.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        members = order[labels[order] == label]
        place[members] = (np.arange(len(members)) + generator.random()) / len(members)
    return np.argsort(place)
