"""The official files are read in every layout they come in, and a bad record is named with its file and line."""

import json

import pytest

from common.errors import DataError
from competitions.baidu_ie import data, records
from competitions.baidu_ie.data import Schema, Sentence, Triple

SCHEMAS = [
    ("图书作品", "作者", "人物"),
    ("人物", "妻子", "人物"),
    ("企业", "成立日期", "Date"),
    ("机构", "成立日期", "Date"),
    ("网络小说", "连载网站", "网站"),
]
TYPES = {predicate: (subject, entity) for subject, predicate, entity in SCHEMAS}


def spo(subject, predicate, entity, **more):
    subject_type, object_type = TYPES.get(predicate, ("人物", "人物"))
    types = {"subject_type": subject_type, "object_type": object_type}
    return {"subject": subject, "predicate": predicate, "object": entity, **types, **more}


def record(text, *triples, **more):
    return {"text": text, "spo_list": list(triples), **more}


def duie(subject, predicate, entity, **more):
    """A triple in the layout of DuIE 2.0; more slots of the object by name."""
    subject_type, object_type = TYPES.get(predicate, ("人物", "人物"))
    values = {"@value": entity, **{name: value for name, (value, _) in more.items()}}
    types = {"@value": object_type, **{name: value for name, (_, value) in more.items()}}
    slots = {"subject": subject, "subject_type": subject_type, "predicate": predicate, "object": values}
    return {**slots, "object_type": types}


def json_lines(*records):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()


BOOK = record("《呐喊》的作者是鲁迅", spo("呐喊", "作者", "鲁迅"))


def put(folder, **files):
    """Write the schemas and files of lines; a value may be bytes, `extra` goes to duie2.0."""
    schemas = [{"subject_type": one, "predicate": predicate, "object_type": other} for one, predicate, other in SCHEMAS]
    (folder / "all_50_schemas").write_bytes(json_lines(*schemas))
    names = {"train": "train_data.json", "dev": "dev_data.json", "test": "test1_data.json", "extra": "duie2.0/duie_train.json"}
    for part, content in {"train": [BOOK], **files}.items():
        path = folder / names.get(part, part)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json_lines(*content))
    return folder


def refused(folder, message):
    with pytest.raises(DataError) as caught:
        data.load(folder, report=False)
    assert message in str(caught.value), str(caught.value)


def test_a_sentence_and_what_it_says(tmp_path):
    words = [{"word": "《", "pos": "w"}, {"word": "呐喊", "pos": "nw"}]
    put(tmp_path, train=[BOOK | {"postag": words}, record("甲是乙的妻子", spo("乙", "妻子", "甲"), spo("乙", "妻子", "甲"))])
    dataset = data.load(tmp_path)
    first, second = dataset.train
    assert first.text == "《呐喊》的作者是鲁迅" and first.words == (("《", "w"), ("呐喊", "nw")) and first.source == "ske"
    assert first.triples == (Triple("呐喊", "作者", "鲁迅"),)
    assert second.triples == (Triple("乙", "妻子", "甲"),), "a repeated triple is one"
    assert dataset.dev == dataset.test == dataset.extra == ()
    assert dataset.schemas[2] == Schema("企业", "成立日期", "Date") and len(dataset.schemas) == 5
    assert dataset.predicates == ("作者", "妻子", "成立日期", "连载网站"), "a predicate of two schemas is one"


@pytest.mark.parametrize("schema", [("企业", "成立日期", "Date"), ("机构", "成立日期", "Date"), (None, "成立日期", None)])
def test_a_predicate_may_have_several_pairs_of_types_or_none_given(tmp_path, schema):
    subject_type, predicate, object_type = schema
    given = spo("甲", predicate, "1999年", subject_type=subject_type, object_type=object_type)
    put(tmp_path, train=[record("甲成立于1999年", given)])
    assert data.load(tmp_path).train[0].triples == (Triple("甲", "成立日期", "1999年"),)


