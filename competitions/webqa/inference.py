"""Trained runs at work on new questions."""

from dataclasses import dataclass

import keras
import lightgbm
import numpy as np

import common.layers  # noqa: F401  registers the layers for load_model
from common.config import from_dict
from common.experiment.runs import Run
from common.report.saliency import integrated_gradients
from competitions.webqa import batches, decode, ensemble, ranker
from competitions.webqa.config import NETWORKS, Config
from competitions.webqa.features import Encoder


@dataclass(frozen=True)
class Reader:
    """The networks of an ensemble's members, ready to answer."""

    run: Run
    encoder: Encoder
    networks: list
    rankers: list
    settings: Config

    @classmethod
    def load(cls, run):
        """Load every fold's network of every member of a finished ensemble."""
        members = [Run(run.path.parent / name) for name in run.read_json("metrics.json")["members"]]
        settings = from_dict(Config, run.read_json("config.json")["config"])
        networks, rankers = [], []
        for member in members:
            folds = sorted(member.path.glob("fold*"))
            if member.model in NETWORKS:
                networks.append([keras.saving.load_model(fold / "model.keras", compile=False) for fold in folds])
            else:
                rankers += [lightgbm.Booster(model_file=str(fold / "model.txt")) for fold in folds]
        return cls(run, Encoder.load(members[0].path / "encoder"), networks, rankers, settings)

    @property
    def asks_networks(self):
        """Whether the way that won asks the networks, and not the ranker alone."""
        return bool(self.networks) and self.run.read_json("metrics.json")["method"] != ensemble.RANKER

    def answer(self, questions):
        """Candidate answers of each question, the best first, and their `Encoded` arrays."""
        encoded = self.encoder.encode(questions)
        passages = np.arange(len(encoded.passages))
        pointers = [
            ensemble.mean_pointers([batches.predict(network, encoded, passages) for network in folds])
            for folds in self.networks
        ]
        longest = self.settings.longest_answer
        spans = [ranker.rank(trees, questions, encoded, self.encoder, longest) for trees in self.rankers]
        part = ensemble.Part(questions, encoded, pointers, decode.mean(spans) if spans else None)
        method, trees = self.run.read_json("metrics.json")["method"], ensemble.load_reranker(self.run)
        return ensemble.choose(part, method, trees, self.encoder.vectors.matrix(), self.settings), encoded

    def saliency(self, encoded, passage, begin, end, steps=24):
        """How much every character of question and passage speaks for the span `begin:end` of a passage.

        Integrated gradients of start x end from empty character vectors, by the first network.

        Returns:
            Shares of the question's characters `(characters,)` and of the passage's.
        """
        network = self.networks[0][0]
        inputs, _ = batches.pair_arrays(encoded, np.array([passage]), multiple=1)
        vectors = [network.get_layer(f"{name}_vectors").output for name in ("question", "passage")]
        given = [inputs[tensor.name] for tensor in network.inputs]
        embedded = [keras.ops.convert_to_numpy(one) for one in keras.Model(network.inputs, vectors)(given)]
        head = keras.Model([*vectors, *network.inputs], network.output)  # the ids are still needed for the masks
        shares = integrated_gradients(
            head,
            [*embedded, *given],
            lambda pointers: pointers[:, begin, 0] * pointers[:, end - 1, 1],
            baseline=[None, None, *given],  # only the vectors are taken away
            steps=steps,
        )
        return shares[0][0].sum(axis=-1), shares[1][0].sum(axis=-1)
