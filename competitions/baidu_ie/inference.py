"""Fitted models at work on sentences: those of a fold, and a whole ensemble on new ones."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from common.experiment import Kind
from common.experiment.predictions import take
from common.ragged import Ragged
from competitions.baidu_ie import data, decode
from competitions.baidu_ie.config import MODELS
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import Encoded, Encoder
from competitions.baidu_ie.judges import Found, Part
from competitions.baidu_ie.knowledge import Knowledge
from competitions.baidu_ie.prior import TriplePrior

KNOWLEDGE = "knowledge.jsonl.gz"  # in an ensemble's run: what the training sentences state


@dataclass(frozen=True)
class Records:
    """Sentences and their arrays."""

    sentences: list
    encoded: Encoded

    def __len__(self):
        return len(self.sentences)

    def take(self, rows):
        """Some of them."""
        return Records(take(self.sentences, rows), self.encoded.take(rows))


@dataclass(frozen=True)
class Network:
    """A trained network of `model.py`, and the known triples that it is shown.

    Attributes:
        network: the Keras model.
        prior: `TriplePrior` of what it was trained on.
        config: the contest's settings.
    """

    network: Any
    prior: TriplePrior
    config: Any

    def predict(self, records, rows=None):
        """`Candidates` of the sentences, numbered as they are given."""
        records = records if rows is None else records.take(rows)
        known = known_of(self.prior, self.config, records.sentences)
        return decode.find(self.network, records.encoded, known, len(self.prior.numbers), self.config.threshold)

    def save(self, folder):
        """Write `model.keras` and `prior.jsonl.gz`."""
        self.network.save(folder / "model.keras")
        self.prior.save(folder / "prior.jsonl.gz")


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    import keras

    import common.layers
    import common.losses  # noqa: F401  both register their classes for load_model

    network = keras.saving.load_model(folder / "model.keras", compile=False)
    return Network(network, TriplePrior.load(folder / "prior.jsonl.gz", load_encoder(folder.resolve()).predicates), config)


def load_encoder(folder):
    """The `Encoder` of the run that a folder lies in."""
    return Encoder.load(next(parent / "encoder" for parent in (folder, *folder.parents) if (parent / "encoder").is_dir()))


def kinds(config):
    """How the predictions of a model are written and joined."""
    names = [field.name for field in fields(Candidates)]
    kind = Kind(
        pack=vars,
        unpack=lambda arrays: Candidates(**{name: arrays[name] for name in names}),
        join=lambda several, rows, records: Candidates.join(
            [found.renumbered(places) for found, places in zip(several, rows, strict=True)]
        ),
        mean=lambda several, records: decode.merge(several, records.sentences, config.threshold),
    )
    return dict.fromkeys(MODELS, kind)


def known_of(prior, config, sentences):
    """What a prior knows of sentences that it has not seen."""
    return decode.known_spans(prior, sentences, fitted=False) if config.prior else nothing_known(sentences)


def nothing_known(sentences):
    """Known spans where there is no prior."""
    return Ragged.of([np.empty((0, 5), "int32")] * len(sentences), (5,))


def schemas_of(run):
    """The `Schema` rows that an ensemble's run keeps."""
    return data.read_schemas(run.path / data.SCHEMAS)


def predict(learnt, sentences):
    """Triples of sentences by an ensemble, each with its judgement, the surest first.

    Args:
        learnt: `experiment.Learnt`.
        sentences: list of `Sentence`.

    Returns:
        For each sentence a list of (`Triple`, judgement from 0 to 1); what a repair rule added has `None`.
    """
    run, way = learnt.run, learnt.way
    encoder = load_encoder(run.members[0].path)
    records = Records(list(sentences), encoder.encode(sentences))
    knowledge = [Knowledge.load(run.path / KNOWLEDGE, schemas_of(run))] * len(records)
    found = learnt.found(records)
    found = Found.all_of(Part.of(sentences, records.encoded, knowledge, found, encoder.predicates, learnt.config.types))
    proposals, scores = found.part.proposals, [{} for _ in sentences]
    for number, triple, score in zip(proposals.sentence, proposals.triples, way.judge(found), strict=True):
        scores[number][triple] = float(score)
    return [
        sorted(((triple, own.get(triple)) for triple in triples), key=lambda one: -(one[1] or 0.0))
        for own, triples in zip(scores, way(found), strict=True)
    ]
