"""Made-up people, films, books, songs, companies, schools and places, and facts about them that fit together."""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

REUSE = 0.25  # of things that another sentence has named before
OFTEN = {"city": 0.5, "school": 0.4, "country": 0.5, "publisher": 0.7, "site": 0.7}  # the same, where few are in use
NAMESAKE = 0.4  # of works with the name of what they are adapted from, and of songs with the name of the album
LATIN = 0.08  # of titles
FOREIGN = 0.15  # of people

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严魏陶姜谢邹窦章苏潘葛范彭鲁韦马苗方袁柳鲍史唐薛雷贺倪汤"
GIVEN = "文武德志远光华强建平晓云海清婉秋雪梅兰芳思敏子轩若嘉宁博睿诗涵宇泽欣怡俊杰佩玲世昌永康绍棠仲谦景行昭"
SYLLABLES = "阿巴卡达艾芬戈希伊洛玛尼奥佩罗萨塔维沃赛库莫林恩特尔斯克拉丹"
PLACES = "青白红云石龙凤金玉银东西南北安永长太新古泉溪林原川浦港桥峰岩阳陵沙柏梧棠"
TITLES = "春秋风雨夜灯孤城远山旧梦街鹭归舟望寒江花火故园星河雁月影琴剑江湖雪落人间流光深海晴空无名"
BRANDS = "盛恒瑞启宏鼎腾创信达通联汇融优凯锐诚丰泰"
TRADES = ("科技", "影视", "文化传媒", "药业", "电器", "钢铁", "食品", "地产")
FIRMS = ("有限公司", "集团", "股份有限公司", "公司")
SCHOOLS = {
    "师范大学": "师大",
    "理工大学": "理工",
    "医科大学": "医大",
    "大学": "大",
    "电影学院": "电影",
    "艺术学院": "艺",
}  # and in short
BODIES, BEASTS = "斑赤灰蓝黑短长白金细阔银", ("鹿", "鹤", "蛙", "雀", "龟", "鲈", "蝶", "兰", "松", "蕨", "天牛", "石斛")
LETTERS = ("lu", "mo", "ka", "vi", "re", "sha", "ton", "el", "ri", "no", "ba", "dy")
CLIMATES = (
    "亚热带季风气候",
    "温带大陆性气候",
    "暖温带季风气候",
    "热带雨林气候",
    "高原山地气候",
    "北亚热带湿润气候",
    "温带海洋性气候",
)
PEOPLES = ("汉族", "回族", "苗族", "藏族", "壮族", "彝族", "满族", "白族", "侗族", "瑶族")


def several(chance, characters, least, most=None):
    """A word of different characters."""
    return "".join(chance.sample(characters, chance.randint(least, most or least)))


def person_name(chance):
    """A Chinese name, or a foreign one of two parts."""
    if chance.random() < FOREIGN:
        return several(chance, SYLLABLES, 2) + "·" + several(chance, SYLLABLES, 2, 3)
    return chance.choice(SURNAMES) + several(chance, GIVEN, 1, 2)


def title(chance):
    """The name of a work."""
    if chance.random() < LATIN:
        return " ".join("".join(chance.sample(LETTERS, 2)).capitalize() for _ in range(chance.randint(1, 2)))
    return several(chance, TITLES, 2, 5)


def date(chance):
    """A year, a month or a day."""
    year, month, day = chance.randint(1930, 2018), chance.randint(1, 12), chance.randint(1, 28)
    return chance.choice((f"{year}年", f"{year}年{month}月", f"{year}年{month}月{day}日", f"{year}年{month}月{day}日"))


