"""Cross-validate every model: linear ones, recurrent ones and convolutions.

python -m competitions.sentiment.train
python -m competitions.sentiment.train model=linear folds=1 data=DATA
"""

from functools import partial

import numpy as np

from common import experiment, run
from common.errors import ConfigError
from common.experiment.metric import ACCURACY
from common.text.linear import LinearText
from competitions.sentiment import data, inference
from competitions.sentiment.config import LINEAR, NETWORKS


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    print("\n".join(planned.dataset.notes), end="\n" if planned.dataset.notes else "")
    print(f"protocol: {config.protocol}; {len(planned.truth)} labelled texts, {len(planned.dataset.unlabelled)} unlabelled")
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which texts."""
    dataset = data.load(config)
    if "taught" in config.model and not dataset.unlabelled:
        raise ConfigError("model=taught learns from texts without labels, and there are none; take naive_bayes")
    parts = {"train": dataset.train.texts} | ({"test": dataset.test.texts} if dataset.test else {})
    return experiment.Plan(
        contest="sentiment",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=ACCURACY,
        truth=dataset.train.labels,
        groups=dataset.groups,
        classes=tuple(map(str, dataset.classes)),
        records=lambda: parts,
        fits={name: partial(fit_linear if name in LINEAR else fit_network, name) for name in (*LINEAR, *NETWORKS)},
        networks=NETWORKS,
        dataset=dataset,
        before=prepare,
        pictures=draw,
    )


def prepare(plan, model_run):
    """Train the language model of a run that begins with one."""
    if model_run.model == "pretrained":
        from competitions.sentiment import pretraining

        pretraining.pretrain(plan.config, model_run, (*plan.parts["train"], *plan.dataset.unlabelled))


def labelled(plan, fold):
    """Texts and distributions over classes to learn from, and the texts without labels."""
    texts, classes = plan.parts["train"], np.eye(len(plan.dataset.classes), dtype="float32")
    return [texts[row] for row in fold.train], classes[plan.truth[fold.train]], list(plan.dataset.unlabelled)


def fit_linear(name, plan, fold):
    """Train one linear model on one fold; the log knows no epochs."""
    config = plan.config
    texts, targets, unlabelled = labelled(plan, fold)
    longest = (("characters", config.sequence_of_characters), ("words", config.sequence_of_words))
    shared = {"features": [feature for feature in longest if feature[1]], "min_count": config.least_texts}
    naive = {"regularisation": config.naive_regularisation, "naive_bayes": True}
    decomposed = {"components": config.components, "seed": fold.seed(config.seed)}
    own = {"naive_bayes": naive, "taught": naive, "latent": decomposed}.get(name, {})
    taught, rounds = name == "taught", config.self_training
    teacher = LinearText(**shared, regularisation=config.regularisation, **decomposed) if taught else None
    few = config.labels or rounds or name in ("latent", "taught")  # with many labels the other texts cost more than they bring
    model = LinearText(**{"regularisation": config.regularisation} | shared | own)
    model.fit(texts, targets, unlabelled if few else (), rounds if unlabelled else 0, config.self_weight, teacher)
    return inference.Linear(model, plan.dataset.classes), None


def fit_network(name, plan, fold):
    """Train one network of `model.py` on one fold."""
    import keras

    from common import training
    from competitions.sentiment import model, pretraining
    from competitions.sentiment.batches import Batches

    config, seed = plan.config, fold.seed(plan.config.seed)
    texts, targets, unlabelled = labelled(plan, fold)
    keras.utils.set_random_seed(seed)
    vocabulary = pretraining.vocabulary_of(config, name, fold.run, [*texts, *unlabelled])
    with training.precision(config.precision):
        network = model.build(name, len(vocabulary), len(plan.dataset.classes), config)
    if name == "pretrained":
        pretraining.give(network, fold.run)
    fitted = inference.Network(network, vocabulary, plan.dataset.classes, config)
    valid, truth = fitted.encode([plan.parts["train"][row] for row in fold.valid]), plan.truth[fold.valid]

    def accuracy(network):
        return plan.metric.of(truth, inference.probabilities(network, valid))

    def learn(texts, targets, weights, describe, checkpoint=None):
        batches = Batches(fitted.encode(texts), targets, weights, config, seed)
        cosine = config.epochs, config.learning_rate, config.warm_up_epochs
        attack = training.objective_of(config.attack, "vectors", config.attack_strength, binary=False)
        undecayed = ("bias$", "embeddings$") if network.get_layer("vectors").trainable else ("bias$",)
        loss = model.loss_of(config)
        stage = training.Stage.cosine(describe, batches, loss, *cosine, undecayed=undecayed, attack=attack)
        return training.fit_stages(network, [stage], accuracy, config, f"{name} fold {fold.number}", checkpoint=checkpoint)

    extra = list(np.random.default_rng(seed).permutation(np.array(unlabelled, object))[: int(config.beside * len(texts))])
    nothing = np.zeros((len(extra), targets.shape[1]), "float32")  # no class: cross-entropies are 0, divergences are not
    given, known = [*texts, *extra], np.concatenate([targets, nothing])
    log = learn(given, known, np.ones(len(given)), "labelled", fold.checkpoint)
    for _ in range(config.self_training if unlabelled else 0):
        guessed = inference.probabilities(network, fitted.encode(unlabelled))
        weights = np.repeat([1, config.self_weight], [len(texts), len(unlabelled)])
        learn([*texts, *unlabelled], np.concatenate([targets, guessed]), weights, "self-training")
    return fitted, log


def draw(plan, finished):
    """The pictures of a run."""
    from competitions.sentiment import pictures

    pictures.draw_run(plan, finished, inference.load(finished.folds[0], finished.model, plan.config))


if __name__ == "__main__":
    run.stage(__spec__)
