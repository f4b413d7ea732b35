import json

import numpy as np
import pytest

from common.errors import DataError
from common.text.vocabulary import FIRST, UNKNOWN, CharVocabulary


def test_frequent_characters_first_and_ties_by_code_point():
    vocabulary = CharVocabulary().fit(["乙甲丙", "丙a"])
    assert vocabulary.characters_ == ["丙", "a", "乙", "甲"]
    assert len(vocabulary) == 6
    assert CharVocabulary().fit(["a丙", "甲丙乙"]).characters_ == vocabulary.characters_, "the order of texts does not count"


def test_rare_characters_have_no_id():
    vocabulary = CharVocabulary(min_count=2).fit(["甲甲乙"])
    assert vocabulary.characters_ == ["甲"]
    assert vocabulary.encode("甲乙").tolist() == [FIRST, UNKNOWN]


def test_encode():
    vocabulary = CharVocabulary().fit(["甲甲甲😀😀乙"])
    ids = vocabulary.encode("😀甲丁\ud800乙")
    assert ids.dtype == np.int32
    assert ids.tolist() == [3, 2, UNKNOWN, UNKNOWN, 4]
    assert vocabulary.encode("").shape == (0,)


def test_a_vocabulary_of_nothing_knows_nothing():
    vocabulary = CharVocabulary().fit([])
    assert len(vocabulary) == FIRST
    assert vocabulary.encode("甲").tolist() == [UNKNOWN]


def test_saved_and_loaded_it_encodes_the_same(tmp_path):
    vocabulary = CharVocabulary().fit(['甲"\\\n\u2028😀甲'])
    vocabulary.save(tmp_path / "characters.json")
    loaded = CharVocabulary.load(tmp_path / "characters.json")
    assert loaded.characters_ == vocabulary.characters_
    np.testing.assert_array_equal(loaded.encode('😀"甲\n乙'), vocabulary.encode('😀"甲\n乙'))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "no JSON file"),
        (json.dumps({"甲": 2}), "single characters"),
        (json.dumps(["甲乙"]), "single characters"),
        (json.dumps([2]), "single characters"),
        (json.dumps(["甲", "甲"]), "twice"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    (tmp_path / "characters.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"characters\.json.*{message}"):
        CharVocabulary.load(tmp_path / "characters.json")