NAMES = {  # kinds with things that can come up again: tag, name
    "man": ("nr", person_name),
    "woman": ("nr", person_name),
    "ancient": ("nr", lambda chance: chance.choice(SURNAMES) + several(chance, GIVEN, 1, 2)),
    "film": ("nw", title),
    "show": ("nw", lambda chance: several(chance, TITLES, 2, 3) + chance.choice(("秀", "大会", "来了", "时刻"))),
    "book": ("nw", lambda chance: title(chance) + chance.choice(("", "", "研究", "文集", "概论", "传"))),
    "novel": ("nw", title),
    "song": ("nw", title),
    "album": ("nw", title),
    "company": ("nt", lambda chance: several(chance, BRANDS, 2, 3) + chance.choice(TRADES) + chance.choice(FIRMS)),
    "school": ("nt", lambda chance: several(chance, PLACES, 2) + chance.choice(list(SCHOOLS))),
    "publisher": ("nt", lambda chance: several(chance, PLACES + BRANDS, 2) + chance.choice(("", "文艺", "教育")) + "出版社"),
    "site": ("nz", lambda chance: several(chance, PLACES + TITLES, 2) + chance.choice(("小说网", "中文网", "书城"))),
    "city": ("ns", lambda chance: several(chance, PLACES, 2) + chance.choice(("", "市", "县"))),
    "region": ("ns", lambda chance: several(chance, PLACES, 2) + chance.choice(("镇", "乡", "区", "县", "村"))),
    "mountain": ("ns", lambda chance: several(chance, PLACES, 2) + chance.choice("山岭峰崖")),
    "sight": ("ns", lambda chance: several(chance, PLACES + TITLES, 2) + chance.choice(("寺", "塔", "园", "湖", "古镇"))),
    "country": ("ns", lambda chance: several(chance, SYLLABLES, 2, 3) + chance.choice(("", "国", "共和国"))),
    "species": ("n", lambda chance: several(chance, PLACES, 1, 2) + chance.choice(BODIES) + chance.choice(BEASTS)),
    "major": ("n", lambda chance: several(chance, TITLES + PLACES, 2) + chance.choice(("工程", "学", "科学与技术", "设计"))),
}
VALUES = {  # kinds of words and numbers that stand for nothing but themselves: tag, word
    "date": ("t", date),
    "people": ("nz", lambda chance: chance.choice(PEOPLES)),
    "height": ("m", lambda chance: str(chance.randint(150, 205)) + chance.choice(("cm", "厘米", "CM"))),
    "money": ("m", lambda chance: str(chance.randint(1, 99)) + chance.choice(("00万元", "0万元", "亿元"))),
    "metres": ("m", lambda chance: f"{chance.randint(100, 8800)}米"),
    "area": ("m", lambda chance: f"{chance.randint(10, 9999) / 10}平方公里"),
    "ground": ("m", lambda chance: str(chance.randint(100, 9999)) + chance.choice(("平方米", "亩"))),
    "persons": ("m", lambda chance: chance.choice((f"{chance.randint(300, 9999)}人", f"{chance.randint(10, 999) / 10}万"))),
    "postcode": ("m", lambda chance: str(chance.randint(100_000, 899_999))),
    "code": ("m", lambda chance: f"{chance.randint(100, 1399):04d}{chance.randint(1, 20):02d}"),
    "years": ("m", lambda chance: chance.choice("二三四五六") + "年"),
    "climate": ("n", lambda chance: chance.choice(CLIMATES)),
    "language": ("nz", lambda chance: several(chance, SYLLABLES, 1, 3) + "语"),
    "dynasty": ("t", lambda chance: chance.choice(("", "东", "西", "南", "北")) + chance.choice("昭桓稷雍邺鄢虞") + "朝"),
    "courtesy": ("n", lambda chance: several(chance, GIVEN, 2)),
    "style": ("n", lambda chance: several(chance, PLACES + TITLES, 2) + chance.choice(("", "居士", "山人", "先生"))),
    "order": ("n", lambda chance: several(chance, PLACES + SYLLABLES, 1, 2) + chance.choice(("形目", "目"))),
    "short": ("nt", None),  # made of the school's name
}
EITHER = {"person": ("man", "woman"), "work": ("book", "novel")}
OBJECTS = {  # kind of the objects of a predicate, and how many at most
    "导演": ("person", 2), "主演": ("person", 5), "编剧": ("person", 2), "制片人": ("person", 2),
    "出品公司": ("company", 2), "上映时间": ("date", 1), "改编自": ("work", 1), "主持人": ("person", 2),
    "嘉宾": ("person", 5), "作者": ("person", 2), "连载网站": ("site", 1), "主角": ("person", 2),
    "出版社": ("publisher", 1), "歌手": ("person", 2), "作词": ("person", 1), "作曲": ("person", 1),
    "所属专辑": ("album", 1), "总部地点": ("city", 1), "注册资本": ("money", 1), "董事长": ("person", 1),
    "创始人": ("person", 2), "成立日期": ("date", 1), "简称": ("short", 1), "占地面积": ("ground", 1), "面积": ("area", 1),
    "人口数量": ("persons", 1), "邮政编码": ("postcode", 1), "气候": ("climate", 1), "海拔": ("metres", 1),
    "所在城市": ("city", 1), "首都": ("city", 1), "官方语言": ("language", 2), "目": ("order", 1), "朝代": ("dynasty", 1),
    "字": ("courtesy", 1), "号": ("style", 2), "修业年限": ("years", 1), "专业代码": ("code", 1), "国籍": ("country", 1),
    "毕业院校": ("school", 2), "出生地": ("city", 1), "祖籍": ("city", 1), "出生日期": ("date", 1), "民族": ("people", 1),
    "身高": ("height", 1), "父亲": ("man", 1), "母亲": ("woman", 1), "妻子": ("woman", 1), "丈夫": ("man", 1),
}  # fmt: skip
MIRROR = {"妻子": "丈夫", "丈夫": "妻子"}


