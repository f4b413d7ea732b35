"""The official files are read in every layout they come in, and a bad record is named, counted and left out."""

import json

import numpy as np
import pytest

from common.errors import ConfigError, DataError
from common.text.normalise import occurrences
from competitions.webqa import data
from competitions.webqa.config import EVIDENCE, Config
from competitions.webqa.questions import Passage, Question
from tests.competitions.webqa.test_squad import qa, squad


def evidence(text, *answers):
    return {"answer": list(answers or ["no_answer"]), "evidence": text}


def record(question, *passages):
    return {"question": question, "evidences": {f"Q#{place:02d}": passage for place, passage in enumerate(passages)}}


def merged(number, question, *passages):
    listed = [{"passage": text, "answer": answer} for text, answer in passages]
    return {"id": number, "question": question, "passages": listed}


def many(count, first=0):
    """Sound questions by id."""
    return {
        f"Q{n}": record(f"第{n}题的答案是什么？", evidence(f"第{n}题的答案是甲{n}。", f"甲{n}"))
        for n in range(first, first + count)
    }


def put(folder, **files):
    """Write JSON files; `me_train_ir` is `me_train.ir.json`, `cmrc2018` a file in the folder of that name."""
    for name, content in files.items():
        name = name.replace("_ir", ".ir").replace("_ann", ".ann") + ".json"
        path = folder / ("cmrc2018/dev.json" if name == "cmrc2018.json" else name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return folder


def test_files_of_a_part_merge_by_id_and_equal_passages_are_one(tmp_path):
    put(
        tmp_path,
        me_train={
            "Q1": record("谁写了《呐喊》？", evidence("《呐喊》是鲁迅写的。", "鲁迅")),
            "Q2": record("北京简称？", evidence("简称京。", "京")),
        },
        me_train_ir={
            "Q1": record(
                "谁写了《呐喊》?", evidence("不知道。"), evidence("《呐喊》是鲁迅写的。"), evidence("周树人写的。", "周树人")
            ),
            "Q3": record("一加一？", evidence("等于二。", "二")),
        },
    )
    dataset = data.load(tmp_path)
    assert [question.id for question in dataset.train] == ["Q1", "Q3", "Q2"], "me_train.ir.json comes before me_train.json"
    assert dataset.train[0] == Question(
        "Q1",
        "谁写了《呐喊》?",
        (Passage("不知道。", ()), Passage("《呐喊》是鲁迅写的。", ("鲁迅",)), Passage("周树人写的。", ("周树人",))),
        "webqa",
    )
    assert dataset.valid == dataset.test == dataset.extra == ()


def test_equal_passages_keep_the_answers_of_all(tmp_path):
    same = "鲁迅原名周树人。"
    put(tmp_path, me_train={"Q1": record("谁？", evidence(same, "鲁迅"), evidence(same), evidence(same, "周树人", "鲁迅"))})
    assert data.load(tmp_path).train[0].passages == (Passage(same, ("鲁迅", "周树人")),)


def test_the_merged_layout_gives_the_same_questions(tmp_path):
    put(tmp_path, WebQA=[merged("Q1", "问？", ("甲。", "甲"), ("乙。", ""))], SogouQA=[merged("10000", "谁？", ("丙。", "丙"))])
    first, second = data.load(tmp_path).train
    assert first == Question("Q1", "问？", (Passage("甲。", ("甲",)), Passage("乙。", ())), "webqa")
    assert second == Question("10000", "谁？", (Passage("丙。", ("丙",)),), "sogou")


def put_lines(path, *records):
    """Write JSON lines; a text stands as it is."""
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_json_lines_give_the_same_questions(tmp_path):
    records = [merged(str(number), f"第{number}\u2028题？", (f"甲{number}。", f"甲{number}")) for number in range(3)]
    for name, some in (("several", records), ("one", records[:1])):
        for folder, write in (
            ("list", lambda path, some: path.write_text(json.dumps(some))),
            ("lines", lambda path, some: put_lines(path, *some)),
        ):
            (tmp_path / name / folder).mkdir(parents=True)
            write(tmp_path / name / folder / "WebQA.json", some)
        train = data.load(tmp_path / name / "lines").train
        assert train == data.load(tmp_path / name / "list").train and len(train) == len(some)


def test_a_broken_line_is_named_by_its_number(tmp_path, capsys):
    sound = [merged(str(number), f"第{number}题？", ("甲", "甲")) for number in range(3)]
    put_lines(tmp_path / "SogouQA.json", sound[0], "", sound[1], '{"id": "9", "question": "断', "3", sound[2])
    assert [question.id for question in data.load(tmp_path).train] == ["0", "1", "2"]
    shown = capsys.readouterr().out
    assert "SogouQA.json: 2 of 5 records are broken (line 4: no complete JSON, Unterminated string" in shown
    assert "; line 5: not an object {id, question, ...})" in shown


def contest(number, query, answer, *texts):
    """A question in the layout in which the contest handed its data out."""
    passages = [{"passage_id": place, "url": "", "passage_text": text} for place, text in enumerate(texts, start=1)]
    return {"query_id": number, "query": query, "type": "factoid", "answer": answer, "passages": passages}


@pytest.mark.parametrize("lines", [False, True])
def test_an_answer_to_the_question_is_given_to_the_passages_that_hold_it(tmp_path, lines, capsys):
    asked = contest(10000, "《窃读记》的作者", "林ＡＢ", "是林ab写的。", "作者不详。", "林AB原名林含英。")
    nowhere = contest(10001, "谁？", "鲁迅", "不知道。")
    if lines:
        put_lines(tmp_path / "SogouQA.json", asked, nowhere)
    else:
        put(tmp_path, SogouQA=[asked, nowhere])
    given = ("林ＡＢ",)
    passages = Passage("是林ab写的。", given), Passage("作者不详。", ()), Passage("林AB原名林含英。", given)
    first, second = data.load(tmp_path).train
    assert first == Question("10000", "《窃读记》的作者", passages, "sogou") and second.answers == ()
    assert "1 of 2 questions have an answer that none of their passages holds (10001)" in capsys.readouterr().out


def test_hidden_files_are_passed_over(tmp_path):
    put(tmp_path, me_train=many(2), me_test_ir=many(1, 50), cmrc2018=squad(qa("C0", "西湖在哪里？", ("杭州市", 11))))
    expected = data.load(tmp_path)
    for name in ("._me_train.json", "._me_test.ir.json", "._WebQA.json", ".DS_Store", "cmrc2018/._dev.json"):
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07\x00Mac OS X        \xff")
    assert data.load(tmp_path) == expected


ANNOTATED = {"V1": record("谁写了《呐喊》？", evidence("鲁迅写的。", "鲁迅"))}
RETRIEVED = {"V1": record("谁写了《呐喊》？", evidence("不知道。"), evidence("周树人。", "周树人"))}


@pytest.mark.parametrize(
    ("chosen", "texts"),
    [("both", ["鲁迅写的。", "不知道。", "周树人。"]), ("ann", ["鲁迅写的。"]), ("ir", ["不知道。", "周树人。"])],
)
def test_the_chosen_evidence_is_read_and_the_other_is_named(tmp_path, chosen, texts, capsys):
    put(
        tmp_path,
        me_train=many(2),
        me_train_ir=many(3),
        me_validation_ann=ANNOTATED,
        me_validation_ir=RETRIEVED,
        me_test=many(1, 9),
    )
    dataset = data.load(tmp_path, chosen)
    assert [passage.text for passage in dataset.valid[0].passages] == texts
    assert len(dataset.train) == 3 and len(dataset.test) == 1, "these do not depend on it"
    named = {"both": [], "ann": ["me_validation.ir.json"], "ir": ["me_validation.ann.json"]}[chosen]
    left_out = [line for line in capsys.readouterr().out.splitlines() if "not read" in line]
    assert left_out == [f"{tmp_path}: {name} not read, evidence={chosen}" for name in named]
    prints = {data.load(tmp_path, one, report=False).fingerprint for one in EVIDENCE}
    assert len(prints) == 3, "so the runs are different ones"


def test_evidence_that_is_not_there_stops(tmp_path):
    put(tmp_path, me_train=many(2), me_validation_ir=RETRIEVED, me_test_ir=many(1, 9))
    with pytest.raises(
        DataError, match=r"evidence=ann leaves nothing to score, there is no \.ann\. among me_validation\.ir\.json, me_t"
    ):
        data.load(tmp_path, "ann")
    put(tmp_path, me_test_ann=many(1, 9))
    assert not data.load(tmp_path, "ann").valid, "one of the parts suffices"
    with pytest.raises(ConfigError, match=r"evidence=true: expected ann, ir, both; .* `relevance`"):
        Config(evidence="true")


def test_both_kinds_of_evidence_are_told_apart(tmp_path):
    put(tmp_path, me_validation_ann=ANNOTATED, me_validation_ir=RETRIEVED)
    ann, ir = tmp_path / "me_validation.ann.json", tmp_path / "me_validation.ir.json"
    apart = data.read_apart([ann, ir])
    assert {kind: [len(question.passages) for question in questions] for kind, questions in apart.items()} == {
        "ann": [1],
        "ir": [2],
    }
    assert data.read_apart([ann]) == data.read_apart([ir]) == data.read_apart([]) == {}


def test_the_merged_webqa_is_not_read_beside_the_official_files_but_sogou_is(tmp_path, capsys):
    put(
        tmp_path,
        me_train=many(2),
        WebQA=[merged("Q0", "第0题的答案是什么？", ("别的。", ""))],
        SogouQA=[merged(7, "谁？", ("丙。", "丙"))],
    )
    train = data.load(tmp_path).train
    assert [question.id for question in train] == ["Q0", "Q1", "7"] and len(train[0].passages) == 1
    assert "WebQA.json: not read, me_train*.json beside it hold the same questions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["no_answer"], ()),
        ("no_answer", ()),
        ("", ()),
        ([], ()),
        (None, ()),
        ("答：鲁迅", ("鲁迅",)),
        (["答: 鲁迅 ", "鲁迅", "周树人"], ("鲁迅", "周树人")),
        (["no_answer", "鲁迅"], ("鲁迅",)),
        ("答案", ("答案",)),
    ],
)
def test_answers_in_every_form(tmp_path, written, read):
    put(tmp_path, me_train={"Q1": record("谁？", {"answer": written, "evidence": "鲁迅。"})})
    assert data.load(tmp_path).train[0].passages[0].answers == read


