"""The methods: each gives every candidate a score, the greater the more it is a word of the domain. None sees a gold list.

`measures` is the ground: a weighted sum of ranks, so that no measure's scale matters. `vectors` learns what the best of these
words mean, `propagate` and `communities` go from seeds to their like, the other three are keyness alone.
"""

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from competitions.power_vocab import keyness as keynesses
from competitions.power_vocab import propagate as spreading
from competitions.power_vocab.rules import refused

WEIGHTS = {  # of the ranks in `measures`; chosen on one half of the known terms, the README says what each brings
    "keyness": 1.0,
    "part_keyness": 1.5,
    "character_keyness": 0.5,
    "entropy": 1.5,
    "blocks": 1.0,
    "whole": 0.5,
    "cut": 0.5,
    "cohesion": 0.5,
    "noun": 0.5,
}
NOUNS = ("n", "v", "l", "i", "j", "eng", "an")  # beginnings of tags; 试验 and 接地 are verbs that name things
POOL = 20  # candidates, in heads, among which the vectors tell the head from the rest


def keyness(prepared, config):
    """Frequency ratio to the background."""
    return from_counts(keynesses.ratio, prepared)


def smoothed(prepared, config):
    """The original's smoothed ratio."""
    return from_counts(keynesses.smoothed, prepared)


def likelihood(prepared, config):
    """Log-likelihood of a frequency of its own in the domain."""
    return from_counts(keynesses.log_likelihood, prepared)


def from_counts(function, prepared):
    """A keyness of all occurrences of each candidate."""
    table = prepared.table
    return function(table["count"], table["background"], prepared.domain_size, prepared.background_size)


def ranks(values):
    """Ranks as numbers over 0 to 1, the greatest value last; equal values get the same."""
    return rankdata(np.asarray(values, float)) / max(1, len(values))


def measured(prepared):
    """Everything that `measures` sums, by name: arrays `(candidates,)`."""
    table = prepared.table
    names = ("part_keyness", "character_keyness", "blocks", "whole", "cohesion")
    return {
        "keyness": keyness(prepared, None),
        "entropy": np.minimum(table["left_entropy"], table["right_entropy"]),
        "cut": np.minimum(table["left_cut"], table["right_cut"]),
        "noun": table["tags"].str.split(" ").str[-1].str.startswith(NOUNS),
        **{name: table[name] for name in names},
    }


def measures(prepared, config):
    """Weighted sum of the ranks of all measures."""
    found = measured(prepared)
    return sum(weight * ranks(found[name]) for name, weight in WEIGHTS.items())


def vectors(prepared, config):
    """How much a candidate's vector is like those of the best words by their measures.

    Logistic regression tells the head of the ranking from the rest of its first part. Every word is judged by a model that did
    not see it: the rows are halved.
    """
    order = ordered(measures(prepared, config), prepared, config)
    pool = order[: POOL * config.head]
    label = np.zeros(len(prepared.table), dtype=bool)
    label[order[: min(config.head, len(order) // 4)]] = True
    halves = np.arange(len(prepared.table)) % 2
    scores = np.zeros(len(prepared.table))
    for half in (0, 1):
        rows = pool[halves[pool] != half]
        if len(np.unique(label[rows])) == 2:
            fitted = LogisticRegression(C=1.0, max_iter=500).fit(prepared.vectors[rows], label[rows])
            scores[halves == half] = fitted.decision_function(prepared.vectors[halves == half])
    known = prepared.vectors.any(axis=1)
    scores[~known] = scores[known].mean() if known.any() else 0.0  # nothing is known against a word without a vector
    return scores


def propagate(prepared, config):
    """The frequency ratio, words that are reached from the seeds before all others."""
    known = np.flatnonzero(prepared.own)
    allowed = ~np.array(refused(prepared.table, config.rules))[known]
    sown = np.flatnonzero(np.isin(known, seeds(prepared, config)))
    depths = spreading.spread(prepared.vectors[known], sown, allowed, config.near)
    reached = np.zeros(len(prepared.table))
    reached[known[depths >= 0]] = 1
    return reached + ranks(keyness(prepared, config)) / 2


def communities(prepared, config):
    """The frequency ratio within communities of the similarity graph, those with the greatest share of seeds first."""
    known = np.flatnonzero(prepared.own)
    found = spreading.communities(prepared.vectors[known], config.near, config.seed)
    sown = np.isin(known, seeds(prepared, config))
    share = np.bincount(found, sown) / (np.bincount(found) + 5)  # five more members: a community of one seed proves little
    scores = np.full(len(prepared.table), -1.0)
    scores[known] = ranks(share[found])
    return scores + 1e-3 * ranks(keyness(prepared, config))


def seeds(prepared, config):
    """Places of the seed words among the candidates: the given ones, else the first by their measures."""
    if prepared.seeds:
        return np.flatnonzero(prepared.table["word"].isin(prepared.seeds))
    return ordered(measures(prepared, config), prepared, config)[: config.seeds]


def ordered(scores, prepared, config):
    """Candidates by falling score, refused ones after all others; equal ones by count, then in the table's order."""
    count = prepared.table["count"].to_numpy()
    return np.lexsort((np.arange(len(count)), -count, -np.asarray(scores), refused(prepared.table, config.rules)))
