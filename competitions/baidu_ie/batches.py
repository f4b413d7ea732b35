"""Batches of sentences with what they say, new every epoch, and the inputs of prediction."""

from dataclasses import dataclass

import numpy as np

from common.ragged import Ragged
from common.training.batches import BucketedBatches
from competitions.baidu_ie.features import CHANNELS, Encoded

UNKNOWN = 1  # id of an unknown character
CHARACTER, POSTAG = CHANNELS.index("character"), CHANNELS.index("postag")
MULTIPLE = 32  # lengths are rounded up to it in prediction
OTHER_SPAN = 0.15  # of training sentences are asked for the objects of a span that is no subject


@dataclass(frozen=True)
class Source:
    """Sentences to draw from.

    Attributes:
        encoded: `Encoded`.
        known: spans of the triples that other sentences state, for each sentence; columns as in `prior.spans_of`.
        rows: sentences that may be drawn, `(rows,)`.
        count: how many of them an epoch takes; all are seen before any comes again.
        labelled: which predicates the source labels, `(predicates,)`.
    """

    encoded: Encoded
    known: Ragged
    rows: np.ndarray
    count: int
    labelled: np.ndarray

    def window(self, row, longest, generator):
        """Ids of a sentence, or of a window of it, the known triples and the stated ones in it."""
        ids, known, triples = self.encoded.ids[row], self.known[row], self.encoded.triples[row]
        if len(ids) <= longest:
            return ids, known, triples
        begin = window_of(len(ids), longest, triples, generator)
        return ids[begin : begin + longest], inside(known, begin, longest), inside(triples, begin, longest)


class Batches(BucketedBatches):
    """Sentences of several sources with their labels, for the model `name`; of a long one a window.

    Args:
        sources: list of `Source`.
        name: of the model, which decides on the labels.
        config: batch size, window, dropout of ids.
        seed: of order, windows, spans and dropout.

    Items are `(inputs, labels, weights)`, dicts by the names in `model.py`; labels of predicates that a source never labels are
    -1, and padding has the weight 0.
    """

    carried = ("generator", "queues")

    def __init__(self, sources, name, config, seed):
        self.sources, self.config = sources, config
        self.label = label_pointers if name == "pointers" else label_links
        self.queues = [np.empty(0, int)] * len(sources)
        super().__init__(config.batch_size, np.random.default_rng(seed))

    def draw(self):
        drawn, lengths = [], []
        for number, source in enumerate(self.sources):
            while len(self.queues[number]) < source.count:
                self.queues[number] = np.append(self.queues[number], self.generator.permutation(source.rows))
            taken, self.queues[number] = np.split(self.queues[number], [source.count])
            drawn.append(np.stack([np.full(len(taken), number), taken], axis=1))
            lengths.append(source.encoded.ids.lengths[taken])
        self.drawn = np.concatenate(drawn)
        return np.minimum(np.concatenate(lengths), self.config.window)

    def make(self, rows, steps):
        taken = [self.sources[number].window(row, self.config.window, self.generator) for number, row in self.drawn[rows]]
        ids = Ragged.of([one[0] for one in taken], (len(CHANNELS),))
        ids = ids.padded(np.arange(len(rows)), steps=steps)
        real = (ids[..., CHARACTER] > 0).astype("float32")
        sources = [self.sources[number] for number in self.drawn[rows, 0]]
        known, triples = [one[1] for one in taken], [one[2] for one in taken]
        predicates = len(sources[0].labelled)
        inputs = {
            "ids": self.dropped(ids),
            "source": np.array([source.encoded.source[row] for source, row in zip(sources, self.drawn[rows, 1], strict=True)]),
            "known_subjects": ends_of([spans[:, :2] for spans in known], ids.shape[1]),
        }
        unlabelled = ~np.stack([source.labelled for source in sources])
        return self.label(inputs, known, triples, unlabelled, real, predicates, self.generator)

    def dropped(self, ids):
        """Some characters as unknown, and some sentences without the words that came with them."""
        ids = ids.copy()
        characters = ids[..., CHARACTER]
        characters[(self.generator.random(characters.shape) < self.config.character_dropout) & (characters > 0)] = UNKNOWN
        ids[self.generator.random(len(ids)) < self.config.postag_dropout, :, POSTAG:] = 0
        return ids


