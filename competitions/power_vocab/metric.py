"""The organisers' rule as far as it is known: the share of the first 10,000 words that stand in the experts' list.

No rule for doubles or short lists is known: doubles are refused, and a list shorter than k counts against k.
"""

import numpy as np

from common.errors import SubmissionError

WORDS = 10_000  # that may be handed in
PLACES = (200, 500, 1_000, 2_000, 5_000, 10_000)


def hits(ranking, gold, seeds=()):
    """Which words of a ranking stand in the gold list, the seeds taken out of both: bool `(words,)`, and the size of the list.

    Args:
        ranking: distinct words, best first.
        gold: known words.
        seeds: words that were given to the method and count for nothing.

    Raises:
        SubmissionError: a word stands in the ranking twice.
    """
    if len(set(ranking)) < len(ranking):
        seen = set()
        double = next(word for word in ranking if word in seen or seen.add(word))
        raise SubmissionError(f"The word '{double}' stands in the ranking twice; a list must not hold doubles")
    seeds, gold = set(seeds), set(gold)
    wanted = gold - seeds
    return np.array([word in wanted for word in ranking if word not in seeds], dtype=bool), len(wanted)


def precision(found, k):
    """Share of the first k places that are hits; places that a shorter list leaves empty are none."""
    return float(found[:k].sum() / k)


def recall(found, total, k=WORDS):
    """Share of the known words among the first k; 0 without any."""
    return float(found[:k].sum() / total) if total else 0.0


def average_precision(found, total, k=WORDS):
    """Mean, over all known words, of the precision where each is found among the first k; 0 for those that are not.

    Args:
        found: bool `(words,)`, hits of a ranking.
        total: size of the gold list.
        k: places that count, those of a submission.
    """
    places = np.flatnonzero(found[:k]) + 1
    return float((np.arange(1, len(places) + 1) / places).sum() / total) if total else 0.0


def score(truth, prediction, seeds=()):
    """All figures of a ranking.

    Args:
        truth: gold list.
        prediction: distinct words, best first.
        seeds: as of `hits`.

    Returns:
        dict: `average_precision`, `recall`, and `precision@k` for each of `PLACES`.

    Raises:
        SubmissionError: a word stands in the ranking twice.
    """
    found, total = hits(prediction, truth, seeds)
    return {
        "average_precision": average_precision(found, total),
        "recall": recall(found, total),
        **{f"precision@{k}": precision(found, k) for k in PLACES},
    }
