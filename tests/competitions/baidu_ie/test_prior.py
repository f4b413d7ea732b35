"""Known triples: every place of them, what a sentence must not tell itself, and the file."""

import pytest

from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.prior import TriplePrior, spans_of

PREDICATES = ("作者", "妻子")
NUMBERS = {"作者": 0, "妻子": 1}


def sentence(text, *triples):
    return Sentence(text, (), tuple(Triple(*one.split("-")) for one in triples), "ske")


def fitted(*sentences):
    return TriplePrior(PREDICATES).fit(sentences)


def test_every_occurrence_of_both_names_is_a_span_whatever_case_and_width():
    text = "ABc和乙，ａｂC与乙"
    found = spans_of(text, [("abc", "妻子", "乙")], NUMBERS)
    assert found.tolist() == [[0, 2, 1, 4, 4], [0, 2, 1, 10, 10], [6, 8, 1, 4, 4], [6, 8, 1, 10, 10]]
    assert {text[first : last + 1] for first, last in found[:, :2]} == {"ABc", "ａｂC"}, "places in the original"
    assert found.dtype == "int32"


def test_places_hold_in_the_original_where_lower_case_has_another_length():
    text = "İİ甲乙"
    assert spans_of(text, [("甲", "作者", "乙")], NUMBERS).tolist() == [[2, 2, 0, 3, 3]]


def test_overlapping_occurrences_count_and_what_stands_nowhere_gives_none():
    assert spans_of("甲甲甲乙", [("甲甲", "作者", "乙")], NUMBERS)[:, :2].tolist() == [[0, 1], [1, 2]]
    nothing = spans_of("甲", [("甲", "作者", "丙")], NUMBERS)
    assert nothing.shape == (0, 5) and nothing.dtype == "int32"


def test_known_triples_are_found_in_a_new_text():
    prior = fitted(sentence("", "ABC-作者-乙", "ABC-妻子-乙"), sentence("", "BC-作者-丙"))
    assert prior.find("ａbc和乙").tolist() == [[0, 2, 0, 4, 4], [0, 2, 1, 4, 4]]
    assert prior.find("ABC和丙").tolist() == [[1, 2, 0, 4, 4]], "a name within another one"
    assert prior.find("ABC和丁").shape == prior.find("").shape == (0, 5)
    assert prior.find("乙和ABC").tolist() == [[2, 4, 0, 0, 0], [2, 4, 1, 0, 0]], "an object may come first"


def test_a_sentence_is_not_told_its_own_triples_unless_another_one_states_them():
    own, other = sentence("甲乙", "甲-作者-乙", "甲-妻子-乙"), sentence("甲写，乙", "甲-妻子-乙")
    prior = fitted(own, other)
    assert prior.find(own.text, own.triples).tolist() == [[0, 0, 1, 1, 1]]
    assert prior.find(own.text)[:, 2].tolist() == [0, 1], "a new sentence is told all"
    assert prior.find(other.text, other.triples)[:, 2].tolist() == [0, 1]


def test_case_and_width_and_repetition_do_not_make_a_second_witness():
    own = sentence("ABC乙", "ABC-作者-乙", "ａｂｃ-作者-乙")
    assert not len(fitted(own).find(own.text, own.triples))
    assert len(fitted(own, sentence("", "abc-作者-乙")).find(own.text, own.triples))


def test_what_was_saved_finds_the_same_and_the_file_is_the_same(tmp_path):
    sentences = [sentence("一", "甲-作者-乙\u2028"), sentence("二", "丙-妻子-丁"), sentence("三", "丙-妻子-丁")]
    prior = fitted(*sentences)
    prior.save(tmp_path / "one.gz")
    fitted(*sentences[::-1]).save(tmp_path / "other.gz")
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()
    loaded = TriplePrior.load(tmp_path / "one.gz", PREDICATES)
    assert loaded.counts == prior.counts == {("甲", "作者", "乙\u2028"): 1, ("丙", "妻子", "丁"): 2}
    for text, own in (("甲乙\u2028丙丁", ()), ("丙丁", sentences[1].triples), ("甲乙\u2028", sentences[0].triples)):
        assert loaded.find(text, own).tolist() == prior.find(text, own).tolist()


@pytest.mark.parametrize("sentences", [(), (sentence("甲"),)])
def test_who_knows_nothing_finds_nothing_and_can_be_saved(tmp_path, sentences):
    prior = fitted(*sentences)
    prior.save(tmp_path / "empty.gz")
    assert TriplePrior.load(tmp_path / "empty.gz", PREDICATES).find("甲乙").shape == prior.find("甲乙").shape == (0, 5)
