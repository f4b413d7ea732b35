import random

import pytest

from common.text.normalise import normalise
from common.text.segment import TAGS, segment, tag, tag_id

TEXTS = ["", " ", "\r\n\t ", "a😀b", "👨‍👩‍👧", "\x00甲", "e\u0301", "\ufffd\ufffd", "1998年，北京的GDP是3.14%。"]


def test_words_and_their_tags():
    assert segment("王维生于1998年") == ["王维", "生于", "1998", "年"]
    assert tag("北京的海拔") == [("北京", "ns"), ("的", "uj"), ("海拔", "n")]


@pytest.mark.parametrize("text", TEXTS)
def test_words_join_to_the_text(text):
    assert "".join(segment(text)) == text
    assert "".join(word for word, _ in tag(text)) == text
    assert "" not in segment(text)


def test_words_join_to_any_normalised_text():
    generator = random.Random(0)
    ranges = [(0, 0x110000), (0x4E00, 0x9FFF), (0x20, 0x7F), (0xD800, 0xE000), (0x3000, 0x3020)]
    for _ in range(2000):
        text = normalise("".join(chr(generator.randrange(*generator.choice(ranges))) for _ in range(generator.randrange(15))))
        assert "".join(segment(text)) == text
        assert "".join(word for word, _ in tag(text)) == text


def test_a_lone_surrogate_moves_no_place():
    text = "北京\ud800导演"
    assert [len(word) for word in segment(text)] == [len(word) for word, _ in tag(text)] == [2, 1, 2]


def test_tag_ids_count_from_one_and_fall_back_to_the_group():
    assert [tag_id(name) for name in TAGS] == list(range(1, len(TAGS) + 1))
    assert tag_id("nrt") == tag_id("nr") != tag_id("n")
    assert tag_id("vn") == tag_id("v")
    assert tag_id("uj") == tag_id("u")
    assert tag_id("zg") == tag_id("") == tag_id("other")
