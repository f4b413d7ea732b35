"""Ways to judge the proposals of several models: weights, or LightGBM; then the threshold and the rules.

What is learnt here is kept in the ensemble's run and answers new sentences.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from competitions.baidu_ie import data, metric, proposals, repair
from competitions.baidu_ie.features import Encoded

PARTS = 5  # to cross-fit LightGBM on where sentences are of one fold


@dataclass(frozen=True)
class Part:
    """Sentences, and what the members propose for them.

    Attributes:
        sentences: list of `Sentence`.
        encoded: `Encoded` of them.
        knowledge: `Knowledge` for each sentence, of others than it.
        proposals: `Proposals`, sentences numbered as here.
        fold: number of each sentence's fold `(sentences,)`, `None` where none was validated in folds.
    """

    sentences: list
    encoded: Encoded
    knowledge: list
    proposals: proposals.Proposals
    fold: np.ndarray | None = None

    @classmethod
    def of(cls, sentences, encoded, knowledge, found, predicates, types, fold=None):
        """Put together what members found.

        Args:
            sentences, encoded, knowledge, fold: see the attributes.
            found: list of `Candidates` of each member, sentences numbered as here.
            predicates: texts by number.
            types: whether to leave out what contradicts the schema's types.
        """
        proposed = proposals.propose(sentences, found, predicates)
        if types:
            proposed = proposed.take(~proposals.contradictions(proposed, knowledge))
        return cls(list(sentences), encoded, knowledge, proposed, fold)

    @cached_property
    def table(self):
        """What LightGBM sees of each proposal."""
        return proposals.table(self.proposals, self.sentences, self.encoded, self.knowledge)

    @cached_property
    def targets(self):
        """Whether each proposal is true, by the labels of the sentences."""
        return proposals.targets(self.proposals, self.sentences)

    @cached_property
    def totals(self):
        """Triples of each sentence, by the organisers' rule, `(sentences,)`."""
        return np.array([len(metric.normal_forms(sentence.triples)) for sentence in self.sentences], int)


@dataclass(frozen=True)
class Found:
    """Some sentences of a `Part`, by their numbers."""

    part: Part
    rows: np.ndarray

    @classmethod
    def all_of(cls, part):
        """Every sentence."""
        return cls(part, np.arange(len(part.sentences)))

    def __len__(self):
        return len(self.rows)

    def take(self, rows):
        """Some of them."""
        return Found(self.part, self.rows[rows])

    @cached_property
    def places(self):
        """Numbers of their proposals."""
        return np.flatnonzero(np.isin(self.part.proposals.sentence, self.rows))

    @property
    def sentences(self):
        """List of `Sentence`."""
        return [self.part.sentences[row] for row in self.rows]

    @property
    def scores(self):
        """Of each proposal by each model, `(proposals, models)`."""
        return self.part.proposals.scores[self.places]

    @property
    def targets(self):
        """Whether each proposal is true."""
        return self.part.targets[self.places]

    @property
    def total(self):
        """How many triples there are to find."""
        return int(self.part.totals[self.rows].sum())

    def groups(self):
        """Part of each proposal, to cross-fit on: its fold, or of sentences of one fold a fifth by their texts."""
        part, fold = self.part, self.part.fold
        if fold is None or len(np.unique(fold[self.rows])) < 2:
            fold = np.array(data.groups(part.sentences)) % PARTS
        return fold[part.proposals.sentence[self.places]]

    def believed(self, judgement, threshold):
        """The triples of each sentence whose judgement exceeds a threshold, a list of tuples."""
        kept = {row: [] for row in self.rows.tolist()}
        for place in self.places[judgement > threshold]:
            kept[int(self.part.proposals.sentence[place])].append(self.part.proposals.triples[place])
        return [tuple(kept[row]) for row in self.rows.tolist()]


@dataclass(frozen=True)
class Judge:
    """What all ways have: a threshold that the judgement of a believed proposal exceeds, and the repair rules."""

    threshold: float
    rules: tuple[str, ...]

    def __call__(self, found):
        """The triples of each sentence, mended."""
        return mended(found.sentences, found.believed(self.judge(found), self.threshold), self.rules)