def test_postag_may_be_missing_on_some_lines(tmp_path):
    missing = record("甲", postag=None), record("乙"), record("丙", postag=[])
    put(tmp_path, train=[BOOK | {"postag": [{"word": "呐喊", "pos": "nw"}]}, *missing])
    assert [bool(sentence.words) for sentence in data.load(tmp_path).train] == [True, False, False, False]


def test_names_that_are_not_in_their_text_are_counted(tmp_path, capsys):
    put(tmp_path, train=[BOOK, record("甲是乙的妻子", spo("丙", "妻子", "甲"), spo("乙", "妻子", "甲"))])
    assert len(data.load(tmp_path).train[1].triples) == 2
    assert "1 training triples have a name that is not in their text" in capsys.readouterr().out


def test_no_triples_duplicates_and_long_texts_are_read(tmp_path):
    long = "长" * 600
    put(tmp_path, train=[record("甲乙"), BOOK, BOOK, record(long)])
    assert [(len(one.text), len(one.triples)) for one in data.load(tmp_path).train] == [(2, 0), (10, 1), (10, 1), (600, 0)]


def test_a_line_ends_at_a_line_feed_alone(tmp_path):
    content = b"\xef\xbb\xbf" + json_lines(record("甲\u2028乙\u0085丙"), BOOK).replace(b"\n", b"\r\n") + b"\r\n\n"
    put(tmp_path, train=content)
    assert [one.text for one in data.load(tmp_path).train] == ["甲\u2028乙\u0085丙", BOOK["text"]]


def test_lone_surrogates_become_a_mark_of_the_same_length(tmp_path):
    line = '{"text": "\\ud83d\\ude00\\ud83d作者乙", "spo_list": [{"subject": "\\ud83d", "predicate": "作者", "object": "乙"}]}'
    put(tmp_path, train=line.encode())
    (sentence,) = data.load(tmp_path).train
    assert sentence.text == "\U0001f600\ufffd作者乙" and sentence.triples[0].subject == "\ufffd"


FAULTS = [
    (b"", "train_data.json is empty; expected a JSON object on each line"),
    (b" \n\n", "train_data.json is empty"),
    (json_lines(BOOK) + json_lines(BOOK)[:28], "train_data.json line 2 is no complete JSON object ("),
    (json_lines(BOOK, BOOK)[:-2], "a download that broke off? Fetch it again"),
    (
        json_lines(BOOK) + json_lines(BOOK)[:29],
        "line 2, byte 29: the file ends within a character; a download that broke off? Fetch it again",
    ),
    (b"\n" + json_lines(BOOK) + "甲".encode("gbk"), "train_data.json line 3, byte 1: not UTF-8"),
    (b"[1]\n", "train_data.json line 1: expected an object, found [1]"),
    (b"[" * 100_000, "train_data.json line 1 is no complete JSON object ("),
    ([BOOK, {"spo_list": []}], "train_data.json line 2: no text"),
    ([record(" ")], "train_data.json line 1: an empty or unusable text"),
    ([record(7)], "train_data.json line 1: an empty or unusable text"),
    ([BOOK, {"text": "甲"}], "train_data.json line 2: no spo_list; expected a list, which is empty where nothing is said"),
    ([record("甲") | {"spo_list": None}], "train_data.json line 1: no spo_list"),
    ([BOOK, BOOK | {"spo_list": {"subject": "甲"}}], "train_data.json line 2: spo_list is not a list of objects"),
    ([record("甲", "乙")], "train_data.json line 1: spo_list is not a list of objects"),
    ([record("甲", {"predicate": "作者", "object": "乙"})], "train_data.json line 1: no subject"),
    ([record("甲", spo("甲", "作者", ""))], "train_data.json line 1: an empty or unusable object"),
    ([record("甲", spo("甲", "作者", 7))], "train_data.json line 1: an empty or unusable object"),
    ([BOOK, record("甲", spo("甲", "同事", "乙"))], "train_data.json line 2: the predicate 同事 is not in all_50_schemas"),
    (
        [BOOK, record("甲", spo("甲", "妻子", "乙", object_type="地点"))],
        "train_data.json line 2: 妻子 between 人物 and 地点 is not in all_50_schemas",
    ),
    (
        [record("甲", spo("甲", "妻子", "乙", subject_type=None, object_type="地点"))],
        "妻子 between ? and 地点 is not in all_50",
    ),
    ([record("甲", spo("甲", "妻子", "乙", subject_type=["人物"]))], "train_data.json line 1: subject_type is not a text"),
    ([record("甲", postag="甲")], "train_data.json line 1: postag is not a list of objects {word, pos}"),
    ([record("甲", postag=7)], "train_data.json line 1: postag is not a list of objects {word, pos}"),
    ([BOOK, record("甲", postag=[{"word": "甲"}])], "train_data.json line 2: postag is not a list of objects {word, pos}"),
]


