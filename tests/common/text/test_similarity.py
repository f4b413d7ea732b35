"""Similarities and analogies of vectors that were written by hand."""

import numpy as np

from common.text.similarity import Similarity, Words
from common.text.word_vectors import WordVectors

ROWS = {
    "king": [9, 9, 1],
    "queen": [9, 1, 1],
    "man": [1, 9, 0],
    "woman": [1, 1, 0],
    "He": [1, 8, 0],
    "he": [1, 8, 1],
    "猫": [0, 1, 7],
}
VECTORS = WordVectors(tuple(ROWS), np.array(list(ROWS.values()), "float32"))
PLAIN = Similarity(Words(VECTORS), 0, 0.0, typical=0.3)


def cosine(one, other):
    first, second = np.array(ROWS[one], float), np.array(ROWS[other], float)
    return first @ second / np.sqrt(first @ first * (second @ second))


def test_similarities_are_cosines_and_what_the_vectors_lack_is_marked():
    pairs = [
        ("king", "queen"),
        ("queen", "king"),
        ("KING", "Queen"),
        ("king", "king"),
        ("He", "he"),
        ("猫猫", "猫"),
        ("zz", "猫"),
    ]
    similarity, known = PLAIN.predict(pairs).T
    expected = cosine("king", "queen")
    np.testing.assert_allclose(similarity[:5], [expected, expected, expected, 1, cosine("He", "he")], atol=1e-6)
    np.testing.assert_array_equal(known, [1, 1, 1, 1, 1, 0.5, 0])
    assert similarity[5] > 0.5, "from its characters"
    assert similarity[6] == 0.3, "the median, not 0"


def test_analogies_leave_the_given_words_out_and_count_what_is_lacking():
    questions = [("man", "woman", "king", "queen"), ("Man", "Woman", "KING", "queen"), ("man", "man", "woman", "woman")]
    assert PLAIN.analogies([*questions, ("king", "unicorn", "man", "woman")]) == (2, 3)
    assert PLAIN.analogies([]) == (0, 0)


def test_components_that_are_taken_out_leave_no_trace():
    removed = Similarity(Words(VECTORS), 1, 0.0)
    vectors = removed.mended.vectors
    np.testing.assert_allclose(vectors @ removed.words.components[1][0], 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_what_was_chosen_comes_back_without_the_vectors(tmp_path):
    Similarity(PLAIN.words, 1, 0.5, 0.25).save(tmp_path)
    again = Similarity.load(tmp_path, PLAIN.words)
    assert (again.removed, again.mixed, again.typical) == (1, 0.5, 0.25)
