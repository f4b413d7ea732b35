"""What is known of a triple: counts by the official normal form, types, contradictions."""

import pytest

from competitions.baidu_ie.data import Schema, Sentence, Triple
from competitions.baidu_ie.knowledge import Knowledge

SCHEMAS = (
    *(Schema("图书作品", "作者", "人物"), Schema("人物", "妻子", "人物"), Schema("人物", "出生地", "地点")),
    *(Schema("企业", "成立日期", "Date"), Schema("机构", "成立日期", "Date"), Schema("企业", "总部地点", "地点")),
)


def sentence(*triples):
    return Sentence("", (), tuple(Triple(*one.split("-")) for one in triples), "ske")


def test_sentences_are_counted_by_the_official_normal_form():
    knowledge = Knowledge.of(
        [sentence("《甲》-作者-乙B", "甲-作者-乙b"), sentence("甲-妻子-乙b"), sentence("丙-作者-乙b")], SCHEMAS
    )
    assert knowledge.describe(Triple("甲", "作者", "乙B")) == (1, 1, 2, 2)
    assert knowledge.describe(Triple("《丙》", "妻子", "乙b")) == (0, 0, 1, 1)
    assert not any(knowledge.describe(Triple("丁", "妻子", "戊")))


def test_a_name_is_counted_as_what_its_places_make_it():
    knowledge = Knowledge.of([sentence("甲-作者-乙"), sentence("乙-妻子-丙"), sentence("乙-出生地-丁")], SCHEMAS)
    assert knowledge.as_types("乙", {"图书作品"}) == (0, 3), "乙 is a person, three times, and no book"
    assert knowledge.as_types("乙", {"人物"}) == (3, 0)
    assert knowledge.as_types("甲", {"人物"}) == (0, 1)
    assert knowledge.as_types("戊", {"人物"}) == (0, 0)


def test_either_type_of_a_predicate_of_two_schemas_fits():
    knowledge = Knowledge.of([sentence("甲-成立日期-1999年"), sentence("甲-总部地点-乙"), sentence("丙-总部地点-乙")], SCHEMAS)
    assert knowledge.as_types("甲", {"企业"}) == (2, 0)
    assert knowledge.as_types("丙", {"企业", "机构"}) == (1, 0)


@pytest.mark.parametrize(
    ("triple", "contradicts"),
    [
        (("乙", "作者", "戊"), True),  # a person twice, a book never
        (("戊", "作者", "乙"), False),
        (("戊", "妻子", "丁"), False),  # a place only once
        (("戊", "作者", "甲"), True),
        (("戊", "作者", "己"), False),  # nobody is known
    ],
)
def test_only_names_that_are_known_as_something_else_contradict(triple, contradicts):
    stated = [sentence("甲-作者-乙"), sentence("甲-作者-丙"), sentence("乙-妻子-丙"), sentence("丙-出生地-丁")]
    assert Knowledge.of(stated, SCHEMAS).contradicts(Triple(*triple)) is contradicts


def test_saved_and_loaded_it_says_the_same(tmp_path):
    knowledge = Knowledge.of([sentence("甲-作者-乙"), sentence("甲-作者-乙", "乙-妻子-丙")], SCHEMAS)
    knowledge.save(tmp_path / "knowledge.jsonl.gz")
    loaded = Knowledge.load(tmp_path / "knowledge.jsonl.gz", SCHEMAS)
    for triple in (("甲", "作者", "乙"), ("乙", "妻子", "丙"), ("丙", "出生地", "甲")):
        assert loaded.describe(Triple(*triple)) == knowledge.describe(Triple(*triple))
    knowledge.save(tmp_path / "again.jsonl.gz")
    assert (tmp_path / "again.jsonl.gz").read_bytes() == (tmp_path / "knowledge.jsonl.gz").read_bytes()
