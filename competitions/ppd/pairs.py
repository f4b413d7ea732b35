"""Pairs of questions as the models see them, and the pairs whose labels are known."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from common.experiment.runs import save_arrays
from competitions.ppd import features, graph
from competitions.ppd.data import Dataset


@dataclass(frozen=True)
class Pairs:
    """Pairs of questions of a data set.

    Attributes:
        dataset: the `Dataset`; questions may have been added behind the others.
        pairs: question numbers `(rows, 2)`.
        make_table: gives the table of what the pairs say and where they stand in the graph, a data frame.
        asked: whether a person asks: then what is known of these very pairs takes no part.
    """

    dataset: Dataset
    pairs: np.ndarray
    make_table: Any
    asked: bool = False

    def __len__(self):
        return len(self.pairs)

    @cached_property
    def table(self):
        """The table of the pairs."""
        return self.make_table()


def asked(dataset, pairs, config):
    """`Pairs` of a person.

    Every pair that the trees saw was an edge of the graph itself, so these are, too.
    """

    def table():
        kinds = ["content", "graph"] if config.uses_graph else ["content"]
        joined = with_edges(dataset, pairs)
        return pd.concat([features.MAKERS[kind](joined, pairs, config.seed) for kind in kinds], axis=1)

    return Pairs(dataset, pairs, table, asked=True)


def with_edges(dataset, pairs):
    """The dataset with these pairs among its test pairs, where they are no edge of the graph yet."""
    questions, edges = len(dataset.names), dataset.all_pairs
    found, first = np.unique(graph.keys(pairs, questions), return_index=True)
    new = pairs[first[~np.isin(found, graph.keys(edges, questions))]]
    return dataclasses.replace(dataset, test_pairs=np.concatenate([edges[len(dataset.pairs) :], new]))


@dataclass(frozen=True)
class Known:
    """Pairs whose labels are known.

    Attributes:
        pairs: question numbers `(rows, 2)`.
        labels: 0 or 1, `(rows,)`.
    """

    pairs: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, dataset, rows=slice(None)):
        """Training pairs of a data set."""
        return cls(dataset.pairs[rows], dataset.labels[rows])

    def for_pairs(self, records):
        """Those that may say something of some `Pairs`: where a person asks, not the pairs themselves, in whatever order."""
        if not records.asked:
            return self
        questions = len(records.dataset.names)
        others = ~np.isin(graph.keys(self.pairs, questions), graph.keys(records.pairs, questions))
        return Known(self.pairs[others], self.labels[others])

    def save(self, folder):
        """Write `known.npz`."""
        save_arrays(folder / "known.npz", pairs=self.pairs, labels=self.labels)

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote."""
        with np.load(folder / "known.npz") as arrays:
            return cls(arrays["pairs"], arrays["labels"])