@pytest.mark.parametrize(("content", "message"), FAULTS)
def test_faults_are_named_with_file_and_line(tmp_path, content, message):
    refused(put(tmp_path, train=content), message)


def test_only_the_last_line_can_be_a_broken_download(tmp_path):
    put(tmp_path, train=b'{"text": \n' + json_lines(BOOK))
    with pytest.raises(DataError, match=r"line 1 is no complete JSON object \([^;]*$"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "all_50_schemas is empty; expected a JSON object on each line"),
        (b"\xef\xbb\xbf\n", "all_50_schemas is empty"),
        (b'{"predicate": "a"}\n', "all_50_schemas line 1: expected the texts subject_type, predicate and object_type"),
        (
            json_lines({"subject_type": "a", "predicate": "b", "object_type": "c"}, {"subject_type": "a", "predicate": 1}),
            "all_50_schemas line 2: expected the texts subject_type, predicate and object_type",
        ),
    ],
)
def test_unusable_schemas_are_refused(tmp_path, content, message):
    refused(put(tmp_path, all_50_schemas=content), message)


def test_missing_files_are_named_beside_those_that_are_there(tmp_path):
    refused(tmp_path, "lacks all_50_schemas and train_data.json, found nothing. `make data COMP=baidu_ie`")
    put(tmp_path, dev=[BOOK])
    (tmp_path / "train_data.json").unlink()
    refused(tmp_path, "lacks train_data.json, found all_50_schemas, dev_data.json.")


def test_of_several_test_files_one_is_chosen(tmp_path):
    put(tmp_path, **{"test1_data_postag.json": [record("甲")], "test2_data_postag.json": [record("乙")]})
    refused(tmp_path, "holds several test files: test1_data_postag.json, test2_data_postag.json. Choose with test_file=")
    assert [one.text for one in data.load(tmp_path, "test2").test] == ["乙"]
    with pytest.raises(DataError, match=r"has no test\*_data\*.json with 'test3' in its name"):
        data.load(tmp_path, "test3")


def test_a_test_file_may_have_triples_or_none(tmp_path):
    put(tmp_path, test=[{"text": "甲是谁"}, record("某书作者乙", spo("某书", "作者", "乙"))])
    assert [one.triples for one in data.load(tmp_path).test] == [(), (Triple("某书", "作者", "乙"),)]
    refused(put(tmp_path, test=[{"text": "甲", "spo_list": 3}]), "test1_data.json line 1: spo_list is not a list of objects")


@pytest.mark.parametrize("part", ["train", "dev", "test"])
@pytest.mark.parametrize("slots", [duie("甲", "妻子", "乙"), spo("甲", "妻子", "乙", object_type={"@value": "人物"})])
def test_duie_as_a_file_of_the_contest_is_told_where_it_belongs(tmp_path, part, slots):
    put(tmp_path, **{part: [BOOK, record("乙是甲的妻子", slots)]})
    refused(tmp_path, "line 2: an object with slots such as @value is the layout of DuIE 2.0. Put this file into duie2.0/")


