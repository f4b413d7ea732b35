import pytest

from competitions.webqa import cloze

LINES = [
    "有诗佛之称的王维生于公元701年，祖籍山西祁县，是唐朝的著名诗人。",
    "1998年，北京大学在上海举办了三次展览，吸引了二十万名观众。",
    "太短",
    "",
    "张艺谋导演的电影在威尼斯获得金狮奖，巩俐担任女主角，票房超过三千万元。",
    "鲁迅原名周树人，浙江绍兴人，1918年发表了小说《狂人日记》。",
]


@pytest.fixture(scope="module")
def questions():
    return cloze.make(LINES, 200, seed=1)


def test_the_answer_stands_in_the_first_passage_and_not_in_the_question(questions):
    assert len(questions) > 5
    for question in questions:
        (answer,) = question.passages[0].answers
        assert answer in question.passages[0].text and answer not in question.text
        assert len(answer) <= cloze.LONGEST_ANSWER
        assert all(not passage.answers and answer not in passage.text for passage in question.passages[1:])
        assert any(word in question.text for words in cloze.QUESTION_WORDS.values() for word in words)


def test_the_seed_decides_and_the_number_is_the_most():
    assert cloze.make(LINES, 5, seed=3) == cloze.make(LINES, 5, seed=3) != cloze.make(LINES, 5, seed=4)
    assert len(cloze.make(LINES, 2, seed=1)) == 2
    assert cloze.make(LINES, 0, seed=1) == () == cloze.make(["太短"], 9, seed=1) == cloze.make([], 9, seed=1)


def test_a_number_may_take_its_unit_along_and_a_name_its_second_part():
    class Always:
        def random(self):
            return 0.0

    assert cloze.last_word([("三", "m"), ("次", "q"), ("展览", "n")], 0, Always()) == 1
    name = [("卡尔", "nr"), ("·", "x"), ("本茨", "nr"), ("说", "v")]
    assert cloze.last_word(name, 0, Always()) == 2
    assert cloze.last_word([("北京", "ns"), ("人", "n")], 0, Always()) == 0
