"""The bakeoff's score: a word is right if it begins and ends where one of the truth does.

Reference: Emerson 2005, The Second International Chinese Word Segmentation Bakeoff; its scorer is a Perl script around diff.
"""

from functools import partial
from itertools import accumulate

import numpy as np

from common.experiment.metric import Metric

COLUMNS = ("right", "gold", "found", "unknown right", "unknown", "known right")


def spans(words):
    """Where each of some words begins and ends in their text."""
    ends = list(accumulate(map(len, words)))
    return list(zip([0, *ends], ends, strict=False))


def count(known, truth, answers):
    """What each text contributes, `(texts, 6)`, columns as in `COLUMNS`; `known` are the words of the training list."""
    rows = np.zeros((len(truth), len(COLUMNS)))
    for row, gold, found in zip(rows, truth, answers, strict=True):
        there = set(spans(found))
        hits = [span in there for span in spans(gold)]
        new = [word not in known for word in gold]
        both = sum(hit and one for hit, one in zip(hits, new, strict=True))
        row[:] = sum(hits), len(gold), len(found), both, sum(new), sum(hits) - both
    return rows


def f1(counts):
    """Harmonic mean of precision and recall."""
    right, gold, found, *_ = counts.sum(axis=0)
    return float(2 * right / max(1, gold + found))


def figures(counts):
    """Recall, precision, and recall of words that the list holds, and of those that it lacks; NaN where there are none."""
    right, gold, found, unknown_right, unknown, known_right = counts.sum(axis=0)

    def share(part, whole):
        return float(part / whole) if whole else float("nan")

    return {
        "P": share(right, found),
        "R": share(right, gold),
        "R unknown": share(unknown_right, unknown),
        "R known": share(known_right, gold - unknown),
    }


def word_f1(known):
    """The `Metric` of lists of words, given those that count as known."""
    return Metric("F1", partial(count, known), f1, figures)
