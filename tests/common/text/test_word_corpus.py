from collections import Counter

import numpy as np
import pytest

from common.errors import DataError
from common.text import word_corpus
from common.text.word_corpus import Blocks

SENTENCES = [[chr(97 + place % 7) for place in range(length)] for length in (3, 1, 40, 9, 2)]


@pytest.fixture
def corpus(tmp_path):
    return word_corpus.encode(SENTENCES, tmp_path / "corpus", 2)


def test_ids_follow_the_counts_and_zero_ends_a_sentence(tmp_path):
    found = word_corpus.encode([["b", "a", "b"], ["c", "a", "b"]], tmp_path / "corpus", 2)
    assert found.words == ("b", "a") and found.tokens == 5
    np.testing.assert_array_equal(found.ids, [1, 2, 1, 0, 2, 1, 0])
    np.testing.assert_allclose(found.noise(0.5)[1:] ** 2 / sum(found.noise(0.5) ** 2), [0.6, 0.4])


@pytest.mark.parametrize("sentences", [[["a"]], []])
def test_too_little_text_is_named(sentences, tmp_path):
    with pytest.raises(DataError, match="No word occurs 2 times"):
        word_corpus.encode(sentences, tmp_path / "corpus", 2)
    assert not list(tmp_path.iterdir())


def test_subsampling_keeps_what_the_code_of_word2vec_keeps(corpus):
    share = corpus.counts[0] / corpus.tokens
    assert corpus.kept(share)[1] == 1, "t/f + sqrt(t/f) = 2 where f = t, so all"
    assert corpus.kept(share / 16)[1] == pytest.approx(1 / 16 + 1 / 4)
    assert (corpus.kept(0) == 1).all()


@pytest.mark.parametrize("chunk", [1 << 20, 16])  # one chunk, and such that cut sentences and blocks
def test_every_word_of_the_text_is_asked_for_once_with_its_whole_window(corpus, chunk, monkeypatch):
    monkeypatch.setattr(word_corpus, "CHUNK", chunk)
    blocks = Blocks(corpus, window=2, sample=0, seed=0, steps=9, blocks=3)
    asked, pairs = Counter(), Counter()
    for ids, reach, sentence in blocks.epoch(0):
        assert ids.shape == (3, 9)
        for row in range(3):
            for place in np.flatnonzero(reach[row] * ids[row]):
                asked[ids[row, place]] += 1
                near = range(max(0, place - 2), min(9, place + 3))
                pairs.update(
                    (ids[row, place], ids[row, other], other - place)
                    for other in near
                    if ids[row, other] and other != place and sentence[row, other] == sentence[row, place]
                )
    assert asked == dict(enumerate(corpus.counts, start=1))
    numbers = {word: number for number, word in enumerate(corpus.words, start=1)}
    expected = Counter(
        (numbers[words[place]], numbers[words[place + step]], step)
        for words in SENTENCES
        for place in range(len(words))
        for step in (-2, -1, 1, 2)
        if 0 <= place + step < len(words)
    )
    assert pairs == expected


def test_an_epoch_repeats_itself_and_the_next_one_differs(corpus):
    blocks = Blocks(corpus, window=2, sample=0.05, seed=1, steps=9, blocks=3)
    first, again, other = (np.concatenate([batch[0] for batch in blocks.epoch(number)]) for number in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()
