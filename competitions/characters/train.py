"""Cross-validate the networks, whole faces and writers left out.

python -m competitions.characters.train
python -m competitions.characters.train model=vgg folds=1 data=DATA
"""

from functools import partial

import numpy as np

from common import experiment, paths, run
from common.images.writing.glyphs import normalised
from common.text.bigrams import Bigrams
from competitions.characters import data, inference, metric
from competitions.characters.config import NETWORKS


def main(config):
    """Train what is not finished, and show all runs of this plan."""
    planned = plan(config)
    experiment.show(planned, experiment.train(planned))


def plan(config):
    """What is trained, on which glyphs."""
    dataset = data.load(config)
    return experiment.Plan(
        contest="characters",
        config=config,
        fingerprint=dataset.fingerprint,
        metric=metric.accuracy_of(dataset.characters),
        truth=dataset.train.labels,
        groups=dataset.train.groups,
        records=lambda: {part: normalised(getattr(dataset, part).pixels, config.side) for part in ("train", "test")},
        fits={name: partial(fit, name) for name in NETWORKS},
        networks=NETWORKS,
        kinds=inference.kinds(config),
        dataset=dataset,
        pictures=draw,
        describe=lambda plan, row: dataset.train.pixels[row],
        more={"bigrams": paths.fingerprint([config.bigrams])} if config.bigrams else {},
    )


def bigrams_of(config, characters):
    """Counts of the settings' file, or of nothing."""
    return Bigrams.read(config.bigrams, characters) if config.bigrams else Bigrams.unknown(characters)


def fit(name, plan, fold):
    """Train one network of `model.py` on one fold: one cosine, averaged weights, nothing chosen on the validation part."""
    import keras

    from common import training
    from competitions.characters import model

    config, characters, seed = plan.config, plan.dataset.characters, fold.seed(plan.config.seed)
    keras.utils.set_random_seed(seed)
    with training.precision(config.precision):
        network = getattr(model, name)(len(characters), config, seed)
    weights = bigrams_of(config, characters).weights()[plan.truth]
    batches = training.OfArrays((plan.parts["train"], plan.truth, weights), fold.train, config.batch_size, seed)
    loss, rate = "sparse_categorical_crossentropy", config.learning_rate
    stage = training.Stage.cosine("cosine", batches, loss, config.epochs, rate, config.warm_up)
    log = training.fit_stage(network, stage, None, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return inference.Network(network, config.side), log.assign(score=np.nan)


def draw(plan, finished):
    """The worst mistakes out of fold."""
    from competitions.characters import pictures

    rows, found = finished.validated()
    path = finished.plots / "mistakes.png"
    pictures.mistakes(plan.parts["train"], rows, plan.truth[rows], found, plan.dataset.characters, path)


if __name__ == "__main__":
    run.stage(__spec__)
