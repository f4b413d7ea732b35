"""Fitted models at work on pairs: those of a fold, and a whole ensemble on pairs that nobody asked before."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from common.errors import RunError
from competitions.ppd import closure
from competitions.ppd.config import COSINE, NETWORKS
from competitions.ppd.pairs import Known
from competitions.ppd.stacking import Answers, logits_of


@dataclass(frozen=True)
class Trees:
    """LightGBM on the table of the pairs, and on what known labels imply.

    Attributes:
        booster: `lightgbm.Booster`.
        known: what it was trained on.
        config: the contest's settings.
    """

    booster: Any
    known: Known
    config: Any

    def predict(self, records, rows=None):
        """Probabilities `(rows,)`."""
        from competitions.ppd import trees

        pairs = records.pairs if rows is None else records.pairs[rows]
        table = records.table if rows is None else records.table.iloc[rows].reset_index(drop=True)
        if self.config.uses_closure:
            known = known_for(records, rows, self.known)
            implied = closure.describe(pairs, known.pairs, known.labels, len(records.dataset.names))
            table = pd.concat([table, implied], axis=1)
        return trees.predict(self.booster, table)

    def save(self, folder):
        """Write `model.txt` and `known.npz`."""
        (folder / "model.txt").write_text(self.booster.model_to_string(), encoding="utf-8")  # save_model hides a full disk
        self.known.save(folder)


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`; attributes as of `Trees`."""

    network: Any
    known: Known
    config: Any

    def predict(self, records, rows=None):
        """Probabilities `(rows,)`, blended with those of mates where known labels may say who they are."""
        from competitions.ppd import batches

        pairs = records.pairs if rows is None else records.pairs[rows]
        if not self.config.uses_closure:
            return batches.predict(self.network, records.dataset, pairs, self.config)
        known = known_for(records, rows, self.known)
        of_pairs = (self.network, records.dataset, pairs, known.pairs, known.labels)
        return batches.predict_with_mates(*of_pairs, self.config, self.config.seed)

    def save(self, folder):
        """Write `model.keras` and `known.npz`."""
        self.network.save(folder / "model.keras")
        self.known.save(folder)


@dataclass(frozen=True)
class Cosine:
    """A sentence encoder, and how its cosine becomes a probability."""

    network: Any
    calibration: np.ndarray
    config: Any

    def predict(self, records, rows=None):
        """Probabilities `(rows,)`."""
        from competitions.ppd import cosine

        pairs = records.pairs if rows is None else records.pairs[rows]
        return cosine.predict(self.network, self.calibration, records.dataset, pairs, self.config)

    def save(self, folder):
        """Write `model.keras` and `calibration.npy`."""
        self.network.save(folder / "model.keras")
        np.save(folder / "calibration.npy", self.calibration)


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    if name not in (*NETWORKS, COSINE):
        import lightgbm

        return Trees(lightgbm.Booster(model_file=folder / "model.txt"), Known.load(folder), config)
    import keras

    from competitions.ppd import model  # noqa: F401  registers what the networks are made of

    network = keras.saving.load_model(folder / "model.keras", compile=False)
    if name == COSINE:
        return Cosine(network, np.load(folder / "calibration.npy"), config)
    return Network(network, Known.load(folder), config)


def known_for(records, rows, learnt_from):
    """What may be known of pairs: of the rows that a fold validates what it learnt from, of all other pairs every label."""
    return Known.of(records.dataset).for_pairs(records) if rows is None else learnt_from


def identity_of(dataset, config):
    """The fingerprint of data and protocol: scores of two protocols never stand in one table."""
    return f"{dataset.fingerprint}-{config.protocol}"


def rules_of(pairs, known, questions, config):
    """What follows for pairs from known labels, `(rows,)`; nothing where the settings leave rules out."""
    if not config.uses_closure:
        return np.full(len(pairs), -1)
    return closure.rules(pairs, known.pairs, known.labels, questions)


def predict(learnt, records):
    """Probabilities `(rows,)` of pairs by an ensemble, stacked as it was learnt.

    Args:
        learnt: `experiment.Learnt`.
        records: `pairs.Pairs`, see `pairs.asked`; of the data set that it was trained on, whose graph and labels take part.

    Raises:
        RunError: the files of the data set have changed since then.
    """
    dataset, config = records.dataset, learnt.config
    if learnt.run.stored["fingerprint"] != identity_of(dataset, config):
        raise RunError(f"The files in {config.data} have changed since {learnt.run.path} was trained on them; train again")
    known = Known.of(dataset).for_pairs(records)
    rules = rules_of(records.pairs, known, len(dataset.names), config)
    return learnt.way(Answers(logits_of(learnt.found(records)), rules))
