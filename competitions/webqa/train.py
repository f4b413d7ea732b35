"""Cross-validate the models: readers, pre-trained once on cloze and extra questions, and the ranker, which needs no network.

python -m competitions.webqa.train
python -m competitions.webqa.train folds=1 data=DATA vectors_corpus=TEXTS
"""

from functools import cache, partial

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from competitions.webqa import data, features, inference, metric
from competitions.webqa.config import NETWORKS
from competitions.webqa.pretraining import cloze_parts, new_network, new_stage, pretrain

SOURCES = ("sogou", "webqa")  # in the order of `mix`
SCORED = {"valid": "validation", "test": "test"}  # parts whose questions every fold's network answers, and their names


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which questions."""
    dataset = data.load(config.data, config.evidence)
    prepared = cache(lambda: features.prepare(config, dataset))

    def records():
        parts = {"train": dataset.train, "valid": dataset.valid, "test": dataset.test}
        return {name: inference.Records(list(part), prepared().parts[name]) for name, part in parts.items() if part}

    def before(plan, run):
        check_answers(dataset, config)
        if not (run.path / "encoder").exists():
            with paths.atomic(run.path / "encoder") as folder:
                prepared().encoder.save(folder)
        if run.model in NETWORKS:
            pretrain(config, run, prepared())

    return experiment.Plan(
        contest="webqa",
        config=config,
        fingerprint=features.fingerprint(config, dataset),
        metric=metric.ANSWERS,
        truth=dataset.train,
        labels=np.array([question.source for question in dataset.train]),
        groups=data.groups(dataset.train),
        records=records,
        fits={
            **{name: partial(fit_network, name, prepared) for name in NETWORKS},
            "ranker": partial(fit_ranker, prepared),
        },
        networks=NETWORKS,
        kinds=inference.kinds(config),
        dataset=dataset,
        answer=partial(own_answers, config, dataset),
        before=before,
    )


def own_answers(config, dataset, name, found, part, rows=None):
    """Candidates of each question by one model alone."""
    questions = getattr(dataset, part)
    return inference.own_candidates(config, questions if rows is None else [questions[row] for row in rows], found)


def check_answers(dataset, config):
    """Raise `DataError` where there is nothing to learn from."""
    if not any(question.answers for question in dataset.train):
        raise DataError(f"{config.data}: no training question has an answer in a passage")
    shares = dict(zip(SOURCES, config.mix, strict=True))
    if not any(shares[question.source] for question in dataset.train):
        raise DataError(
            f"{config.data}: mix={config.mix[0]},{config.mix[1]} leaves no training question; its order is SogouQA,WebQA"
        )


def fit_network(name, prepared, plan, fold):
    """Train one network on one fold, from its pre-trained weights; `prepared()` gives `features.Prepared`."""
    import keras

    from common.training.weights import load_weights
    from competitions.webqa import batches

    prepared = prepared()
    config, train, questions = plan.config, prepared.parts["train"], [plan.truth[row] for row in fold.valid]
    keras.utils.set_random_seed(fold.seed(config.seed))
    network = new_network(config, name, prepared)
    if cloze_parts(config, prepared):
        load_weights(network, fold.run / "pretrained")
    passages = train.passages_of(fold.valid)

    def score(network):
        pointers = batches.predict(network, train, passages)
        return plan.metric.of(questions, inference.own_candidates(config, questions, pointers))

    sources = training_sources(config, plan.dataset, prepared, fold.train)
    log = fit_stages(network, config, score, sources, fold, f"{name} fold {fold.number}")
    return inference.Network(network), log


def seeds(config, fold, *more):
    """What random numbers of a fold are drawn from."""
    return [config.seed, fold.number, *more, *([fold.copy] if fold.copy else [])]


def fit_ranker(prepared, plan, fold):
    """Train the ranker on one fold; `prepared()` gives `features.Prepared`."""
    from competitions.webqa import ranker

    encoder, longest = prepared().encoder, plan.config.longest_answer
    part, seed = prepared().parts["train"], fold.seed(plan.config.seed)
    trees, log = ranker.fit(plan.truth, part, encoder, fold.train, fold.valid, longest, seed, plan.config.workers)
    return inference.Ranker(trees, encoder, longest), log


def training_sources(config, dataset, prepared, rows):
    """What an epoch draws from: (encoded part, questions, how many), contest questions mixed by source, and extra ones."""
    sources = np.array([dataset.train[row].source for row in rows])
    groups = [(share, rows[sources == source]) for source, share in zip(SOURCES, config.mix, strict=True)]
    groups = [(share, rows) for share, rows in groups if len(rows) and share]
    least = min(share for share, _ in groups)
    drawn = [(prepared.parts["train"], rows, round(len(rows) * share / least)) for share, rows in groups]
    if "extra" in prepared.parts and config.extra_share:
        extra = prepared.parts["extra"]
        number = min(len(extra.questions), round(config.extra_share * sum(count for *_, count in drawn)))
        drawn.append((extra, np.arange(len(extra.questions)), number))
    return drawn


def fit_stages(network, config, score, sources, fold, description):
    """Two stages, the second with a lower learning rate; returns the log, see `common.training.fit_stages`."""
    from common import training
    from competitions.webqa.batches import Batches

    plan = [
        ("full", config.epochs, config.learning_rate, config.warm_up_steps),
        ("fine", config.fine_epochs, config.fine_learning_rate, 0),
    ]
    stages = []
    for number, (name, epochs, learning_rate, warm_up_steps) in enumerate(plan):
        drawn = Batches(sources, config, seed=seeds(config, fold, number))
        stages.append(new_stage(network, config, name, drawn, epochs, learning_rate, warm_up_steps))
    return training.fit_stages(network, stages, score, config, description, checkpoint=fold.checkpoint)


if __name__ == "__main__":
    run.stage(__spec__)
