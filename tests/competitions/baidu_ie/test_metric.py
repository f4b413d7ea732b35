"""The scorer of the contest: every branch of its rules worked by hand, and every oddity of it by name."""

import json
import random
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from common.errors import DataError, SubmissionError
from competitions.baidu_ie import metric
from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.metric import Score

TEXT = "《窃读记》的作者是林海音"
LINE = {"text": TEXT, "spo_list": [{"subject": "窃读记", "predicate": "作者", "object": "林海音"}]}
TRIPLE = Triple("窃读记", "作者", "林海音")


def triples(*lines):
    """Triples from texts such as `窃读记 作者 林海音`."""
    return [Triple(*line.split(" ")) for line in lines]


def row(gold, predicted, aliases=None, locations=None):
    """The four counts of one sentence."""
    return metric.counts({TEXT: gold}, {TEXT: predicted}, aliases, locations)[0].tolist()


def put(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def packed(path, method=zipfile.ZIP_DEFLATED, **files):
    """A zip with files of JSON lines; a record that is text or bytes stands there as it is."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, records in files.items():
            lines = [line if isinstance(line, bytes) else line.encode() for line in map(as_line, records)]
            archive.writestr(name, b"".join(line + b"\n" for line in lines))
    return path


def as_line(record):
    return record if isinstance(record, (str, bytes)) else json.dumps(record, ensure_ascii=False)


# The normal form


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ("窃读记", "窃读记"),
        ("《窃读记》", "窃读记"),
        ("《窃读记", "《窃读记"),
        ("窃读记》", "窃读记》"),
        ("《《窃读记》》", "《窃读记》"),  # one pair only
        ("《窃读记》和《城南旧事》", "窃读记》和《城南旧事"),  # whether or not they belong together
        (" 《窃读记》", " 《窃读记》"),  # blanks stay
        ("《》", ""),
        ("《", "《"),
        ("", ""),
        ("《TFboys》", "tfboys"),
        ("ÉА", "éа"),  # not only A to Z
        ("ＴＦ", "ｔｆ"),  # but width stays
        ("〈甲〉", "〈甲〉"),  # other marks do
        ("İ", "i"),  # as in Python 2, where i̇ is not
        ("ΑΣ", "ασ"),
    ],
)
def test_normal_form(entity, expected):
    assert metric.normalise(entity) == expected


# Exact matches


def test_a_sentence_by_hand():
    gold = triples("窃读记 作者 林海音", "林海音 国籍 中国", "林海音 父亲 林焕文")
    assert row(gold, triples("林海音 国籍 中国", "林海音 国籍 日本", "窃读记 作者 林海音")) == [2, 3, 2, 3]


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        ("《ABC》 作者 D", "abc 作者 d", 1),
        ("abc 作者 d", "《ABC》 作者 《D》", 1),
        ("《abc 作者 d", "abc 作者 d", 0),
        ("abc 作者 d》", "abc 作者 d", 0),
        ("窃读记 作者 林海音", "林海音 作者 窃读记", 0),
        ("窃读记 作者 林海音", "窃读记 主演 林海音", 0),
        ("甲 CEO 乙", "甲 ceo 乙", 0),  # the predicate is compared as it is
        ("甲 《作者》 乙", "甲 作者 乙", 0),
    ],
)
def test_subject_and_object_are_compared_in_normal_form_and_the_predicate_verbatim(gold, predicted, right):
    assert row(triples(gold), triples(predicted)) == [right, 1, right, 1]


def test_triples_are_sets_on_both_sides_after_the_normal_form():
    assert row(triples("A 作者 B", "《a》 作者 b"), triples("甲 作者 乙")) == [0, 1, 0, 1]
    assert row(triples("甲 作者 乙"), triples("A 作者 B", "《a》 作者 b", "a 作者 b")) == [0, 1, 0, 1]


def test_rows_follow_the_gold_sentences():
    gold = {"丙": triples("一 作者 二"), "甲": triples("三 作者 四", "三 作者 五"), "乙": []}
    predicted = {"甲": triples("三 作者 五"), "无关": triples("一 作者 二"), "乙": triples("六 作者 七")}
    found = metric.counts(gold, predicted)
    assert found.tolist() == [[0, 0, 0, 1], [1, 1, 1, 2], [0, 1, 0, 0]]
    assert np.issubdtype(found.dtype, np.integer)


def test_the_text_must_agree_to_the_character():
    assert metric.counts({"Ａ 甲": triples("甲 作者 乙")}, {"A 甲": triples("甲 作者 乙")}).tolist() == [[0, 0, 0, 1]]


def test_triples_may_come_from_an_iterator():
    assert metric.counts({TEXT: iter([TRIPLE])}, {TEXT: iter([TRIPLE])}, {"甲": {"乙"}}).tolist() == [[1, 1, 1, 1]]


def test_without_sentences_there_are_no_rows():
    assert metric.counts({}, {TEXT: [TRIPLE]}).shape == (0, 4)


# Aliases


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        ("北京大学 创始人 孙家鼐", "北大 创始人 孙家鼐", 1),  # of the subject
        ("孙家鼐 毕业院校 北京大学", "孙家鼐 毕业院校 北大", 1),  # of the object
        ("北京大学 简称 京师大学堂", "北大 简称 京大", 1),  # of both
        ("北大 创始人 孙家鼐", "北京大学 创始人 孙家鼐", 0),  # looked up under the predicted entity only
        ("北京大学 校长 孙家鼐", "北大 创始人 孙家鼐", 0),
        ("北京大学 创始人 蔡元培", "北大 创始人 孙家鼐", 0),
        ("北京大学 创始人 孙家鼐", "《北大》 创始人 孙家鼐", 1),  # looked up in normal form
    ],
)
def test_an_alias_of_a_prediction_counts_for_precision_and_recall(gold, predicted, right):
    aliases = {"北大": {"北京大学", "燕大"}, "京大": {"京师大学堂"}}
    assert row(triples(gold), triples(predicted), aliases) == [right, 1, right, 1]


def test_an_alias_of_an_alias_does_not_count():
    aliases = {"甲": {"乙"}, "乙": {"丙"}}
    assert row(triples("丙 作者 丁"), triples("甲 作者 丁"), aliases) == [0, 1, 0, 1]


def test_one_prediction_hits_several_gold_triples_and_is_right_once():
    gold = triples("北京大学 创始人 孙家鼐", "燕大 创始人 孙家鼐", "北大 创始人 孙家鼐")
    assert row(gold, triples("北大 创始人 孙家鼐"), {"北大": {"北京大学", "燕大"}}) == [1, 1, 3, 3]


def test_several_predictions_hit_one_gold_triple_and_are_right_each():
    aliases = {"北大": {"北京大学"}, "燕大": {"北京大学"}}
    assert row(triples("北京大学 位置 北京"), triples("北大 位置 北京", "燕大 位置 北京"), aliases) == [2, 2, 1, 1]


def test_a_prediction_that_has_a_kept_one_for_an_alias_is_removed():
    gold, aliases = triples("北京大学 位置 北京"), {"北大": {"北京大学"}}
    assert row(gold, triples("北京大学 位置 北京", "北大 位置 北京"), aliases) == [1, 1, 1, 1]
    assert row(gold, triples("北大 位置 北京", "北京大学 位置 北京"), aliases) == [2, 2, 1, 1]  # 北大 is no alias of it
    assert row(gold, triples("甲 位置 北京大学", "甲 位置 北大"), aliases) == [0, 1, 0, 1]
    assert row(gold, triples("甲 位置 北京大学", "甲 简称 北大"), aliases) == [0, 2, 0, 1]
    assert row(gold, triples("甲 位置 北京大学", "乙 位置 北大"), aliases) == [0, 2, 0, 1]


def test_a_removed_prediction_removes_no_other():
    aliases = {"乙": {"甲"}, "丙": {"乙"}}
    assert row([], triples("甲 作者 丁", "乙 作者 丁", "丙 作者 丁"), aliases) == [0, 2, 0, 0]


def test_a_removed_prediction_counts_for_recall():
    gold, aliases = triples("乙 作者 丁"), {"乙": {"甲"}}
    assert row(gold, triples("甲 作者 丁", "乙 作者 丁"), aliases) == [0, 1, 1, 1]


def test_aliases_of_the_other_words_change_nothing():
    """The quick way without dictionaries and the way with them agree."""
    rng = random.Random(0)
    entities = ["A", "《a》", "《a", "乙", "丙"]

    def some():
        return [Triple(rng.choice(entities), rng.choice("XYx"), rng.choice(entities)) for _ in range(rng.randrange(9))]

    gold = {str(number): some() for number in range(300)}
    predicted = {str(number): some() for number in range(200)}
    expected = metric.counts(gold, predicted)
    assert expected[:, 0].sum() > 50 and not expected[200:, :3].any()
    assert np.array_equal(metric.counts(gold, predicted, {"丁": {"乙"}}, {"丁": {"乙"}}), expected)
    assert not np.array_equal(metric.counts(gold, predicted, {"丙": {"乙"}}), expected)
    assert not np.array_equal(metric.counts(gold, predicted, None, {"丙": {"乙"}}), expected)


# Places


@pytest.mark.parametrize(
    ("gold", "predicted", "right"),
    [
        ("甲 出生地 浙江宁波", "甲 出生地 浙江", 1),
        ("甲 出生地 浙江宁波", "甲 出生地 宁波", 1),
        ("《甲》 出生地 浙江宁波", "甲 出生地 《浙江》", 1),
        ("甲 出生地 浙江", "甲 出生地 浙江宁波", 0),  # looked up under the gold object only
        ("甲 祖籍 浙江宁波", "甲 出生地 浙江", 0),
        ("乙 出生地 浙江宁波", "甲 出生地 浙江", 0),
        ("浙江宁波 气候 丙", "浙江 气候 丙", 0),  # the subject is none
        ("阿甲 出生地 浙江宁波", "甲 出生地 浙江", 1),  # but may be an alias
        ("甲 出生地 浙江宁波", "阿甲 出生地 浙江", 0),
        ("甲 出生地 浙江宁波", "甲 出生地 浙", 0),  # an alias of a place is not looked up
        ("甲 出生地 宁波浙江", "甲 出生地 宁波", 0),  # every gold object has its own entry
    ],
)
def test_a_place_counts_for_precision_and_recall(gold, predicted, right):
    locations = {"浙江宁波": {"浙江", "宁波"}, "宁波浙江": {"浙江"}}
    aliases = {"甲": {"阿甲"}, "浙": {"浙江"}}
    assert row(triples(gold), triples(predicted), aliases, locations) == [right, 1, right, 1]


def test_places_alone():
    assert row(triples("甲 出生地 浙江宁波"), triples("甲 出生地 浙江"), None, {"浙江宁波": {"浙江"}}) == [1, 1, 1, 1]


def test_places_remove_no_predictions():
    locations = {"浙江宁波": {"浙江"}, "浙江": {"浙江宁波"}}
    predicted = triples("甲 出生地 浙江", "甲 出生地 浙江宁波")
    assert row(triples("甲 出生地 浙江宁波"), predicted, {}, locations) == [2, 2, 1, 1]


def test_the_dictionaries_stay_as_they_are():
    aliases, locations = {"甲": {"乙"}}, {"丙": {"丁"}}
    row(triples("乙 作者 丙"), triples("甲 作者 丁", "甲 作者 戊"), aliases, locations)
    assert (aliases, locations) == ({"甲": {"乙"}}, {"丙": {"丁"}})


# The score


def test_score_sums_the_sentences_before_it_divides():
    found = Score.of([[1, 1, 1, 4], [1, 3, 1, 1]])
    assert found == Score(2 / 4, 2 / 5, pytest.approx(4 / 9))


def test_precision_and_recall_have_numerators_of_their_own():
    found = Score.of(np.array([[1, 2, 3, 3]]))
    assert found == Score(1 / 2, 1.0, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([[0, 0, 0, 5]], (0, 0, 0)),
        ([[0, 5, 0, 0]], (0, 0, 0)),
        ([[0, 0, 0, 0]], (0, 0, 0)),
        ([[0, 5, 0, 5]], (0, 0, 0)),
        ([], (0, 0, 0)),
        (np.zeros((0, 4), int), (0, 0, 0)),
        ([[2, 2, 0, 0]], (1, 0, 0)),
    ],
)
def test_what_would_divide_by_zero_is_zero(counts, expected):
    assert Score.of(counts) == Score(*expected)


def test_score_is_that_of_the_counts():
    gold = {"甲": triples("一 作者 二", "一 作者 三"), "乙": triples("四 作者 五")}
    predicted = {"甲": triples("一 作者 二", "一 作者 六")}
    assert metric.score(gold, predicted) == Score(1 / 2, 1 / 3, pytest.approx(0.4))
    assert metric.score(gold, predicted, {"六": {"三"}}) == Score(1.0, 2 / 3, pytest.approx(0.8))
    assert metric.score(gold, predicted, None, {"三": {"六"}}) == Score(1.0, 2 / 3, pytest.approx(0.8))


def test_each_value_is_rounded_by_itself():
    found = Score.of([[1, 27, 1, 82]])
    assert found == Score(1 / 27, 1 / 82, pytest.approx(2 / 109))
    assert found.rounded() == Score(0.0370, 0.0122, 0.0183)
    assert Score(1 / 22, 1 / 22, 0.045454).rounded() == Score(0.0455, 0.0455, 0.0455)


def test_f1_comes_from_values_that_are_not_rounded():
    found = Score.of([[1, 20000, 1, 24000]]).rounded()
    assert found == Score(0.0001, 0.0, 0.0)
    assert Score.of([[1, 30000, 1, 6000]]).rounded() == Score(0.0, 0.0002, 0.0001)


def test_a_half_is_rounded_up_as_in_python_2():
    assert Score(1 / 32, 3 / 32, 0.03125).rounded() == Score(0.0313, 0.0938, 0.0313)
    assert Score(0.00015, 1.0, 0.0).rounded() == Score(0.0001, 1.0, 0.0)  # the number in the machine is less than a half


def test_twenty_thousand_sentences_take_a_second_or_two():
    gold = {str(text): triples(*(f"《T{text}》 作者 B{text + i}" for i in range(3))) for text in range(20_000)}
    predicted = {text: triples(f"t{text} 作者 B{text}", f"T{text} 作者 b{int(text) + 9}") for text in gold}
    start = time.perf_counter()
    found = metric.score(gold, predicted)
    assert time.perf_counter() - start < 5
    assert found == Score(1 / 2, 1 / 3, pytest.approx(0.4))


# Gold from the data


def test_a_repeated_text_has_the_triples_of_its_last_sentence():
    sentences = [Sentence(text, (), (Triple("甲", "作者", name),), "ske") for text, name in ("一1", "二2", "一3")]
    assert metric.by_text(sentences) == {"一": (Triple("甲", "作者", "3"),), "二": (Triple("甲", "作者", "2"),)}


# Dictionaries


def test_dictionary(tmp_path):
    path = put(tmp_path / "alias", "北大\t北京大学\tPKU\r\nTFboys\t组合\u2028一\n\n单独\n《书》\t《Book》")
    assert metric.read_dictionary(path) == {
        "北大": {"北京大学", "pku"},
        "tfboys": {"组合\u2028一"},
        "": set(),
        "单独": set(),
        "《书》": {"《book》"},  # with its marks, so that it is never met
    }


def test_a_repeated_word_of_a_dictionary_has_the_aliases_of_its_last_line(tmp_path):
    assert metric.read_dictionary(put(tmp_path / "alias", "AB\t甲\nab\t乙\n")) == {"ab": {"乙"}}


def test_a_dictionary_as_it_is_read_scores(tmp_path):
    aliases = metric.read_dictionary(put(tmp_path / "alias", "PKU\tPeking University\n"))
    assert row(triples("《Peking 位置 北京"), triples("PKU 位置 北京"), aliases) == [0, 1, 0, 1]
    gold = [Triple("Peking University", "位置", "北京")]
    assert row(gold, triples("Pku 位置 北京"), aliases) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("甲\t乙\n".encode() + "北京\t京\n".encode("gb18030"), "line 2, byte 1: not UTF-8"),
        ("\ufeff甲\t乙\n", "line 1: begins with a byte order mark"),
        ("北大 北京大学\n甲 乙\n", "line 1: expected word<TAB>alias, found '北大 北京大学'; no line has an alias"),
        ("", "line 1: expected word<TAB>alias, found ''"),
    ],
)
def test_a_broken_dictionary_is_refused_by_name_and_line(tmp_path, content, message):
    with pytest.raises(DataError, match=f"places.txt {message}"):
        metric.read_dictionary(put(tmp_path / "places.txt", content))


def test_a_missing_dictionary_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.txt cannot be read: No such file"):
        metric.read_dictionary(tmp_path / "nowhere.txt")


# Submissions


def test_submission(tmp_path):
    twice = [LINE["spo_list"][0] | {"more": 1}] * 2  # other names and repetitions are no fault
    records = [LINE, {"text": "空", "spo_list": []}, {"spo_list": twice, "text": "二", "more": 1}]
    found = metric.read_submission(packed(tmp_path / "result.zip", result=records))
    assert found == {TEXT: (TRIPLE,), "空": (), "二": (TRIPLE, TRIPLE)}
    assert list(found) == [TEXT, "空", "二"]
    assert metric.score({TEXT: [TRIPLE], "空": [], "二": [TRIPLE]}, found) == Score(1.0, 1.0, 1.0)


def test_a_submission_keeps_what_is_written(tmp_path):
    """Its normal form is taken once, by the scorer: two would turn 《《甲》》 into 甲."""
    record = {"text": " Ａb ", "spo_list": [{"subject": "《《A》》", "predicate": "CEO", "object": " B "}]}
    found = metric.read_submission(packed(tmp_path / "result.zip", result=[record]))
    assert found == {" Ａb ": (Triple("《《A》》", "CEO", " B "),)}


def test_a_repeated_text_of_a_submission_has_the_triples_of_its_last_line(tmp_path):
    first, second = LINE, {"text": TEXT, "spo_list": []}
    assert metric.read_submission(packed(tmp_path / "one.zip", result=[first, second])) == {TEXT: ()}
    assert metric.read_submission(packed(tmp_path / "two.zip", b=[second], a=[first])) == {TEXT: (TRIPLE,)}  # as packed


def test_every_file_in_the_zip_is_read_and_a_folder_is_empty(tmp_path):
    path = packed(tmp_path / "result.zip", **{"folder/": [], "folder/a.json": [LINE], "b": [{"text": "乙", "spo_list": []}]})
    assert metric.read_submission(path) == {TEXT: (TRIPLE,), "乙": ()}


def test_an_empty_zip_has_no_predictions(tmp_path):
    assert metric.read_submission(packed(tmp_path / "none.zip")) == {}
    assert metric.read_submission(packed(tmp_path / "empty.zip", result=[])) == {}


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_only_a_newline_ends_a_line(tmp_path, mark):
    record = {"text": f"甲{mark}乙", "spo_list": []}
    path = packed(tmp_path / "result.zip", result=[record, LINE])
    assert metric.read_submission(path) == {f"甲{mark}乙": (), TEXT: (TRIPLE,)}


def test_blanks_around_a_line_and_a_missing_last_newline_are_no_fault(tmp_path):
    path = tmp_path / "result.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("result", f" {as_line(LINE)}\u3000\r\n{as_line({'text': '空', 'spo_list': []})}")
    assert metric.read_submission(path) == {TEXT: (TRIPLE,), "空": ()}


def test_a_predicate_may_be_anything_that_can_be_compared(tmp_path):
    record = {"text": TEXT, "spo_list": [{"subject": "窃读记", "predicate": None, "object": "林海音"}]}
    found = metric.read_submission(packed(tmp_path / "result.zip", result=[record]))
    assert metric.counts({TEXT: [TRIPLE]}, found).tolist() == [[0, 1, 0, 1]]


def spo(**changes):
    return {"text": TEXT, "spo_list": [LINE["spo_list"][0] | changes]}


def lacking(name):
    return {"text": TEXT, "spo_list": [{key: value for key, value in LINE["spo_list"][0].items() if key != name}]}


@pytest.mark.parametrize(
    ("fault", "message", "code"),
    [
        (b"\xff", "byte 1 is not UTF-8", "2 .* encoding_error"),
        (as_line(LINE).encode("gb18030"), r"byte \d+ is not UTF-8", "2 .* encoding_error"),
        (b'{"text": "\xed\xa0\x80", "spo_list": []}', "byte 11 is not UTF-8", "2 .* encoding_error"),
        ("", "an empty line", "3 .* json_parse_error"),
        (" \r", "an empty line", "3 .* json_parse_error"),
        ("\ufeff" + as_line(LINE), "no JSON .*BOM", "3 .* json_parse_error"),
        ('{"text": "甲", "spo_list": []', "no JSON", "3 .* json_parse_error"),
        ("{'text': '甲', 'spo_list': []}", "no JSON", "3 .* json_parse_error"),
        ('{"text": "甲\t", "spo_list": []}', "no JSON", "3 .* json_parse_error"),
        (as_line(LINE) * 2, "no JSON", "3 .* json_parse_error"),
        ("[" * 100_000, "no JSON", "3 .* json_parse_error"),
        ("[]", r"expected {text, spo_list} .*found \[\]", "4 .* schema_error"),
        ('"text spo_list"', "expected {text, spo_list}", "4 .* schema_error"),
        ('"\\ud800"', r"expected {text, spo_list} .*\\ud800", "4 .* schema_error"),
        ({"spo_list": []}, "expected {text, spo_list}", "4 .* schema_error"),
        ({"text": TEXT}, "expected {text, spo_list}", "4 .* schema_error"),
        ({"text": 1, "spo_list": []}, "expected {text, spo_list}", "4 .* schema_error"),
        ({"text": TEXT, "spo_list": None}, "expected {text, spo_list}", "4 .* schema_error"),
        ({"text": TEXT, "spo_list": {}}, "expected {text, spo_list}", "4 .* schema_error"),
        ({"text": TEXT, "spo_list": ["甲"]}, "expected {subject, predicate, object} .*'甲'", "4 .* schema_error"),
        (lacking("subject"), "expected {subject, predicate, object}", "4 .* schema_error"),
        (lacking("predicate"), "expected {subject, predicate, object}", "4 .* schema_error"),
        (lacking("object"), "expected {subject, predicate, object}", "4 .* schema_error"),
        (spo(subject=1), "expected strings", "4 .* schema_error"),
        (spo(object=None), "expected strings", "4 .* schema_error"),
        (spo(object={"@value": "林海音"}), "expected strings", "4 .* schema_error"),  # as in DuIE 2.0
        (spo(predicate=["作者"]), "expected strings", "4 .* schema_error"),
    ],
)
def test_a_fault_rejects_the_whole_submission_by_file_line_and_code(tmp_path, fault, message, code):
    path = packed(tmp_path / "result.zip", first=[LINE], second=[LINE, fault, LINE])
    with pytest.raises(SubmissionError, match=f"result.zip, second line 2: {message}.*; code {code}$"):
        metric.read_submission(path)


def test_a_stray_system_file_rejects_the_whole_submission(tmp_path):
    path = packed(tmp_path / "result.zip", **{"result.json": [LINE], "__MACOSX/._result.json": [b"\x00\x05\x16\x07\x00"]})
    with pytest.raises(SubmissionError, match=r"__MACOSX/\._result\.json line 1: no JSON.*code 3"):
        metric.read_submission(path)
    path = packed(tmp_path / "result.zip", **{".DS_Store": [b"\x00\x00\x00\x01Bud1\x80"], "result.json": [LINE]})
    with pytest.raises(SubmissionError, match=r"\.DS_Store line 1: byte 9 is not UTF-8; code 2"):
        metric.read_submission(path)


def test_an_empty_line_at_the_end_rejects_the_whole_submission(tmp_path):
    with pytest.raises(SubmissionError, match="result line 2: an empty line; code 3"):
        metric.read_submission(packed(tmp_path / "result.zip", result=[LINE, ""]))


def test_what_is_no_zip_has_code_1(tmp_path):
    for path in (put(tmp_path / "result.json", as_line(LINE)), tmp_path / "nowhere.zip", tmp_path):
        with pytest.raises(
            SubmissionError, match=f"{path.name}: expected a zip that can be read .*; code 1 .* file_reading_error"
        ):
            metric.read_submission(path)


def test_a_damaged_file_in_the_zip_has_code_1(tmp_path):
    path = packed(tmp_path / "result.zip", zipfile.ZIP_STORED, first=[LINE], second=[LINE])
    content = bytearray(path.read_bytes())
    content[content.rindex("林海音".encode())] ^= 1
    with pytest.raises(SubmissionError, match=r"result.zip, second: expected a zip that can be read .*CRC.*code 1"):
        metric.read_submission(put(path, bytes(content)))
    deflated = packed(tmp_path / "result.zip", result=[LINE] * 50)
    content = bytearray(deflated.read_bytes())
    content[40:60] = b"\xff" * 20
    with pytest.raises(SubmissionError, match=r"result.zip, result: expected a zip that can be read.*code 1"):
        metric.read_submission(put(deflated, bytes(content)))


def test_a_zip_with_a_damaged_directory_has_code_1(tmp_path):
    path = packed(tmp_path / "result.zip", zipfile.ZIP_STORED, 结果=[LINE])
    content = path.read_bytes()
    with pytest.raises(SubmissionError, match=r"result\.zip: expected a zip that can be read .*utf-8.*code 1"):
        metric.read_submission(put(path, content.replace("结果".encode(), "结果".encode("gb18030") + b"__")))
    larger, start = bytearray(content), content.rindex(b"PK\x01\x02")
    larger[start + 22] = larger[start + 26] = 1  # sizes with 65,536 bytes more than there are
    with pytest.raises(SubmissionError, match=r"结果: expected a zip that can be read .*code 1"):
        metric.read_submission(put(path, bytes(larger)))


def test_a_locked_zip_has_code_1(tmp_path):
    path = packed(tmp_path / "result.zip", zipfile.ZIP_STORED, result=[LINE])
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag of encryption, in the file's header and in the directory
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SubmissionError, match=r"result: expected a zip that can be read .*password.*code 1"):
        metric.read_submission(put(path, bytes(content)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_python_2_cannot_unpack_has_code_1(tmp_path, method):
    path = packed(tmp_path / "result.zip", method, result=[LINE])
    with pytest.raises(SubmissionError, match=r"result: .*the organisers can unpack deflate only.*code 1"):
        metric.read_submission(path)


def test_a_zip_that_unpacks_to_more_than_a_submission_has_code_1_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(metric, "LONGEST", 1 << 20)
    path = tmp_path / "result.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result", b" " * (1 << 26))
    tracemalloc.start()
    try:
        with pytest.raises(SubmissionError, match=r"result: .*it unpacks to more than 1,048,576 bytes.*code 1"):
            metric.read_submission(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    monkeypatch.setattr(metric, "LONGEST", len(f"{as_line(LINE)}\n".encode()))
    assert len(metric.read_submission(packed(path, result=[LINE]))) == 1, "as long as it may be"


def test_a_file_of_nothing_but_line_ends_fills_no_memory(tmp_path):
    path = tmp_path / "result.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result", b"\n" * (1 << 22))
    tracemalloc.start()
    try:
        with pytest.raises(SubmissionError, match=r"result line 1: an empty line; code 3"):
            metric.read_submission(path)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


# Official files


@pytest.mark.real_data
def test_the_gold_triples_as_a_submission_are_all_right(real_data, tmp_path):
    file = real_data / "baidu_ie" / "dev_data.json"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    path = tmp_path / "result.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, "result.json")
    gold = metric.read_submission(path)
    assert metric.score(gold, gold) == Score(1.0, 1.0, 1.0)
    half = dict(list(gold.items())[::2])
    found = metric.score(gold, half)
    assert found.precision == 1.0 and 0.4 < found.recall < 0.6
