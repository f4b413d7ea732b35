"""Cross-validate the models: readers, pre-trained once on cloze and extra questions, and the ranker, which needs no network.

python -m competitions.webqa.train
python -m competitions.webqa.train folds=1 data=DATA vectors_corpus=TEXTS
"""

from functools import cache, partial

import numpy as np

from common import experiment, paths, run
from common.errors import DataError, RunError
from competitions.webqa import data, features, inference, metric
from competitions.webqa.config import NETWORKS

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


def new_network(config, name, prepared):
    """An untrained network of `model.py`."""
    from competitions.webqa import model

    return getattr(model, name)(len(prepared.encoder.vocabulary), prepared.encoder.vectors.matrix(), config)


def cloze_parts(config, prepared):
    """What readers are pre-trained on: cloze and extra questions; nothing where no epochs are asked for."""
    return [prepared.parts[part] for part in ("cloze", "extra") if config.pretrain_epochs and part in prepared.parts]


def pretrain(config, model_run, prepared):
    """Train one network on cloze and extra questions, from which every fold starts; kept in `pretrained/`.

    No question or answer of the contest takes part. Where no plain texts are named, the cloze questions are made from the
    training passages of all folds, as unlabelled text; characters, words and their rarity are counted on these, too.

    Raises:
        RunError: folds were trained from it, and it has vanished.
    """
    import keras

    from common.training import fit_stage
    from competitions.webqa.batches import Batches

    parts, name = cloze_parts(config, prepared), model_run.model
    if not parts or (model_run.path / "pretrained").exists():
        return
    if model_run.folds:
        raise RunError(
            f"{model_run.path / 'pretrained'} is missing, from which the finished folds were trained: others would begin "
            f"elsewhere. Put it back, or move the folder {model_run.path} away and repeat."
        )
    keras.utils.set_random_seed(config.seed)
    network = new_network(config, name, prepared)
    shares = [(part, np.arange(len(part.questions)), -(-len(part.questions) // config.pretrain_epochs)) for part in parts]
    drawn = Batches(shares, config, seed=[config.seed, 0])
    steps, warm_up = len(drawn) * config.pretrain_epochs, min(config.warm_up_steps, len(drawn))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=config.learning_rate, warmup_steps=warm_up
    )
    stage = new_stage(network, "pre-training", drawn, config.pretrain_epochs, rate)  # warm-up is part of the rate's course
    log = fit_stage(network, stage, None, config, f"{name} pre-training")
    with paths.atomic(model_run.path / "pretrained") as folder:
        folder.mkdir()
        network.save_weights(folder / "model.weights.h5")
        log.to_csv(folder / "log.csv", index=False)


def fit_network(name, prepared, plan, fold):
    """Train one network on one fold, from its pre-trained weights; `prepared()` gives `features.Prepared`."""
    import keras

    from competitions.webqa import batches

    prepared = prepared()
    config, train, questions = plan.config, prepared.parts["train"], [plan.truth[row] for row in fold.valid]
    keras.utils.set_random_seed(fold.seed(config.seed))
    network = new_network(config, name, prepared)
    if cloze_parts(config, prepared):
        network.load_weights(fold.run / "pretrained" / "model.weights.h5")
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
    trees, log = ranker.fit(plan.truth, part, encoder, fold.train, fold.valid, longest, seed)
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
        stages.append(new_stage(network, name, drawn, epochs, learning_rate, warm_up_steps))
    return training.fit_stages(network, stages, score, config, description)


def new_stage(network, name, drawn, epochs, learning_rate, warm_up_steps=0):
    """A `Stage` with the loss of the network's kind."""
    from common.training import Stage
    from competitions.webqa import model

    loss, scale = model.loss_of(network.name), model.loss_scale(network.name)
    return Stage(name, drawn, loss, epochs, learning_rate, min(warm_up_steps, len(drawn)), scale)


if __name__ == "__main__":
    run.stage(__spec__)
