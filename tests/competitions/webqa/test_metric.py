"""The Sogou scorer: golden files, every branch of its rules worked by hand, and every gap of it by name."""

import random
import time
from collections import namedtuple

import pytest

from common.errors import DataError, SubmissionError
from competitions.webqa import metric
from competitions.webqa.metric import Gold, Score

Question = namedtuple("Question", "id answers")

ASCII_MARKS = [*range(0x21, 0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x80)]
OTHER_MARKS = """
    00A4 00A7 00A8 00B0 00B1 00B7 00D7 00F7 02C7 02C9 2014 2016 2018 2019 201C 201D 2022 2026 2030 2032 2033 203B 2116 2190
    2191 2192 2193 2208 2211 221A 221E 2220 2228 2229 2234 2235 2236 2248 224C 2260 2261 2264 2265 226E 226F 2299 22A5 2312
    25A0 25A1 25B2 25B3 25C6 25C7 25CE 25CF 2605 2606 2640 2642 3000 3001 3002 3003 3005 3008 3009 300A 300B 300C 300D 300E
    300F 3010 3011 3013 3014 3015 3016 3017 FE51 FF01 FF04 FF08 FF09 FF0C FF0E FF1A FF1B FF1F FF3F FF5E FFE0 FFE3 FFE5
"""


def gold(*variants):
    """The first variant is the standard answer."""
    return Gold(variants[0], variants)


TRUTH = {"1": gold("甲"), "2": gold("乙丙"), "3": gold("丁"), "4": gold("戊")}


def put(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# The normal form


def test_the_marks_are_those_of_the_organisers():
    expected = {*map(chr, ASCII_MARKS), *(chr(int(point, 16)) for point in OTHER_MARKS.split())}
    assert len(expected) == 128
    assert set(metric.MARKS) == expected and len(metric.MARKS) == 128


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１２３", "abc123"),  # width before case
        ("Tfboys", "tfboys"),
        ("ÀÉИΩİ", "ÀÉИΩİ"),  # only A-Z: the organisers' scorer lowers bytes
        ("《窃读记》", "窃读记"),
        ("8,382.5米", "83825米"),
        ("人々", "人"),  # U+3005 is in the list, though it is a letter
        ("ー〇", "ー〇"),  # these are not
        ("＂Ａ＇－／＼", "a"),  # marks as soon as they are half width
        (" 林\t海\v音\f\r\n", "林海音"),
        ("林\u3000海", "林海"),
        ("林\u00a0海\u2003音\x1c\x85", "林\u00a0海\u2003音\x1c\x85"),  # blanks of Unicode only are none
        ("\x7f", ""),
        ("𠮷Ａ", "𠮷a"),
        ("\ud800", "\ud800"),
        ("", ""),
    ],
)
def test_normal_form(text, expected):
    assert metric.normalise_answer(text) == expected


def test_the_normal_form_is_its_own_normal_form():
    """So a variant as written adds nothing to its normal form among the accepted answers."""
    every = "".join(map(chr, range(0x10000)))
    assert metric.normalise_answer(metric.normalise_answer(every)) == metric.normalise_answer(every)


# Accuracy


@pytest.mark.parametrize(
    ("answer", "truth", "right"),
    [
        ("林海音", gold("林海音", "林含英"), 1),
        ("林含英", gold("林海音", "林含英"), 1),
        (" 林海音\r", gold("林海音"), 1),
        ("《林 海 音》", gold("林海音"), 1),
        ("ＴＦＢＯＹＳ", gold("TFboys"), 1),
        ("林海", gold("林海音"), 0),
        ("海林音", gold("林海音"), 0),
        ("林海音先生", gold("林海音"), 0),
        ("É", gold("é"), 0),
        ("38", gold("3.8"), 1),  # marks vanish, also where they mean something
    ],
)
def test_an_answer_is_right_if_it_is_a_variant_in_normal_form(answer, truth, right):
    assert metric.accuracy_of(answer, truth) == right


