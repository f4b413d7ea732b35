"""Makes a small data set in the form of WebQA v1.0 from made-up people, books, mountains, companies and animals.

It lets every command run without the official files. Names are drawn anew for each question, so that nothing can be known by
heart: the answer is found only by reading which passage speaks of the right thing and says the right thing of it. Scores on it
show that the code learns, not how well it does in the contest.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from common import paths
from common.text.near_duplicates import Apart

PASSAGES = 5  # a question's, as many as retrieval gives
DOUBLE = 0.5  # share of questions that two passages answer; two others then give the same wrong answer
ASIDE = 0.4  # of passages that end or begin with a word about something else
PRONOUN = 0.4  # of further statements that do not repeat the name
ALIKE = 0.5  # of wrong things with a name that differs in one character
FULL_WIDTH = 0.05  # of passages with full-width digits, as older pages have them
HALF_WIDTH = 0.1  # of passages with ASCII commas
PREFIX = 0.03  # of answers with the prefix that some official ones have

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严魏陶姜"
GIVEN = "文武明德志远光华国强建平晓云海清婉秋月雪梅兰芳思敏子轩若"
PLACES = "青白红云石龙凤金玉银东西南北安永长太新古泉溪林原川浦港桥峰岩阳陵"
TITLES = "春秋风雨夜灯孤城远山旧梦街鹭归舟望寒江花火故园星河雁"
BODIES, LIMBS, BEASTS = "斑赤灰蓝黑短长白金细阔银", "颈尾背耳腹脚额爪", "鹿鹤狐猴龟蛙雀貂獾蜥"
FOODS = (
    "竹叶",
    "昆虫",
    "浆果",
    "小鱼",
    "草根",
    "树皮",
    "花蜜",
    "蜗牛",
    "松子",
    "苔藓",
    "螃蟹",
    "蘑菇",
    "嫩芽",
    "蚯蚓",
    "稻谷",
    "水藻",
)
TRADES = ("电器厂", "药业", "船厂", "书店", "钢铁", "茶庄")
OPENINGS = ("", "", "", "据记载，", "资料显示，", "众所周知，", "网友回答：", "答：", "百科：", "记者了解到，")
CLOSINGS = ("", "", "", "更多内容请看原文...", "以上仅供参考。", "（图）", "谢谢采纳！", "[详细]")


@dataclass(frozen=True)
class Relation:
    """What can be asked of a thing: kind of the answer, ways to ask, ways to say it; `{s}` is the thing, `{v}` the answer."""

    value: str
    questions: tuple[str, ...]
    statements: tuple[str, ...]


RELATIONS = {  # each kind has relations with the same kind of answer, so that a year or a person alone is not enough
    "book": (
        Relation("person", ("{s}的作者是谁？", "谁写了{s}？", "{s}是哪位作家写的", "{s}出自谁的笔下？"),
                 ("{s}的作者是{v}", "{v}写下了{s}", "{s}由{v}执笔", "{s}是{v}的代表作", "作家{v}花了几年写成{s}")),
        Relation("person", ("{s}的译者是谁？", "谁翻译了{s}？", "{s}的译本是哪一位译的"),
                 ("{v}翻译了{s}", "{s}的译本由{v}完成", "{s}的译者是{v}", "把{s}译成外文的是{v}")),
        Relation("year", ("{s}是哪一年出版的？", "{s}何时出版？", "{s}首次出版于哪年"),
                 ("{s}出版于{v}", "{v}{s}首次出版", "{s}在{v}由书局出版", "{s}的初版时间是{v}")),
        Relation("year", ("{s}是哪一年拍成电影的？", "{s}何时搬上银幕？", "电影版{s}哪年上映"),
                 ("{v}{s}被拍成电影", "{s}在{v}搬上银幕", "根据{s}改编的电影于{v}上映")),
    ),
    "person": (
        Relation("place", ("{s}出生在哪里？", "{s}的出生地是哪里", "{s}生于什么地方？", "{s}是哪里人？"),
                 ("{s}出生于{v}", "{s}生在{v}", "{v}是{s}的出生地", "{s}是{v}人")),
        Relation("place", ("{s}晚年住在哪里？", "{s}晚年定居何处", "{s}老了住在哪里？"),
                 ("{s}晚年定居{v}", "晚年的{s}住在{v}", "{s}最后几年在{v}度过")),
        Relation("year", ("{s}是哪一年出生的？", "{s}的出生年份", "{s}生于哪一年？"),
                 ("{s}生于{v}", "{v}{s}出生", "{s}的出生年份是{v}")),
        Relation("person", ("{s}的老师是谁？", "{s}师从何人", "谁教过{s}？"),
                 ("{s}的老师是{v}", "{s}师从{v}", "{v}教过{s}", "{v}收{s}为学生")),
    ),
    "mountain": (
        Relation("metres", ("{s}海拔多少米？", "{s}有多高？", "{s}的海拔是多少"),
                 ("{s}海拔{v}", "{s}高{v}", "{s}的主峰海拔达{v}", "海拔{v}的{s}终年积雪")),
        Relation("metres", ("{s}的山洞有多长？", "{s}的溶洞长多少米", "{s}下面的洞长多少？"),
                 ("{s}的山洞长{v}", "{s}下面有长{v}的溶洞", "{v}长的溶洞穿过{s}")),
        Relation("person", ("谁最先登上{s}？", "{s}的首登者是谁", "第一个登上{s}的人是谁？"),
                 ("{v}最先登上{s}", "{s}的首登者是{v}", "第一个登上{s}的人是{v}", "{s}由{v}首次登顶")),
        Relation("place", ("{s}在哪里？", "{s}位于什么地方", "{s}坐落在何处？"),
                 ("{s}位于{v}", "{s}坐落在{v}", "{v}境内有{s}", "{s}地处{v}")),
    ),
    "company": (
        Relation("person", ("{s}的创始人是谁？", "谁创办了{s}？", "{s}是谁创立的"),
                 ("{s}的创始人是{v}", "{v}创办了{s}", "{s}由{v}创立", "{v}一手创立了{s}")),
        Relation("person", ("{s}现在的经理是谁？", "谁是{s}的现任经理？", "{s}由谁担任经理"),
                 ("{s}的现任经理是{v}", "{v}担任{s}的经理", "{s}现在由{v}任经理")),
        Relation("place", ("{s}的总部在哪里？", "{s}总部设在何处", "{s}的总部位于哪座城市？"),
                 ("{s}的总部设在{v}", "{s}总部位于{v}", "{v}是{s}的总部所在地", "{s}把总部迁到{v}")),
        Relation("year", ("{s}成立于哪一年？", "{s}是何时成立的", "{s}哪年创办？"),
                 ("{s}成立于{v}", "{v}{s}成立", "{s}的成立时间是{v}", "{s}自{v}创办以来")),
    ),
    "animal": (
        Relation("food", ("{s}吃什么？", "{s}以什么为食", "{s}最爱吃的是什么？"),
                 ("{s}以{v}为食", "{s}爱吃{v}", "{v}是{s}的主食", "{s}主要吃{v}")),
        Relation("food", ("{s}用什么做窝？", "{s}的窝里铺着什么", "{s}拿什么筑巢？"),
                 ("{s}用{v}做窝", "{s}的窝里铺着{v}", "{s}拿{v}筑巢")),
        Relation("place", ("{s}生活在哪里？", "{s}分布于何处", "什么地方有{s}？"),
                 ("{s}生活在{v}", "{s}分布于{v}", "{v}一带有{s}", "{s}只见于{v}")),
        Relation("person", ("谁发现了{s}？", "{s}的发现者是谁", "最早记录{s}的人是谁？"),
                 ("{v}发现了{s}", "{s}的发现者是{v}", "最早记录{s}的人是{v}", "{s}由{v}首次记录")),
    ),
}  # fmt: skip
PRONOUNS = {"book": "这本书", "person": "此人", "mountain": "这座山", "company": "该公司", "animal": "这种动物"}


def write(folder, size, seed):
    """Write `size` training, `size // 5` validation and `size // 10` test questions into a new folder, or nothing.

    The passages of the test part all say that they give no answer, as a contest's do. The first test question stands in
    `question.txt` and its passages in `passages.txt`, to try `predict` on.

    Args:
        folder: is made; must not exist, or be empty.
        size: number of training questions, at least 25 so that the validation part has five.
        seed: of every random choice; the same seed gives the same bytes.
    """
    if size < 25:
        raise ValueError(f"size must be at least 25, so that the validation part has five. Received: size={size}")
    if Path(folder).exists() and any(Path(folder).iterdir()):
        raise FileExistsError(f"{folder} holds files already; remove it to make the sample anew")
    told = questions(random.Random(seed))
    with paths.atomic(folder) as temporary:
        temporary.mkdir()
        for mark, count, annotated, retrieved in (
            ("TRN", size, "me_train.json", "me_train.ir.json"),
            ("VAL", size // 5, "me_validation.ann.json", "me_validation.ir.json"),
            ("TST", size // 10, None, "me_test.ir.json"),
        ):
            made = {f"Q_{mark}_{number:06d}": next(told) for number in range(count)}
            if annotated:
                shown = {name: (text, [first_answering(passages)]) for name, (text, passages) in made.items()}
                write_json(temporary / annotated, shown)
            else:
                made = {name: (text, [(passage, "") for passage, _ in passages]) for name, (text, passages) in made.items()}
            write_json(temporary / retrieved, made)
        text, passages = next(iter(made.values()))
        lines = "".join(f"{line}\n" for line, _ in passages)
        (temporary / "passages.txt").write_text(lines, encoding="utf-8", newline="\n")
        (temporary / "question.txt").write_text(text + "\n", encoding="utf-8", newline="\n")


def first_answering(passages):
    """The first of (text, answer) with an answer."""
    return next(passage for passage in passages if passage[1])


def write_json(path, questions):
    """Write `{id: (question, [(passage, answer or empty)])}` in the form of WebQA v1.0."""
    content = {
        name: {
            "question": text,
            "evidences": {
                f"{name}#{place:02d}": {"answer": [answer or "no_answer"], "evidence": passage}
                for place, (passage, answer) in enumerate(passages)
            },
        }
        for name, (text, passages) in questions.items()
    }
    path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def questions(chance):
    """Yield questions and their passages without end, no two of which ask nearly the same, see `question`."""
    used, apart = set(), Apart()
    while True:
        text, passages = question(chance, used)
        if apart.takes(text):
            yield text, passages


def question(chance, used):
    """A question about a thing that is not in `used` yet, and its passages.

    Either two passages answer it, two say the same of another thing, and one speaks of the right thing but does not say it; or
    one answers it, and three say it of two other things. So neither the commonest value nor the thing's name is the answer.

    Returns:
        text, list of (passage, answer or empty).
    """
    kind = chance.choice(list(RELATIONS))
    asked = chance.choice(RELATIONS[kind])
    (right, facts), *others = things(chance, kind, used)
    answer = facts[asked]
    answering = 2 if chance.random() < DOUBLE else 1
    wrong = [others[0], others[0], others[1]][: PASSAGES - 1 - answering]
    passages = [passage(chance, kind, (right, facts), asked, others) for _ in range(answering)]
    passages.append(passage(chance, kind, (right, facts), None, others, avoid=asked))
    passages += [passage(chance, kind, thing, asked, [other for other in others if other is not thing]) for thing in wrong]
    marked = [
        (text, ("答：" if chance.random() < PREFIX else "") + answer if number < answering else "")
        for number, text in enumerate(passages)
    ]
    chance.shuffle(marked)
    return chance.choice(asked.questions).format(s=right), marked


def things(chance, kind, used):
    """Three things of a kind, the first with a new name, each with a value for every relation: `[(name, {relation: value})]`.

    No name or value is part of another one, so that a value stands only where it is said.
    """
    while True:
        first = NAMES[kind](chance)
        names = [first, *(alike(chance, first) if chance.random() < ALIKE else NAMES[kind](chance) for _ in range(2))]
        facts = [{relation: NAMES[relation.value](chance) for relation in RELATIONS[kind]} for _ in names]
        words = [*names, *(value for fact in facts for value in fact.values())]
        if first not in used and not any(a in b for i, a in enumerate(words) for j, b in enumerate(words) if i != j):
            used.add(first)
            return list(zip(names, facts, strict=True))


def alike(chance, name):
    """A name that differs in one character."""
    place = chance.choice([place for place, character in enumerate(name) if character not in "《》"])
    return name[:place] + chance.choice(PLACES + GIVEN) + name[place + 1 :]


def passage(chance, kind, thing, asked, others, avoid=None):
    """Text about one thing.

    Args:
        thing: (name, facts).
        asked: relation that must be in it, `None` for none.
        others: things that it may mention as well; of these it may say what is asked, too.
        avoid: relation that must not be said of the thing.
    """
    name, facts = thing
    said = [relation for relation in RELATIONS[kind] if relation not in (asked, avoid)]
    said = chance.sample(said, chance.randint(1, 2)) + ([asked] if asked else [])
    chance.shuffle(said)
    parts = []
    for number, relation in enumerate(said):
        subject = PRONOUNS[kind] if number and chance.random() < PRONOUN else name
        parts.append(chance.choice(relation.statements).format(s=subject, v=facts[relation]))
    if chance.random() < ASIDE:
        other, its_facts = chance.choice(others)
        relation = chance.choice([asked or avoid, chance.choice(RELATIONS[kind])])
        parts.insert(chance.choice((0, len(parts))), chance.choice(relation.statements).format(s=other, v=its_facts[relation]))
    marks = [chance.choice("，。；，") for _ in parts[1:]] + ["。"]
    text = "".join(part + mark for part, mark in zip(parts, marks, strict=True))
    text = chance.choice(OPENINGS) + text + chance.choice(CLOSINGS)
    if chance.random() < FULL_WIDTH:
        text = text.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    return text.replace("，", ",") if chance.random() < HALF_WIDTH else text


def several(chance, characters, count):
    """A word of different characters."""
    return "".join(chance.sample(characters, count))


NAMES = {  # of things and of values
    "book": lambda chance: f"《{several(chance, TITLES, chance.randint(2, 4))}》",
    "person": lambda chance: chance.choice(SURNAMES) + several(chance, GIVEN, 2),
    "mountain": lambda chance: several(chance, PLACES, 2) + chance.choice("山岭峰崖"),
    "company": lambda chance: several(chance, PLACES + GIVEN, 2) + chance.choice(TRADES),
    "animal": lambda chance: several(chance, PLACES, 2) + "".join(map(chance.choice, (BODIES, LIMBS, BEASTS))),
    "place": lambda chance: several(chance, PLACES, 2) + chance.choice("市县镇村岛州"),
    "year": lambda chance: f"{chance.randint(1500, 2015)}年",
    "metres": lambda chance: f"{chance.randint(300, 8800)}米",
    "food": lambda chance: chance.choice(FOODS),
}
