"""The sample has the official layout, comes from a seed alone, and is not solved without reading the question."""

import json
import random
import re
from collections import Counter

import pytest

from common.text.normalise import normalise, occurrences
from competitions.webqa import data, sample
from competitions.webqa.squad import LONGEST

NUMBER = re.compile(r"\d+[年米]")
VALUES = {  # forms of the kinds of answers
    "person": ["[^，。；,：]{3}"],
    "place": ["[^，。；,：]{2}[市县镇村岛州]"],
    "year": [r"\d+年"],
    "metres": [r"\d+米"],
    "food": sample.FOODS,
}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "sample"
    sample.write(folder, 400, seed=5)
    return data.load(folder)


def test_layout_is_webqas(tmp_path):
    sample.write(tmp_path / "sample", 50, seed=1)
    found = content(tmp_path / "sample")
    read = {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}
    parts = ("me_train.json", "me_train.ir.json", "me_validation.ann.json", "me_validation.ir.json", "me_test.ir.json")
    assert {name: len(questions) for name, questions in read.items()} == dict(zip(parts, (50, 50, 10, 10, 5), strict=True))
    for name, questions in read.items():
        for number, record in questions.items():
            assert set(record) == {"question", "evidences"}
            assert list(record["evidences"]) == [f"{number}#{place:02d}" for place in range(5 if ".ir." in name else 1)]
            answers = [passage["answer"][0] for passage in record["evidences"].values()]
            assert ("test" in name) == all(answer == "no_answer" for answer in answers)
    first = next(iter(read["me_train.json"]))
    assert first == "Q_TRN_000000" and first in read["me_train.ir.json"]
    tried = read["me_test.ir.json"]["Q_TST_000000"]
    assert found["question.txt"].decode().strip() == tried["question"]
    assert found["passages.txt"].decode().splitlines() == [passage["evidence"] for passage in tried["evidences"].values()]


def test_bytes_depend_on_the_seed_alone(tmp_path):
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        sample.write(tmp_path / name, 30, seed)
    first, again, other = (content(tmp_path / name) for name in ("first", "again", "other"))
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def stop(path, questions):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        sample.write(tmp_path / "sample", 30, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"size must be at least 25.*size=24"):
        sample.write(tmp_path / "sample", 24, seed=1)


def test_what_lies_in_the_folder_stays(tmp_path):
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    with pytest.raises(FileExistsError, match="holds files already"):
        sample.write(tmp_path, 30, seed=1)
    assert content(tmp_path) == {"mine.json": b"{}"}


def test_an_answer_stands_in_the_passages_that_give_it_and_in_no_other(dataset):
    for question in dataset.train + dataset.valid:
        assert len(question.passages) == 5 and len(question.answers) == 1
        assert len(question.answers[0]) <= LONGEST
        giving = [bool(occurrences(passage.text, question.answers[0])) for passage in question.passages]
        assert giving == [bool(passage.answers) for passage in question.passages]
        assert sum(giving) in (1, 2)


def test_passages_that_answer_stand_anywhere(dataset):
    places = Counter(place for question in dataset.train for place in range(5) if question.passages[place].answers)
    assert len(dataset.train) == 400 and min(places.values()) > 60


def test_no_question_is_asked_twice_nor_reads_as_the_answer(dataset):
    questions = dataset.train + dataset.valid + dataset.test
    assert len(set(data.groups(questions))) == len(questions) == 400 + 80 + 40
    assert not any(occurrences(question.text, answer) for question in questions for answer in question.answers)


def test_answers_cannot_be_known_by_heart(dataset):
    common = [answer for answer, _ in Counter(question.answers[0] for question in dataset.train).most_common(20)]
    hits = [sum(question.answers[0] == answer for question in dataset.valid) for answer in common]
    assert max(hits) < 0.1 * len(dataset.valid)


def test_neither_the_commonest_number_nor_the_one_beside_the_name_is_the_answer(dataset):
    asked = [question for question in dataset.train if NUMBER.fullmatch(question.answers[0])]
    commonest = beside = 0
    for question in asked:
        texts = [normalise(passage.text) for passage in question.passages]
        numbers = Counter(number for text in texts for number in NUMBER.findall(text))
        commonest += numbers.most_common(1)[0][0] == question.answers[0]
        overlap = [len(set(question.text) & set(text)) for text in texts]
        first = NUMBER.search(texts[overlap.index(max(overlap))])
        beside += first is not None and first.group() == question.answers[0]
    assert len(asked) > 50
    assert commonest < 0.5 * len(asked), f"the commonest number answers {commonest} of {len(asked)}"
    assert beside < 0.75 * len(asked), f"the first number of the most similar passage answers {beside} of {len(asked)}"


def test_what_a_passage_says_of_the_thing_is_the_answer():
    chance, used = random.Random(3), set()
    for _ in range(200):
        text, passages = sample.question(chance, used)
        answers = {answer.removeprefix("答：") for _, answer in passages if answer}
        asked = [(kind, one, name) for kind, one, name in readings(text) if name in used]
        said = {value for kind, one, name in asked for passage, _ in passages for value in statements(passage, kind, one, name)}
        assert said == answers, f"{text}: the passages say {said}, marked are {answers}"


def readings(text):
    """Kinds, relations and names that a question may ask for, by its form."""
    for kind, relations in sample.RELATIONS.items():
        for relation in relations:
            for form in relation.questions:
                if found := re.fullmatch(re.escape(form).replace(r"\{s\}", "(.+)"), text):
                    yield kind, relation, found.group(1)


def statements(passage, kind, relation, name):
    """Values that a passage states of the name, or of a pronoun where it speaks of the name alone or first."""
    passage = passage.translate({ord("０") + digit: ord("0") + digit for digit in range(10)})
    values = "|".join(VALUES[relation.value])
    for form in relation.statements:
        for subject in (name, sample.PRONOUNS[kind])[: 2 if name in passage else 0]:
            pattern = re.escape(form).replace(r"\{s\}", re.escape(subject)).replace(r"\{v\}", f"({values})")
            yield from re.findall(rf"(?<![^，。；,：]){pattern}(?![^，。；,])", passage)
