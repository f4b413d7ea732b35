"""Cross-validate the networks, whole faces and writers left out.

python -m competitions.characters.train
python -m competitions.characters.train model=vgg folds=1 data=DATA
"""

from functools import partial

import numpy as np

from common import experiment, paths, run
from common.images.glyphs import normalised
from competitions.characters import candidates, data, inference, metric
from competitions.characters.config import NETWORKS
from competitions.characters.language import Language


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
        kinds=dict.fromkeys(NETWORKS, candidates.CANDIDATES),
        dataset=dataset,
        pictures=draw,
        describe=lambda plan, row: dataset.train.pixels[row],
        more={"bigrams": paths.fingerprint([config.bigrams])} if config.bigrams else {},
    )


def language_of(config, characters):
    """Counts of the settings' file, or of nothing."""
    return Language.read(config.bigrams, characters) if config.bigrams else Language.unknown(characters)


def fit(name, plan, fold):
    """Train one network of `model.py` on one fold: one cosine, averaged weights, nothing chosen on the validation part."""
    import keras

    from common import training
    from competitions.characters import model
    from competitions.characters.batches import Batches

    config, characters = plan.config, plan.dataset.characters
    seed = fold.seed(config.seed)
    keras.utils.set_random_seed(seed)
    with training.precision(config.precision):
        network = getattr(model, name)(len(characters), config, seed)
    weights = language_of(config, characters).weights()
    batches = Batches(plan.parts["train"], plan.truth, fold.train, config.batch_size, weights, seed)
    rate = training.cosine(
        config.learning_rate, config.epochs * len(batches), int(min(config.warm_up, config.epochs / 2) * len(batches))
    )
    stage = training.Stage("cosine", batches, "sparse_categorical_crossentropy", config.epochs, rate)
    log = training.fit_stage(network, stage, None, config, f"{name} fold {fold.number}", checkpoint=fold.checkpoint)
    return inference.Network(network, config.side), log.assign(score=np.nan)


def draw(plan, finished):
    """The worst mistakes out of fold."""
    from competitions.characters import pictures

    oof = finished.load_arrays("oof")
    rows = np.flatnonzero(oof["fold"] >= 0)
    found, glyphs = oof["probability"][rows], plan.parts["train"][rows]
    pictures.mistakes(glyphs, plan.truth[rows], found, plan.dataset.characters, finished.plots / "mistakes.png")


if __name__ == "__main__":
    run.stage(__spec__)
