"""Cross-validate every network: one cosine, label smoothing, averaged weights.

python -m competitions.fashion_mnist.train
python -m competitions.fashion_mnist.train model=wide_resnet folds=1 data=DATA
"""

from functools import partial

from common import experiment, run
from common.experiment.metric import ACCURACY
from competitions.fashion_mnist import data
from competitions.fashion_mnist.config import MODELS

UNDECAYED = ("gamma$", "beta$", "bias$")


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    print("\n".join(planned.dataset.notes), end="\n" if planned.dataset.notes else "")
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which pictures."""
    dataset = data.load(config)
    parts = {"train": dataset.train.images} | ({"test": dataset.test.images} if dataset.test else {})
    return experiment.Plan(
        contest="fashion_mnist",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=ACCURACY,
        truth=dataset.train.labels,
        classes=dataset.names,
        records=lambda: parts,
        fits={name: partial(fit, name) for name in MODELS},
        networks=MODELS,
        dataset=dataset,
        pictures=draw,
    )


def fit(name, plan, fold):
    """Train one network of `model.py` on one fold."""
    import keras

    from common import training
    from competitions.fashion_mnist import inference, model
    from competitions.fashion_mnist.batches import Batches

    config, images, labels, classes = plan.config, plan.parts["train"], plan.truth, len(plan.dataset.labels)
    seed = fold.seed(config.seed)
    keras.utils.set_random_seed(seed)
    with training.precision(config.precision):
        network = getattr(model, name)(images[fold.train], classes, config)
    batches = Batches(images, labels, fold.train, classes, config, seed)

    def accuracy(network):
        return plan.metric.of(labels[fold.valid], inference.probabilities(network, images[fold.valid]))

    loss = keras.losses.CategoricalCrossentropy(label_smoothing=config.smoothing)
    cosine = config.epochs, config.learning_rate, config.warm_up_epochs
    stage = training.Stage.cosine("full", batches, loss, *cosine, undecayed=UNDECAYED)
    log = training.fit_stages(network, [stage], accuracy, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return inference.Network(network, plan.dataset.names, config.flip > 0), log


def draw(plan, finished):
    """The pictures of a run."""
    from competitions.fashion_mnist import inference, pictures

    pictures.draw_run(plan, finished, inference.load(finished.folds[0], finished.model, plan.config))


if __name__ == "__main__":
    run.stage(__spec__)
