"""Whether shares of steps say what a model goes by.

References: Samek et al. 2017, arXiv 1509.06321 (deletion); DeYoung et al. 2020, arXiv 1911.03429 (comprehensiveness and
sufficiency).
"""

import numpy as np
from scipy.stats import spearmanr

PARTS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)  # of the steps


def hit_rate(shares, planted, lengths, count=1):
    """Share of sequences with a planted step among the `count` steps of greatest share.

    Args:
        shares: `(batch, steps)`.
        planted: whether a step was planted, `(batch, steps)`.
        lengths: real steps of each sequence.
    """
    hits = [
        planted[row, np.argsort(-shares[row, :length], kind="stable")[:count]].any()
        for row, length in enumerate(lengths)
        if planted[row, :length].any()
    ]
    return float(np.mean(hits))


def deletion_curve(score, units, shares, parts=PARTS, insertion=False):
    """Mean score where growing parts of every sequence, the greatest shares first, are left out; or where they alone stay.

    Args:
        score: `score(list of sequences) -> (sequences,)`, such as the probability of the class that was predicted.
        units: list of arrays `(steps,)`.
        shares: list of arrays `(steps,)`.
        parts: of the steps; at least one step wherever a part is above 0.
        insertion: whether these steps alone stay.

    Returns:
        Mean scores, `(parts,)`.
    """
    found = []
    for part in parts:
        changed = []
        for one, share in zip(units, shares, strict=True):
            count = int(np.ceil(part * len(one)))
            chosen = np.zeros(len(one), bool)
            chosen[np.argsort(-np.asarray(share), kind="stable")[:count]] = True
            changed.append(one[chosen if insertion else ~chosen])
        found.append(float(np.mean(score(changed))))
    return np.array(found)


def area(curve, parts=PARTS):
    """Area under a curve of `deletion_curve`, over its range."""
    return float(np.trapezoid(curve, parts) / (parts[-1] - parts[0]))


def agreement(shares, others):
    """Mean rank correlation of the shares of two ways, lists of arrays `(steps,)`; sequences of equal shares are left out."""
    pairs = [(one, other) for one, other in zip(shares, others, strict=True) if np.ptp(one) > 0 and np.ptp(other) > 0]
    return float(np.mean([spearmanr(one, other).statistic for one, other in pairs])) if pairs else float("nan")
