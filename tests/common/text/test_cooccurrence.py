"""Word vectors by counting."""

import numpy as np
import pytest

from common.errors import DataError
from common.text import cooccurrence, word_corpus


@pytest.fixture
def corpus(tmp_path):
    """Of `a b c` twice and `d a` once."""
    return word_corpus.encode([["a", "b", "c"], ["d", "a"], ["a", "b", "c"]], tmp_path / "corpus", 1)


@pytest.mark.parametrize("chunk", [1 << 20, 2])  # the second cuts inside sentences
def test_a_neighbour_counts_less_with_distance_and_none_beyond_its_sentence(corpus, monkeypatch, chunk):
    monkeypatch.setattr(cooccurrence, "CHUNK", chunk)
    counts = cooccurrence.cooccurrences(corpus, window=2, sample=0, seed=0).toarray()
    of = {word: place for place, word in enumerate(corpus.words)}
    assert counts[of["a"], of["b"]] == counts[of["b"], of["a"]] == 2
    assert counts[of["a"], of["c"]] == 1  # two times, at half weight
    assert counts[of["d"], of["a"]] == 1 and counts[of["d"], of["b"]] == 0
    np.testing.assert_array_equal(counts, counts.T)


def test_information_is_that_of_the_smoothed_shares_and_shrinks_for_rare_words(corpus):
    counts = cooccurrence.cooccurrences(corpus, window=2, sample=0, seed=0)
    totals = counts.toarray().sum(axis=1)
    shares = totals**0.75 / (totals**0.75).sum()
    for shrink in (0, 1.0):
        found = cooccurrence.positive_information(counts, shrink).toarray()
        with np.errstate(divide="ignore"):
            expected = np.maximum(0, np.log(counts.toarray() / ((totals[:, None] + shrink) * shares)))
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_words_of_one_topic_are_near(tmp_path):
    generator = np.random.default_rng(0)
    topics = (["猫", "狗", "鱼"], ["年", "月", "日"])
    sentences = [generator.choice(topics[number % 2], 8).tolist() for number in range(100)]
    corpus = word_corpus.encode(sentences, tmp_path / "corpus", 1)
    vectors = cooccurrence.counted(corpus, window=4, sample=0, dim=2, shrink=0, seed=0)
    assert {word for word, _ in vectors.most_similar("猫", 2)} == {"狗", "鱼"}
    wide = cooccurrence.counted(corpus, window=4, sample=0, dim=9, shrink=0, seed=0)
    assert wide.vectors.shape == (6, 9) and not wide.vectors[:, 6:].any()
    with pytest.raises(DataError, match="shrink=1e\\+06 leaves anything: set less, or give more text"):
        cooccurrence.counted(corpus, window=4, sample=0, dim=2, shrink=1e6, seed=0)
