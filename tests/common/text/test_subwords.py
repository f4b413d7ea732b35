import numpy as np
import pytest

from common.text.subwords import MOST, Subwords, ngrams, parts_of, ridge_regression
from common.text.word_vectors import WordVectors


def test_runs_of_characters_with_the_ends_marked():
    assert ngrams("电车") == ["电", "车", "<电", "电车", "车>"]
    assert ngrams("ab") == ["<ab", "ab>", "<ab>"]


def test_parts_are_the_runs_that_words_share():
    parts = parts_of(["电车", "电车站", "人", "中华人民共和国"])
    assert parts.shape == (5, MOST) and not parts[0].any()
    assert parts.tolist()[1][:5] == [1, 2, 3, 4, 0]  # 电, 车, <电, 电车; nothing else ends in 车
    assert set(parts[1][:4]) == set(parts[2][:4]) and not parts[2][4:].any()
    assert np.count_nonzero(parts[3]) == 1 and np.count_nonzero(parts[4]) == 1  # 人 and no more


def test_the_regression_is_the_one_of_the_normal_equations():
    generator = np.random.default_rng(0)
    held, targets = generator.random((20, 6)).astype("float32"), generator.normal(size=(20, 3)).astype("float32")
    expected = np.linalg.solve(held.T @ held + 0.5 * np.eye(6), held.T @ targets)
    np.testing.assert_allclose(ridge_regression(held, targets, 0.5), expected, atol=1e-4)


def test_a_new_word_is_near_the_words_that_share_its_characters():
    words = [first + second for first in "电火汽" for second in "车灯船"] + [
        first + second for first in "甲乙" for second in "年月"
    ]
    vectors = np.array([[1, 0.2 * place] for place in range(9)] + [[-1, 0]] * 4, "float32")
    known = WordVectors(tuple(words), vectors)
    vector, share = Subwords.of(known, ridge=0.01).vector("电船灯")
    assert vector[0] > 0 and 0 < share < 1
    other, none = Subwords.of(known).vector("虎")
    assert none == 0 and not other.any()
    assert Subwords.of(known, ridge=0.01).vector("乙年")[0][0] < 0
    assert Subwords.of(known, ridge=1e-4).vector("电车")[0] == pytest.approx(known.unit[0], abs=0.1)
