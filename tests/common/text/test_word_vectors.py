import random

import numpy as np
import pytest

from common.errors import DataError
from common.text import word_vectors
from common.text.word_vectors import WordVectors

TEXTS = ["白云山的海拔是多少？白云山坐落在广州。", "北京的导演是谁"]
VECTORS = WordVectors(("甲", "乙", "丙"), np.array([[1, 0], [0.6, 0.8], [0, 1]], dtype="float32"))


def corpus(sentences=400):
    """Two topics whose words never meet."""
    generator = random.Random(0)
    return [generator.choices(generator.choice((["猫", "狗", "鱼"], ["年", "月", "日"])), k=6) for _ in range(sentences)]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_matrix_has_a_zero_row_for_the_unknown_word():
    np.testing.assert_array_equal(VECTORS.matrix(), np.array([[0, 0], [1, 0], [0.6, 0.8], [0, 1]], dtype="float32"))
    assert VECTORS.matrix().dtype == np.float32


def test_the_nearest_words_come_first():
    assert VECTORS.most_similar("甲") == [("乙", pytest.approx(0.6)), ("丙", 0.0)]
    assert [word for word, _ in VECTORS.most_similar("丙", 1)] == ["乙"]
    assert VECTORS.most_similar("丁") == []


def test_saved_and_loaded(tmp_path):
    VECTORS.save(tmp_path / "vectors.npz")
    loaded = WordVectors.load(tmp_path / "vectors.npz")
    assert loaded.words == VECTORS.words
    np.testing.assert_array_equal(loaded.vectors, VECTORS.vectors)
    assert names(tmp_path) == ["vectors.npz"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "vectors.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"vectors\.npz is damaged.*made again"):
        WordVectors.load(tmp_path / "vectors.npz")


def test_a_file_that_was_cut_off_or_changed_is_an_error(tmp_path):
    path = tmp_path / "vectors.npz"
    VECTORS.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="damaged"):
            WordVectors.load(path)
    place = whole.index(VECTORS.vectors.tobytes())
    path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
    with pytest.raises(DataError, match="damaged"):
        WordVectors.load(path)


def test_every_word_needs_a_vector(tmp_path):
    WordVectors(("甲",), VECTORS.vectors).save(tmp_path / "vectors.npz")
    with pytest.raises(DataError, match=r"1 words, but vectors \(3, 2\)"):
        WordVectors.load(tmp_path / "vectors.npz")


def test_sentences_are_normalised_words_without_blanks():
    assert list(word_vectors.sentences(["北京　Ｇood！导演？", "", " \u2028 ", "好。"])) == [
        ["北京", "good", "!"],
        ["导演", "?"],
        ["好", "。"],
    ]


def test_segmented_text_can_be_read_again_and_again(tmp_path):
    path = tmp_path / "segmented.txt"
    path.write_text("北京 导演\n1998 年\n", encoding="utf-8")
    segmented = word_vectors.SegmentedFile(path)
    assert list(segmented) == list(segmented) == [["北京", "导演"], ["1998", "年"]]


def test_training_repeats_bit_for_bit_with_the_seed():
    one, same, other = (word_vectors.train(corpus(), dim=8, seed=seed) for seed in (1, 1, 2))
    assert one.words == same.words
    assert one.vectors.tobytes() == same.vectors.tobytes()
    assert one.vectors.tobytes() != other.vectors.tobytes()


def test_words_of_one_context_become_neighbours():
    vectors = word_vectors.train(corpus(2000), dim=8, epochs=20)
    np.testing.assert_allclose(np.linalg.norm(vectors.vectors, axis=1), 1, rtol=1e-5)
    assert {word for word, _ in vectors.most_similar("猫", 2)} == {"狗", "鱼"}


def test_rare_words_have_no_vector():
    vectors = word_vectors.train([["甲", "乙"], ["甲", "丙"]], dim=4, min_count=2)
    assert vectors.words == ("甲",)
    assert vectors.vectors.dtype == np.float32


def test_vectors_are_trained_once_for_the_same_texts_and_settings(tmp_path, capsys):
    first = word_vectors.cached([], TEXTS, tmp_path, dim=4, min_count=1)
    assert "Training word vectors" in capsys.readouterr().out
    again = word_vectors.cached([], TEXTS, tmp_path, dim=4, min_count=1)
    assert "Training" not in capsys.readouterr().out
    assert first.words == again.words
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert len(names(tmp_path)) == 1, "the segmented text is gone"


def test_other_texts_settings_or_corpora_have_other_vectors(tmp_path):
    news = tmp_path / "news.txt"
    cache = tmp_path / "cache"
    news.write_text("1998年的新闻\n", encoding="utf-8")
    word_vectors.cached([], TEXTS, cache, dim=4, min_count=1)
    word_vectors.cached([], TEXTS, cache, dim=5, min_count=1)
    word_vectors.cached([], TEXTS[:1], cache, dim=4, min_count=1)
    word_vectors.cached([news], TEXTS, cache, dim=4, min_count=1)
    news.write_text("1999年的新闻\n", encoding="utf-8")
    assert "1999" in word_vectors.cached([news], TEXTS, cache, dim=4, min_count=1).words
    assert len(names(cache)) == 5


@pytest.mark.parametrize("texts", [[], ["", "  "], TEXTS])
def test_too_little_text_leaves_nothing_behind(tmp_path, texts):
    with pytest.raises(DataError, match="No word occurs 50 times"):
        word_vectors.cached([], texts, tmp_path, min_count=50)
    assert names(tmp_path) == []


def test_an_interruption_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(word_vectors, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        word_vectors.cached([], TEXTS, tmp_path)
    assert names(tmp_path) == []
