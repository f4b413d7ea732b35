"""The official score as a sum over records, so that one piece of code scores parts, folds and resamples."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000  # of the bootstrap


def nothing_more(counts):
    """No other figures."""
    return {}


@dataclass(frozen=True)
class Metric:
    """A contest's metric.

    Attributes:
        name: as it stands in tables.
        count: `count(truth, answers)` gives what each record contributes, an array `(records, ...)`.
        score: `score(counts)` makes the score of it, a float.
        figures: `figures(counts)` gives other numbers that are shown beside the score; values may be dicts of numbers.
        greater: whether a greater score is better.
        weighted: `weighted(counts, times)`, the score where each record stands several times, or none; only for metrics whose
            records contribute in few different ways, which resamples then count instead of copying all records.
    """

    name: str
    count: Callable
    score: Callable
    figures: Callable = nothing_more
    greater: bool = True
    weighted: Callable | None = None

    def of(self, truth, answers):
        """The score of answers."""
        return self.score(self.count(truth, answers))

    def best(self, scores):
        """The key of the best of a dict of scores; of equal ones the first."""
        return (max if self.greater else min)(scores, key=scores.get)

    def gain(self, new, old):
        """By how much one score is better than another."""
        return new - old if self.greater else old - new


ACCURACY = Metric(  # of class probabilities
    "accuracy",
    count=lambda labels, probability: labels == np.argmax(probability, axis=1),
    score=lambda right: float(np.mean(right)),
)


def flat(figures):
    """Figures by name, those inside dicts by their own."""
    return {
        key: number
        for name, value in figures.items()
        for key, number in (value.items() if isinstance(value, dict) else [(name, value)])
    }


def bootstrap(metric, counts, seed, groups=None):
    """Scores of resampled records, `(1000,)`; two predictions resampled with one seed are paired.

    Args:
        metric: the `Metric`.
        counts: what each record contributes, `(records, ...)`.
        seed: of the resamples.
        groups: number of the group of each record, `(records,)`: whole groups are drawn, for records that are no independent
            sample. `None` draws records.
    """
    generator = np.random.default_rng(seed)
    number = None if groups is None else np.unique(groups, return_inverse=True)[1]
    units = len(counts) if number is None else int(number.max()) + 1
    if metric.weighted and groups is None:
        kinds, kind = np.unique(counts, axis=0, return_inverse=True)
        kind = kind.astype(np.min_scalar_type(len(kinds)))  # as small as can be: half a million stay in the cache
        times = (np.bincount(kind[generator.integers(units, size=units)], minlength=len(kinds)) for _ in range(RESAMPLES))
        return np.array([metric.weighted(kinds, one) for one in times])
    scores = []
    for _ in range(RESAMPLES):
        drawn = generator.integers(units, size=units)
        if number is not None:
            drawn = np.repeat(np.arange(len(counts)), np.bincount(drawn, minlength=units)[number])
        scores.append(metric.score(counts[drawn]))
    return np.array(scores)


def interval(draws):
    """The middle 95 % of bootstrap draws; of the difference of two that share their resamples, a paired interval."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)
