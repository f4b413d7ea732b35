"""What the loss or an attack changes, on texts with a label each: paired seeds, and a part of the training labels turned.

    make bench COMP=sentiment data=DATA [compare=losses] [texts=4000] [seeds=5] [epochs=4] [model=convolution] [noise=0,0.15]
    make bench COMP=sentiment data=DATA compare=attacks noise=0

One network of competitions/sentiment/model.py is trained with each of them from the same start, in the same order and for as
many epochs, for each seed; what it answers to the same texts, near duplicates of training texts left out, is its accuracy after
the last epoch - no epoch is chosen. With noise, so many of the training labels are turned, the same for all. The interval is
Student's, of the gains over the cross-entropy across the seeds.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
from scipy import stats
from sklearn.model_selection import GroupShuffleSplit
from tqdm import tqdm

from common import run, training
from common.config import unknown_name
from common.errors import ConfigError
from common.losses import SoftThresholdCrossentropy, ThresholdCrossentropy
from common.report.tables import show_table
from common.text import labelled
from common.text.near_duplicates import near_duplicates
from common.text.units import UnitVocabulary
from common.training import stages
from competitions.sentiment import inference, model
from competitions.sentiment.batches import Batches
from competitions.sentiment.config import Config

PLAIN = "cross-entropy"
LOSSES = {
    PLAIN: keras.losses.CategoricalCrossentropy,
    "label smoothing 0.1": lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    "hinge": keras.losses.CategoricalHinge,
    "focal, gamma 2": lambda: keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0),
    "threshold 0.6": lambda: ThresholdCrossentropy(0.6),
    "threshold 0.6, mean of what counts": lambda: ThresholdCrossentropy(0.6, per_active=True),
    "soft threshold, K 1 (focal, gamma 1)": lambda: SoftThresholdCrossentropy(1.0),
    "soft threshold, K 10": lambda: SoftThresholdCrossentropy(10.0),
}
ATTACKS = {  # names and strengths of common/training/adversarial.py
    "fgm, 0.1": ("fgm", 0.1),
    "fgm, 0.5": ("fgm", 0.5),
    "gradient penalty, 0.5": ("gradient_penalty", 0.5),
    "vat, 0.5": ("vat", 0.5),
    "r_drop, 1": ("r_drop", 1.0),
}
COMPARED = {"losses": list(LOSSES), "attacks": [PLAIN, *ATTACKS]}
COLUMNS = ("learnt with", "turned labels", "accuracy", "gain, 95 % interval", "log loss")
GIVEN = {"compare": "losses", "texts": 4000, "seeds": 5, "epochs": 4, "model": "convolution", "noise": "0,0.15", "data": None}
ASKED = 3000  # texts


def main(arguments):
    """Print the table.

    Raises:
        ConfigError: an unknown argument, or none for `data`.
    """
    given = dict(GIVEN)
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in given:
            raise ConfigError(unknown_name(name, given, "argument"))
        given[name] = value if isinstance(GIVEN[name], str | None) else int(value)
    if given["compare"] not in COMPARED:
        raise ConfigError(unknown_name(given["compare"], COMPARED, "comparison"))
    if not given["data"] or given["seeds"] < 2:
        raise ConfigError("expected data=FOLDER with labelled texts, and seeds=2 or more")
    parts = prepared(Path(given["data"]).expanduser(), given["texts"], model.UNITS[given["model"]])
    title = f"{given['model']}, {len(parts.train)} texts, asked {len(parts.test)}, mean of {given['seeds']} seeds"
    for noise in map(float, given["noise"].split(",")):
        ways = COMPARED[given["compare"]]
        found = [scores(way, parts, noise, given) for way in tqdm(ways, desc=f"{noise:.0%} turned")]
        show_table(title, COLUMNS, rows_of(ways, np.array(found), noise))


def rows_of(ways, found, noise):
    """Rows of the table from accuracies and log losses, `(ways, seeds, 2)`."""
    rows = []
    for place, (name, figures) in enumerate(zip(ways, found, strict=True)):
        gains = figures[:, 0] - found[0, :, 0]
        half = stats.t.ppf(0.975, len(gains) - 1) * stats.sem(gains) if place else 0
        gain = f"{gains.mean():+.4f}, {gains.mean() - half:+.4f} to {gains.mean() + half:+.4f}" if place else ""
        accuracy, loss = figures.mean(axis=0)
        rows.append([name, f"{noise:.0%}", f"{accuracy:.4f}", gain, f"{loss:.3f}"])
    return rows


def prepared(folder, count, units):
    """Ids and labels of `count` texts to learn and of `ASKED` others at most, drawn once, without near duplicates across."""
    found = labelled.load(folder)
    chosen = np.random.default_rng(0).permutation(len(found.train.texts))[: count + ASKED]
    texts, labels = [found.train.texts[row] for row in chosen], found.train.labels[chosen]
    splitter = GroupShuffleSplit(1, train_size=min(count / len(texts), 0.75), random_state=0)
    ((train, test),) = splitter.split(texts, labels, near_duplicates(texts))
    vocabulary = UnitVocabulary.of([texts[row] for row in train], units, Config.min_count)
    ids = inference.Network(None, vocabulary, found.classes, Config()).encode(texts)
    parts = {"train_ids": ids.take(train), "test_ids": ids.take(test), "train": labels[train], "test": labels[test]}
    return SimpleNamespace(**parts, classes=len(found.classes), vocabulary=len(vocabulary))


def scores(way, parts, noise, given):
    """Accuracy and log loss of networks trained in one way, `(seeds, 2)`; the step is compiled once."""
    config = Config(epochs=given["epochs"], batch_size=64, units=64, dim=64, momentum=0.95)
    name, strength = ATTACKS.get(way, ("none", 0.0))
    attack = training.objective_of(name, "vectors", strength, binary=False)
    network, trainer, result = None, None, []
    for seed in range(given["seeds"]):
        keras.utils.set_random_seed(seed)
        fresh = model.build(given["model"], parts.vocabulary, parts.classes, config)
        turned = np.random.default_rng([seed, 1]).random(len(parts.train)) < noise
        labels = np.where(turned, (parts.train + 1) % parts.classes, parts.train)
        targets = np.eye(parts.classes, dtype="float32")[labels]
        batches = Batches(parts.train_ids, targets, np.ones(len(labels)), config, seed)
        rate = training.cosine(config.learning_rate, len(batches) * config.epochs, len(batches) // 2)
        stage = training.Stage(
            *("all", batches, LOSSES.get(way, LOSSES[PLAIN])(), config.epochs, rate),
            undecayed=("bias$", "embeddings$"),
            attack=attack,
        )
        if network is None:
            network, trainer = fresh, stages.compiled(fresh, stage, config)
        network.set_weights(fresh.get_weights())
        stages.fit(trainer, stage, None, config, f"seed {seed}")
        probability = np.clip(inference.probabilities(network, parts.test_ids), 1e-6, 1)
        own = probability[np.arange(len(probability)), parts.test] / probability.sum(axis=1)
        result.append([np.mean(probability.argmax(axis=1) == parts.test), -np.log(own).mean()])
    return np.array(result)


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
