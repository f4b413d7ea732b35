"""A language model as the first lesson of an encoder: at every step it tells the next unit of a text from others.

    model = language_model(ids, states, vocabulary.counts)
    fit_stage(model, Stage("language model", LanguageBatches(...), LOSS(), 3, 2e-3), None, settings, "toy")

References: Dai and Le 2015, arXiv 1511.01432; kexue.fm archive 4374 (windows of ten words, the whole softmax).
"""

import keras
import numpy as np
from keras import ops

from common.layers.sampled import SampledScores
from common.training.batches import Redrawn

POWER = 0.75  # of the counts, by which candidates are drawn


def rates_of(counts):
    """How often each id is drawn as a candidate, `(ids,)`; padding never."""
    rates = np.maximum(np.asarray(counts, float), 1) ** POWER
    rates[0] = 0
    return rates / rates.sum()


def language_model(ids, states, counts):
    """The network that an encoder learns its first lesson in.

    Args:
        ids: the encoder's input, `(batch, steps)`.
        states: of the encoder, `(batch, steps, dim)`; the state of a step must not know the units behind it.
        counts: of each id, `(ids,)`.

    Returns:
        Model of `[ids, targets, candidates]`, whose output is that of `SampledScores`, named `next`.
    """
    targets = keras.Input((None,), dtype="int32", name="targets")
    candidates = keras.Input((None,), dtype="int32", name="candidates")
    scores = SampledScores(len(counts), rates_of(counts), name="next")([states, targets, candidates])
    return keras.Model([ids, targets, candidates], scores, name="language_model")


class LanguageBatches(Redrawn):
    """Windows of texts in random order, each with the unit that follows at every step, and candidates.

    Args:
        ids: `Ragged` ids of texts.
        counts: of each id, `(ids,)`.
        steps: of a window.
        batch_size: windows.
        candidates: of each batch, at least as many as it has windows.
        generator: `numpy.random.Generator`.
        last_only: windows begin at every place, ahead of the text, too, and only the unit behind each is asked for: the
            examples of an n-gram model. Otherwise they lie side by side, and every unit of a text but its first is asked for.

    Items are `([ids, targets, candidates], zeros, weights)`: the true class is the first score, and padding has no weight.
    """

    def __init__(self, ids, counts, steps, batch_size, candidates, generator, last_only=False):
        super().__init__()
        self.ids, self.steps, self.generator, self.last_only = ids, steps, generator, last_only
        stride = 1 if last_only else steps
        asked = np.maximum(ids.lengths - 1, 0)
        windows = -(-asked // stride)
        self.rows = np.repeat(np.arange(len(ids)), windows)
        first = np.arange(len(self.rows)) - np.repeat(np.cumsum(windows) - windows, windows)
        self.begins = first * stride - (steps - 1 if last_only else 0)
        self.batch_size = min(batch_size, len(self.rows))
        self.each = -(-candidates // max(self.batch_size, 1))
        self.cumulated = np.cumsum(rates_of(counts))
        self.on_epoch_end()

    def draw_epoch(self):
        self.order = self.generator.permutation(len(self.rows))
        self.seed = int(self.generator.integers(1 << 31))  # of the candidates of each batch

    def __len__(self):
        return len(self.order) // self.batch_size

    def __getitem__(self, index):
        chosen = self.order[index * self.batch_size :][: self.batch_size]
        place = self.begins[chosen, None] + np.arange(self.steps + 1)  # within the text
        inside = (place >= 0) & (place < self.ids.lengths[self.rows[chosen], None])
        window = np.where(inside, self.ids.values[np.where(inside, self.ids.bounds[self.rows[chosen], None] + place, 0)], 0)
        targets = window[:, 1:].astype("int32")
        weights = (targets > 0).astype("float32")
        if self.last_only:
            weights[:, :-1] = 0
        drawn = np.random.default_rng([self.seed, index]).random((len(chosen), self.each))
        candidates = np.minimum(np.searchsorted(self.cumulated, drawn, side="right"), len(self.cumulated) - 1).astype("int32")
        return (window[:, :-1].astype("int32"), targets, candidates), np.zeros(targets.shape, "int32"), weights


def perplexity(model, ids, steps, rows=64):
    """Perplexity of the next unit over the whole vocabulary, of windows of `Ragged` texts from their beginnings.

    Args:
        model: from `language_model`.
        steps: of a window.
        rows: windows at a time.
    """
    encoder, head = keras.Model(model.inputs[0], model.get_layer("next").input[0]), model.get_layer("next")
    total = count = 0
    for start in range(0, len(ids), rows):
        window = ids.padded(np.arange(start, min(start + rows, len(ids))), steps=steps + 1)
        states = ops.convert_to_tensor(encoder.predict_on_batch(window[:, :-1]))
        scores = ops.matmul(states, ops.transpose(head.table)) + head.bias
        logs = ops.convert_to_numpy(ops.log_softmax(scores, axis=-1))
        found = np.take_along_axis(logs, window[:, 1:, None].astype(int), axis=-1)[..., 0]
        total, count = total + found[window[:, 1:] > 0].sum(), count + (window[:, 1:] > 0).sum()
    return float(np.exp(-total / max(count, 1)))
