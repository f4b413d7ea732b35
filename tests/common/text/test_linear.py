import numpy as np
import pytest

from common.text.linear import LinearText
from common.text.units import UnitVocabulary, characters, spans, words

TEXTS = ["很好 用", "真的很好", "good film", "very good", "太差了", "很差", "bad film", "so bad"] * 4
LABELS = np.eye(2)[[1, 1, 1, 1, 0, 0, 0, 0] * 4]


@pytest.mark.parametrize("settings", [{}, {"naive_bayes": True, "regularisation": 1.0}, {"components": 6}], ids=str)
def test_every_kind_learns_and_answers_texts_it_has_not_seen(settings):
    model = LinearText(min_count=1, **settings).fit(TEXTS, LABELS, more=["无标签的好评"])
    found = model.predict_proba(["好好好", "bad", "差", "good good", ""])
    assert found.argmax(axis=1)[:4].tolist() == [1, 0, 0, 1]
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_a_soft_label_is_half_of_each_and_a_weight_is_so_many_texts():
    twice = LinearText(min_count=1).fit([*TEXTS, "so so", "so so"], [*LABELS, [1, 0], [0, 1]])
    soft = LinearText(min_count=1).fit([*TEXTS, "so so"], [*LABELS, [1, 1]], more=["so so"])
    np.testing.assert_allclose(twice.predict_proba(TEXTS), soft.predict_proba(TEXTS), atol=1e-3)


def test_a_teacher_tells_of_words_that_no_labelled_text_has():
    texts, more = ["good film", "bad film"] * 3, ["good superb film", "bad awful film"] * 20
    settings = {"features": (("words", 1),), "min_count": 1, "naive_bayes": True}
    alone = LinearText(**settings).fit(texts, np.eye(2)[[1, 0] * 3], more)
    np.testing.assert_allclose(alone.predict_proba(["superb", "awful"]), 0.5, atol=1e-6)
    teacher = LinearText(features=(("words", 1),), min_count=1, components=3)
    taught = LinearText(**settings).fit(texts, np.eye(2)[[1, 0] * 3], more, rounds=1, teacher=teacher)
    found = taught.predict_proba(["superb", "awful"])
    assert found[0, 1] > 0.53 and found[1, 0] > 0.53


def test_more_than_two_classes():
    texts, labels = ["red apple", "green leaf", "blue sea"] * 5, np.eye(3)[[0, 1, 2] * 5]
    for naive in (False, True):
        found = LinearText(naive_bayes=naive, min_count=1).fit(texts, labels).predict_proba(["apple", "leaf", "sea"])
        assert found.argmax(axis=1).tolist() == [0, 1, 2]


def test_units_stand_where_they_stood():
    text = "Ｇood<br />phone, don't 手机很好！\ud800"
    for units in ("words", "characters"):
        for unit, start, end in spans(text, units):
            assert len(unit) == end - start and not unit.isspace()
    assert words("Good<br />phone, don't") == ["good", "phone", ",", "don't"]
    assert words("手机很好用") != list("手机很好用") and "".join(words("手机很好用")) == "手机很好用"
    assert characters("ab c") == ["a", "b", "c"] and words("") == []


def test_a_vocabulary_counts_orders_and_comes_back(tmp_path):
    vocabulary = UnitVocabulary.of(["b a b", "c b a", "d"], "words", min_count=2)
    assert vocabulary.listed == ["b", "a"] and vocabulary.counts.tolist() == [0, 2, 3, 2]
    assert vocabulary.encode("a b x").tolist() == [3, 2, 1]
    vocabulary.save(tmp_path / "words.json")
    assert UnitVocabulary.load(tmp_path / "words.json").encode("a b x").tolist() == [3, 2, 1]
    assert len(UnitVocabulary.of(["b a b"], "words", most=1)) == 3