def test_hidden_files_are_not_data(tmp_path):
    """macOS writes `._name` beside each name on foreign disks and into archives."""
    put(tmp_path, extra=[record("甲乙", duie("甲", "妻子", "乙"))])
    before = data.load(tmp_path)
    hidden = ("duie2.0/._duie_train.json", "duie2.0/._duie_schema.json", "._test1_data.json")
    put(tmp_path, **dict.fromkeys(hidden, b"\0\5\x16\7"))
    assert data.load(tmp_path) == before
    (tmp_path / "train_data.json").unlink()
    refused(tmp_path, "lacks train_data.json, found all_50_schemas, duie2.0")


def test_duie_gives_the_object_itself_by_the_names_of_the_contest(tmp_path, capsys):
    serial = duie("某书", "连载网站", "某网") | {"subject_type": "文学作品"}
    many = duie("甲", "妻子", "乙", inArea=("丙", "地点")), duie("甲", "饰演", "丁"), serial
    put(tmp_path, extra=[record("甲乙丙丁某书某网", *many, postag=[{"word": "甲乙", "pos": "nr"}])])
    (sentence,) = data.load(tmp_path).extra
    assert sentence.triples == (Triple("甲", "妻子", "乙"), Triple("某书", "连载网站", "某网"))
    assert sentence.source == "duie2" and sentence.words == (("甲乙", "nr"),)
    assert "1 triples are of no schema of the contest and left out (饰演 1)" in capsys.readouterr().out


def test_extra_sentences_without_labels_are_not_learnt_from(tmp_path, capsys):
    """DuIE 2.0 is handed out with its unlabelled test file."""
    put(tmp_path, extra=[record("甲乙", duie("甲", "妻子", "乙"))], **{"duie2.0/duie_test2.json": [{"text": "甲是乙的妻子"}]})
    assert [one.text for one in data.load(tmp_path).extra] == ["甲乙"]
    assert "duie_test2.json: 1 sentences have no spo_list and are left out" in capsys.readouterr().out


def test_the_fingerprint_is_of_the_schemas_of_duie_too(tmp_path):
    put(tmp_path, extra=[record("甲乙", duie("甲", "妻子", "乙"))])
    before = data.load(tmp_path)
    put(tmp_path, **{"duie2.0/duie_schema.json": json_lines({"predicate": "作者"})})
    after = data.load(tmp_path)
    assert before.labelled != after.labelled and before.fingerprint != after.fingerprint


@pytest.mark.parametrize(
    ("triple", "message"),
    [
        (duie("甲", "妻子", "乙") | {"object": {"inArea": "乙"}}, "line 2: a triple has no object with a text in @value"),
        (duie("甲", "妻子", "乙") | {"object": None}, "line 2: a triple has no object with a text in @value"),
        (duie("甲", "妻子", ""), "line 2: an empty or unusable object"),
        (duie("甲", "妻子", " "), "line 2: an empty or unusable object"),
        (duie(None, "妻子", "乙"), "line 2: no subject"),
        (spo("甲", "妻子", "乙", subject_type=["人物"]), "line 2: subject_type is not a text"),
        ("妻子", "line 2: spo_list is not a list of objects"),
    ],
)
def test_faults_of_duie_are_named_too(tmp_path, triple, message):
    refused(put(tmp_path, extra=[record("甲"), record("甲乙", triple)]), f"duie_train.json {message}")


