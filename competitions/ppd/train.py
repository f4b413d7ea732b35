"""Cross-validate every model for log loss, under one of two protocols that are never mixed.

python -m competitions.ppd.train
python -m competitions.ppd.train protocol=content model=trees folds=1 data=DATA

`content` asks what a model understands: all pairs of questions that pairs or near duplicates join lie in one fold, and neither
the graph of the pairs nor other pairs' labels are features. `contest` is what the competition rewards: folds by pair, as its
test set was drawn, and everything that the winners used. The difference between the two scores is the leak.
"""

from functools import partial

import numpy as np

from common import experiment, paths, run
from common.errors import ConfigError
from common.experiment.folds import make_folds
from common.text import near_duplicates
from competitions.ppd import closure, data, features, graph, inference, metric
from competitions.ppd.config import COSINE, ENCODER, NETWORKS
from competitions.ppd.pairs import Known, Pairs


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    if ENCODER in config.model:
        from competitions.ppd import encoder

        encoder.main(config)
        return
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which pairs.

    Raises:
        ConfigError: the encoder is among the models, which answers no pairs.
    """
    if ENCODER in config.model:
        raise ConfigError(
            "model=encoder learns from groups of questions and answers no pairs; its own pair model is model=cosine"
        )
    dataset = data.load(config.data)
    return experiment.Plan(
        contest="ppd",
        config=config,
        fingerprint=inference.identity_of(dataset, config),
        metric=metric.log_loss(config.protocol),
        truth=dataset.labels,
        groups=groups_of(dataset, config),
        records=partial(records, dataset, config),
        fits={"trees": fit_trees, COSINE: fit_cosine, **{name: partial(fit_network, name) for name in NETWORKS}},
        networks=(*NETWORKS, COSINE),
        dataset=dataset,
        classes=("different", "same"),
        describe=lambda plan, row: " | ".join(dataset.names[dataset.pairs[row]]),
        before=lambda plan, run: run.model == "trees" and plan.parts["train"].table,  # its time is no fold's
    )


def records(dataset, config):
    """Training and test pairs, with their rows of the table of all pairs."""
    count = len(dataset.pairs)
    parts = {"train": (dataset.pairs, slice(0, count)), "test": (dataset.test_pairs, slice(count, None))}
    return {
        name: Pairs(dataset, pairs, partial(rows_of_table, dataset, config, rows))
        for name, (pairs, rows) in parts.items()
        if pairs is not None
    }


def rows_of_table(dataset, config, rows):
    """Some rows of the table of all pairs."""
    return features.pair_table(dataset, config).iloc[rows].reset_index(drop=True)


def valid_of(dataset, config):
    """The fold in which each pair is validated, `(rows,)`."""
    groups = groups_of(dataset, config)
    return make_folds("ppd", dataset.labels, config.folds, config.seed, inference.identity_of(dataset, config), groups)


def groups_of(dataset, config):
    """Number of the group of each pair, which shares a fold, `(rows,)`; `None` where each pair is its own.

    Both orders of a pair are one group, whatever the protocol; by content all pairs that questions or near duplicates join.
    """
    questions = len(dataset.names)
    if config.protocol == "content":
        links = np.stack([np.arange(questions), twins_of(dataset)], axis=1)
        return closure.components(np.concatenate([dataset.pairs, links]), questions)[dataset.pairs[:, 0]]
    groups = graph.keys(dataset.pairs, questions)
    return None if len(np.unique(groups)) == len(groups) else groups  # stratifying groups takes a minute


def twins_of(dataset):
    """The first question that says nearly the same as each one, `(questions,)`."""
    texts = features.texts_of(dataset.char.ids)
    group = near_duplicates.kept(paths.cache("ppd"), dataset.fingerprint, near_duplicates.twins, texts)
    return np.unique(group, return_index=True)[1][group]


def fit_trees(plan, fold):
    """Train LightGBM on one fold."""
    from competitions.ppd import trees

    config, dataset = plan.config, plan.dataset
    table = trees.columns_of_fold(plan.parts["train"].table, dataset, fold.train, config, fold.number)
    booster, log = trees.fit(table, dataset.labels, fold.train, fold.valid, config, fold.number)
    return inference.Trees(booster, Known.of(dataset, fold.train), config), log


def fit_network(name, plan, fold):
    """Train one network on one fold."""
    import keras

    from common.training import fit_stages, precision
    from competitions.ppd import batches, model

    config, dataset = plan.config, plan.dataset
    keras.utils.set_random_seed(fold.seed(config.seed))
    with precision(config.precision):
        network = getattr(model, name)({unit: getattr(dataset, unit).vectors for unit in data.UNITS}, config)

    def log_loss(network):
        own = batches.predict(network, dataset, dataset.pairs[fold.valid], config)
        return plan.metric.of(dataset.labels[fold.valid], own)

    stages = make_stages(config, dataset, fold)
    log = fit_stages(network, stages, log_loss, config, f"{name} fold {fold.number}", greater=False, checkpoint=fold.checkpoint)
    return inference.Network(network, Known.of(dataset, fold.train), config), log


def make_stages(config, dataset, fold):
    """The embeddings first as they are given, then trained with the rest."""
    from common.training import Stage, objective_of
    from competitions.ppd.batches import PairBatches
    from competitions.ppd.model import VECTORS

    plan = [
        ("given vectors", config.epochs, config.learning_rate, config.warm_up_steps, ()),
        ("tuned vectors", config.tuned_epochs, config.tuned_learning_rate, 0, VECTORS),
    ]
    stages = []
    for number, (name, epochs, rate, warm_up_steps, thawed) in enumerate(plan):
        seed = [config.seed, fold.number, number, *([fold.copy] if fold.copy else [])]
        drawn = PairBatches(dataset, fold.train, config, seed=seed)
        attack = config.attack if thawed or config.attack == "r_drop" else "none"  # a frozen table cannot be moved
        objective = objective_of(attack, VECTORS[0], config.attack_strength, binary=True)
        rates = {f"(^|/)({'|'.join(thawed)})/": config.vectors_rate} if thawed else None
        stages.append(
            Stage(name, drawn, "binary_crossentropy", epochs, rate, warm_up_steps, thawed=thawed, rates=rates, attack=objective)
        )
    return stages


def fit_cosine(plan, fold):
    """Train the encoder on one fold's positives."""
    import keras

    from competitions.ppd import cosine

    config = plan.config
    keras.utils.set_random_seed(fold.seed(config.seed))
    network, calibration, log = cosine.fit(plan.dataset, fold.train, config, f"cosine fold {fold.number}", fold.checkpoint)
    return inference.Cosine(network, calibration, config), log


if __name__ == "__main__":
    run.stage(__spec__)
