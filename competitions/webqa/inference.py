"""Fitted models at work on questions: those of a fold, and a whole ensemble on new ones."""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from common.ragged import Ragged
from competitions.webqa import answering, decode
from competitions.webqa.answering import Found, Part
from competitions.webqa.config import NETWORKS
from competitions.webqa.features import Encoded, Encoder


@dataclass(frozen=True)
class Records:
    """Questions and their arrays."""

    questions: list
    encoded: Encoded

    def __len__(self):
        return len(self.questions)


@dataclass(frozen=True)
class Network:
    """A trained reader of `model.py`."""

    network: Any

    def predict(self, records, rows=None):
        """`Ragged` pointers of all passages of the questions."""
        from competitions.webqa import batches

        encoded = records.encoded
        passages = np.arange(len(encoded.passages)) if rows is None else encoded.passages_of(rows)
        return batches.predict(self.network, encoded, passages)

    def save(self, folder):
        """Write `model.keras`."""
        self.network.save(folder / "model.keras")


@dataclass(frozen=True)
class Ranker:
    """Trees that rank the n-grams of the passages.

    Attributes:
        trees: `lightgbm.Booster`.
        encoder: the `Encoder` of the questions.
        longest: characters of an answer.
    """

    trees: lightgbm.Booster
    encoder: Encoder
    longest: int

    def predict(self, records, rows=None):
        """`decode.Spans` over the passages of the questions, which are numbered as they are given."""
        from competitions.webqa import ranker

        questions, encoded = records.questions, records.encoded
        if rows is not None:
            questions, encoded = [questions[row] for row in rows], encoded.take(rows)
        return ranker.rank(self.trees, questions, encoded, self.encoder, self.longest)

    def save(self, folder):
        """Write `model.txt`."""
        (folder / "model.txt").write_text(self.trees.model_to_string(), encoding="utf-8")  # save_model hides a full disk


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    if name not in NETWORKS:
        trees = lightgbm.Booster(model_file=folder / "model.txt")
        return Ranker(trees, load_encoder(folder.resolve()), config.longest_answer)
    import keras

    import common.layers  # noqa: F401  registers the layers for load_model

    return Network(keras.saving.load_model(folder / "model.keras", compile=False))


def load_encoder(folder):
    """The `Encoder` of the run that a folder lies in."""
    return Encoder.load(next(parent / "encoder" for parent in (folder, *folder.parents) if (parent / "encoder").is_dir()))


def kinds(config):
    """How the predictions of each model are written and joined."""
    return {**dict.fromkeys(NETWORKS, answering.POINTERS), "ranker": answering.SPANS}


def own_candidates(config, questions, found):
    """Candidates of each question from the pointers or spans of one model alone."""
    spans = decode.find_spans(found, config.threshold, config.longest_answer) if isinstance(found, Ragged) else found
    return decode.candidates(questions, np.cumsum([0, *(len(question.passages) for question in questions)]), spans)


def put_together(names, found, records, vectors, config):
    """The `Part` of what models of some names found."""
    pointers = [one for name, one in zip(names, found, strict=True) if name in NETWORKS]
    spans = [one for name, one in zip(names, found, strict=True) if name not in NETWORKS]
    spans = decode.mean(spans) if len(spans) > 1 else next(iter(spans), None)
    return Part(list(records.questions), records.encoded, pointers, spans, vectors, config)


def encode(learnt, questions):
    """`Records` of new questions, and the `Encoder` of an ensemble."""
    encoder = load_encoder(learnt.run.members[0].path)
    return Records(list(questions), encoder.encode(questions)), encoder


def predict(learnt, questions):
    """Candidate answers of each question by an ensemble, the best first.

    Args:
        learnt: `experiment.Learnt`.
        questions: list of `Question`.
    """
    records, encoder = encode(learnt, questions)
    names = [name for name, _ in learnt.models.values()]
    part = put_together(names, learnt.found(records), records, encoder.vectors.matrix(), learnt.config)
    return learnt.way(Found.all_of(part))