@pytest.mark.parametrize("answer", ["", " ", "\t\r\n", "\v\f"])
def test_an_empty_answer_is_wrong_even_where_a_variant_is_empty(answer):
    truth = Gold("微米", ("", "microns", "微米"))
    assert (metric.accuracy_of(answer, truth), metric.f1_of(answer, truth)) == (0, 0.0)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("巴西 印度 中国", 1),
        ("中国 巴西 印度", 1),
        ("中国、印度，巴西", 1),
        ("中国\u3000印度\u3000巴西", 1),  # the ideographic space splits too
        ("中国 印度 巴西 中国 中国", 1),  # repeated parts do not matter
        ("ＢＲＡＺＩＬ 印度 中国", 0),
        ("中国 印度", 0),
        ("中国 印度 巴西 南非", 0),
        ("印度中国巴西", 0),  # not split
        ("中国/印度/巴西", 1),
        ("中国／印度／巴西", 0),  # the full-width slash is no mark of the list, and width comes after the split
        ("中国\t印度\t巴西", 0),  # only the single space splits, other blanks are deleted afterwards
        ("《中国 印度 巴西", 0),  # a mark in front makes an empty part
        ("中国 印度 巴西。", 0),  # one behind as well
        ("中国， 印度 巴西", 0),  # and two in a row
        (" 中国 印度 巴西 ", 1),  # blanks at the ends are stripped before
        ("\u3000中国 印度 巴西", 0),  # but the ideographic space is a mark
        ("《巴西 印度 中国。", 1),  # in the order of the standard answer, the normal form is enough
    ],
)
def test_parts_may_come_in_any_order_but_an_empty_part_counts(answer, right):
    assert metric.accuracy_of(answer, gold("巴西 印度 中国")) == right


def test_parts_are_normalised_each():
    assert metric.accuracy_of("ｂ A", gold("a、B")) == 1


def test_empty_parts_of_the_standard_answer_count_too():
    assert metric.accuracy_of("乙。甲。", gold("甲、乙、")) == 1
    assert metric.accuracy_of("乙。甲", gold("甲、乙、")) == 0


def test_only_the_standard_answer_has_parts():
    truth = gold("甲 乙", "丙 丁")
    assert metric.accuracy_of("丙 丁", truth) == 1
    assert metric.accuracy_of("丁 丙", truth) == 0
    assert metric.accuracy_of("乙 甲", truth) == 1


@pytest.mark.parametrize(
    ("truth", "right"),
    [(Gold("微米", ("", "microns", "微米")), 1), (gold("微米"), 0), (gold("。"), 1), (gold("微米", "！"), 1)],
)
def test_an_answer_of_marks_is_right_only_where_a_variant_is_empty_in_normal_form(truth, right):
    assert metric.accuracy_of("…，", truth) == right
    assert metric.f1_of("…，", truth) == 0.0


# F1


@pytest.mark.parametrize(
    ("answer", "variants", "expected"),
    [
        ("林海音", ["林海音"], 1.0),
        ("音海林", ["林海音"], 1.0),  # a bag has no order
        ("林海", ["林海音"], 0.8),  # P 1, R 2/3
        ("林海音先生", ["林海音"], 0.75),  # P 3/5, R 1
        ("天天", ["天"], 2 / 3),  # a character counts as often as both have it
        ("天天", ["天天天"], 0.8),
        ("《林》 海", ["林、海、音"], 0.8),
        ("ＡＢ", ["abc"], 0.8),
        ("林海", ["无关", "林海音", "林海"], 1.0),  # the best variant
        ("林海", ["林", "林海音"], 0.8),
        ("无关", ["林海音"], 0.0),
        ("林海音", [""], 0.0),
        ("。", ["。"], 0.0),
        ("\u00a0", ["林海音"], 0.0),
        ("𠮷", ["𠮷"], 1.0),
    ],
)
def test_f1_between_bags_of_characters(answer, variants, expected):
    assert metric.f1_of(answer, gold(*variants)) == pytest.approx(expected)


def test_a_right_list_in_another_order_has_full_f1():
    assert metric.f1_of("中国、巴西", gold("巴西 中国")) == 1.0


# The means


def test_score_by_hand():
    found = metric.score(TRUTH, {"1": "甲", "2": "乙", "3": "己", "4": ""})
    assert found == Score(accuracy=1 / 4, f1=pytest.approx((1 + 2 / 3) / 4))
    assert found.mean == pytest.approx((1 / 4 + 5 / 12) / 2)


