import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from common.text.characters import POINTS
from common.text.matching import WordTree
from common.text.ngrams import Runs
from common.text.normalise import code_points
from common.text.segment import segment
from competitions.power_vocab import candidates, places, texts
from competitions.power_vocab.texts import Text, TextFile

LINES = ["检查变压器油，记录变压器油温。", "变压器油", "SF6断路器和变压器；变压器油温", "更换SF6断路器。"]


@pytest.fixture
def text():
    return Text.of("\n".join(LINES))


@pytest.fixture
def phrases(tmp_path):
    """Runs of dictionary words of some texts, without their least count."""
    return lambda found, words, longest, least: candidates.phrases(found, words, longest, least, 10**6, tmp_path, 10**6)[0]


@pytest.fixture
def table(tmp_path):
    """The table of some words, one row each, by word."""

    def of(domain, background, words, limit=10**6):
        return places.table(domain, background, words, tmp_path, limit).set_index("word")

    return of


def count(text, words):
    return places.count([text], WordTree(places.with_ends(words), POINTS), len(words), 1).tolist()


def test_every_place_of_every_word_is_found(text):
    words = ["变压器", "变压器油", "压", "SF6断路器", "没有", "油"]
    assert count(text, words) == ["\n".join(LINES).count(word) for word in words]


def test_phrases_are_runs_of_dictionary_words(text, phrases):
    found = phrases([text], 3, 12, 2)
    whole = "\n".join(LINES)
    runs = Counter()
    for line in LINES:
        words = segment(line)
        for start in range(len(words)):
            for end in range(start + 1, min(start + 3, len(words)) + 1):
                runs["".join(words[start:end])] += 1
    assert found == {run for run, count in runs.items() if count >= 2 and candidates.usable_word(run, 12)}
    assert {"变压器", "SF6断路器"} <= found and all(whole.count(word) >= 2 for word in found)


def test_a_symbol_never_joins_its_neighbours(phrases):
    text = Text.of("变压器、断路器\n变压器、断路器\n变压器 断路器")
    assert phrases([text], 3, 12, 2) == {"变压器", "断路器"}