def test_the_answer_that_most_passages_give_comes_first():
    passages = (Passage("1", ("乙",)), Passage("2", ("甲", "丙")), Passage("3", ("甲",)), Passage("4", ()))
    assert Question("Q", "?", passages, "webqa").answers == ("甲", "乙", "丙")


def test_an_answer_that_does_not_stand_in_its_passage_stays(tmp_path):
    put(tmp_path, me_train={"Q1": record("谁？", evidence("不在这里。", "鲁迅"))})
    (question,) = data.load(tmp_path).train
    assert question.answers == ("鲁迅",) and occurrences(question.passages[0].text, "鲁迅") == []


def test_lone_surrogates_become_a_mark_of_the_same_length(tmp_path):
    (tmp_path / "me_train.json").write_text('{"Q1": {"question": "\\ud83d谁？", "evidences": {"a": {"answer": ["\\udc00甲"], '
                                            '"evidence": "\\ud83d\\ude00\\udc00甲"}}}}', encoding="utf-8")  # fmt: skip
    (question,) = data.load(tmp_path).train
    assert question.text == "\ufffd谁？" and question.passages[0] == Passage("\U0001f600\ufffd甲", ("\ufffd甲",))
    assert occurrences(question.passages[0].text, question.answers[0]) == [(1, 3)]


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path):
    put(tmp_path, me_train=many(3))
    expected = data.load(tmp_path).train
    path = tmp_path / "me_train.json"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=1).replace("\n", "\r\n").encode()
    )
    assert data.load(tmp_path).train == expected


