"""Triples that at least one model finds possible, with what each model makes of them, and LightGBM to tell true from false."""

import re
from dataclasses import dataclass

import lightgbm
import numpy as np

from common.text.encode import PLACES
from common.text.normalise import normalise
from competitions.baidu_ie import knowledge, metric
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.features import CHANNELS

PARTS = ("subject", "object", "link")  # columns of `Candidates.parts`
TAG, PLACE = (CHANNELS.index(name) for name in ("tag", "place"))  # not those of postag, which new sentences lack
BEGINS, ENDS = (PLACES["only"], PLACES["first"]), (PLACES["only"], PLACES["last"])
MARKS = re.compile(r"[\W_]")
OWN = ("mean", "best", "models", "rank", "proposals", "relative")
RIVALS = ("same_pair", "same_subject", "same_object", "overlapping", "swapped")
FORM = (
    "predicate",
    "length",
    *("subject_length", "object_length", "distance", "between", "subject_count", "object_count", "marks", "named", "named_far"),
    *(f"{name}_{what}" for name in ("subject", "object") for what in ("tag", "last_tag", "whole")),
    *(f"{name}_titled" for name in ("subject", "object")),
)
TREES = {  # few thousand proposals, and scores that agree: small trees, of few of the features each
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,  # so few columns that threads would wait for each other
}


@dataclass(frozen=True)
class Proposals:
    """Distinct triples of sentences, as arrays and lists of one length.

    Attributes:
        sentence: number of the sentence, ascending.
        triples: list of `Triple`, as they stand in the text.
        spans: int32 `(proposals, 5)`, the best place of each; columns as in `prior.spans_of`.
        scores: float32 `(proposals, models)`; 0 where a model does not see it.
        parts: float32 `(proposals, models, 3)`, columns as in `PARTS`.
    """

    sentence: np.ndarray
    triples: list
    spans: np.ndarray
    scores: np.ndarray
    parts: np.ndarray

    def __len__(self):
        return len(self.triples)

    def take(self, kept):
        """Some of them, by bool `(proposals,)`."""
        triples = [triple for triple, one in zip(self.triples, kept, strict=True) if one]
        return Proposals(self.sentence[kept], triples, self.spans[kept], self.scores[kept], self.parts[kept])

    def believed(self, kept, sentences):
        """The kept triples of each sentence, a list of tuples.

        Args:
            kept: bool `(proposals,)`.
            sentences: how many there are.
        """
        found = [[] for _ in range(sentences)]
        for number in np.flatnonzero(kept):
            found[self.sentence[number]].append(self.triples[number])
        return [tuple(triples) for triples in found]


def propose(sentences, found, predicates):
    """The `Proposals` of several models.

    Args:
        sentences: list of `Sentence`.
        found: list of `Candidates`, one of each model.
        predicates: texts by number.
    """
    table = {}
    for model, candidates in enumerate(found):
        for number, span, score, parts in zip(
            candidates.sentence, candidates.spans, candidates.score, candidates.parts, strict=True
        ):
            triple = triple_at(sentences[number].text, span, predicates)
            if not triple:
                continue
            names = (int(number), *next(iter(metric.normal_forms([triple]))))
            scores, _ = table.setdefault(names, ({}, triple))
            if score > scores.get(model, (0.0,))[0]:
                scores[model] = (float(score), parts, span)
    names = sorted(table)
    scores = np.zeros((len(names), len(found)), "float32")
    parts = np.zeros((len(names), len(found), len(PARTS)), "float32")
    spans = np.zeros((len(names), 5), "int32")
    for row, name in enumerate(names):
        of_models = table[name][0]
        for model, (score, own, _) in of_models.items():
            scores[row, model], parts[row, model] = score, own
        spans[row] = max(of_models.values(), key=lambda one: one[0])[2]
    return Proposals(np.array([name[0] for name in names], int), [table[name][1] for name in names], spans, scores, parts)


def triple_at(text, span, predicates):
    """The triple of a span, `None` where a name is blank."""
    first, last, predicate, begin, end = span
    subject, entity = text[first : last + 1].strip(), text[begin : end + 1].strip()
    return Triple(subject, predicates[predicate], entity) if subject and entity else None


def columns(models):
    """Names of the features, for so many models."""
    of_models = [f"{name}_{model}" for model in range(models) for name in ("score", *PARTS)]
    return [*of_models, *OWN, *RIVALS, *knowledge.COLUMNS, *FORM]