def test_what_duie_never_labels_is_told(tmp_path):
    put(tmp_path, extra=[record("甲乙", duie("甲", "妻子", "乙"))])
    every = {"作者", "妻子", "成立日期", "连载网站"}
    assert data.load(tmp_path).labelled == {"ske": every, "duie2": {"妻子"}}, "without a schema file what occurs"
    put(tmp_path, **{"duie2.0/duie_schema.json": json_lines({"predicate": "作者"}, {"predicate": "饰演"})})
    assert data.load(tmp_path).labelled["duie2"] == {"作者"}
    listed = json.dumps([{"predicate": "妻子"}, {"predicate": "作者"}], ensure_ascii=True, indent=1)
    put(tmp_path, **{"duie2.0/duie_schema.json": listed.encode()})
    assert data.load(tmp_path).labelled["duie2"] == {"作者", "妻子"}, "a list, too, and letters as escapes"
    refused(put(tmp_path, **{"duie2.0/duie_schema.json": b"[]"}), "duie_schema.json names no predicate")
    refused(put(tmp_path, **{"duie2.0/duie_schema.json": b'{"predicate": "\\x"}'}), "a predicate is no JSON text")


def test_texts_of_the_scored_parts_are_in_no_other(tmp_path, capsys):
    put(
        tmp_path,
        train=[BOOK, record("ABC是 甲公司"), record("乙")],
        dev=[record("ａｂｃ是甲公司")],
        test=[record("丙")],
        extra=[record("丙 "), record("《呐喊》的作者是鲁迅"), record("abc是甲公司")],
    )
    dataset = data.load(tmp_path)
    assert [one.text for one in dataset.train] == [BOOK["text"], "乙"]
    assert [one.text for one in dataset.extra] == [BOOK["text"]], "texts of the training part stay"
    told = capsys.readouterr().out
    assert "1 training sentences stand in the dev or test part" in told and "2 extra sentences stand" in told


def test_equal_texts_are_in_one_group_whatever_width_case_and_blanks(tmp_path):
    put(tmp_path, train=[record("ABC 甲"), record("乙"), record("ａｂｃ甲")])
    one, other, same = data.groups(data.load(tmp_path).train)
    assert one == same != other


def test_who_says_nearly_the_same_is_in_one_group_and_leaves_the_training_part_where_it_is_scored(tmp_path, capsys):
    """Half of the runs of five letters are the same."""
    twins = "《呐喊》是鲁迅在一九二三年出版的短篇小说集", "《呐喊》是鲁迅于一九二三年出版的短篇小说集"
    other = "《彷徨》是鲁迅的另一本书"
    put(tmp_path, train=[record(twins[0]), record(other), record(other + "吗")], dev=[record(twins[1])])
    dataset = data.load(tmp_path)
    assert [one.text for one in dataset.train] == [other, other + "吗"] and len(set(data.groups(dataset.train))) == 1
    assert "1 training sentences stand in the dev or test part, or nearly so" in capsys.readouterr().out


def test_the_fingerprint_is_of_the_content(tmp_path):
    before = data.load(put(tmp_path)).fingerprint
    assert data.load(put(tmp_path)).fingerprint == before
    assert data.load(put(tmp_path, train=[BOOK, BOOK])).fingerprint != before
    assert data.load(put(tmp_path, extra=[record("甲")])).fingerprint != before


@pytest.mark.parametrize(
    ("triple", "stands"), [(("abc", "作者", "乙"), True), (("丙", "作者", "乙"), False), (("ＡＢＣ", "作者", "丁"), False)]
)
def test_whether_a_triple_stands_in_its_text(triple, stands):
    assert (data.not_inside(Sentence("《ABc》乙", (), (Triple(*triple),), "ske")) == 0) == stands


@pytest.mark.parametrize("name", ["train", "extra"])
def test_what_is_too_long_for_a_sentence_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(records, "LONGEST", 12)
    put(tmp_path, **{"train": [BOOK], name: [BOOK, record("长" * 13)]})
    with pytest.raises(DataError, match="line 2: a text of 13 characters; expected a sentence, of 12 at most"):
        data.load(tmp_path)
