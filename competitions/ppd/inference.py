"""Trained runs at work on pairs that nobody asked before."""

import dataclasses

import lightgbm
import numpy as np
import pandas as pd

from common.config import from_dict
from common.errors import RunError
from competitions.ppd import closure, ensemble, features, graph, train, trees
from competitions.ppd.config import COSINE, NETWORKS, Config


def predict(blended, dataset, pairs):
    """Probabilities `(rows,)` by the models of an ensemble, stacked as it was learnt.

    What is known of the asked pairs themselves takes no part: where one is a training pair, its label implies nothing here.

    Args:
        blended: the finished `Run` of the ensemble.
        dataset: the `Dataset` that it was trained on; questions may have been added behind the others.
        pairs: question numbers `(rows, 2)`.

    Raises:
        RunError: the files of the data set have changed since then.
    """
    config = settings(blended)
    if blended.read_json("config.json")["fingerprint"] != train.identity_of(dataset, config):
        raise RunError(f"The files in {config.data} have changed since {blended.path} was trained on them; train again")
    members = ensemble.members_of(blended)
    learnt = ensemble.out_of_fold_answers(members, dataset, config)
    labels = dataset.labels[members[0].load_arrays("oof")["fold"] >= 0]
    method = ensemble.methods(config.uses_closure)[blended.read_json("metrics.json")["method"]]
    logits = ensemble.logits_of([predict_member(member, dataset, pairs) for member in members])
    rules = ensemble.rules_of(pairs, without(dataset, pairs), config)
    return method(learnt, labels)(ensemble.Answers(logits, rules))


def without(dataset, pairs):
    """The dataset without the labels of some pairs, in whatever order."""
    questions = len(dataset.names)
    others = ~np.isin(graph.keys(dataset.pairs, questions), graph.keys(pairs, questions))
    return dataclasses.replace(dataset, pairs=dataset.pairs[others], labels=dataset.labels[others])


def with_edges(dataset, pairs):
    """The dataset with these pairs among its test pairs, where they are no edge of the graph yet: as the trees learnt it.

    Every pair that they saw was an edge itself.
    """
    questions, edges = len(dataset.names), dataset.all_pairs
    asked, first = np.unique(graph.keys(pairs, questions), return_index=True)
    new = pairs[first[~np.isin(asked, graph.keys(edges, questions))]]
    return dataclasses.replace(dataset, test_pairs=np.concatenate([edges[len(dataset.pairs) :], new]))


def settings(finished):
    """The `Config` of a run."""
    return from_dict(Config, finished.read_json("config.json")["config"])


def predict_member(member, dataset, pairs):
    """Mean probability of a run's folds, `(rows,)`."""
    answers = cosine_answers if member.model == COSINE else network_answers if member.model in NETWORKS else tree_answers
    return np.mean(list(answers(member, dataset, pairs)), axis=0)


def known_of_folds(member, dataset, pairs):
    """Of each fold its folder, and the pairs and labels that its models were trained on, the asked pairs left out."""
    fold = member.load_arrays("oof")["fold"]
    for number in range(fold.max() + 1):
        inside = fold != number
        trained = without(dataclasses.replace(dataset, pairs=dataset.pairs[inside], labels=dataset.labels[inside]), pairs)
        yield member.path / f"fold{number}", trained.pairs, trained.labels


def tree_answers(member, dataset, pairs):
    """Probabilities `(rows,)` of each fold's trees."""
    config = settings(member)
    kinds = ["content", "graph"] if config.uses_graph else ["content"]
    asked = with_edges(dataset, pairs)
    table = pd.concat([features.MAKERS[kind](asked, pairs, config.seed) for kind in kinds], axis=1)
    for folder, known, labels in known_of_folds(member, dataset, pairs):
        implied = [closure.describe(pairs, known, labels, len(dataset.names))] if config.uses_closure else []
        booster = lightgbm.Booster(model_file=folder / "model.txt")
        yield trees.predict(booster, pd.concat([table, *implied], axis=1))


def network_answers(member, dataset, pairs):
    """Probabilities `(rows,)` of each fold's network."""
    import keras

    from competitions.ppd import batches, model  # noqa: F401  registers what the networks are made of

    config = settings(member)
    for folder, known, labels in known_of_folds(member, dataset, pairs):
        network = keras.saving.load_model(folder / "model.keras", compile=False)
        if config.uses_closure:
            yield batches.predict_with_mates(network, dataset, pairs, known, labels, config, config.seed)
        else:
            yield batches.predict(network, dataset, pairs, config)


def cosine_answers(member, dataset, pairs):
    """Probabilities `(rows,)` by each fold's sentence encoder."""
    import keras

    from competitions.ppd import cosine, encoder  # noqa: F401  registers what the networks are made of

    for number in range(member.load_arrays("oof")["fold"].max() + 1):
        folder = member.path / f"fold{number}"
        network = keras.saving.load_model(folder / "model.keras", compile=False)
        yield cosine.predict(network, np.load(folder / "calibration.npy"), dataset, pairs, settings(member))