def table(proposals, sentences, encoded, known):
    """Features of all proposals, float32 `(proposals, columns)`.

    Args:
        proposals: `Proposals`.
        sentences: list of `Sentence`.
        encoded: `Encoded` of them.
        known: `Knowledge` of each sentence, `(sentences,)`: of other ones than those that it is judged by.
    """
    rows = np.zeros((len(proposals), len(columns(proposals.scores.shape[1]))), "float32")
    bounds = np.searchsorted(proposals.sentence, np.arange(len(sentences) + 1))
    mean = proposals.scores.mean(axis=1)
    for number, sentence in enumerate(sentences):
        places = np.arange(bounds[number], bounds[number + 1])
        if not len(places):
            continue
        text, ids = normalise(sentence.text), encoded.ids[number]
        ranks = np.argsort(np.argsort(-mean[places], kind="stable"))
        for rank, place in zip(ranks, places, strict=True):
            scores = proposals.scores[place]
            of_models = np.concatenate([scores[:, None], proposals.parts[place]], axis=1).ravel()
            own = (mean[place], scores.max(), (scores > 0).sum(), rank, len(places), mean[place] / mean[places].max())
            rows[place] = [
                *of_models,
                *own,
                *rivals(proposals, mean, place, places),
                *known[number].describe(proposals.triples[place]),
                *form(text, ids, proposals.triples[place], proposals.spans[place]),
            ]
    return rows


def contradictions(proposals, known):
    """Whether the schema asks each proposal's names to be what they never are; bool `(proposals,)`, `known` as of `table`."""
    pairs = zip(proposals.sentence, proposals.triples, strict=True)
    return np.array([known[number].contradicts(triple) for number, triple in pairs], dtype=bool)


def rivals(proposals, mean, place, places):
    """The best mean score of another proposal of the sentence that shares something, columns as in `RIVALS`."""
    others = places[places != place]
    own, spans = proposals.spans[place], proposals.spans[others]
    same_subject = (spans[:, :2] == own[:2]).all(axis=1)
    same_object = (spans[:, 3:] == own[3:]).all(axis=1)
    same_predicate = spans[:, 2] == own[2]
    overlapping = (spans[:, 3] <= own[4]) & (spans[:, 4] >= own[3]) & ~same_object
    swapped = (spans[:, :2] == own[3:]).all(axis=1) & (spans[:, 3:] == own[:2]).all(axis=1)
    shared = (
        same_subject & same_object,
        same_subject & same_predicate,
        same_object & same_predicate,
        overlapping & same_predicate,
        swapped,
    )
    return [mean[others[one]].max(initial=0) for one in shared]


def form(text, ids, triple, span):
    """What the proposal looks like in its normalised text, columns as in `FORM`."""
    first, last, predicate, begin, end = span
    between = text[min(last, end) + 1 : max(first, begin)]
    named = [abs(found.start() - begin) for found in re.finditer(re.escape(triple.predicate), text)]
    described = [
        predicate,
        len(text),
        last - first + 1,
        end - begin + 1,
        begin - first,
        len(between),
        text.count(normalise(triple.subject)),
        text.count(normalise(triple.object)),
        len(MARKS.findall(between)),
        len(named),
        min(named, default=-1),
    ]
    for one, other in ((first, last), (begin, end)):
        described += [ids[one, TAG], ids[other, TAG], (ids[one, PLACE] in BEGINS) + (ids[other, PLACE] in ENDS)]
    for one, other in ((first, last), (begin, end)):
        described.append(text[max(0, one - 1) : one] == "《" and text[other + 1 : other + 2] == "》")
    return described


def targets(proposals, sentences):
    """Whether each proposal is among the sentence's triples, by the organisers' rule; `(proposals,)`."""
    gold = [metric.normal_forms(sentence.triples) for sentence in sentences]
    return np.array(
        [
            next(iter(metric.normal_forms([triple]))) in gold[number]
            for number, triple in zip(proposals.sentence, proposals.triples, strict=True)
        ],
        dtype=float,
    )


def fit(rows, truth, models, rounds, seed):
    """A LightGBM model of the probability that a proposal is true."""
    names = columns(models)
    categories = [names.index(name) for name in names if name == "predicate" or name.endswith("tag")]
    return lightgbm.train({**TREES, "seed": seed}, lightgbm.Dataset(rows, truth, categorical_feature=categories), rounds)
