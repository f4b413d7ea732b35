"""From probabilities to triples, whole batches at a time."""

import itertools
from dataclasses import dataclass, fields, replace

import numpy as np

from common.ragged import Ragged
from competitions.baidu_ie import metric
from competitions.baidu_ie.data import Triple

BATCH = 64  # sentences, or subjects, of a batch
AREA = 64 * 128  # characters of a batch
LINKED_AREA = 32 * 96  # of the linker's, whose scores grow with the square of the length
ENDS, SURE = 0.1, 0.4  # a start goes to the nearest end above the one, so that weak candidates are seen, and above the other
LINKS = -4.0  # score of a link from which it is looked at


@dataclass(frozen=True)
class Candidates:
    """Triples that may be true, as arrays `(candidates,)`.

    Attributes:
        sentence: number of the sentence.
        spans: int32 `(candidates, 5)`, columns as in `prior.spans_of`.
        score: probability of the triple.
        parts: float32 `(candidates, 3)`: of the subject's ends, of the object's ends, of the link.
    """

    sentence: np.ndarray
    spans: np.ndarray
    score: np.ndarray
    parts: np.ndarray

    def __len__(self):
        return len(self.score)

    def take(self, rows):
        """Some of them."""
        return Candidates(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def renumbered(self, numbers):
        """The same with other numbers of the sentences, `numbers[old]`."""
        return replace(self, sentence=np.asarray(numbers, "int32")[self.sentence])

    @classmethod
    def join(cls, several):
        """One after the other."""
        empty = cls(np.empty(0, "int32"), np.empty((0, 5), "int32"), np.empty(0, "float32"), np.empty((0, 3), "float32"))
        return cls(**{f.name: np.concatenate([getattr(one, f.name) for one in (empty, *several)]) for f in fields(cls)})


def find(network, encoded, known, predicates, threshold=0.0):
    """Candidates of sentences by either model.

    Args:
        network: of `model.py`.
        encoded: `Encoded`.
        known: `Ragged` of known spans, one row for each sentence.
        predicates: how many.
        threshold: score that a candidate must exceed.

    Returns:
        `Candidates` in the order of the sentences.
    """
    from common.training import by_length
    from competitions.baidu_ie import batches

    finder = find_pointers if network.name == "pointers" else find_links
    area = AREA if network.name == "pointers" else LINKED_AREA
    found = [
        finder(network, batches.sentence_inputs(encoded, known, rows, steps, predicates), known, rows, predicates)
        for rows, (steps,) in by_length(encoded.ids.lengths[:, None], BATCH, area, batches.MULTIPLE)
    ]
    found = Candidates.join(found)
    found = found.take(found.score > threshold)
    return found.take(np.lexsort((*found.spans.T[::-1], found.sentence)))


def find_pointers(network, inputs, known, rows, predicates):
    """Candidates of one batch: its subjects, then the objects of all of them."""
    from common.training import predict
    from competitions.baidu_ie import batches

    subject_model, object_model = network.get_layer("subject_model"), network.get_layer("object_model")
    given = {name: inputs[name] for name in ("ids", "source", "known_subjects")}
    found = predict(subject_model, given)
    real = inputs["ids"][..., batches.CHARACTER] > 0
    row, first, last = spans_of(*np.moveaxis(found["subjects"] * real[..., None], -1, 0))
    several, asked_at_once = [], max(1, min(BATCH, AREA // real.shape[1]))
    for start in range(0, len(row), asked_at_once):
        part = slice(start, start + asked_at_once)
        of, subject = row[part], np.stack([first[part], last[part]], axis=1).astype("int32")
        marks = batches.of_subject([known[rows[one]] for one in of], subject)
        steps = real.shape[1]
        objects = predict(
            object_model,
            {
                "states": found["states"][of],
                "gates": found["gates"][of],
                "ids": inputs["ids"][of],
                "span": subject,
                "known_objects": batches.ends_by_predicate(marks, steps, predicates).reshape(len(of), steps, -1),
            },
            asked_at_once,
        )
        objects = np.transpose(objects * real[of][..., None, None], (3, 0, 2, 1))  # (2, subjects, predicates, steps)
        number, begin, end = spans_of(*objects.reshape(2, -1, steps))
        asked, predicate = np.divmod(number, predicates)
        of_subject = found["subjects"][of[asked], subject[asked, 0], 0] * found["subjects"][of[asked], subject[asked, 1], 1]
        of_object = objects[0, asked, predicate, begin] * objects[1, asked, predicate, end]
        spans = np.stack([subject[asked, 0], subject[asked, 1], predicate, begin, end], axis=1).astype("int32")
        parts = np.sqrt(np.stack([of_subject, of_object, of_object], axis=1))
        several.append(Candidates(rows[of[asked]].astype("int32"), spans, np.sqrt(parts[:, 0] * parts[:, 1]), parts))
    return Candidates.join(several)


def find_links(network, inputs, known, rows, predicates):
    """Candidates of one batch: the links above their threshold, with the spans that begin at their ends."""
    from common.training import predict
    from competitions.baidu_ie import batches

    found = predict(network, inputs)
    real = inputs["ids"][..., batches.CHARACTER] > 0
    entities = found["entities"] * real[..., None]
    row, first, begin, predicate = np.nonzero(found["links"] > LINKS)
    several = []
    for subject_end, object_end in itertools.product(choose_ends(entities[..., 1]), choose_ends(entities[..., 3])):
        last, end = subject_end[row, first], object_end[row, begin]
        whole = (last >= 0) & (end >= 0)
        several.append(np.stack([row, first, last, predicate, begin, end])[:, whole])
    row, first, last, predicate, begin, end = np.concatenate(several, axis=1)
    link = 1 / (1 + np.exp(-found["links"][row, first, begin, predicate]))
    of_subject = np.sqrt(entities[row, first, 0] * entities[row, last, 1])
    of_object = np.sqrt(entities[row, begin, 2] * entities[row, end, 3])
    spans = np.stack([first, last, predicate, begin, end], axis=1).astype("int32")
    parts = np.stack([of_subject, of_object, link], axis=1).astype("float32")
    return Candidates(rows[row].astype("int32"), spans, np.sqrt(link * np.sqrt(of_subject * of_object)), parts)


def spans_of(starts, ends):
    """Spans from every start to the nearest end behind it, and to the nearest sure end, where this is another.

    Args:
        starts, ends: probabilities, `(rows, steps)`.

    Returns:
        Row, first and last step of each, `(spans,)`.
    """
    row, first = np.nonzero(starts > ENDS)
    near, sure = (next_above(ends, threshold)[row, first] for threshold in (ENDS, SURE))
    spans = np.stack([np.tile(row, 2), np.tile(first, 2), np.concatenate([near, np.where(sure == near, -1, sure)])])
    spans = spans[:, spans[2] >= 0]
    return spans[:, np.lexsort(spans[::-1])]


def choose_ends(ends):
    """The nearest end of each step, and the nearest sure one, -1 where it is the same or there is none; `(batch, steps)`."""
    near, sure = next_above(ends, ENDS), next_above(ends, SURE)
    return near, np.where(sure == near, -1, sure)


def next_above(values, threshold):
    """The nearest step, from each step on, whose value exceeds a threshold; -1 where there is none.

    Args:
        values: `(rows, steps)`.
    """
    steps = values.shape[1]
    place = np.where(values > threshold, np.arange(steps), steps)
    nearest = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
    return np.where(nearest < steps, nearest, -1)


def merge(several, sentences, threshold=0.0):
    """The candidates of several networks of the same kind, by triple: wherever each network sees it best, scores averaged.

    Args:
        several: list of `Candidates`; a network that does not see a triple gives it 0.
        sentences: list of `Sentence`.
        threshold: what a mean score must exceed.

    Returns:
        `Candidates`, one for each triple of a sentence, at the place of its best score.
    """
    best = {}
    for number, candidates in enumerate(several):
        for row in np.argsort(-candidates.score, kind="stable"):
            first, last, predicate, begin, end = candidates.spans[row]
            text = sentences[candidates.sentence[row]].text
            names = metric.normalise(text[first : last + 1].strip()), metric.normalise(text[begin : end + 1].strip())
            best.setdefault((candidates.sentence[row], predicate, *names), {}).setdefault(number, row)
    merged = []
    for rows in best.values():
        number, row = max(rows.items(), key=lambda one: several[one[0]].score[one[1]])
        mean = {name: sum(getattr(several[n], name)[r] for n, r in rows.items()) / len(several) for name in ("score", "parts")}
        merged.append(replace(several[number].take([row]), score=mean["score"][None], parts=mean["parts"][None]))
    found = Candidates.join(merged)
    found = found.take(found.score > threshold)
    return found.take(np.lexsort((*found.spans.T[::-1], found.sentence)))


def triples_of(sentences, candidates, predicates):
    """Distinct triples of each sentence, the first candidate first.

    Args:
        sentences: list of `Sentence`.
        candidates: `Candidates` that are believed.
        predicates: texts by number.

    Returns:
        list of tuples of `Triple`.
    """
    found = [{} for _ in sentences]
    for number, (first, last, predicate, begin, end) in zip(candidates.sentence, candidates.spans, strict=True):
        text = sentences[number].text
        subject, entity = text[first : last + 1].strip(), text[begin : end + 1].strip()
        if subject and entity:
            found[number][Triple(subject, predicates[predicate], entity)] = True
    return [tuple(triples) for triples in found]


def known_spans(prior, sentences, fitted):
    """What the prior knows of each sentence, a `Ragged`.

    Args:
        prior: `TriplePrior`.
        sentences: list of `Sentence`.
        fitted: whether the prior was fitted with them, so that what only they state must be left out.
    """
    return Ragged.of([prior.find(one.text, one.triples if fitted else ()) for one in sentences], (5,))