BROKEN_RECORDS = {
    "no object": ("text", "not an object {id, question, ...}"),
    "no id": ({"passages": [{"passage": "甲", "answer": "甲"}]}, "no id"),
    "an empty id": (merged(" ", "谁？", ("甲", "甲")), "its id is empty or cannot stand on a line"),
    "an id with a tab": (merged("1\t2", "谁？", ("甲", "甲")), "its id is empty or cannot stand on a line"),
    "no question": ({"id": "9", "passages": []}, "no question"),
    "a question that is a number": (merged("9", 9, ("甲", "甲")), "no question"),
    "an empty question": (merged("9", " \u3000", ("甲", "甲")), "an empty question"),
    "passages that are text": (
        {"id": "9", "question": "谁？", "passages": "甲"},
        "its passages are neither an object nor a list",
    ),
    "an id with two questions": (merged("0", "另一题？", ("甲", "甲")), "its id 0 stands above already, with another question"),
}


@pytest.mark.parametrize("name", BROKEN_RECORDS)
def test_a_broken_record_is_named_and_left_out(tmp_path, name, capsys):
    broken, reason = BROKEN_RECORDS[name]
    sound = [merged(str(number), f"第{number}题？", ("甲", "甲")) for number in range(3)]
    put(tmp_path, SogouQA=[*sound, broken])
    assert [question.id for question in data.load(tmp_path).train] == ["0", "1", "2"]
    assert f"SogouQA.json: 1 of 4 records are broken (record 4: {reason})" in capsys.readouterr().out


