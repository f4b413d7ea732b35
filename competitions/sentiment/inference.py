"""Trained models at work on texts."""

import json
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from common import pickled
from common.experiment.estimator import FILE
from common.ragged import Ragged
from common.text.units import UnitVocabulary, spans
from competitions.sentiment.config import LINEAR

BATCH, AREA = 256, 1 << 15  # texts and units at a time
CLASSES, VOCABULARY = "classes.json", "vocabulary.json"


@dataclass(frozen=True)
class Linear:
    """A fitted `LinearText`, with the names of its classes."""

    fitted: Any
    classes: tuple[str, ...]

    def predict(self, texts, rows=None):
        """Probabilities `(rows, classes)` of texts."""
        return self.fitted.predict_proba(texts if rows is None else [texts[row] for row in rows])

    def save(self, folder):
        """Write it."""
        joblib.dump(self.fitted, folder / FILE)
        save_classes(self.classes, folder)


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`.

    Attributes:
        network: the Keras model.
        vocabulary: `UnitVocabulary`.
        classes: their names.
        config: of its training, for how much of a text it reads.
    """

    network: Any
    vocabulary: UnitVocabulary
    classes: tuple[str, ...]
    config: Any

    def read(self, count):
        """Which of `count` units of a text the network reads, a slice; at least one step is left for an empty text."""
        most = self.config.read_characters if self.vocabulary.units == "characters" else self.config.read_words
        return slice(max(0, count - most), count) if self.config.keep_end else slice(0, most)

    def encode(self, texts):
        """`Ragged` ids of what is read of each text."""
        encoded = [self.vocabulary.encode(text) for text in texts]
        return Ragged.of([ids[self.read(len(ids))] for ids in encoded])

    def spans(self, text):
        """Where the units that are read stand, a list of `(unit, start, end)`."""
        found = spans(text, self.vocabulary.units)
        return found[self.read(len(found))]

    def predict(self, texts, rows=None):
        """Probabilities `(rows, classes)` of texts."""
        return probabilities(self.network, self.encode(texts if rows is None else [texts[row] for row in rows]))

    def save(self, folder):
        """Write `model.keras`, the vocabulary and the classes."""
        self.network.save(folder / "model.keras")
        self.vocabulary.save(folder / VOCABULARY)
        save_classes(self.classes, folder)


def probabilities(network, ids):
    """The network's output for `Ragged` ids, `(rows, classes)`."""
    from common import training

    found = np.zeros((len(ids), network.output_shape[-1]), "float32")
    for rows, (steps,) in training.by_length(ids.lengths[:, None], BATCH, AREA):
        found[rows] = training.predict(network, ids.padded(rows, steps=steps))
    return found


def save_classes(classes, folder):
    """Write the names of the classes."""
    (folder / CLASSES).write_text(json.dumps(classes, ensure_ascii=False), encoding="utf-8")


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    classes = tuple(json.loads((folder / CLASSES).read_text(encoding="utf-8")))
    if name in LINEAR:
        return Linear(pickled.load(folder / FILE), classes)
    import keras

    import common.layers
    import common.losses  # noqa: F401  registers what a network may hold

    network = keras.saving.load_model(folder / "model.keras", compile=False)
    return Network(network, UnitVocabulary.load(folder / VOCABULARY), classes, config)
