"""The classifier that judges pictures: trained once on the training part, and kept as a run of its own."""

import time
from dataclasses import dataclass, replace

import numpy as np

from common import paths
from common.errors import DataError
from common.experiment.metric import ACCURACY
from common.experiment.runs import open_run, readable
from common.generative.judge import BATCH, classifier, judge_of
from competitions.generation.config import CLASSIFIER

LEAST_ACCURACY = 0.9  # of a classifier that tells what pictures show
SEED = 42  # not the setting: models of all seeds are compared by one


def load(dataset, config):
    """The judge of a set of pictures, trained where it is not yet.

    Raises:
        DataError: it tells fewer than 90 % of the validation pictures rightly.
    """
    config = replace(config, seed=SEED)
    run = open_run("generation", CLASSIFIER, config, dataset.fingerprint, network=True)
    with run.locked():
        if not run.complete():
            train(run, dataset, config)
    path = run.path / "model.keras"
    accuracy = run.metrics["score"]
    if accuracy < LEAST_ACCURACY:
        raise DataError(
            f"The classifier {run.path} is right on {accuracy:.1%} of the validation pictures; {LEAST_ACCURACY:.0%} are needed "
            f"to compare pictures by its features. Train it longer: judge_epochs={2 * config.judge_epochs}"
        )
    import keras

    with readable(path):
        network = keras.saving.load_model(path, compile=False)
    return judge_of(network, accuracy)


def train(run, dataset, config):
    """Train the classifier and write its run."""
    import keras

    from common import training

    started = time.monotonic()
    keras.utils.set_random_seed(config.seed)
    images = dataset.train
    network = classifier(images, len(dataset.classes))
    labelled = images, dataset.labels[0]
    batches = training.OfArrays(labelled, np.arange(len(images)), config.judge_batch, config.seed)
    rate = training.cosine(2e-3, config.judge_epochs * len(batches), len(batches))

    def accuracy(network):
        return ACCURACY.of(dataset.labels[1], training.predict_all(network, dataset.valid, BATCH))

    stage = training.Stage("classifier", batches, "sparse_categorical_crossentropy", config.judge_epochs, rate)
    checkpoint = run.checkpoint(CLASSIFIER)
    log = training.fit_stages(network, [stage], accuracy, Recipe(), CLASSIFIER, checkpoint=checkpoint)
    with paths.atomic(run.path / "model.keras") as path:
        network.save(path)
    with paths.atomic(run.path / "log.csv") as path:
        log.assign(fold=0).to_csv(path, index=False)
    run.discard_checkpoints()
    figures = {"metric": "accuracy", "greater": True, "score": float(log["score"].max()), "spread": None}
    run.finish({**figures, "data": paths.data_name(config.data), "seconds": time.monotonic() - started})


@dataclass(frozen=True)
class Recipe:
    """What `fit_stages` asks of settings."""

    weight_decay: float = 0.02
    momentum: float = 0.95