@dataclass(frozen=True)
class Weighted(Judge):
    """A weighted sum of the models' scores."""

    weights: tuple[float, ...]

    def judge(self, found):
        """The judgement of each proposal, `(proposals,)`."""
        return found.scores @ np.array(self.weights)


@dataclass(frozen=True)
class Filter(Judge):
    """LightGBM on what is known of each proposal."""

    trees: Any

    def judge(self, found):
        """The judgement of each proposal, `(proposals,)`."""
        return self.trees.predict(found.part.table[found.places]) if len(found.places) else np.zeros(0)


def fit_weighted(weights, rules, found, truth):
    """Of several lists of weights that with the best F1, and its best threshold."""
    best = max(weights, key=lambda one: best_f1(found.scores @ np.array(one), found.targets, found.total))
    threshold = best_threshold(found.scores @ np.array(best), found.targets, found.total)
    return Weighted(threshold, tuple(rules), tuple(best))


def fit_filter(rounds, seed, rules, found, truth):
    """LightGBM, with the best threshold of judgements of proposals that it did not learn from."""
    threshold = best_threshold(cross_judged(rounds, seed, found), found.targets, found.total)
    return Filter(threshold, tuple(rules), fit_trees(rounds, seed, found, found.places))


def cross_judged(rounds, seed, found):
    """Judgements of LightGBM, each of a proposal by a model that was fitted on the other groups, `(proposals,)`."""
    groups, judgement = found.groups(), np.zeros(len(found.places))
    for number in np.unique(groups):
        inside = groups == number
        trees = fit_trees(rounds, seed, found, found.places[~inside])
        judgement[inside] = trees.predict(found.part.table[found.places[inside]])
    return judgement


def fit_trees(rounds, seed, found, places):
    """LightGBM on some proposals."""
    part = found.part
    return proposals.fit(part.table[places], part.targets[places], part.proposals.scores.shape[1], rounds, seed)


def f1_curve(judgement, truth, total):
    """Different judgements in falling order, and the F1 where each is the last one believed."""
    order = np.argsort(-judgement, kind="stable")
    f1 = 2 * np.cumsum(truth[order]) / (np.arange(1, len(order) + 1) + total)
    last = np.append(np.diff(judgement[order]) < 0, True)[: len(order)]  # equal ones are believed together
    return judgement[order][last], f1[last]


def best_f1(judgement, truth, total):
    """The best F1 over all thresholds, before the rules."""
    return float(f1_curve(judgement, truth, total)[1].max(initial=0))


def best_threshold(judgement, truth, total):
    """The threshold with the best F1, halfway between the last proposal that is believed and the first that is not."""
    falling, f1 = f1_curve(judgement, truth, total)
    if not len(f1):
        return 0.5
    last = int(np.argmax(f1))
    return float((falling[last] + (falling[last + 1] if last + 1 < len(falling) else 0.0)) / 2)


def mended(sentences, triples, rules):
    """The triples of each sentence after the rules."""
    return [repair.repair_triples(one.text, own, rules) for one, own in zip(sentences, triples, strict=True)]


def rule_effects(sentences, triples):
    """What each repair rule alone does to triples; a list of dicts, see `effect`."""
    before = mended(sentences, triples, ())
    return [effect(name, sentences, before, mended(sentences, triples, (name,))) for name in repair.POST_RULES]


def types_effect(part, triples):
    """What it does to triples to leave out those that contradict the schema's types, see `effect`."""
    pairs = zip(triples, part.knowledge, strict=True)
    after = [tuple(triple for triple in own if not known.contradicts(triple)) for own, known in pairs]
    return effect("types of the schema (types=true)", part.sentences, triples, after)


def effect(name, sentences, before, after):
    """On how many sentences a rule acted, and what that did to the F1, as a dict."""
    acted = sum(set(old) != set(new) for old, new in zip(before, after, strict=True))
    gain = metric.TRIPLE_F1.of(sentences, after) - metric.TRIPLE_F1.of(sentences, before)
    return {"rule": name, "sentences": acted, "gain": gain}