BROKEN_PASSAGES = {
    "no object": ("text", "not an object with a text and an answer"),
    "no text": ({"answer": ["甲"]}, "no text"),
    "text that is a list": ({"answer": ["甲"], "evidence": ["甲"]}, "no text"),
    "an answer that is a number": ({"answer": 3, "evidence": "甲"}, "its answer is neither a text nor a list of texts"),
    "an answer in an answer": ({"answer": [["甲"]], "evidence": "甲"}, "its answer is neither a text nor a list of texts"),
}


@pytest.mark.parametrize("name", BROKEN_PASSAGES)
def test_a_broken_passage_is_named_and_left_out(tmp_path, name, capsys):
    broken, reason = BROKEN_PASSAGES[name]
    put(tmp_path, me_train={"Q1": record("谁？", evidence("甲。", "甲"), broken)})
    assert data.load(tmp_path).train[0].passages == (Passage("甲。", ("甲",)),)
    assert f"me_train.json: 1 of 2 passages are broken (Q1, Q#01: {reason})" in capsys.readouterr().out


def test_empty_passages_and_questions_without_any_are_left_out_of_training(tmp_path, capsys):
    put(tmp_path, me_train=many(2) | {"Q8": record("谁？", evidence(" ")), "Q9": record("何？")})
    assert [question.id for question in data.load(tmp_path).train] == ["Q0", "Q1"]
    shown = capsys.readouterr().out
    assert "me_train.json: 1 of 3 passages are empty and left out" in shown
    assert "training: 2 of 4 questions have no passages (Q8, Q9); they are left out" in shown


def test_every_test_question_with_an_id_is_kept(tmp_path, capsys):
    test = {"T1": record("谁？", evidence("")), "T2": record("何？"), "T3": record("", evidence("甲")), "T4": None}
    put(tmp_path, me_train=many(2), me_test_ir=test | many(1, first=50))
    kept = data.load(tmp_path).test
    assert [(question.id, question.text, len(question.passages)) for question in kept] == [
        ("T1", "谁？", 0),
        ("T2", "何？", 0),
        ("T3", "", 0),
        ("T4", "", 0),
        ("Q50", "第50题的答案是什么？", 1),
    ]
    shown = capsys.readouterr().out
    assert "me_test.ir.json: 2 of 5 records are broken (T3: an empty question; T4: no question)" in shown
    assert "test: 4 of 5 questions have no passages (T1, T2, T3, T4); they get an empty answer" in shown


def test_a_question_that_is_broken_in_one_file_is_whole_from_another(tmp_path):
    put(tmp_path, me_train=many(1), me_test_ann={"T1": None, **many(1, 50)}, me_test_ir={"T1": record("谁？", evidence("甲"))})
    assert data.load(tmp_path).test[0] == Question("T1", "谁？", (Passage("甲", ()),), "webqa")


def test_an_id_that_stands_twice_in_an_object_is_no_loss(tmp_path, capsys):
    one, other = (json.dumps(record(f"问{n}？", evidence("甲", "甲")), ensure_ascii=False) for n in (1, 2))
    again = json.dumps(record("问1？", evidence("乙")), ensure_ascii=False)
    (tmp_path / "me_train.json").write_text(f'{{"Q1": {one}, "Q1": {again}, "Q1": {other}}}', encoding="utf-8")
    (question,) = data.load(tmp_path).train
    assert question.text == "问1？" and [passage.text for passage in question.passages] == ["甲", "乙"]
    assert "1 of 3 records are broken (Q1: its id Q1 stands above already, with another question)" in capsys.readouterr().out


def test_at_most_five_broken_records_are_named(tmp_path, capsys):
    sound = [merged(str(number), f"第{number}题？", ("甲", "甲")) for number in range(400)]
    put(tmp_path, SogouQA=["broken"] * 8 + sound)
    assert len(data.load(tmp_path).train) == 400
    shown = capsys.readouterr().out
    assert "8 of 408 records are broken (record 1: not an object" in shown and "record 5: " in shown
    assert "record 6" not in shown and "; ...)" in shown
    data.load(tmp_path, report=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("broken", "sound"), [(9, 400), (6, 20), (3, 0)])
def test_too_many_broken_records_stop(tmp_path, broken, sound):
    good = [merged(str(number), f"第{number}题？", ("甲", "甲")) for number in range(sound)]
    put(tmp_path, SogouQA=good + [None] * broken)
    with pytest.raises(
        DataError, match=rf"SogouQA\.json: {broken} of {broken + sound} records cannot be used \(record {sound + 1}: "
    ):
        data.load(tmp_path)


