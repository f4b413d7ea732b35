import sys

import numpy as np
import pytest

from common.text.normalise import code_points, half_width, half_width_words, normalise, occurrences


def test_full_width_forms_become_ascii():
    assert half_width("Ａ１！～\u3000王") == "A1!~ 王"
    assert half_width("，？：；") == ",?:;"
    assert half_width("。、“”《》￥") == "。、“”《》￥", "these stand for no ASCII character"
    assert half_width_words("Ａｚ０９！％～\u3000王Ⅱ") == "Az09！％～\u3000王Ⅱ"


def test_normalise_lowers_and_replaces_lone_surrogates():
    assert normalise("ＮＢＡ的Ｐ\ud800Ｋ") == "nba的p\ufffdk"
    assert normalise("") == ""


def test_the_length_stays_for_every_character():
    assert [point for point in range(sys.maxunicode + 1) if len(normalise(chr(point))) != 1] == []


def test_a_letter_that_would_grow_stays_and_its_neighbours_are_lowered():
    assert normalise("AİB") == "aİb"


def test_normalising_twice_changes_nothing():
    text = "ＡＢ\u3000İΣ\udfff王😀"
    assert normalise(normalise(text)) == normalise(text)


def test_code_points_count_characters_and_take_surrogates():
    points = code_points("a王😀\ud800")
    assert points.dtype == np.uint32
    assert points.tolist() == [0x61, 0x738B, 0x1F600, 0xD800]
    assert code_points("").shape == (0,)


@pytest.mark.parametrize(
    ("text", "answer", "places"),
    [
        ("鲁迅和鲁迅", "鲁迅", [(0, 2), (3, 5)]),
        ("哈哈哈", "哈哈", [(0, 2), (1, 3)]),
        ("生于１９８１年", "1981", [(2, 6)]),
        ("NOKIA公司", "Nokia", [(0, 5)]),
        ("nokia", "ＮＯＫＩＡ", [(0, 5)]),
        ("\U0001f600İ甲", "甲", [(2, 3)]),
        ("鲁迅", "巴金", []),
        ("鲁迅", "", []),
        ("", "鲁迅", []),
    ],
)
def test_occurrences_are_offsets_into_the_text_as_written(text, answer, places):
    assert occurrences(text, answer) == places
