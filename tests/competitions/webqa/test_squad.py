"""Long texts with questions become short passages that hold the answer, in every layout; what is broken is named."""

import json

import pytest

from common.errors import DataError
from common.text.normalise import occurrences
from competitions.webqa.questions import Passage, Question
from competitions.webqa.squad import cut, read_squad


def squad(*qas, context="杭州西湖位于浙江省杭州市西部。"):
    return {
        "version": "v1.0",
        "data": [{"id": "D0", "title": "t", "paragraphs": [{"id": "D0", "context": context, "qas": list(qas)}]}],
    }


def qa(name, question, *answers):
    return {"id": name, "question": question, "answers": [{"text": text, "answer_start": start} for text, start in answers]}


def put(folder, content):
    """The file with this content."""
    path = folder / "dev.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_question_has_one_passage_with_its_distinct_answers(tmp_path):
    long = "答案超过十二个字所以不要它"
    questions = qa("C0", "西湖在哪里？", ("杭州市", 11), ("杭州市", 11), ("浙江省杭州市", 8)), qa("C1", "问？", (long, 0))
    passage = Passage("杭州西湖位于浙江省杭州市西部。", ("杭州市", "浙江省杭州市"))
    expected = (Question("C0", "西湖在哪里？", (passage,), "cmrc"),)
    assert read_squad(put(tmp_path, squad(*questions, qa("C2", "何？", ("苏州", 0))))) == expected


def test_the_layout_of_cmrcs_own_contest(tmp_path, capsys):
    asked = {"query_id": "TRAIN_1_Q1", "query_text": "范廷颂是什么时候被任为主教的？", "answers": ["1963年", "1963年"]}
    text = {"context_id": "TRAIN_1", "context_text": "范廷颂枢机，1963年被任为主教。", "qas": [asked], "title": "范廷颂"}
    (question,) = read_squad(put(tmp_path, [text, {"context_id": "TRAIN_2", "context_text": "无"}]))
    assert question == Question("TRAIN_1_Q1", asked["query_text"], (Passage(text["context_text"], ("1963年",)),), "cmrc")
    assert "1 of 2 records are broken (record 2: no list of qas)" in capsys.readouterr().out


def test_a_long_text_is_cut_around_the_answer_at_a_place_that_the_id_decides(tmp_path):
    context = "无" * 500 + "鲁迅" + "关" * 500
    records = [qa(f"C{number}", f"第{number}问？", ("鲁迅", 500)) for number in range(300)]
    path = put(tmp_path, squad(*records, context=context))
    read = read_squad(path, window=20)
    places = [occurrences(question.passages[0].text, "鲁迅")[0][0] for question in read]
    assert all(len(question.passages[0].text) == 20 for question in read) and set(places) == set(range(19))
    assert read_squad(path, window=20) == read
    assert cut("鲁迅" + "无" * 50, 0, 2, 20, "C1").startswith("鲁迅") and cut("短", 0, 1, 20, "C1") == "短"
    assert cut("无" * 50 + "鲁迅", 50, 52, 20, "C1").endswith("鲁迅")


def test_the_marked_one_of_several_places_is_kept(tmp_path):
    context = "鲁迅" + "无" * 100 + "鲁迅" + "关" * 100
    (question,) = read_squad(put(tmp_path, squad(qa("C0", "谁？", ("鲁迅", 101)), context=context)), window=20)
    assert "鲁迅" in question.passages[0].text and {"无", "关"} & set(question.passages[0].text)


def test_what_is_broken_is_named_and_nothing_else_is_lost(tmp_path, capsys):
    content = squad(
        qa("C0", "西湖在哪里？", ("杭州市", 11)),
        qa("C1", " ", ("杭州", 0)),
        {"id": "C2", "question": "？"},
        qa("C0", "哪？", ("杭州", 0)),
    )
    content["data"][0]["paragraphs"].append({"context": "没有问题的段落。"})
    content["data"].append({"title": "none"})
    assert [question.id for question in read_squad(put(tmp_path, content))] == ["C0"]
    shown = capsys.readouterr().out
    place = "record 1, paragraph 1"
    assert f"5 of 6 records are broken ({place}, C1: an empty question; {place}, C2: no list of answers with a text; " in shown
    assert (
        f"{place}, C0: its id stands above already; record 1, paragraph 2: no list of qas; record 2: no list of qas)" in shown
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *[(content, "is not in SQuAD form; expected an object with a list 'data', or a list") for content in ([], {}, 3)],
        *[({"data": content}, "is not in SQuAD form") for content in ([], 3)],
        ([{"context_text": "", "qas": []}], "holds no questions"),
        (
            ["text", {"context_text": "无"}],
            r"2 of 2 records cannot be used \(record 1: no list of qas; record 2: no list of qas\)",
        ),
    ],
)
def test_a_file_without_a_question_is_refused(tmp_path, content, message):
    with pytest.raises(DataError, match=rf"dev\.json:? {message}"):
        read_squad(put(tmp_path, content))
