"""Word vectors of a run at work: similarities of pairs, of words that have no vector, too."""

from pathlib import Path

import numpy as np

from common.experiment.blend import Stacked
from common.text.similarity import Similarity, Words
from common.text.word2vec import Word2Vec
from common.text.word_vectors import WordVectors

NETWORK, VECTORS = "word2vec.npz", "vectors.npz"  # of a run, for all its folds: a network's tables, or other vectors

_LOADED = {}  # of the last run: its folds share vectors


def words_of(folder):
    """The `Words` of a run's folder."""
    key = Path(folder).resolve()
    if key not in _LOADED:
        _LOADED.clear()
        network = key / NETWORK
        _LOADED[key] = Words(Word2Vec.load(network).vectors if network.exists() else WordVectors.load(key / VECTORS))
    return _LOADED[key]


def load(folder, name, config):
    """The model of one fold, as it was saved."""
    return Similarity.load(folder, words_of(folder.parent))


def predict(learnt, pairs):
    """What an ensemble says of pairs, `(pairs, 2)`."""
    return learnt.way(Stacked(np.stack(learnt.found(pairs))))