class Unsayable(Exception):
    """The facts of a thing do not fit what a sentence was going to say."""


@dataclass(eq=False)
class Thing:
    """Something with a name, and what is known of it so far: `{predicate: (thing, ...)}`."""

    kind: str
    name: str
    facts: dict = field(default_factory=dict)

    def objects(self):
        return set(itertools.chain.from_iterable(self.facts.values()))


class World:
    """Things whose facts are made up when they are first asked for, and stay.

    Args:
        chance: `random.Random` of every choice.
    """

    def __init__(self, chance):
        self.chance = chance
        self.things = defaultdict(list)  # by kind
        self.names = set()
        self.apart = set()  # pairs of things named together without a relation; they never come into one

    def new(self, kind, name=None):
        """A thing with a name that nothing has yet, or with a given one."""
        kind = self.chance.choice(EITHER.get(kind, (kind,)))
        if kind in VALUES:
            return Thing(kind, name or VALUES[kind][1](self.chance))
        while name is None:
            name = NAMES[kind][1](self.chance)
            name = None if name in self.names else name
        self.names.add(name)
        self.things[kind].append(Thing(kind, name))
        return self.things[kind][-1]

    def draw(self, kind, near=()):
        """A thing, new or named before, that is in no relation to those near it."""
        kind = self.chance.choice(EITHER.get(kind, (kind,)))
        if self.things[kind] and self.chance.random() < OFTEN.get(kind, REUSE):
            known = self.chance.choice(self.things[kind])
            if not any(self.related(known, other) for other in near):
                return known
        return self.new(kind)

    def related(self, one, other):
        """Whether two things are the same, in a relation, or said to be in none."""
        return one is other or one in other.objects() or other in one.objects() or frozenset((one, other)) in self.apart

    def objects(self, thing, predicate):
        """The objects of a thing, the same each time."""
        if predicate not in thing.facts:
            thing.facts[predicate] = self.made_up(thing, predicate)
        return thing.facts[predicate]

    def made_up(self, thing, predicate):
        """New facts. Parents are a couple; families grow by new people only, so that nobody is a relative twice."""
        kind, most = OBJECTS[predicate]
        if predicate == "母亲":
            return self.objects(self.objects(thing, "父亲")[0], "妻子")
        if predicate in ("父亲", "妻子", "丈夫"):
            relative = self.new(kind)
            if predicate in MIRROR:
                relative.facts[MIRROR[predicate]] = (thing,)
            return (relative,)
        if predicate == "简称":
            ending = next(ending for ending in SCHOOLS if thing.name.endswith(ending))
            return (self.new(kind, thing.name.removesuffix(ending) + SCHOOLS[ending]),)
        if predicate in ("改编自", "所属专辑") and self.chance.random() < NAMESAKE:
            return (self.new(kind, thing.name),)
        found = []
        for _ in range(self.chance.randint(1, most)):
            other = self.draw(kind, [thing, *found])
            if other.name not in [one.name for one in found]:
                found.append(other)
        return tuple(found)

    def shared(self, thing, predicates):
        """One object of several predicates.

        Raises:
            Unsayable: the thing has others.
        """
        if not any(predicate in thing.facts for predicate in predicates):
            other = (self.draw(OBJECTS[predicates[0]][0], [thing]),)
            thing.facts.update(dict.fromkeys(predicates, other))
        common = [
            one
            for one in self.objects(thing, predicates[0])
            if all(one in thing.facts.get(predicate, ()) for predicate in predicates)
        ]
        if not common:
            raise Unsayable
        return self.chance.choice(common)

    def other(self, kind, predicate, thing):
        """A new thing with the given one as its object."""
        made = self.new(kind)
        made.facts[predicate] = (thing,)
        return made

    def stranger(self, kind, named):
        """A thing in no relation to those named in a sentence, now and later; or a value that is none of theirs."""
        made = self.draw(kind, named) if kind not in VALUES else self.new(kind)
        while made.name in [one.name for one in named]:
            made = self.new(kind)
        if kind not in VALUES:
            self.apart.update(frozenset((made, one)) for one in named)
        return made
