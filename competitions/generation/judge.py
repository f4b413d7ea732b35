"""The classifier whose features pictures are compared by: trained once on the training part, kept as a run of its own.

Inception's weights are not needed, and its numbers are not comparable: every score stands beside that of real pictures.
"""

import hashlib
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from common import paths
from common.errors import DataError
from common.experiment.metric import ACCURACY
from common.experiment.runs import open_run, readable
from common.generative import quality
from competitions.generation.config import CLASSIFIER

LEAST_ACCURACY = 0.9  # of a classifier that tells what pictures show
SEED = 42  # not the setting: models of all seeds are compared by one
WIDTHS = (24, 48)
FEATURES = 64
BATCH = 500  # pictures at a time


@dataclass(frozen=True)
class Judge:
    """A classifier at work.

    Attributes:
        network: from bytes to features and probabilities.
        name: accuracy on the validation part and hash of the file, as it is printed beside scores.
    """

    network: Any
    name: str

    def look(self, images):
        """Features `(pictures, features)` and probabilities `(pictures, classes)`, float64, of bytes."""
        from common.training import predict_all

        return tuple(part.astype(float) for part in predict_all(self.network, images, BATCH))

    def score(self, made, of_real, seed):
        """How far made pictures, bytes, are from real ones, of which there are the features, a dict of numbers."""
        features, probability = self.look(made)
        precision, recall = quality.precision_recall(of_real, features, seed)
        return {
            "FID": quality.frechet(features, of_real),
            "KID": quality.kernel_distance(features, of_real, seed),
            "precision": precision,
            "recall": recall,
            **quality.class_figures(probability),
        }


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
    both = keras.Model(network.input, [network.get_layer("features").output, network.output])
    digest = hashlib.sha256(b"".join(weight.tobytes() for weight in network.get_weights()))  # the file has the time in it
    return Judge(both, f"classifier {digest.hexdigest()[:8]}, accuracy {accuracy:.4f}")


def train(run, dataset, config):
    """Train the classifier and write its run."""
    import keras

    from common import training
    from common.images import networks

    started = time.monotonic()
    keras.utils.set_random_seed(config.seed)
    images = dataset.train
    pixels = keras.Input(images.shape[1:])
    x = (pixels - float(images.mean())) / (float(images.std()) or 1.0)
    x = keras.layers.Reshape((*images.shape[1:], 1))(x)
    x = networks.wide_residual(x, WIDTHS, blocks=1, strides=(2, 2))
    x = keras.layers.Dense(FEATURES, activation="relu", name="features")(keras.layers.Flatten()(x))
    network = keras.Model(pixels, keras.layers.Dense(len(dataset.classes), activation="softmax")(x))
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