BAD_FILES = {
    "empty": (b"", r"is empty; expected JSON"),
    "blanks": (b" \r\n", r"is empty; expected JSON"),
    "no questions": (b"{}", r"holds no questions"),
    "an empty list": (b"[]", r"holds no questions"),
    "a number": (b"3", r"holds a single value; expected an object of questions by id"),
    "broke off": (b'{"Q1": {"question": "', r"is no complete JSON file \(Unterminated string.*Fetch it again"),
    "lines of other things": (b'{"Q1": 1}\n[2]\n', r"is no complete JSON file \(Extra data: line 2"),
    "too deep": (b"[" * 200_000, r"is no complete JSON file"),
    "not UTF-8": ('{"Q1":\n "问题"}'.encode("gb18030"), r"line 2, byte 10: not UTF-8; convert it"),
    "UTF-16": ('{"Q1": 1}'.encode("utf-16"), r"line 1, byte 1: not UTF-8"),
}


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("file", ["me_train.json", "me_test.ir.json"])
def test_a_bad_file_is_named_with_the_place(tmp_path, name, file):
    content, message = BAD_FILES[name]
    put(tmp_path, me_train=many(2))
    (tmp_path / file).write_bytes(content)
    with pytest.raises(DataError, match=rf"{file} {message}"):
        data.load(tmp_path)


def test_no_file_at_all_says_what_is_needed(tmp_path):
    with pytest.raises(DataError, match=r"needs me_train\*\.json, or WebQA\.json or SogouQA\.json, found nothing"):
        data.load(tmp_path)
    put(tmp_path, me_test_ir=many(1))
    (tmp_path / "._me_train.json").write_bytes(b"Mac OS X")
    with pytest.raises(DataError, match=r"found me_test\.ir\.json\. `make data COMP=webqa` says where they come from"):
        data.load(tmp_path)


def test_who_asks_the_same_is_in_one_group():
    texts = ["谁写了《呐喊》？", "北京简称", "谁写了《呐喊》", "ＡＢＣ是谁?", "abc是谁", "？", "！", "北京的简称"]
    numbers = data.groups([Question(str(n), text, (), "webqa") for n, text in enumerate(texts)])
    np.testing.assert_array_equal(numbers, [0, 1, 0, 2, 2, 3, 4, 5])
    assert data.groups([]).shape == (0,)
    nearly = [
        Question(text, text, (), "webqa")
        for text in ("长篇小说《平凡的世界》的作者是谁", "小说平凡的世界的作者是谁", "小说呐喊的作者是谁")
    ]
    assert data.groups(nearly).tolist() == [0, 0, 1]


def test_what_validation_or_test_ask_is_not_learned(tmp_path, capsys):
    put(
        tmp_path,
        me_train=many(6),
        me_validation_ann={"V1": record("第1题的答案是什么", evidence("甲1", "甲1"))},
        me_test_ir={"T1": record("第４题的答案是什么?", evidence("甲4"))},
        cmrc2018=squad(
            qa("C0", "第1题的答案是什么？", ("杭州", 0)),  # of the validation part
            qa("C1", "西湖在哪里？", ("杭州市", 11)),
            qa("C2", "第2题的答案是什么", ("杭州", 0)),  # of the training part: it may be validated on a fold
        ),
    )
    dataset = data.load(tmp_path)
    assert [question.id for question in dataset.train] == ["Q0", "Q2", "Q3", "Q5"]
    assert [question.id for question in dataset.extra] == ["C1"] and len(dataset.valid) == len(dataset.test) == 1
    shown = capsys.readouterr().out
    assert "training: 2 of 6 questions dropped, another part asks nearly the same" in shown
    assert "extra: 2 of 3 questions dropped" in shown


def test_the_fingerprint_is_of_the_content(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        put(tmp_path / name, me_train=many(2))
    first, second = (data.load(tmp_path / name).fingerprint for name in ("here", "there"))
    put(tmp_path / "there", cmrc2018=squad(qa("C0", "西湖在哪里？", ("杭州市", 11))))
    assert first == second != data.load(tmp_path / "there").fingerprint


def test_the_stage_counts_what_is_there(tmp_path, capsys):
    put(tmp_path, me_train=many(12), me_test_ir={"T1": record("谁？", evidence("甲"))})
    data.main(Config(data=tmp_path))
    shown = capsys.readouterr().out
    assert "arXiv 1607.06275" in shown and "github.com/ymcui/cmrc2018" in shown
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.strip().startswith(("train ", "test "))}
    assert rows["train"][:4] == ["12"] * 4 and rows["test"][:4] == ["1", "0", "1", "0"]
    assert "validation" not in shown.rpartition("(lengths in characters)")[2]