def test_pairs_and_dict_score_alike_in_any_order():
    answers = {"4": "戊", "2": "乙", "1": "甲", "3": ""}
    assert metric.score(TRUTH, answers) == metric.score(TRUTH, list(answers.items())) == metric.score(TRUTH, answers, True)


def test_a_question_left_out_is_wrong():
    assert metric.score(TRUTH, {"1": "甲"}) == Score(1 / 4, 1 / 4)
    assert metric.score(TRUTH, {}) == Score(0.0, 0.0)


def test_unknown_ids_are_refused_by_name():
    with pytest.raises(SubmissionError, match="unknown id '7'"):
        metric.score(TRUTH, {"1": "甲", "7": "庚"})


def test_repeated_and_unknown_ids_of_a_file_are_refused_with_their_lines(tmp_path):
    answers = metric.read_answers(put(tmp_path / "result", "1\t甲\n2\t乙\n1\t丙\n8\t辛\n"))
    with pytest.raises(SubmissionError, match=r"line 3: id 1 stands on line 1 already\n  line 4: unknown id '8'$"):
        metric.score(TRUTH, answers)


def test_a_long_list_of_faults_is_cut():
    with pytest.raises(SubmissionError, match=r"line 20: unknown id '29'\n  and 10 more$"):
        metric.score(TRUTH, [(str(number), "") for number in range(10, 40)])


def test_nothing_to_score():
    with pytest.raises(DataError, match="no questions to score"):
        metric.score({}, {})


def test_thirty_thousand_answers_take_seconds():
    truth = {str(number): gold(f"第{number}号 的答案", f"{number}号", f"《{number}》") for number in range(30_000)}
    answers = [(name, f"答案 第{int(name) // 2}号") for name in truth]
    start = time.perf_counter()
    metric.score(truth, answers)
    assert time.perf_counter() - start < 10


# Gaps of the organisers' scorer


def test_official_questions_left_out_cost_nothing():
    assert metric.score(TRUTH, {"1": "甲"}, official=True) == Score(1.0, 1.0)


def test_official_repeated_ids_count_twice():
    found = metric.score(TRUTH, [("1", "甲"), ("1", "甲"), ("3", "己")], official=True)
    assert found == Score(pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_official_unknown_ids_raise():
    with pytest.raises(SubmissionError, match="line 2: unknown id '9'"):
        metric.score(TRUTH, [("1", "甲"), ("9", "甲")], official=True)


def test_official_without_answers_divides_by_zero():
    with pytest.raises(SubmissionError, match="divides by their number"):
        metric.score(TRUTH, [], official=True)


# Gold from the data


def test_gold_of_questions_takes_the_most_frequent_answer_for_the_standard():
    found = metric.gold_of([Question("q2", ("甲 乙", "丙")), Question("q1", ("丁",))])
    assert list(found.items()) == [("q2", Gold("甲 乙", ("甲 乙", "丙"))), ("q1", Gold("丁", ("丁",)))]
    assert metric.accuracy_of("乙 甲", found["q2"]) == 1


@pytest.mark.parametrize("answer", ["", "。", "甲"])
def test_a_question_without_answers_stays_in_and_nothing_is_right(answer):
    found = metric.gold_of([Question("q1", ()), Question("q2", ("丁",))])
    assert found["q1"] == Gold("", ())
    assert metric.score(found, {"q1": answer, "q2": "丁"}) == Score(0.5, 0.5)


# Files


def test_gold_file(tmp_path):
    path = put(tmp_path / "gold", "1\t林海音\t林海音|林含英\n32511\t微米\t|microns|微米\r\n3\t3 8\t3 8|38\u3000")
    assert metric.read_gold(path) == {
        "1": Gold("林海音", ("林海音", "林含英")),
        "32511": Gold("微米", ("", "microns", "微米")),
        "3": Gold("3 8", ("3 8", "38\u3000")),
    }


def test_submission_file(tmp_path):
    path = put(tmp_path / "result", "1\t 林海音 \n2\t\n3\t甲\u2028乙\n1\t丙")
    assert metric.read_answers(path) == [("1", " 林海音 "), ("2", ""), ("3", "甲\u2028乙"), ("1", "丙")]


def test_submission_file_with_windows_line_ends(tmp_path):
    assert metric.read_answers(put(tmp_path / "result", "1\t林海音\r\n2\t\r\n")) == [("1", "林海音"), ("2", "")]


READERS = [(metric.read_gold, DataError, "1\t甲\t甲\n"), (metric.read_answers, SubmissionError, "1\t甲\n")]


@pytest.mark.parametrize(("read", "error", "sound"), READERS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        ("{}2\n", r"line 2: expected id<TAB>answer.*1 field.* in '2'"),
        ("{}2\t乙\t乙\t乙\n", "line 2: expected id<TAB>answer.*found 4 fields"),
        ("{}\n2\t乙\n", "line 2: expected id<TAB>answer.*found 1 field"),
        (b"{}" + "2\t乙\n".encode("gb18030"), r"line 2, byte \d+ of the file: not UTF-8"),
        ("\ufeff{}", "line 1: begins with a byte order mark"),
    ],
)
def test_a_broken_file_is_refused_by_name_and_line(tmp_path, read, error, sound, content, message):
    if isinstance(content, str):
        content = content.encode()
    path = put(tmp_path / "answers.tsv", content.replace(b"{}", sound.encode()))
    with pytest.raises(error, match=rf"answers\.tsv {message}"):
        read(path)


