"""Spearman's rank correlation with the ratings of people, the mean over the files of pairs.

Answers are `(pairs, 2)`: similarity, and how it is known: 1 where both words have vectors of their own, a half where one has it
from its characters, 0 where nothing is known of one of them.
"""

import numpy as np
from scipy import stats

from common.experiment import Metric
from common.text.similarity import FOUND


def count(truth, answers):
    """Rating, number of the file, similarity and how it is known, `(pairs, 4)`."""
    return np.concatenate([truth, answers], axis=1)


def score(counts):
    """Mean of Spearman's rho over the files, ties averaged; 0 for a file whose ratings or similarities are all alike."""
    return float(np.mean([rho(counts[counts[:, 1] == number]) for number in np.unique(counts[:, 1])]))


def rho(counts):
    """Spearman's rank correlation of one file's pairs."""
    rating, _, similarity, _ = counts.T
    if len(counts) < 2 or np.ptp(rating) == 0 or np.ptp(similarity) == 0:
        return 0.0
    return float(stats.spearmanr(rating, similarity).statistic)


def figures(counts):
    """The same on pairs whose words both have vectors, which is what most papers report, and the share of these."""
    found = counts[counts[:, 3] >= FOUND]
    return {"found only": score(found) if len(found) else 0.0, "share found": len(found) / len(counts)}


SPEARMAN = Metric("Spearman", count, score, figures)
