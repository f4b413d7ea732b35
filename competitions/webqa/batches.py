"""Batches of (question, passage) pairs for the readers, new every epoch, and predictions in batches of similar length."""

import numpy as np

from common.ragged import Ragged
from common.text.encode import CHANNELS
from common.training.batches import BucketedBatches, by_length
from common.training.batches import predict as predict_batch

UNKNOWN = 1  # id of an unknown character
MULTIPLE = 32  # lengths are rounded up to it in prediction
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

    carried = ("generator", "queues")

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
        asked = np.empty(len(pairs), int)
        for number, (encoded, _, _) in enumerate(self.sources):
            own = self.pairs[:, 0] == number
            asked[own] = encoded.questions.lengths[encoded.owner_of(self.pairs[own, 1])]
        return np.stack([self.pairs[:, 3], asked], axis=1)

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

    def make(self, rows, steps, asked_steps):
        pairs = self.pairs[rows]
        parts = []
        for number, (encoded, _, _) in enumerate(self.sources):
            of_source = pairs[pairs[:, 0] == number, 1:]
            if len(of_source):
                parts.append(pair_arrays(encoded, *of_source.T, steps, asked_steps))
        inputs = {name: np.concatenate([part[name] for part, _ in parts]) for name in parts[0][0]}
        targets = np.concatenate([targets for _, targets in parts])
        weights = (inputs["passage"][..., CHARACTER] > 0).astype("float32")
        for name in ("question", "passage"):
            self.drop(inputs[name])
        return inputs, targets, weights

    def drop(self, ids):
        """Show some characters and some words as unknown, in place."""
        characters, words = ids[..., CHARACTER], ids[..., WORD]
        characters[(self.generator.random(characters.shape) < self.config.character_dropout) & (characters > 0)] = UNKNOWN
        words[self.generator.random(words.shape) < self.config.word_dropout] = 0


def pair_arrays(encoded, passages, begins=0, lengths=None, steps=None, asked_steps=None):
    """Inputs and targets of passages with their questions.

    Args:
        encoded: `Encoded`.
        passages: numbers of passages, `(batch,)`.
        begins, lengths: the window that is seen of each.
        steps, asked_steps: what passages and questions are padded to, see `Ragged.padded`.

    Returns:
        Dict of the arrays that the readers take, and starts and ends `(batch, steps, 2)`.
    """
    begins = np.broadcast_to(np.asarray(begins), passages.shape)
    seen = encoded.passages.padded(passages, begins, lengths, steps=steps)
    inputs = {
        "question": encoded.questions.padded(encoded.owner_of(passages), steps=asked_steps),
        "passage": seen,
        "match": encoded.match.padded(passages, begins, lengths, steps=steps).astype("float32"),
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
    lengths = np.stack([encoded.passages.lengths[passages], encoded.questions.lengths[encoded.owner_of(passages)]], axis=1)
    pointers = [None] * len(passages)
    for rows, steps in by_length(lengths, batch_size, 256 * batch_size, MULTIPLE):
        inputs, _ = pair_arrays(encoded, passages[rows], 0, None, *steps)
        for row, found in zip(rows, predict_batch(network, inputs), strict=True):
            pointers[row] = found[: lengths[row, 0]].astype("float16")
    return Ragged.of(pointers, (2,), "float16")
