"""LightGBM that learns from one half of the known words and orders the other half: what supervision would add."""

import hashlib

import numpy as np

from common.errors import DataError
from competitions.power_vocab import model

ROUNDS, RATE, LEAVES = 200, 0.05, 15
TAGS = 80  # most frequent sequences of parts of speech that it knows
HALVES = ("A", "B")


def half_of(word):
    """0 or 1: the half of a gold list that a word belongs to, by its hash, the same in every list and process."""
    return int(hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest(), 16) % len(HALVES)


def ranked(prepared, scores, dataset, config):
    """What LightGBM says, each word by the model that learnt from the other half, `(candidates,)`.

    Raises:
        DataError: a half of the gold list has no word among the candidates.
    """
    import lightgbm

    known = prepared.table["word"].isin(dataset.gold).to_numpy()
    halves = np.array([half_of(word) for word in prepared.table["word"]])
    if any(not known[halves == half].any() for half in (0, 1)):
        raise DataError(f"{config.data}: ranker=true needs gold words in both halves; gold*.txt has {known.sum()} that occur")
    rows, names = inputs(prepared, scores)
    settings = {"objective": "binary", "learning_rate": RATE, "num_leaves": LEAVES, "feature_fraction": 0.5, "verbose": -1}
    settings |= {"min_data_in_leaf": 50, "seed": config.seed, "deterministic": True, "force_row_wise": True, "num_threads": 1}
    result = np.zeros(len(known))
    for half in (0, 1):
        learn = halves != half
        learned = lightgbm.Dataset(rows[learn], known[learn], categorical_feature=[len(names) - 1], feature_name=names)
        result[~learn] = lightgbm.train(settings, learned, ROUNDS).predict(rows[~learn])
    return result


def inputs(prepared, scores):
    """What the ranker sees: `(candidates, inputs)` and the names of the columns, the sequence of tags last."""
    measured = model.measured(prepared)
    table = prepared.table
    columns = {name: np.asarray(values, float) for name, values in measured.items()}
    for name in ("count", "lines", "alone", "titles", "left_entropy", "right_entropy", "left_cut", "right_cut", "length"):
        columns[name] = table[name].to_numpy(float)
    columns["fusion"] = scores
    frequent = table["tags"].value_counts().index[:TAGS]
    numbers = {tags: number for number, tags in enumerate(frequent, start=1)}
    columns["tags"] = table["tags"].map(numbers).fillna(0).to_numpy(float)
    return np.stack(list(columns.values()), axis=1), list(columns)