def label_pointers(inputs, known, triples, unlabelled, real, predicates, generator):
    """Labels of the subjects, and of the objects of one of them, or of a span that is none."""
    steps = real.shape[1]
    spans = np.array([choose_span(found, length, generator) for found, length in zip(triples, real.sum(axis=1), strict=True)])
    inputs["span"] = spans.astype("int32")
    inputs["known_objects"] = ends_by_predicate(of_subject(known, spans), steps, predicates).reshape(len(real), steps, -1)
    objects = ends_by_predicate(of_subject(triples, spans), steps, predicates, "int8")
    objects[np.broadcast_to(unlabelled[:, None, :, None], objects.shape)] = -1
    labels = {"subjects": ends_of([found[:, :2] for found in triples], steps), "objects": objects}
    return inputs, labels, {"subjects": real, "objects": real}


def label_links(inputs, known, triples, unlabelled, real, predicates, generator):
    """Labels of the ends of subjects and objects, and of the predicates between their first characters."""
    steps = real.shape[1]
    inputs["known_objects"] = ends_by_predicate(known, steps, predicates).reshape(len(real), steps, -1)
    ends = [ends_of([found[:, columns] for found in triples], steps) for columns in ([0, 1], [3, 4])]
    links = np.zeros((len(real), steps, steps, predicates), "int8")
    for row, found in enumerate(triples):
        links[row, found[:, 0], found[:, 3], found[:, 2]] = 1
    links[np.broadcast_to(unlabelled[:, None, None, :], links.shape)] = -1
    labels = {"entities": np.concatenate(ends, axis=-1), "links": links}
    return inputs, labels, {"entities": real, "links": np.ones(len(real), "float32")}


def window_of(length, longest, triples, generator):
    """First character of a window of a long sentence: a random one, around a random triple where one fits."""
    low, high = 0, length - longest
    fitting = triples[triples[:, [1, 4]].max(axis=1) - triples[:, [0, 3]].min(axis=1) < longest] if len(triples) else triples
    if len(fitting):
        triple = fitting[generator.integers(len(fitting))]
        low, high = max(low, triple[[1, 4]].max() + 1 - longest), min(high, triple[[0, 3]].min())
    return int(generator.integers(low, high + 1))


def inside(spans, begin, length):
    """Spans of triples that lie in a window, counted from its first character."""
    ends = spans[:, [0, 1, 3, 4]]
    kept = (ends >= begin).all(axis=1) & (ends < begin + length).all(axis=1)
    return spans[kept] - np.array([begin, begin, 0, begin, begin], "int32")


def choose_span(triples, length, generator):
    """First and last character to ask about: a subject, sometimes from one subject's first to another one's last or an object.

    The latter have no objects, or few, which teaches the model to say so.
    """
    if not len(triples):
        first, last = np.sort(generator.integers(int(length), size=2))
        return first, min(last, first + 8)
    if generator.random() < OTHER_SPAN:
        ends = np.concatenate([triples[:, :2], triples[:, 3:]])
        first = generator.choice(ends[:, 0])
        return first, generator.choice(ends[ends[:, 1] >= first, 1])
    return triples[generator.choice(len(triples)), :2]


def of_subject(triples, spans):
    """The triples of each sentence whose subject is a given span."""
    return [found[(found[:, :2] == span).all(axis=1)] for found, span in zip(triples, spans, strict=True)]


def ends_of(spans, steps):
    """Marks of first and last characters, float32 `(sentences, steps, 2)`."""
    marks = np.zeros((len(spans), steps, 2), "float32")
    for row, found in enumerate(spans):
        marks[row, found[:, 0], 0] = 1
        marks[row, found[:, 1], 1] = 1
    return marks


def ends_by_predicate(triples, steps, predicates, dtype="float32"):
    """Marks of first and last characters of objects, `(sentences, steps, predicates, 2)`."""
    marks = np.zeros((len(triples), steps, predicates, 2), dtype)
    for row, found in enumerate(triples):
        marks[row, found[:, 3], found[:, 2], 0] = 1
        marks[row, found[:, 4], found[:, 2], 1] = 1
    return marks


def sentence_inputs(encoded, known, rows, steps, predicates):
    """Inputs of some whole sentences, padded to `steps`; `known_objects` of any subject."""
    ids = encoded.ids.padded(rows, steps=steps)
    found = [known[row] for row in rows]
    return {
        "ids": ids,
        "source": np.zeros(len(rows), "int32"),  # whatever they are, they are answered as sentences of the contest
        "known_subjects": ends_of([spans[:, :2] for spans in found], ids.shape[1]),
        "known_objects": ends_by_predicate(found, ids.shape[1], predicates).reshape(*ids.shape[:2], -1),
    }
