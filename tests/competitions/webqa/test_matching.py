"""Golden values, slow reference versions on random texts, and what must change nothing."""

import math
from collections import Counter

import numpy as np
import pytest

from competitions.webqa import matching

RANDOM = np.random.default_rng(0)


def levenshtein(left, right):
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(diagonal + (a != b), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def slow_features(question, passages):
    """The four features token by token, as the definition says."""
    size = len(question)
    features = []
    for passage in passages:
        rows = []
        for i, token in enumerate(passage):
            window = passage[max(0, i - size // 2) : i - size // 2 + size]
            others = sum(token in other for other in passages) - 1
            overlap = len(set(window) & set(question)) / len(set(window) | set(question))
            rows.append([token in question, others / len(passages), overlap, levenshtein(window, question) / size])
        features.append(np.array(rows, np.float32).reshape(len(passage), 4))
    return features


def random_ids(length, kinds):
    return RANDOM.integers(kinds, size=length).tolist()


def random_text(words, kinds):
    """Ids of characters, and the pair of word ids and lengths."""
    lengths = RANDOM.integers(1, 4, size=words).tolist()
    return random_ids(sum(lengths), kinds), (random_ids(words, kinds), lengths)


def features_of(question, passages):
    """All eight columns, for texts as pairs of characters and words."""
    return matching.hand_features(question[0], [text[0] for text in passages], question[1], [text[1] for text in passages])


def from_words(words, ids):
    """The same pair, for a list of words; `ids` collects the ids."""
    return [ord(c) for word in words for c in word], ([ids.setdefault(word, len(ids)) for word in words], [*map(len, words)])


def test_the_published_example():
    ids = {}
    question = from_words(["白云山", "的", "海拔", "是", "多少", "？"], ids)
    words = ["白云山", "坐落", "在", "广州", "，", "主峰", "海拔", "3", "8", "2", "米"]
    (features,) = features_of(question, [from_words(words, ids)])
    firsts = np.cumsum([0, *map(len, words[:-1])])  # where each word begins
    match, shared, jaccard, edit_distance = features[firsts, :4].T
    assert match.tolist() == [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert shared.tolist() == [0] * 11
    assert jaccard == pytest.approx([0.13, 0.11, 0.10, *[0.09] * 6, 0.10, 0], abs=0.00501)  # printed with two decimals
    assert jaccard == pytest.approx([1 / 8, 1 / 9, 1 / 10, *[1 / 11] * 6, 1 / 10, 0])
    assert edit_distance == pytest.approx(np.array([5, 5, 5, 5, 6, 6, 6, 5, 6, 6, 6]) / 6)


def test_a_word_in_four_of_nine_other_passages():
    passages = [([7], ([1], [1]))] * 5 + [([8], ([2], [1]))] * 5
    features = features_of(([7], ([1], [1])), passages)
    assert [float(one[0, column]) for one in features for column in (1, 5)] == pytest.approx([0.4] * 20)


@pytest.mark.parametrize("kinds", [3, 12, 100])
@pytest.mark.parametrize("question_words", [1, 2, 7, 90])
def test_equals_the_definition_on_random_texts(question_words, kinds):
    question = random_text(question_words, kinds)
    passages = [random_text(words, kinds) for words in (20, 1, 0, 33, 8)]
    by_word = slow_features(question[1][0], [words for _, (words, _) in passages])
    by_character = slow_features(question[0], [characters for characters, _ in passages])
    for found, of_words, of_characters, (_, (_, lengths)) in zip(
        features_of(question, passages), by_word, by_character, passages, strict=True
    ):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, np.hstack([np.repeat(of_words, lengths, axis=0), of_characters]), rtol=1e-6)


def test_a_passage_equal_to_the_question_matches_fully_at_the_middle():
    question = random_text(9, 1000)
    (features,) = features_of(question, [question])
    characters, (_, lengths) = question
    assert (features[:, [0, 4]] == 1).all()
    assert (features[:, [1, 5]] == 0).all()
    assert features[len(characters) // 2, 6:].tolist() == [1, 0]
    assert features[sum(lengths[: len(lengths) // 2]), 2:4].tolist() == [1, 0]


def test_the_order_of_the_passages_changes_nothing():
    question, passages = random_text(6, 10), [random_text(words, 10) for words in (5, 9, 2, 14)]
    order = [2, 0, 3, 1]
    shuffled = features_of(question, [passages[i] for i in order])
    expected = features_of(question, passages)
    for i, features in zip(order, shuffled, strict=True):
        np.testing.assert_array_equal(features, expected[i])


def test_ids_compare_by_value_alone():
    question, passages = random_text(6, 10), [random_text(words, 10) for words in (5, 9)]
    values = RANDOM.choice(np.iinfo(np.int64).max, size=10) * RANDOM.choice([-1, 1], size=10)

    def renamed(text):
        characters, (words, lengths) = text
        return values[characters], (values[words], np.array(lengths))

    found = features_of(renamed(question), [renamed(passage) for passage in passages])
    for features, expected in zip(found, features_of(question, passages), strict=True):
        np.testing.assert_array_equal(features, expected)


def test_empty_texts_have_features_of_the_right_shape():
    empty, text = ([], ([], [])), random_text(4, 5)
    size = len(text[0])
    for features, length in zip(features_of(empty, [text, empty]), (size, 0), strict=True):
        assert features.shape == (length, 8)
        assert features.dtype == np.float32
        assert not features.any()
    assert [features.shape for features in features_of(text, [empty, text, empty])] == [(0, 8), (size, 8), (0, 8)]
    assert [features.shape for features in features_of(text, [empty])] == [(0, 8)]
    assert features_of(text, []) == []


def test_words_that_do_not_cover_the_text_are_refused():
    with pytest.raises(ValueError, match=r"2 words with 5 characters in passage 1\. Received: 2 lengths, 4 characters"):
        matching.hand_features([1], [[1], [1, 2, 3, 4, 5]], ([1], [1]), [([1], [1]), ([1, 2], [2, 2])])
    with pytest.raises(ValueError, match=r"words of 2 passages\. Received: 1"):
        matching.hand_features([1], [[1], [1]], ([1], [1]), [([1], [1])])


def test_relevance_equals_its_formulas():
    passages = [random_ids(length, 8) for length in (12, 0, 3, 30)]
    question, documents, average_length = [5, 2, 2, 7], 40, 11.0
    frequency = RANDOM.integers(1, documents + 1, size=8)
    greatest = math.log(1 + (documents + 0.5) / 0.5)
    idf = [math.log(1 + (documents - int(count) + 0.5) / (int(count) + 0.5)) / greatest for count in frequency]
    asked, total = {5, 2, 7}, idf[5] + idf[2] + idf[7]
    expected = []
    for passage in passages:
        counts = Counter(passage)
        norm = 1.2 * (0.25 + 0.75 * len(passage) / average_length)
        found, missed = [idf[token] for token in asked if counts[token]], [idf[token] for token in asked if not counts[token]]
        bm25 = sum(idf[token] * counts[token] * 2.2 / (counts[token] + norm) for token in asked) / total
        expected.append([sum(found) / total, max(found, default=0), max(missed, default=0), bm25])
    scores = matching.relevance(question, passages, frequency, documents, average_length)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert scores.shape == (4, len(matching.RELEVANCE))


def test_the_rare_counts_for_more():
    weights = matching.rarity(np.array([0, 1, 50, 100]), 100)
    assert weights[0] == 1 and (np.diff(weights) < 0).all() and weights[3] > 0
    shares = matching.relevance([0, 1, 2], [[2, 0, 1], [], [1], [2]], np.array([100, 50, 1]), 100, 2.0)[:, 0]
    assert shares[:2].tolist() == [1, 0]
    assert 0 < shares[2] < shares[3] < 1


@pytest.mark.parametrize(("question", "passages"), [([], []), ([], [[]]), ([], [[0, 1], []]), ([1], [])])
def test_relevance_of_empty_texts(question, passages):
    scores = matching.relevance(question, passages, np.array([3, 4]), 5, 7.0)
    assert scores.tolist() == [[0] * 4] * len(passages)


def test_the_lead_is_over_the_best_of_the_others():
    scores = np.array([[3.0, 1.0], [5.0, 1.0], [4.0, 0.0]])
    assert matching.lead(scores).tolist() == [[-2, 0], [1, 0], [-1, -1]]
    assert matching.lead(scores[:1]).tolist() == [[0, 0]]
