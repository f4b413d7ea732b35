"""word2vec on a language of six words: what is learnt is the probability of a word given its neighbours."""

import numpy as np
import pytest

from common.errors import DataError
from common.text import word2vec, word_corpus
from common.text.word2vec import OBJECTIVES, Settings, Word2Vec
from common.training import RowAdagrad
from tests.conftest import eager

pytestmark = pytest.mark.backend
TOPICS = (["猫", "狗", "鱼"], ["年", "月", "日"])
SHARES = np.array([0.6, 0.3, 0.1])
TINY = {"dim": 8, "sample": 0, "candidates": 4, "steps": 24, "blocks": 16, "window": 2}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sentences of one topic each, whose words come in fixed shares."""
    generator = np.random.default_rng(0)
    sentences = [generator.choice(TOPICS[number % 2], 8, p=SHARES).tolist() for number in range(400)]
    return word_corpus.encode(sentences, tmp_path_factory.mktemp("corpus") / "corpus", 1)


def learnt(corpus, epochs, **settings):
    with eager():
        return word2vec.train(corpus, Settings(**TINY | settings), RowAdagrad(0.2), epochs=epochs, seed=0)


@pytest.mark.parametrize("model", word2vec.MODELS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_learns_the_probability_of_a_word_in_its_context(corpus, model, objective):
    found = learnt(corpus, 3, model=model, objective=objective)
    probability = dict(zip(found.words, np.exp(found.log_probabilities(["猫", "狗"])), strict=True))
    assert sum(probability.values()) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose([probability[word] for word in TOPICS[0]], SHARES, atol=0.15)
    assert {word for word, _ in found.vectors.most_similar("猫", 2)} == {"狗", "鱼"}


def test_words_share_the_vectors_of_their_characters(tmp_path):
    """A word without neighbours, whose own vector learns nothing, comes near the words whose characters it has."""
    generator = np.random.default_rng(0)
    topics = (
        [first + second for first in "猫狗" for second in "头尾"],
        [first + second for first in "年月" for second in "初末"],
    )
    sentences = [generator.choice(topics[number % 2], 8).tolist() for number in range(200)] + [["猫身"]]
    corpus = word_corpus.encode(sentences, tmp_path / "corpus", 1)

    def cosine(subwords):
        unit = learnt(corpus, 2, model="skip_gram", subwords=subwords).vectors.unit
        return unit[corpus.words.index("猫身")] @ unit[corpus.words.index("狗头")]

    assert cosine(subwords=True) > 0.6 > cosine(subwords=False)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_bias_begins_at_the_shares_of_the_words(corpus, objective):
    with eager():
        optimizer = RowAdagrad(0.0)
        found = word2vec.train(corpus, Settings(**TINY, objective=objective, bias=True), optimizer, epochs=1, seed=0)
    expected = corpus.counts / corpus.counts.sum()
    np.testing.assert_allclose(np.exp(found.log_probabilities(["猫"])), expected, rtol=1e-4)


@pytest.mark.parametrize("blocks", [4, 1000])  # the last batch of the second is padding for the most part
def test_the_loss_is_that_of_a_word_whatever_the_padding(corpus, blocks):
    losses, settings = [], Settings(**TINY | {"blocks": blocks}, objective="full_softmax", bias=False)
    with eager():
        word2vec.train(
            corpus, settings, RowAdagrad(0.0), epochs=2, seed=0, after_epoch=lambda learnt, epoch, loss, _: losses.append(loss)
        )
    np.testing.assert_allclose(losses, np.log(len(corpus.words)), rtol=1e-3)  # nothing is known, and nothing learnt


def test_one_seed_gives_the_same_vectors_and_they_are_saved(corpus, tmp_path):
    first, again = (learnt(corpus, 1, shared_table=True) for _ in range(2))
    np.testing.assert_array_equal(first.input, again.input)
    np.testing.assert_array_equal(first.input, first.output)
    first.save(tmp_path / "word2vec.npz")
    loaded = Word2Vec.load(tmp_path / "word2vec.npz")
    assert loaded.words == first.words and loaded.settings == first.settings
    with np.load(tmp_path / "word2vec.npz") as arrays:
        older = dict(arrays)
    older["settings"] = np.array([one for one in older["settings"] if not one.startswith("subwords=")])
    np.savez(tmp_path / "older.npz", **older)
    assert Word2Vec.load(tmp_path / "older.npz").settings == first.settings  # of a file from before there were subwords
    np.testing.assert_array_equal(loaded.log_probabilities(["猫"]), first.log_probabilities(["猫"]))
    with pytest.raises(DataError, match="None of the words 虎 has a vector"):
        loaded.log_probabilities(["虎"])


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "word2vec.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=r"word2vec\.npz is damaged"):
        Word2Vec.load(tmp_path / "word2vec.npz")
