"""Batches of (question, passage) pairs for the readers, new every epoch, and predictions in batches of similar length."""

import numpy as np

from common.ragged import Ragged
from common.text.encode import CHANNELS
from common.training.batches import BucketedBatches

UNKNOWN = 1  # id of an unknown character
SHAPES = 32  # lengths are rounded up to it in prediction, which is compiled for every shape on either backend
CHARACTER, WORD = CHANNELS.index("character"), CHANNELS.index("word")


class Batches(BucketedBatches):
    """Of every question one passage that answers it and some that do not, all chosen at random for each epoch.

    Of a passage longer than `config.window` a random window is taken; where the passage answers, one with a whole answer in it.

    Args:
        sources: list of (`Encoded`, questions to draw from `(rows,)`, how many of them an epoch takes); the questions of a
            source are drawn without repetition until all were seen.
        config: batch size, negatives, window and dropout of ids.
        seed: of order, windows and dropout.
        bucket: `False` pads batches of mixed lengths, for comparison.

    Items are `(inputs, starts and ends (batch, steps, 2), weights (batch, steps))`; padding has the weight 0.
    """

    def __init__(self, sources, config, seed, bucket=True):
        self.sources, self.config = sources, config
        self.queues = [np.empty(0, int)] * len(sources)
        super().__init__(config.batch_size, np.random.default_rng(seed), bucket)

    def draw(self):
        pairs = []  # columns source, passage, begin, length
        for number, (encoded, rows, count) in enumerate(self.sources):
            for row in self.next_questions(number, rows, count):
                passages = np.arange(encoded.first[row], encoded.first[row + 1])
                answering = encoded.spans.lengths[passages] > 0 if len(passages) else np.empty(0, bool)
                chosen = self.some(passages[answering], 1) + self.some(passages[~answering], self.config.negatives)
                pairs += [(number, passage, *self.window(encoded, passage)) for passage in chosen]
        self.pairs = np.array(pairs, dtype="int64").reshape(-1, 4)
        return self.pairs[:, 3]

    def next_questions(self, number, rows, count):
        """The next `count` questions of a source; its queue is filled and shuffled when it runs out."""
        while len(self.queues[number]) < count:
            self.queues[number] = np.append(self.queues[number], self.generator.permutation(rows))
        taken, self.queues[number] = np.split(self.queues[number], [count])
        return taken

    def some(self, passages, number):
        """Up to `number` of the passages, at random, as a list."""
        return self.generator.choice(passages, min(number, len(passages)), replace=False).tolist()

    def window(self, encoded, passage):
        """First character and length of what is seen of a passage."""
        length = int(encoded.passages.lengths[passage])
        if length <= self.config.window:
            return 0, length
        low, high = 0, length - self.config.window
        if len(spans := encoded.spans[passage]):
            first, last = spans[self.generator.integers(len(spans))]
            low, high = max(low, last + 1 - self.config.window), max(0, min(high, first))
        return int(self.generator.integers(low, max(low, high) + 1)), self.config.window

    def make(self, rows, more):
        pairs = self.pairs[rows]
        parts = []
        for number, (encoded, _, _) in enumerate(self.sources):
            of_source = pairs[pairs[:, 0] == number, 1:]
            if len(of_source):
                parts.append(pair_arrays(encoded, *of_source.T, more=more))
        inputs, targets = merge(parts)
        weights = (inputs["passage"][..., CHARACTER] > 0).astype("float32")
        for name in ("question", "passage"):
            self.drop(inputs[name])
        return inputs, targets, weights

    def drop(self, ids):
        """Show some characters and some words as unknown, in place."""
        characters, words = ids[..., CHARACTER], ids[..., WORD]
        characters[(self.generator.random(characters.shape) < self.config.character_dropout) & (characters > 0)] = UNKNOWN
        words[self.generator.random(words.shape) < self.config.word_dropout] = 0


def pair_arrays(encoded, passages, begins=0, lengths=None, **padding):
    """Inputs and targets of passages with their questions.

    Args:
        encoded: `Encoded`.
        passages: numbers of passages, `(batch,)`.
        begins, lengths: the window that is seen of each.
        **padding: `multiple` and `more` of `Ragged.padded`.

    Returns:
        Dict of the arrays that the readers take, and starts and ends `(batch, steps, 2)`.
    """
    begins = np.broadcast_to(np.asarray(begins), passages.shape)
    seen = encoded.passages.padded(passages, begins, lengths, **padding)
    inputs = {
        "question": encoded.questions.padded(encoded.owner_of(passages), **padding),
        "passage": seen,
        "match": encoded.match.padded(passages, begins, lengths, **padding).astype("float32"),
        "relevance": encoded.relevance[passages],
    }
    targets = np.zeros((*seen.shape[:2], 2), "float32")
    rows = np.repeat(np.arange(len(passages)), encoded.spans.lengths[passages])
    spans = encoded.spans.take(passages).values - begins[rows][:, None]
    ends = (encoded.passages.lengths[passages] if lengths is None else np.asarray(lengths))[rows]
    whole = (spans[:, 0] >= 0) & (spans[:, 1] < ends)  # an answer that the window cuts is none
    targets[rows[whole], spans[whole, 0], 0] = 1
    targets[rows[whole], spans[whole, 1], 1] = 1
    return inputs, targets


def merge(parts):
    """One batch of the pairs of several sources: padded to the same lengths, and put behind one another."""
    if len(parts) == 1:
        return parts[0]
    inputs = {name: stack([part[name] for part, _ in parts]) for name in parts[0][0]}
    return inputs, stack([targets for _, targets in parts])


def stack(arrays):
    """Arrays `(batch, ...)` behind one another; the second axis, the steps, is filled with zeros up to the most."""
    steps = max(array.shape[1] for array in arrays)
    return np.concatenate(
        [np.pad(array, [(0, 0), (0, steps - array.shape[1])] + [(0, 0)] * (array.ndim - 2)) for array in arrays]
    )


def predict(network, encoded, passages, batch_size=64):
    """Pointers of some passages, whole ones.

    Args:
        network: one of `model.py`.
        encoded: `Encoded`.
        passages: numbers of passages.
        batch_size: rows of a batch; long passages are taken in smaller ones.

    Returns:
        `Ragged` float16 `(characters, 2)`, one row per passage.
    """
    passages = np.asarray(passages, dtype=int)
    lengths = encoded.passages.lengths[passages]
    order = np.argsort(-lengths, kind="stable")
    pointers = [None] * len(passages)
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        rows = order[start : start + max(1, min(batch_size, batch_size * 256 // max(1, longest)))]
        start += len(rows)
        inputs, _ = pair_arrays(encoded, passages[rows], multiple=SHAPES)
        for row, found in zip(rows, network.predict_on_batch(inputs), strict=True):
            pointers[row] = found[: lengths[row]].astype("float16")
    return Ragged.of(pointers, (2,), "float16")
