"""Files of the bakeoff and dictionaries as people hand them on; the score."""

import gzip
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from common.errors import DataError
from competitions.segmentation import data, dictionary, metric
from competitions.segmentation.config import Config

TRAIN = "\ufeff今天  我们 开会  。\r\n研究\u3000生命\u3000的  起源 \r\n\r\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in {
        "training.utf8": TRAIN,
        "training_words.utf8": "今天\r\n我们\n\n我们\n研究\n的\n",
        "test.utf8": "研究生命的起源\n\nＡ 和 Ｂ都好",
        "test_gold.utf8": "研究  生命  的  起源\n\nＡ  和  Ｂ  都  好",
    }.items():
        (tmp_path / f"pku_{name}").write_bytes(text.encode())
    return tmp_path


def load(folder, **settings):
    return data.load(replace(Config(), data=folder, **settings))


def test_marks_blanks_and_empty_lines_of_any_kind_are_no_part_of_a_word(folder):
    found = load(folder)
    assert found.train == [["今天", "我们", "开会", "。"], ["研究", "生命", "的", "起源"]] and not found.made_up
    assert found.test == ["研究生命的起源", "", "Ａ 和 Ｂ都好"] and found.gold[2] == ["Ａ", "和", "Ｂ", "都", "好"]
    assert found.known == {"今天", "我们", "研究", "的"} and found.counts["我们"] == 2


def test_without_segmented_text_sentences_are_made_of_the_dictionary(folder):
    (folder / "pku_training.utf8").unlink()
    found = load(folder)
    assert found.made_up and len(found.train) == data.UNSEEN and any("made of the dictionary" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pku_test_gold.utf8": "研究  生命\n\nＡ  和  Ｂ都好"}, r"pku_test_gold\.utf8 line 1: '研究生命' is not the text"),
        ({"pku_test_gold.utf8": "研究  生命  的  起源\n\nＡ和Ｂ都好\n多"}, r"line 4: it has 4 lines, pku_test\.utf8 has 3"),
        ({"pku_training.utf8": "没有空格\n"}, "no line with blanks between its words"),
        ({"msr_training.utf8": "甲 乙"}, "choose a set by name="),
        ({"pku_training_words.utf8": "\n"}, "holds no word"),
        ({"pku_training.utf8": "我们".encode("gbk") + b"\n"}, "UTF-8|utf-8"),
    ],
)
def test_what_does_not_fit_is_named(folder, change, message):
    for name, text in change.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=message):
        load(folder)


def test_nothing_to_learn_from_is_said(tmp_path):
    with pytest.raises(DataError, match="neither"):
        load(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        load(tmp_path, dictionary=tmp_path / "none.txt")


def test_dictionary_lines_in_every_form(tmp_path):
    lines = [
        *(
            "\ufeff我们 120 r",
            "馆 8 n\r",
            "Open Book认证 2000 nz",
            "雾计算 5",
            "九二双鹤 nz",
            "青玉品鉴\t3\tnz",
            "全角数字 １２ n",
        ),
        *(
            "零频 0 n",
            "小数 3.5 n",
            "巨频 1000000000000000000 n",
            "超频 1e400 n",
            "重复 10 n",
            "重复 900 n",
            "石墨烯",
            "尾空 4 n   ",
        ),
        *("負頻 -5 n", "貝特莉 n 3 x y", "", "   ", "江泽民 30 nr", "一种 40 m", "一个 50 m"),
    ]
    path = tmp_path / "dictionary.txt.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    counts, notes = dictionary.load(path, peking=True)
    assert counts["Open Book认证"] == 2000 and counts["我们"] == 120 and counts["青玉品鉴"] == 3 and counts["全角数字"] == 12
    assert counts["九二双鹤"] == counts["石墨烯"] == counts["零频"] == 1 and counts["小数"] == 3.5 and counts["重复"] == 910
    assert counts["巨频"] == counts["超频"] == dictionary.MOST and counts["尾空"] == 4 and "負頻" not in counts
    assert counts["江"] == counts["泽民"] == 30 and counts["种"] == 40 and counts["一个"] == 50 and "江泽民" not in counts
    assert [note.partition(" line ")[2].partition(":")[0] for note in notes] == ["10", "11", "16", "17"]
    assert "江泽民" in dictionary.load(path)[0]


def test_made_up_words_come_as_often_as_their_counts_and_sentences_of_every_length():
    counts = {"甲": 60, "乙乙": 30, "丙丙丙": 10}
    drawn = dictionary.Sentences(counts, [], 1.0, 16, 0).draw(2000)
    assert {len(words) for words in drawn} == set(range(1, 17))
    seen = Counter(word for words in drawn for word in words)
    total = sum(seen.values())
    for word, count in counts.items():
        expected = count / 100
        assert abs(seen[word] / total - expected) < 3 * (expected * (1 - expected) / total) ** 0.5


def test_recounting_takes_counts_from_raw_text():
    found = dictionary.recounted({"甲乙": 1.0, "丙": 99.0, "乙丙": 1.0}, [], ["甲乙丙"] * 10, 1, 0.0)
    assert found["甲乙"] == found["丙"] > 10 and found["乙丙"] == 0


@pytest.mark.parametrize(
    ("text", "count"), [("1998年", 1), ("3.5%", 1), ("三十一日", 1), ("第三", 1), ("WTO", 1), ("罗·布朗", 1), ("一个", 0)]
)
def test_patterns_know_numbers_dates_and_foreign_words(text, count):
    assert any(expression.fullmatch(text) for expression, _ in dictionary.PATTERNS) == bool(count)


def test_the_score_is_the_bakeoffs():
    gold = [["研究", "生命", "的", "起源"], [], ["今天", "在", "北京", "开会"]]
    found = [["研究生", "命", "的", "起源"], [], ["今天", "在", "北京", "开", "会"]]
    assert metric.count({"２０００"}, [["２０００", "年"]], [["２０００", "年"]]).tolist() == [
        [2, 2, 2, 1, 1, 1]
    ]  # as it is written
    counts = metric.count({"的", "今天", "在", "研究"}, gold, found)
    assert counts.sum(axis=0).tolist() == [5, 8, 9, 2, 4, 3]
    assert metric.f1(counts) == pytest.approx(2 * (5 / 9) * (5 / 8) / (5 / 9 + 5 / 8))
    figures = metric.figures(counts)
    assert figures == pytest.approx({"P": 5 / 9, "R": 5 / 8, "R unknown": 0.5, "R known": 0.75})
    perfect = metric.count(set(), gold, gold)
    assert metric.f1(perfect) == 1 and metric.figures(perfect)["P"] == 1
    assert metric.f1(metric.count(set(), [[]], [[]])) == 0 and np.isnan(metric.figures(metric.count(set(), [[]], [[]]))["P"])
