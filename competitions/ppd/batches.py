"""Pairs of questions as padded arrays: for training, in random batches of similar length, and for prediction."""

import numpy as np

from common.training.batches import BucketedBatches, by_length
from common.training.batches import predict as predict_batch
from competitions.ppd import closure, metric
from competitions.ppd.model import SIDES

MULTIPLE = 8  # padded lengths are rounded up to it
PREDICTED = 512  # pairs of a batch


class PairBatches(BucketedBatches):
    """Labelled pairs, and, where the protocol allows it, pairs that follow from their labels, drawn anew for every epoch.

    Args:
        dataset: the `Dataset`.
        rows: its training pairs, `(rows,)`.
        config: `batch_size`, `closure_share` and what `arrays` takes.
        seed: of the order and of the added pairs.
    """

    def __init__(self, dataset, rows, config, seed):
        self.dataset, self.rows, self.config = dataset, rows, config
        super().__init__(config.batch_size, np.random.default_rng(seed), multiple=MULTIPLE)

    def draw(self):
        self.pairs, self.labels = self.dataset.pairs[self.rows], self.dataset.labels[self.rows]
        self.weights = np.ones(len(self.rows), "float32")
        if self.config.uses_closure:
            self.add_closure()
        return seen_lengths(self.dataset, self.pairs, self.config)

    def add_closure(self):
        """Pairs that other pairs imply, with the winner's weight."""
        added = closure.augment(self.pairs, self.labels, len(self.dataset.names), self.generator)
        most = int(self.config.closure_share * len(self.rows))
        chosen = self.generator.permutation(len(added[0]))[:most]
        own = (self.pairs, self.labels, self.weights)
        self.pairs, self.labels, self.weights = (
            np.concatenate([one, more[chosen]]) for one, more in zip(own, added, strict=True)
        )

    def make(self, rows, characters, words):
        inputs = arrays(self.dataset, self.pairs[rows], self.config, characters, words)
        return inputs, self.labels[rows, None].astype("float32"), self.weights[rows]


def seen_lengths(dataset, pairs, config):
    """Characters and words that are seen of the longer question of each pair, `(rows, 2)`."""
    units = [(getattr(dataset, unit).ids, getattr(config, f"longest_{unit}")) for unit in ("char", "word")]
    return np.stack([np.minimum(ids.lengths[pairs].max(axis=1), most) for ids, most in units], axis=1)


def arrays(dataset, pairs, config, characters, words):
    """What the networks take: both questions of a pair padded to the same length.

    Args:
        dataset: the `Dataset`.
        pairs: question numbers `(batch, 2)`.
        config: `longest_word` and `longest_char`, the tokens of a question that are seen.
        characters, words: the padded lengths.

    Returns:
        Dict of int32 `(batch, steps)`, see `model`.
    """
    inputs = {}
    for unit, steps in (("char", characters), ("word", words)):
        ids = getattr(dataset, unit).ids
        both = pairs.T.ravel()
        seen = np.minimum(ids.lengths[both], getattr(config, f"longest_{unit}"))
        padded = ids.padded(both, lengths=seen, steps=steps).reshape(2, len(pairs), -1)
        inputs |= {f"{unit}_{side}": padded[place] for place, side in enumerate(SIDES)}
    return inputs


def predict(network, dataset, pairs, config):
    """Probability that the questions of each pair mean the same, `(rows,)`, float32."""
    probability = np.empty(len(pairs), "float32")
    for rows, steps in by_length(seen_lengths(dataset, pairs, config), PREDICTED, multiple=MULTIPLE):
        inputs = arrays(dataset, pairs[rows], config, *steps)
        probability[rows] = predict_batch(network, inputs)[:, 0]
    return metric.clip(probability)


def predict_with_mates(network, dataset, pairs, known, labels, config, seed):
    """`predict`, blended with the answers for pairs where one side is replaced by what known pairs say means the same.

    Args:
        network, dataset, pairs, config: as of `predict`.
        known: pairs whose labels are known `(rows, 2)`.
        labels: of these.
        seed: chooses where a question has many mates.
    """
    own = predict(network, dataset, pairs, config)
    cluster = closure.clusters(known, labels, len(dataset.names))
    variants, rows = closure.variants(pairs, cluster, np.random.default_rng(seed))
    if not len(rows):
        return own
    return closure.blend_variants(own, predict(network, dataset, variants, config), rows).astype("float32")
