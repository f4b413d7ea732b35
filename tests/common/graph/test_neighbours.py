import numpy as np
import pytest

from common.graph import neighbours as module
from common.graph.neighbours import nearest


def test_nearest_are_those_of_brute_force(monkeypatch):
    monkeypatch.setattr(module, "HELD", 40)  # a few rows at a time
    vectors = np.random.default_rng(0).normal(size=(20, 5)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    neighbours, cosines = nearest(vectors, np.arange(20), 4)
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    np.testing.assert_array_equal(neighbours, np.argsort(-similar, axis=1)[:, :4])
    np.testing.assert_allclose(cosines, -np.sort(-similar, axis=1)[:, :4], rtol=1e-6)


@pytest.mark.parametrize("words", [0, 1])
def test_without_other_words_there_are_no_neighbours(words):
    neighbours, cosines = nearest(np.ones((words, 3), "float32"), np.arange(words), 4)
    assert neighbours.shape == cosines.shape == (words, 0)
