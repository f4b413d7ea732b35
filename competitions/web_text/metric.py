"""One score for all sets: the mean over them of what each is judged by.

A set of texts by the mean over its pages of the F of words; of posts by the F of posts at Dice 0.8, all of its pages together;
of segments by the F of segments. The other scorers stand beside it.
"""

from functools import lru_cache, partial

import numpy as np
import orjson

from common.experiment import Metric
from common.web import scorers

TEXT, POSTS, SEGMENTS = 0, 1, 2
REMEMBERED = 1 << 14  # pages: a blend asks for the score of one answer again and again
KINDS = ("text", "posts", "segments")
SET, KIND, BAG, RUNS, COUNTS, EXTRAS = 0, 1, 2, slice(3, 6), slice(6, 9), slice(9, 12)


def count(names, truth, answers):
    """What each page contributes.

    Args:
        names: of the sets.
        truth: sheets.
        answers: a text or a list of posts for each.

    Returns:
        Floats `(pages, 12)`: number of the set, kind of the truth, F of words, the shares of common, superfluous and missing
        4-grams, then right, wrong and missed posts or segments, and of posts right authors, right times and whether all are
        right.
    """
    return np.array([_of_page(names, sheet, answer) for sheet, answer in zip(truth, answers, strict=True)]).reshape(-1, 12)


def _of_page(names, sheet, answer):
    record = sheet.record
    kind = KINDS.index(record.kind)
    own = _of_text(answer, record.gold) if kind == TEXT else _of_parts(kind, orjson.dumps(answer), orjson.dumps(record.gold))
    return [names.index(record.set), kind, *own]


@lru_cache(maxsize=REMEMBERED)
def _of_text(answer, gold):
    runs = scorers.overlap(answer, gold, size=4)
    return scorers.f1(*scorers.overlap(answer, gold)), *(run / max(1, sum(runs)) for run in runs), *[0] * 6


@lru_cache(maxsize=REMEMBERED)
def _of_parts(kind, answer, gold):
    """Of posts or segments, both as JSON."""
    answer, gold = orjson.loads(answer), orjson.loads(gold)
    if kind == SEGMENTS:
        return *[0] * 4, *scorers.segments(answer, gold["with"], gold["without"])[:3], *[0] * 3
    matched = scorers.match_posts(answer, gold)
    right = len(matched.pairs)
    return *[0] * 4, right, matched.found - right, matched.gold - right, matched.author, matched.time, matched.all_right


def of_set(counts):
    """The score of the pages of one set."""
    if counts[0, KIND] == TEXT:
        return float(counts[:, BAG].mean())
    return scorers.f1(*counts[:, COUNTS].sum(axis=0))


def by_set(names, counts):
    """The score of each set that has pages, by name."""
    return {names[int(number)]: of_set(counts[counts[:, SET] == number]) for number in np.unique(counts[:, SET])}


def score(names, counts):
    """Mean over the sets."""
    return float(np.mean(list(by_set(names, counts).values())))


def details(names, counts):
    """Other figures of each set, by their own names: 4-grams of texts; threads, authors and times of posts."""
    found = {}
    for number in np.unique(counts[:, SET]):
        own, name = counts[counts[:, SET] == number], names[int(number)]
        if own[0, KIND] == TEXT:
            f, precision, recall = scorers.precision_recall(own[:, RUNS])
            found[name] = {"4-gram F": f, "precision": precision, "recall": recall}
        elif own[0, KIND] == POSTS:
            gold = max(1, own[:, COUNTS][:, [0, 2]].sum())
            author, time, right = own[:, EXTRAS].sum(axis=0)
            found[name] = {"author": author / gold, "time": time / gold, "all posts right": right / len(own)}
    return found


def of_sets(names):
    """The `Metric` of some sets."""
    return Metric("mean F of sets", partial(count, names), partial(score, names), partial(by_set, names))
