"""Cross-validate the models: pointers and linker, in two stages, the second on fewer extra sentences.

F1 of the triples out of fold 0.69 and 0.66, three folds each, in 26 and 61 minutes on two cores; together 0.72, on the dev part
0.74 (`ensemble.py`). Learnt from 2,601 sentences of the contest and 11,196 of DuIE 2.0.

python -m competitions.baidu_ie.train
python -m competitions.baidu_ie.train model=pointers folds=1 data=DATA
"""

from dataclasses import replace
from functools import cache, partial

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.predictions import take
from competitions.baidu_ie import data, decode, features, inference, metric, relabel
from competitions.baidu_ie.config import MODELS
from competitions.baidu_ie.inference import Network, Records, known_of

SCORED = ("dev", "test")  # parts that every fold's network answers


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which sentences."""
    dataset = data.load(config.data, config.test_file)
    prepared = cache(lambda: features.prepare(config, dataset))
    labels = cache(lambda: voted_labels(config) if config.relabel else None)

    def records():
        parts = {"train": dataset.train, "dev": dataset.dev, "test": dataset.test}
        return {name: Records(list(part), prepared().parts[name]) for name, part in parts.items() if part}

    def fit(name, plan, fold):
        return fit_network(name, prepared(), labels(), plan, fold)

    def before(plan, run):
        if not any(sentence.triples for sentence in dataset.train):
            raise DataError(f"{config.data}: no training sentence has a triple, there is nothing to learn from")
        if not (run.path / "encoder").exists():
            with paths.atomic(run.path / "encoder") as folder:
                prepared().encoder.save(folder)
        labels()  # of other runs, before the first fold

    return experiment.Plan(
        contest="baidu_ie",
        config=config,
        fingerprint=features.fingerprint(config, dataset),
        metric=metric.TRIPLE_F1,
        truth=dataset.train,
        labels=np.zeros(len(dataset.train), int),
        groups=np.array(data.groups(dataset.train)),
        records=records,
        fits={name: partial(fit, name) for name in MODELS},
        networks=MODELS,
        kinds=inference.kinds(config),
        dataset=dataset,
        answer=partial(own_triples, config, dataset),
        before=before,
        more={"voters": list(config.model)} if config.relabel else {},
    )


def own_triples(config, dataset, name, found, part, rows=None):
    """The triples that one model alone believes, of each sentence."""
    sentences = getattr(dataset, part) if rows is None else take(getattr(dataset, part), rows)
    return decode.triples_of(sentences, found.take(found.score > config.decision), dataset.predicates)


def voted_labels(config):
    """The file of labels mended by vote of the plan's models, which are trained first, on the labels as they are.

    Raises:
        ConfigError: with one hold-out fold most sentences have no vote.
    """
    relabel.check(config)
    plain = plan(replace(config, relabel=False, relabel_from=type(config).relabel_from))
    return relabel.vote(experiment.train(plain), plain, config.relabel_from)


def fit_network(name, prepared, labels, plan, fold):
    """Train one network on one fold.

    Args:
        name: of the model.
        prepared: `features.Prepared` of the plan's data.
        labels: the file of labels to learn from, where these are mended by vote; else `None`.
        plan: the `Plan`.
        fold: the `Fold`.
    """
    import keras

    from common import training
    from competitions.baidu_ie import batches, model, sources

    config, dataset = plan.config, plan.dataset
    keras.utils.set_random_seed(fold.seed(config.seed))
    watched = plan.parts["train"].take(fold.valid)
    prior, drawn_from = sources.of_fold(config, dataset, prepared, fold, labels)
    network = new_network(config, name, prepared)
    known = known_of(prior, config, watched.sentences)

    def f1(network):
        found = decode.find(network, watched.encoded, known, len(dataset.predicates), config.decision)
        return plan.metric.of(watched.sentences, decode.triples_of(watched.sentences, found, dataset.predicates))

    losses, weights = model.losses_of(name)
    scores = ("links",) if name == "linker" else ()  # the other outputs are probabilities
    attack = training.objective_of(config.attack, model.CHARACTERS, config.attack_strength, binary=True, scores=scores)
    stages = [
        ("full", config.extra_share, config.epochs, config.learning_rate, config.warm_up_steps),
        ("fine", config.fine_extra_share, config.fine_epochs, config.fine_learning_rate, 0),
    ]
    planned = []
    for number, (stage, extra_share, epochs, learning_rate, warm_up_steps) in enumerate(stages):
        drawn = batches.Batches(sources.limited(drawn_from, extra_share), name, config, sources.seeds(config, fold, number))
        steps = min(warm_up_steps, len(drawn))
        planned.append(training.Stage(stage, drawn, losses, epochs, learning_rate, steps, weights, attack=attack))
    log = training.fit_stages(network, planned, f1, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return Network(network, prior, config), log


def new_network(config, name, prepared):
    """An untrained network of `model.py`."""
    from common.training import precision
    from competitions.baidu_ie import model

    encoder = prepared.encoder
    with precision(config.precision):
        return getattr(model, name)(len(encoder.vocabulary), encoder.vectors.matrix(), len(encoder.predicates), config)


if __name__ == "__main__":
    run.stage(__spec__)
