"""Trained networks at work on pictures: those of a fold, and a whole ensemble on new ones."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from common.images.writing.signs import Table

CHUNK = 512  # pictures predicted at a time


@dataclass(frozen=True)
class Reader:
    """The networks of one fit.

    Attributes:
        table: the `Table` of all styles.
        networks: pairs of a Keras model and the numbers of the styles that it reads.
    """

    table: Table
    networks: list[tuple[Any, list[int]]]

    def predict(self, pictures, rows=None):
        """Probability of each sign, `(rows, positions, signs)`; only signs of a style's labels, to four decimals: they pack."""
        rows = np.arange(len(pictures)) if rows is None else rows
        styles, other = pictures.styles[rows], self.table.other_case
        found = np.zeros((len(rows), self.table.positions, len(self.table.signs)), "float32")
        for network, read in self.networks:
            places = np.flatnonzero(np.isin(styles, read))
            for start in range(0, len(places), CHUNK):
                part = places[start : start + CHUNK]
                shown = probabilities(network, pictures.images[rows[part]], styles[part], self.table.positions)
                answered = self.table.answered[styles[part]]
                twins = np.where(answered[..., other], 0, shown[..., other])  # the case that no label of the style has
                found[part] = np.round((shown + twins) * answered, 4)
        return found

    def save(self, folder):
        """Write each network, and `table.json`."""
        for name, (network, _) in zip(names_of(self.networks), self.networks, strict=True):
            network.save(folder / name)
        kept = self.table.to_dict() | {"read": [read for _, read in self.networks]}
        (folder / "table.json").write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def names_of(networks):
    """File of each network."""
    return ["model.keras"] if len(networks) == 1 else [f"model.{number}.keras" for number in range(len(networks))]


def probabilities(network, images, styles, positions):
    """What a network gives for pictures, `(pictures, positions, signs)`."""
    from common.training import predict
    from competitions.captcha.model import places_of

    return softmax(predict(network, {"image": np.asarray(images), "places": places_of(styles, positions)}), axis=-1)


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    import keras

    import competitions.captcha.model  # noqa: F401  registers what the networks are made of

    table, read = table_of(folder)
    networks = [keras.saving.load_model(folder / name, compile=False) for name in names_of(read)]
    return Reader(table, list(zip(networks, read, strict=True)))


def table_of(folder):
    """The `Table` of a fold, and the numbers of the styles that each of its networks reads."""
    kept = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    return Table.from_dict(kept), kept["read"]
