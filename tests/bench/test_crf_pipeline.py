"""The CRF pipeline learns made-up sentences, takes no unlabelled sentence for a negative, and reads tags and words as told."""

import pytest

from bench import crf_pipeline
from bench.crf_pipeline import CrfPipeline
from common.errors import DataError
from competitions.baidu_ie.data import Sentence, Triple

PREDICATES = ("作者", "出版社", "身高")
WRITERS = ["王明", "李强", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄丽"]
BOOKS = ["春天", "河流", "远山", "星空", "旧城", "海岛", "秋叶", "雪国"]
HOUSES = ["华夏", "故宫", "人民", "长江", "新星", "海天", "作家", "东方"]


def written(book, writer):
    """A book and its author, with parts of speech."""
    words = (("《", "w"), (book, "nw"), ("》", "w"), ("是", "v"), (writer, "nr"), ("写", "v"), ("的", "u"), ("小说", "n"))
    return Sentence("".join(word for word, _ in words), words, (Triple(book, "作者", writer),), "ske")


def published(book, house):
    """A book and its publisher, without parts of speech."""
    house = f"{house}出版社"
    return Sentence(f"《{book}》一书由{house}出版发行", (), (Triple(book, "出版社", house),), "ske")


@pytest.fixture(scope="module")
def sentences():
    """32 sentences with one predicate each."""
    books = BOOKS + [f"{book}集" for book in BOOKS]
    own = [written(book, writer) for book, writer in zip(books, WRITERS * 2, strict=True)]
    return own + [published(book, house) for book, house in zip(books, HOUSES * 2, strict=True)]


@pytest.fixture(scope="module")
def fitted(sentences):
    """The pipeline after training on them."""
    pytest.importorskip("sklearn_crfsuite")
    return CrfPipeline().fit(sentences, PREDICATES, {"ske": set(PREDICATES)})


def test_it_finds_the_triples_of_new_sentences(fitted):
    new = [written("白塔", "孙浩"), published("白塔", "中华")]
    assert fitted.extract(new) == [sentence.triples for sentence in new]
    assert fitted.extract([]) == []


def test_it_trains_the_same_twice(fitted, sentences):
    again = CrfPipeline().fit(sentences, PREDICATES, {"ske": set(PREDICATES)})
    new = [written("白塔集", "周杰"), published("红楼", "中华")]
    assert again.extract(new) == fitted.extract(new)
    assert again.classifier.threshold == fitted.classifier.threshold


def test_a_predicate_that_no_sentence_states_is_never_found(fitted):
    tall = Sentence("他身高180厘米", (), (), "ske")
    assert all(triple.predicate != "身高" for triple in fitted.extract([tall])[0])


def test_one_predicate_alone_is_always_stated(sentences):
    pytest.importorskip("sklearn_crfsuite")
    pipeline = CrfPipeline().fit(sentences[:16], PREDICATES, {"ske": set(PREDICATES)})
    new = written("白塔", "孙浩")
    assert pipeline.extract([new]) == [new.triples]


def test_sentences_are_no_negatives_of_what_their_source_does_not_label():
    own, extra = written("春天", "王明"), Sentence("《春天》由华夏出版社出版", (), (), "duie2")
    stated, known = crf_pipeline.targets([own, extra], PREDICATES, {"ske": set(PREDICATES), "duie2": {"作者"}})
    assert stated.tolist() == [[True, False, False], [False, False, False]]
    assert known.tolist() == [[True, True, True], [True, False, False]]


def test_a_source_without_a_predicate_does_not_unlearn_it(sentences):
    pytest.importorskip("sklearn_crfsuite")
    extra = [Sentence(sentence.text, (), (), "duie2") for sentence in sentences if not sentence.words] * 3
    labelled = {"ske": set(PREDICATES), "duie2": {"作者"}}
    pipeline = CrfPipeline().fit(sentences + extra, PREDICATES, labelled)
    new = published("白塔", "中华")
    assert pipeline.extract([new]) == [new.triples]


def test_every_place_is_tagged_and_read_back():
    sentence = Sentence("A与B:a演B", (), (Triple("A", "主演", "B"), Triple("B", "导演", "A")), "ske")
    tags = crf_pipeline.tags_of(sentence, "主演")
    assert tags == ["B-S", "O", "B-O", "O", "B-S", "O", "B-O"]
    assert crf_pipeline.spans_of(tags) == {"S": [(0, 1), (4, 5)], "O": [(2, 3), (6, 7)]}
    assert crf_pipeline.spans_of(["B-S", "I-S", "B-S", "I-O", "I-O", "O", "I-S"]) == {
        "S": [(0, 2), (2, 3), (6, 7)],
        "O": [(3, 5)],
    }


def test_a_triple_outside_the_text_has_no_tags():
    sentence = Sentence("王明写", (), (Triple("春天", "作者", "王明"),), "ske")
    assert set(crf_pipeline.tags_of(sentence, "作者")) == {"O"}


def test_one_subject_has_all_objects_and_several_share_them_out():
    text = "甲一二乙三"
    assert crf_pipeline.pairs(text, [(0, 1)], [(1, 2), (2, 3)]) == [("甲", "一"), ("甲", "二")]
    several = crf_pipeline.pairs(text, [(0, 1), (3, 4)], [(1, 2), (2, 3), (4, 5)])
    assert several == [("甲", "一"), ("甲", "二"), ("乙", "三")]
    assert crf_pipeline.pairs("一甲二乙", [(1, 2), (3, 4)], [(0, 1), (2, 3)]) == [("甲", "一"), ("甲", "二")]
    assert crf_pipeline.pairs(text, [], [(1, 2)]) == []


def test_words_cover_the_text_whatever_is_given():
    given = Sentence("ＡＢ 写，书", (("ab", "nr"), ("写", "v"), ("错", "n")), (), "ske")
    assert crf_pipeline.words_of(given) == [(0, 2, "nr"), (2, 3, "blank"), (3, 4, "v"), (4, 6, "blank")]
    words = crf_pipeline.words_of(Sentence("王明写了《春天》", (), (), "ske"))
    assert [begin for begin, *_ in words] == [0, *(end for _, end, _ in words[:-1])] and words[-1][1] == 8


def test_characters_know_whether_they_stand_in_a_title():
    features = crf_pipeline.around_characters("甲《乙》丙")
    assert ["title:True" in own for own in features] == [False, True, True, True, False]


def test_too_little_to_learn_from_is_refused(sentences):
    pytest.importorskip("sklearn_crfsuite")
    labelled = {"ske": set(PREDICATES)}
    with pytest.raises(DataError, match="at least 3 training sentences"):
        CrfPipeline().fit(sentences[:2], PREDICATES, labelled)
    outside = [Sentence(sentence.text, (), (Triple("无", "作者", "无"),), "ske") for sentence in sentences]
    with pytest.raises(DataError, match="stand in the text"):
        CrfPipeline().fit(outside, PREDICATES, labelled)