def test_neither_chunks_nor_memory_nor_threads_change_anything(tmp_path, monkeypatch):
    """Chunks of a line or two, blocks that go on over chunks, and records merged by the dozen, against all at once."""
    monkeypatch.setattr(places, "BLOCK", 25)
    lines = LINES * 5 + ["变压器油" * 3, "断路器"]
    whole, parts = (
        [Text.of("\n".join(lines))],
        TextFile(tmp_path / "text", lines, memory=3 * 30 * texts.BYTES_PER_CHARACTER, workers=2),
    )
    assert len(parts) > 5 and parts.inside == whole[0].inside.sum()
    found = []
    for domain, limit, workers in ((whole, 10**6, 1), (parts, 12, 3)):
        words, least = candidates.phrases(domain, 3, 12, 3, 10**6, tmp_path, limit, workers)
        found.append((words, least, places.table(domain, [Text.of("变压器")], sorted(words), tmp_path, limit, workers)))
    assert found[0][:2] == found[1][:2] and len(found[0][0]) > 8
    assert found[0][2].equals(found[1][2])
    blocks = found[0][2].set_index("word")["blocks"]
    text = "\n" + "\n".join(lines)
    for word in ("变压器油", "断路器"):
        assert blocks[word] == len({match.start() // 25 for match in re.finditer(f"(?={word})", text)})


def test_more_candidates_than_wanted_raise_the_least_count(text, tmp_path):
    def found(most):
        return candidates.phrases([text], 3, 12, 1, most, tmp_path, 10**6)

    everything, least = found(1000)
    assert least == 1
    fewer, least = found(6)
    assert 0 < len(fewer) <= 6 and least > 1 and fewer < everything
    counts = {word: "\n".join(LINES).count(word) for word in everything}
    assert all(counts[word] >= least for word in fewer)


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
    np.testing.assert_array_equal(texts.inside(code_points(every)), expected)


def test_rare_characters_and_any_width_are_parts_of_words(phrases, table):
    terms = {"㶲效率": "㶲 效率", "𬌗面间隙": "𬌗 面 间隙", "Ⅱ段母线": "Ⅱ 段 母线", "ＳＦ６断路器": "ＳＦ６ 断路器", "㶲": "㶲"}
    text = Text.of("，".join(terms) + "％")
    found = phrases([text], 3, 12, 1)
    assert terms.keys() - {"㶲"} <= found and "Ｆ６断路器" not in found
    table = table([text], [Text.of("㶲")], list(terms))
    assert table["parts"].to_dict() == terms
    assert table["count"].tolist() == [1, 1, 1, 1, 2] and table["background"].tolist() == [0, 0, 0, 0, 1]
    assert table["alone"].tolist() == [1] * 5
    assert table.loc["ＳＦ６断路器", "tags"] == "eng n"
    assert text.inside.sum() == sum(map(len, terms))


def test_the_table_by_hand(text, table):
    background = Text.of("今天的变压器")
    table = table([text], [background], ["变压器", "变压器油"])
    assert table.loc["变压器", "count"] == 5 and table.loc["变压器油", "count"] == 4
    assert table.loc["变压器", "background"] == 1 and table.loc["变压器油", "background"] == 0
    assert table.loc["变压器", "lines"] == 3
    assert table.loc["变压器油", "titles"] == 1 and table.loc["变压器油", "alone"] == 1


def test_only_neighbours_of_whole_places_count(text, table):
    begins = np.zeros(len(text.characters), dtype=bool)
    whole = "\n" + "\n".join(LINES) + "\n"
    for place in (match.start() for match in re.finditer("变压器油", whole)):
        begins[[place, place + 4]] = True
    begins[whole.rindex("变压器油")] = False  # this one is not whole
    table = table([replace(text, begins=begins)], [Text.of("\n")], ["变压器油", "变压器"])
    assert table["whole"].tolist() == [3, 0]
    # behind 查, 录 and a cut, which is another neighbour each time
    assert table.loc["变压器油", "left_entropy"] == pytest.approx(np.log(3))
    assert table.loc["变压器油", "left_cut"] == pytest.approx(1 / 3)
    # without a whole place all five count: behind 查, 录, 和 and two cuts
    assert table.loc["变压器", "left_entropy"] == pytest.approx(np.log(5))


def test_entropy_counts_every_cut_as_another_neighbour(tmp_path):
    def entropy(neighbours, places_of_word, whole=0):
        runs = Runs(tmp_path / f"{neighbours}", 10)
        runs.add(*map(np.array, ([key for key, _ in neighbours], [times for _, times in neighbours])))
        return places.entropy(runs, np.array([whole]), np.array([places_of_word]))[0]

    assert entropy([(1, 2), (7, 2)], 4) == pytest.approx(np.log(2))
    assert entropy([(7, 2)], 4) == pytest.approx(np.log(4) - 2 * np.log(2) / 4)  # two more stand beside cuts
    assert entropy([(7, 1)], 1) == 0
    assert entropy([(1, 5), (7 | places.WHOLE, 2)], 2, whole=2) == 0  # beside whole words there is one neighbour


def test_cohesion_is_that_of_the_weakest_split(table):
    domain = [Text.of("甲乙丙\n甲乙丙\n甲乙\n丁")]
    assert table(domain, [Text.of("")], ["甲乙丙"]).loc["甲乙丙", "cohesion"] == pytest.approx(np.log(2 * 9 / (3 * 2)))
    strings = places.Strings(["甲乙丙"], ["甲乙 丙"])
    names = {number: name for name, number in strings.numbers.items()}
    assert [tuple(names[number] for number in split) for split in strings.splits.tolist()] == [("甲乙丙", "甲乙", "丙")]


def test_nothing_to_read(phrases):
    text = Text.of("")
    assert phrases([text], 6, 12, 3) == set() and phrases([], 6, 12, 3) == set()
    assert count(text, ["母线", "变压器油", "母"]) == [0, 0, 0]
