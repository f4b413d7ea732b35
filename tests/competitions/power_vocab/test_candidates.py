import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from common.text.normalise import code_points
from common.text.segment import segment
from competitions.power_vocab import candidates
from competitions.power_vocab.candidates import Text

LINES = ["检查变压器油，记录变压器油温。", "变压器油", "SF6断路器和变压器；变压器油温", "更换SF6断路器。"]


@pytest.fixture
def text():
    return Text.of("\n".join(LINES))


def test_every_place_of_every_word_is_found(text):
    words = ["变压器", "变压器油", "压", "SF6断路器", "没有", "油"]
    numbers, starts = candidates.locate(text, words)
    whole = "\n" + "\n".join(LINES) + "\n"
    found = Counter(zip(numbers.tolist(), starts.tolist(), strict=True))
    expected = Counter(
        (number, place) for number, word in enumerate(words) for place in range(len(whole)) if whole.startswith(word, place)
    )
    assert found == expected
    assert candidates.count(text, words).tolist() == ["\n".join(LINES).count(word) for word in words]


def test_equal_hashes_are_told_apart(monkeypatch):
    monkeypatch.setattr(candidates, "MULTIPLIER", np.uint64(1))  # 油气 and 气油 now hash alike
    text = Text.of("油气气油")
    assert candidates.count(text, ["油气"]).tolist() == [1]


def test_phrases_are_runs_of_dictionary_words(text):
    found = candidates.phrases(text, words=3, longest=12, least=2)
    whole = "\n".join(LINES)
    runs = Counter()
    for line in LINES:
        words = segment(line)
        for start in range(len(words)):
            for end in range(start + 1, min(start + 3, len(words)) + 1):
                runs["".join(words[start:end])] += 1
    assert found == {run for run, count in runs.items() if count >= 2 and candidates.usable_word(run, 12)}
    assert {"变压器", "SF6断路器"} <= found and all(whole.count(word) >= 2 for word in found)


def test_a_symbol_never_joins_its_neighbours():
    text = Text.of("变压器、断路器\n变压器、断路器\n变压器 断路器")
    assert candidates.phrases(text, 3, 12, 2) == {"变压器", "断路器"}


@pytest.mark.parametrize(
    ("word", "usable"),
    [
        *(
            ("母线", True),
            ("SF6", True),
            ("110kV母线", True),
            ("12", False),
            ("母", False),
            ("变·压", False),
            ("母" * 13, False),
        ),
        *(("㶲损", True), ("𬌗面", True), ("〇序", True), ("Ⅱ段", True), ("ⅱ段", True), ("ⅠⅡ", False), ("㶲％", False)),
        *(("ＳＦ６", True), ("ｋＶ", True), ("１１０", False), ("６Ｓ", False), ("ＧＩＳ设备", True), ("ＧＩＳ－设备", False)),
    ],
)
def test_what_can_be_a_word(word, usable):
    assert candidates.usable_word(word, 12) is usable


def test_the_same_characters_are_inside_of_words_in_arrays_and_in_texts():
    every = "".join(map(chr, range(0x110000)))
    expected = np.zeros(len(every), bool)
    for match in candidates.PIECE.finditer(every):
        expected[slice(*match.span())] = True
    np.testing.assert_array_equal(candidates.inside(code_points(every)), expected)


def test_rare_characters_and_any_width_are_parts_of_words():
    terms = {"㶲效率": "㶲 效率", "𬌗面间隙": "𬌗 面 间隙", "Ⅱ段母线": "Ⅱ 段 母线", "ＳＦ６断路器": "ＳＦ６ 断路器", "㶲": "㶲"}
    text = Text.of("，".join(terms) + "％")
    found = candidates.phrases(text, words=3, longest=12, least=1)
    assert terms.keys() - {"㶲"} <= found and "Ｆ６断路器" not in found
    table = candidates.table(text, Text.of("㶲"), list(terms)).set_index("word")
    assert table["parts"].to_dict() == terms
    assert table["count"].tolist() == [1, 1, 1, 1, 2] and table["background"].tolist() == [0, 0, 0, 0, 1]
    assert table["alone"].tolist() == [1] * 5
    assert table.loc["ＳＦ６断路器", "tags"] == "eng n"
    assert text.inside.sum() == sum(map(len, terms))


def test_the_table_by_hand(text):
    background = Text.of("今天的变压器")
    table = candidates.table(text, background, ["变压器", "变压器油"]).set_index("word")
    assert table.loc["变压器", "count"] == 5 and table.loc["变压器油", "count"] == 4
    assert table.loc["变压器", "background"] == 1 and table.loc["变压器油", "background"] == 0
    assert table.loc["变压器", "lines"] == 3
    assert table.loc["变压器油", "titles"] == 1 and table.loc["变压器油", "alone"] == 1


def test_only_neighbours_of_whole_places_count(text):
    begins = np.zeros(len(text.characters), dtype=bool)
    whole = "\n" + "\n".join(LINES) + "\n"
    for place in (match.start() for match in re.finditer("变压器油", whole)):
        begins[[place, place + 4]] = True
    begins[whole.rindex("变压器油")] = False  # this one is not whole
    table = candidates.table(replace(text, begins=begins), Text.of("\n"), ["变压器油", "变压器"]).set_index("word")
    assert table["whole"].tolist() == [3, 0]
    # behind 查, 录 and a cut, which is another neighbour each time
    assert table.loc["变压器油", "left_entropy"] == pytest.approx(np.log(3))
    assert table.loc["变压器油", "left_cut"] == pytest.approx(1 / 3)
    # without a whole place all five count: behind 查, 录, 和 and two cuts
    assert table.loc["变压器", "left_entropy"] == pytest.approx(np.log(5))


def test_entropy_counts_every_cut_as_another_neighbour():
    numbers, neighbours = np.array([0, 0, 0, 0]), np.array([7, 7, 1, 1])
    no, yes = np.zeros(4, bool), np.array([False, False, True, True])
    assert candidates.entropy(numbers, neighbours, no, 1)[0] == pytest.approx(np.log(2))
    assert candidates.entropy(numbers, neighbours, yes, 1)[0] == pytest.approx(np.log(4) - 2 * np.log(2) / 4)
    assert candidates.entropy(numbers[:1], neighbours[:1], no[:1], 1)[0] == 0


def test_cohesion_is_that_of_the_weakest_split():
    text = Text.of("甲乙丙\n甲乙丙\n甲乙\n丁")
    (value,) = candidates.cohesion(text, np.array([2]), [["甲乙", "丙"]])
    assert value == pytest.approx(np.log(2 * 9 / (3 * 2)))
    (of_characters,) = candidates.cohesion(text, np.array([2]), [["甲乙丙"]])
    assert of_characters == pytest.approx(np.log(2 * 9 / (3 * 2)))


def test_nothing_to_read():
    text = Text.of("")
    assert candidates.phrases(text, 6, 12, 3) == set()
    assert candidates.count(text, ["母线", "变压器油", "母"]).tolist() == [0, 0, 0]
