"""Ways to choose among the candidate answers of the members: pointers averaged, answers voted, the ranker, or re-ranked.

What is learnt here is kept in the ensemble's run and answers new questions. Imports no Keras.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from common.experiment import Kind
from common.ragged import Ragged
from competitions.webqa import decode, metric, rerank
from competitions.webqa.features import Encoded

AVERAGED, VOTED, RANKER, RERANKED = "pointers averaged", "answers voted", "ranker", "re-ranked"
LEAST = 200  # candidates that a re-ranker can learn from


@dataclass(frozen=True)
class Part:
    """Questions, and what the members found in their passages.

    Attributes:
        questions: list of `Question`.
        encoded: `Encoded` of them.
        pointers: `Ragged` of each network, over all passages.
        spans: `decode.Spans` of the ranker, `None` where it is no member.
        vectors: `(words, dim)` by word id.
        config: of decoding.
    """

    questions: list
    encoded: Encoded
    pointers: list
    spans: decode.Spans | None
    vectors: np.ndarray
    config: Any

    @cached_property
    def ways(self):
        """Candidates of each question, the best first, by every way that needs no re-ranker."""
        found = {}
        if self.pointers:
            found[AVERAGED] = self.candidates(mean_pointers(self.pointers))
            of_networks = [self.candidates(one) for one in self.pointers]
            found[VOTED] = [decode.merge(several) for several in zip(*of_networks, strict=True)]
        if self.spans is not None:
            found[RANKER] = decode.candidates(self.questions, self.encoded.first, self.spans)
        return found

    def candidates(self, pointers):
        """Candidates from the pointers of one network, or from a mean."""
        spans = decode.find_spans(pointers, self.config.threshold, self.config.longest_answer)
        return decode.candidates(self.questions, self.encoded.first, spans)

    @cached_property
    def _described(self):
        return {}

    def described(self, way):
        """The candidates of a way that the re-ranker looks at, their features, and the first of each question's rows."""
        if way not in self._described:
            ranked = self.ways.get(RANKER)
            offered = rerank.offer(self.ways[way], ranked or [[]] * len(self.questions))
            pointers = mean_pointers(self.pointers)
            rows, owner = rerank.table(self.questions, offered, self.encoded, pointers, self.vectors, ranked)
            self._described[way] = offered, rows, np.searchsorted(owner, np.arange(len(self.questions) + 1))
        return self._described[way]


def mean_pointers(pointers):
    """The mean of the networks' pointers."""
    mean = np.mean([one.values.astype("float32") for one in pointers], axis=0)
    return Ragged(mean, pointers[0].bounds)


@dataclass(frozen=True)
class Found:
    """Some questions of a `Part`, by their numbers."""

    part: Part
    rows: np.ndarray

    @classmethod
    def all_of(cls, part):
        """Every question."""
        return cls(part, np.arange(len(part.questions)))

    def __len__(self):
        return len(self.rows)

    def take(self, rows):
        """Some of them."""
        return Found(self.part, self.rows[rows])

    @property
    def questions(self):
        """List of `Question`."""
        return [self.part.questions[row] for row in self.rows]

    def candidates(self, way):
        """Candidates of each question by a plain way."""
        return [self.part.ways[way][row] for row in self.rows]

    def described(self, way):
        """Candidates of each question that the re-ranker looks at, their features, and the question of each by its place."""
        offered, table, bounds = self.part.described(way)
        places = np.concatenate([np.empty(0, int), *(np.arange(bounds[row], bounds[row + 1]) for row in self.rows)])
        owner = np.repeat(np.arange(len(self.rows)), bounds[self.rows + 1] - bounds[self.rows])
        return [offered[row] for row in self.rows], table[places], owner


@dataclass(frozen=True)
class Plain:
    """A way that learns nothing."""

    way: str

    @property
    def asks_networks(self):
        """Whether a network has its say."""
        return self.way != RANKER

    def __call__(self, found):
        """Candidates of each question, the best first."""
        return found.candidates(self.way)


@dataclass(frozen=True)
class Reranked:
    """The candidates of the better of the networks' ways in the order of their expected scores."""

    way: str
    trees: Any
    asks_networks = True

    def __call__(self, found):
        """Candidates of each question, the best first."""
        offered, table, owner = found.described(self.way)
        return rerank.choose(offered, self.trees.predict(table) if len(table) else np.empty(0), owner)


def plain(way):
    """Learns nothing."""
    return lambda found, questions: Plain(way)


def fit_reranked(rounds, seed, workers, found, questions):
    """LightGBM on the candidates of the networks' better way; of fewer than it can learn from, that way as it is."""
    scores = {way: metric.ANSWERS.of(questions, found.candidates(way)) for way in (AVERAGED, VOTED)}
    way = metric.ANSWERS.best(scores)
    if sum(map(len, found.candidates(way))) < LEAST:
        return Plain(way)
    offered, table, _ = found.described(way)
    return Reranked(way, rerank.fit(table, rerank.targets(questions, offered), rounds, seed, workers))


def of_rows(part, rows):
    """A part with some of its questions alone, their passages numbered anew; rows in ascending order."""
    passages = part.encoded.passages_of(rows)
    spans = part.spans
    if spans is not None:
        number = np.full(len(part.encoded.passages), -1)
        number[passages] = np.arange(len(passages))
        spans = replace(spans.take(number[spans.passage] >= 0), passage=number[spans.passage[number[spans.passage] >= 0]])
    return replace(
        part,
        questions=[part.questions[row] for row in rows],
        encoded=part.encoded.take(rows),
        pointers=[one.take(passages) for one in part.pointers],
        spans=spans,
    )


def join_pointers(several, rows, records):
    """Pointers of all passages, NaN for those of questions that were never validated."""
    encoded = records.encoded
    joined = np.full((int(encoded.passages.bounds[-1]), 2), np.nan, "float16")
    for found, places in zip(several, rows, strict=True):
        for number, passage in enumerate(encoded.passages_of(places)):
            joined[encoded.passages.bounds[passage] : encoded.passages.bounds[passage + 1]] = found[number]
    return Ragged(joined, encoded.passages.bounds)


def join_spans(several, rows, records):
    """Spans over all passages."""
    parts = []
    for spans, places in zip(several, rows, strict=True):
        parts.append(replace(spans, passage=records.encoded.passages_of(places)[spans.passage]))
    return decode.join(parts)


POINTERS = Kind(
    pack=vars,
    unpack=lambda arrays: Ragged(arrays["values"], arrays["bounds"]),
    join=join_pointers,
    mean=lambda several, records: Ragged(mean_pointers(several).values.astype("float16"), several[0].bounds),
)
SPANS = Kind(
    pack=vars,
    unpack=lambda arrays: decode.Spans(**{name: arrays[name] for name in ("passage", "begin", "end", "score")}),
    join=join_spans,
    mean=lambda several, records: decode.mean(several),
)