@pytest.mark.parametrize(("read", "error", "sound"), READERS)
def test_a_missing_file_is_named(tmp_path, read, error, sound):
    with pytest.raises(error, match=r"nowhere\.tsv cannot be read: No such file"):
        read(tmp_path / "nowhere.tsv")


def test_an_empty_answer_without_its_tab_is_refused(tmp_path):
    with pytest.raises(SubmissionError, match=r"line 2: .* an empty answer keeps its tab, found 1 field in '2'"):
        metric.read_answers(put(tmp_path / "result", "1\t甲\n2\n"))


def test_an_answer_with_a_tab_is_refused(tmp_path):
    with pytest.raises(SubmissionError, match=r"line 1: .* found 3 fields"):
        metric.read_answers(put(tmp_path / "result", "1\t甲\t乙\n"))


def test_a_repeated_id_in_the_gold_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"gold line 3: id 1 stands above already"):
        metric.read_gold(put(tmp_path / "gold", "1\t甲\t甲\n2\t乙\t乙\n1\t丙\t丙\n"))


# Golden files


@pytest.fixture
def scorer_files(real_data):
    folder = real_data / "sogou_scorer"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    truth = metric.read_gold(folder / "sogou_qid_answer_expand.tsv")
    return folder, truth, metric.read_answers(folder / "sogou_test_input.tsv")


@pytest.mark.real_data
def test_the_shipped_example_scores_as_the_organisers_print_it(scorer_files):
    """Columns of their output: id, answer, right or wrong, F1, precision, recall, and the variant that F1 comes from."""
    folder, truth, answers = scorer_files
    lines = (folder / "sogou_test_out.tsv").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert (len(truth), len(answers), len(lines)) == (30_000, 8_000, 8_000)
    for (name, answer), line in zip(answers, lines, strict=True):
        expected_name, expected_answer, right, f1, _, _, variant = line.split("\t")
        assert (name, answer) == (expected_name, expected_answer)
        assert metric.accuracy_of(answer, truth[name]) == int(right), line
        assert f"{metric.f1_of(answer, truth[name]):f}" == f1, line
        assert f"{metric.f1_of(answer, gold(variant)):f}" == f1, line
    assert metric.score(truth, answers, official=True) == Score(1.0, 1.0)
    assert metric.score(truth, answers) == Score(pytest.approx(8 / 30), pytest.approx(8 / 30))


@pytest.mark.real_data
def test_the_shipped_answers_shuffled_among_their_ids_score_near_zero(scorer_files):
    _, truth, answers = scorer_files
    names, texts = map(list, zip(*answers, strict=True))
    random.Random(0).shuffle(texts)
    found = metric.score(truth, list(zip(names, texts, strict=True)), official=True)
    assert found.accuracy < 0.01 and found.f1 < 0.05


@pytest.mark.real_data
def test_every_standard_answer_is_right(scorer_files):
    _, truth, _ = scorer_files
    assert metric.score(truth, {name: one.answer for name, one in truth.items()}) == Score(1.0, 1.0)
