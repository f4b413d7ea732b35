"""Trained runs at work on new sentences."""

from dataclasses import dataclass
from pathlib import Path

import keras

import common.layers
import common.losses  # noqa: F401  both register their classes for load_model
from common.config import from_dict
from common.experiment.runs import Run
from competitions.baidu_ie import data, decode, ensemble, train
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.features import Encoder
from competitions.baidu_ie.knowledge import Knowledge
from competitions.baidu_ie.prior import TriplePrior


@dataclass(frozen=True)
class Extractor:
    """The networks of an ensemble's members, ready to extract.

    Attributes:
        run: the ensemble.
        encoder: `Encoder`.
        networks: for each member, a list of (network, prior) of its folds.
        settings: `Config` of the ensemble.
        knowledge: `Knowledge` of the training sentences, for LightGBM.
    """

    run: Run
    encoder: Encoder
    networks: list
    settings: Config
    knowledge: Knowledge

    @classmethod
    def load(cls, run):
        """Load every fold's network of every member of a finished ensemble."""
        members = [Run(run.path.parent / name) for name in run.read_json("metrics.json")["members"]]
        settings = from_dict(Config, run.read_json("config.json")["config"])
        encoder = Encoder.load(members[0].path / "encoder")
        networks = [
            [
                (
                    keras.saving.load_model(fold / "model.keras", compile=False),
                    TriplePrior.load(fold / "prior.jsonl.gz", encoder.predicates),
                )
                for fold in sorted(member.path.glob("fold*"))
            ]
            for member in members
        ]
        knowledge = Knowledge.load(run.path / "knowledge.jsonl.gz", data.read_schemas(Path(settings.data) / data.SCHEMAS))
        return cls(run, encoder, networks, settings, knowledge)

    def extract(self, sentences):
        """Triples of sentences, each with its judgement, the surest first.

        Returns:
            For each sentence a list of (`Triple`, judgement from 0 to 1); what a repair rule added has `None`.
        """
        encoded = self.encoder.encode(sentences)
        predicates = self.encoder.predicates
        found = []
        for folds in self.networks:
            several = [
                decode.find(
                    network, encoded, train.known_of(prior, self.settings, sentences), len(predicates), self.settings.threshold
                )
                for network, prior in folds
            ]
            found.append(decode.merge(several, sentences, self.settings.threshold))
        part = ensemble.Part(list(sentences), encoded, found, [self.knowledge] * len(sentences))
        way, trees = ensemble.load_way(self.run)
        proposed, judgement = ensemble.judge(part, way, trees, predicates, self.settings.types)
        kept = ensemble.believed(proposed, judgement, way, len(sentences))
        scores = [{} for _ in sentences]
        for number, triple, score in zip(proposed.sentence, proposed.triples, judgement, strict=True):
            scores[number][triple] = float(score)
        mended = ensemble.mended(sentences, kept, self.settings.rules)
        return [
            sorted(((triple, own.get(triple)) for triple in triples), key=lambda one: -(one[1] or 0.0))
            for own, triples in zip(scores, mended, strict=True)
        ]
