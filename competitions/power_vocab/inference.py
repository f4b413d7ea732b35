"""A mined vocabulary at work on new text."""

import pandas as pd

from common.experiment.runs import readable
from competitions.power_vocab.segmenter import Marker


def read_ranking(method_run):
    """The first 10,000 rows of a run's ranking, a DataFrame."""
    path = method_run.path / "words.csv"
    with readable(path):
        return pd.read_csv(path, keep_default_na=False, float_precision="round_trip")


def predict(learnt, lines):
    """Lines of text cut into pieces, each a list of `(piece, whether it is a word of the domain)`.

    Args:
        learnt: `experiment.Learnt`.
        lines: list of texts.
    """
    cutter = Marker(read_ranking(learnt.run)["word"])
    return [cutter.segment(line) for line in lines]
