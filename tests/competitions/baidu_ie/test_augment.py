"""New sentences by exchanged names and by joining: when it works, when it must not, and the choice."""

import pytest

from competitions.baidu_ie.augment import exchange, join, joined, replace_all, with_names
from competitions.baidu_ie.data import Sentence, Triple


def sentence(text, *triples):
    return Sentence(text, (("词", "n"),), tuple(Triple(*one.split("-")) for one in triples), "ske")


def exchanged(text, triples, donor):
    given = sentence(text, *triples)
    return with_names(given, given.triples[0], Triple(*donor.split("-")))


def test_both_names_are_replaced_everywhere_and_at_once():
    new = exchanged("甲的妻子是乙，甲和乙", ["甲-妻子-乙", "乙-丈夫-甲"], "乙-妻子-甲")
    assert new.text == "乙的妻子是甲，乙和甲", "a name that was put in is not replaced again"
    assert new.triples == (Triple("乙", "妻子", "甲"), Triple("甲", "丈夫", "乙"))
    assert new.words == () and new.source == "ske"


def test_other_triples_keep_their_other_names():
    new = exchanged("《红楼》甲著，丙社", ["红楼-作者-甲", "红楼-出版社-丙社"], "白鹿原-作者-丁")
    assert new.text == "《白鹿原》丁著，丙社"
    assert new.triples == (Triple("白鹿原", "作者", "丁"), Triple("白鹿原", "出版社", "丙社"))


def test_triples_that_become_equal_are_one():
    new = exchanged("甲乙丙丁", ["甲-作者-乙", "丙-作者-丁"], "丙-作者-丁")
    assert new.triples == (Triple("丙", "作者", "丁"),)


@pytest.mark.parametrize(
    ("text", "triples"),
    [
        ("甲公司和甲", ["甲公司-简称-甲"]),  # one within the other
        ("甲和甲公司", ["甲-简称-甲公司"]),
        ("甲甲", ["甲-简称-甲"]),  # one and the same
        ("甲乙和甲乙丙", ["甲乙-作者-丁", "甲乙丙-作者-丁"]),  # within the name of another triple
        ("甲乙丙和甲丁", ["甲乙-作者-丁", "乙-作者-丁"]),
        ("丙是乙写的", ["甲-作者-乙"]),  # not in the text
        ("Ａ是乙写的", ["A-作者-乙"]),
        ("甲乙丙", ["甲乙-作者-乙丙"]),  # characters in common
        ("丁甲乙丙", ["甲乙-作者-丁", "乙丙-作者-丁"]),
    ],
)
def test_names_that_cannot_be_told_apart_or_are_not_there_are_refused(text, triples):
    assert exchanged(text, triples, "新-作者-人") is None


def test_the_longest_way_through_the_text_is_from_left_to_right():
    assert replace_all("甲乙甲", {"甲": "乙乙", "乙": ""}) == "乙乙乙乙"
    assert replace_all("", {"甲": "乙"}) == ""


def several():
    return [sentence(f"书{n}是人{n}写的", f"书{n}-作者-人{n}") for n in range(1, 9)]


def test_so_many_new_sentences_as_asked_for_each_with_names_of_its_predicate():
    made = exchange(several(), 5, seed=1)
    assert len(made) == 5
    for one in made:
        (triple,) = one.triples
        assert one.text == f"{triple.subject}是{triple.object}写的"
    assert made == exchange(several(), 5, seed=1) != exchange(several(), 5, seed=2)


def test_who_shares_a_predicate_with_nobody_makes_nothing():
    assert exchange([sentence("甲乙", "甲-作者-乙"), sentence("丙丁", "丙-妻子-丁")], 5, seed=1) == []
    assert exchange([sentence("甲乙")], 5, seed=1) == exchange([], 5, seed=1) == []


def test_joined_sentences_say_what_all_their_parts_say():
    first, other = (
        sentence("《三体》是刘慈欣写的。", "三体-作者-刘慈欣"),
        sentence("李安导演了《卧虎藏龙》", "卧虎藏龙-导演-李安"),
    )
    new = joined([first, other], "，")
    assert new.text == "《三体》是刘慈欣写的，李安导演了《卧虎藏龙》"
    assert new.triples == (*first.triples, *other.triples)
    assert new.words == (("词", "n"), ("，", "w"), ("词", "n")) and new.source == "ske"
    same_name = sentence("刘慈欣还写了《球状闪电》", "球状闪电-作者-刘慈欣")
    assert joined([first, same_name], "，") is None, "what one says might be true of the other"


def test_so_many_are_joined_as_fit_the_window():
    made = join(several(), 6, longest=40, seed=1)
    assert len(made) == 6 and {len(one.triples) for one in made} == {2, 3}
    assert made == join(several(), 6, longest=40, seed=1) != join(several(), 6, longest=40, seed=2)
    assert all(triple.subject in one.text and triple.object in one.text for one in made for triple in one.triples)
    assert join(several(), 6, longest=10, seed=1) == join(several()[:1], 6, longest=40, seed=1) == []
