"""Makes a small data set in the form of the contest from made-up people, films, books, songs, companies, schools and places.

It lets every command run without the official files. Most names of the dev and test part stand in no training sentence, and
names of the same type that are in no relation stand beside the others: what counts is how the sentence says it. Scores on it
show that the code learns, not how well it does in the contest.
"""

import itertools
import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from common import paths
from competitions.baidu_ie import data

OFFICIAL = """
人物-祖籍-地点 人物-父亲-人物 企业-总部地点-地点 人物-出生地-地点 生物-目-目 行政区-面积-Number 机构-简称-Text
影视作品-上映时间-Date 人物-妻子-人物 歌曲-所属专辑-音乐专辑 企业-注册资本-Number 国家-首都-城市 影视作品-导演-人物
历史人物-字-Text 人物-身高-Number 影视作品-出品公司-企业 学科专业-修业年限-Number 人物-出生日期-Date 影视作品-制片人-人物
人物-母亲-人物 影视作品-编剧-人物 人物-国籍-国家 地点-海拔-Number 网络小说-连载网站-网站 人物-丈夫-人物 历史人物-朝代-Text
人物-民族-Text 历史人物-号-Text 书籍-出版社-出版社 电视综艺-主持人-人物 学科专业-专业代码-Text 歌曲-歌手-人物 歌曲-作词-人物
网络小说-主角-人物 企业-董事长-人物 机构-成立日期-Date 人物-毕业院校-学校 机构-占地面积-Number 国家-官方语言-语言
行政区-邮政编码-Text 行政区-人口数量-Number 景点-所在城市-城市 图书作品-作者-人物 企业-成立日期-Date 歌曲-作曲-人物
行政区-气候-气候 电视综艺-嘉宾-人物 影视作品-主演-人物 影视作品-改编自-作品 企业-创始人-人物
"""  # the contest's 50 rows in their order: type of the subject, predicate, type of the object
SCHEMAS = tuple(tuple(row.split("-")) for row in OFFICIAL.split())
UNLABELLED = {"出版社", "出生地", "出生日期", "字", "民族", "目", "身高", "连载网站"}  # predicates that DuIE 2.0 never labels
RENAMED = {("网络小说", "主角"): "文学作品", ("企业", "成立日期"): "机构"}  # types of subjects in DuIE 2.0

MOST_CLAUSES = 3  # after the first one
ASIDE = 0.4  # of sentences that also speak of something in no relation
EMPTY = 0.06  # of sentences that say nothing but such an aside
REUSE = 0.25  # of things that another sentence has named before
OFTEN = {"city": 0.5, "school": 0.4, "country": 0.5, "publisher": 0.7, "site": 0.7}  # the same, where few are in use
NAMESAKE = 0.4  # of works with the name of what they are adapted from, and of songs with the name of the album
CUT = 0.06  # of names that the tagger cuts in two
MISTAGGED = 0.05  # of names that it takes for a plain noun
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
SPO = ("predicate", "object_type", "subject_type", "object", "subject")  # of a triple, in the order of the files
MIRROR = {"妻子": "丈夫", "丈夫": "妻子"}


@dataclass(frozen=True)
class Topic:
    """What sentences can say of a thing.

    Words stand between blanks; `a|b` is one of them, `_` a blank. In braces stand `s`, the thing itself; `导演`, an object
    of it; `主演+`, several; `导演&编剧`, one that is both; `改编自:b`, one that is `b` elsewhere; `b.作者`, an object of `b`;
    `@song.歌手=p`, another song with the singer `p`; `?person`, somebody in no relation to the others; and `#date`, a value
    that is none of theirs.

    Attributes:
        kind: of the thing.
        share: of the sentences, relative to the other topics.
        openings: with the thing's name; no clause follows one that ends in 。, since it could be about another thing.
        clauses: to follow an opening.
        asides: with at least one name or trigger word, but no triple.
    """

    kind: str
    share: int
    openings: tuple[str, ...]
    clauses: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


PERSON = (
    "{s} ， {民族} ， {出生日期} 出生|生", "{s} {出生日期} 出生 于 {出生地}", "{s} 毕业 于 {毕业院校}",
    "{s} 是 {国籍} 演员|歌手|作家|画家", "中文名 ： {s} _ 国籍 ： {国籍} _ 身高 ： {身高}",
    "姓名 ： {s} _ 生日 ： {出生日期} _ 身高 ： {身高} _ 国籍 ： {国籍}",
    "{s} 与 {@person.毕业院校=c} 都 毕业 于 {毕业院校:c} 。", "{s} （ {出生日期} — ） ， {祖籍} 人 ， {毕业院校} 毕业",
    "{国籍} 作家|画家 {s} 的 代表作 是 《{@book.作者=s}》 ， {s} 毕业 于 {毕业院校}",
    "先后 就读 于 {毕业院校+} 的 {s} 是 一位 画家|作家",
    "演员 {s} 凭借 《{@film.主演=s}》 走红 ， 此前 还 主演 了 《{@film.主演=s}》",
    "{s} 出生 于 {出生地} ， {s} 的 祖籍 是 {祖籍}", "{s} 演唱 的 新歌 《{@song.歌手=s}》 已经 上线 。",
)  # fmt: skip
PERSON_CLAUSES = (
    "出生 于 {出生地}", "祖籍 {祖籍}", "毕业 于 {毕业院校}", "身高 {身高}", "{民族}", "国籍 {国籍}", "{出生日期} 出生|生",
)  # fmt: skip
PERSON_ASIDES = (
    "{s} {#date} 起 在 {?school} 任教", "{s} 曾 到 {?city} 演出|讲学 ， 次日 回到 {?city}",
    "{s} 拒绝 了 {?school} 的 录取 通知", "{s} 与 {?person} 的 父亲 、 母亲 相识 多年",
    "毕业 于 {?school} 的 记者 没有 采访 到 {s}", "{s} 是 《{?film}》 导演|主演|编剧 的 邻居",
    "{s} 没有 接受 《{?show}》 主持人 {?person} 的 采访",
    "{?man} 的 妻子 是 {s} 的 邻居|读者", "{s} 与 {?woman} 的 丈夫 相识",
)  # fmt: skip

TOPICS = (
    Topic(
        "film", 5,
        openings=(
            "《{s}》 是 由 {导演+} 执导 ， {主演+} 等 主演 的 剧情片|喜剧片|电视剧|动画片",
            "电影|电视剧 《{s}》 由 {导演+} 执导", "由 {出品公司+} 出品|摄制 、 {导演} 执导 的 电影 《{s}》",
            "《{s}》 是 {上映时间} 上映 的 剧情片|喜剧片|动画片", "{主演+} 等 主演|领衔主演 的 《{s}》",
            "《{s}》 改编 自 {b.作者} 的 小说 《{改编自:b}》", "{导演&编剧} 自编自导 了 电影 《{s}》",
            "{导演&主演} 自导自演 了 《{s}》", "{导演:d} 先后 执导 了 《{s}》 、 《{@film.导演=d}》 。",
            "{主演:a} 主演 了 《{s}》 和 《{@film.主演=a}》 。",
            "导演 ： {导演} _ 编剧 ： {编剧+} _ 主演 ： {主演+} _ 片名 ： {s}",
            "根据 {b.作者} 的 小说 《{改编自:b}》 改编 的 电影 《{s}》",
            "{导演:d} 毕业 于 {d.毕业院校} ， {d} 执导 的 《{s}》",
        ),
        clauses=(
            "由 {出品公司+} 出品|联合出品", "{编剧+} 编剧|担任编剧", "{制片人+} 担任 制片人", "{主演+} 等 主演|领衔主演",
            "于 {上映时间} 上映|公映|首播", "改编 自 小说 《{改编自}》", "导演 {导演:d} 毕业 于 {d.毕业院校}",
            "该片 {#date} 开机", "讲述 了 {?person} 与 {?person} 的 故事", "出品 方 {出品公司:c} 的 董事长 是 {c.董事长}",
        ),
        asides=(
            "{?person} 曾 有意 执导 《{s}》 ， 但 未 成行", "{?person} 婉拒 主演|编剧 《{s}》 的 邀请",
            "影评人 {?person} 称赞 了 《{s}》 的 主演|导演|编剧", "导演 {?person} 在 微博 推荐 了 电影 《{s}》",
            "《{s}》 与 《{?film}》 没有 关系", "{?company} 没有 参与 《{s}》 的 出品|摄制", "《{s}》 海报 于 {#date} 公布",
            "与 {?person} 执导 的 片子 相比 ， 《{s}》 更 温暖",
        ),
    ),
    Topic(
        "show", 2,
        openings=(
            "《{s}》 是 由 {主持人+} 主持 的 综艺 节目", "{主持人:h} 主持 的 《{s}》 迎来 嘉宾 {嘉宾+}",
            "本 期 《{s}》 嘉宾 ： {嘉宾+}", "{主持人:h} 同时 主持 《{s}》 和 《{@show.主持人=h}》 。",
        ),
        clauses=("{嘉宾+} 等 担任 嘉宾", "主持人 是 {主持人}", "于 {#date} 首播"),
        asides=(
            "《{s}》 曾 邀请 {?person} 担任 嘉宾|主持人 ， 但 未 成行", "主持人 {?person} 喜欢 看 《{s}》",
            "《{s}》 的 观众 想念 {?person}",
        ),
    ),
    Topic(
        "book", 3,
        openings=(
            "《{s}》 是 {#date} {出版社} 出版 的 图书|书籍 ， 作者 是 {作者+}", "《{s}》 由 {出版社} 出版",
            "{作者:a} 著有 《{s}》 、 《{@book.作者=a}》 。", "{a.国籍} 作家 {作者:a} 的 《{s}》",
            "《{s}》 的 作者 {作者:a} 出生 于 {a.出生地} 。", "书名 ： {s} _ 作者 ： {作者+} _ 出版社 ： {出版社}",
            "{作者:a} 是 {a.国籍} 人 ， {a} 的 代表作 是 《{s}》",
        ),
        clauses=("作者 是|为 {作者+}", "由 {出版社} 出版", "{#date} 再版"),
        asides=(
            "《{s}》 的 作者 感谢 了 {?person}", "{?person} 为 《{s}》 作序", "{?publisher} 没有 出版 《{s}》",
            "《{s}》 与 {?person} 的 《{?book}》 齐名",
        ),
    ),
    Topic(
        "novel", 2,
        openings=(
            "《{s}》 是 连载 于 {连载网站} 的 一部 网络 小说 ， 作者 是 {作者}", "《{s}》 是 {作者} 创作 的 网络 小说",
            "小说 《{s}》 的 主角 是 {主角+}",
            "{作者:a} 在 {连载网站} 发表 了 《{s}》 ， {a} 还 写 过 《{@novel.作者=a}》 。",
            "网络 小说 《{s}》 讲述 了 主角 {主角+} 的 故事",
        ),
        clauses=("主角 是 {主角+}", "在 {连载网站} 连载", "作者 是|为 {作者}"),
        asides=(
            "《{s}》 不 在 {?site} 连载", "{?person} 是 《{s}》 的 读者", "读者 常 把 《{s}》 的 主角 比作 {?person}",
            "{?site} 的 作者 {?person} 推荐 了 《{s}》",
        ),
    ),
    Topic(
        "song", 4,
        openings=(
            "《{s}》 是 {歌手+} 演唱 的 歌曲", "《{s}》 由 {作词} 作词|填词 ， {作曲} 作曲|谱曲 ， {歌手+} 演唱",
            "《{s}》 是 由 {作词&作曲} 作词 作曲 的 歌曲",
            "{歌手:p} 的 专辑 《{所属专辑:b}》 收录 了 《{s}》 、 《{@song.所属专辑=b}》 、 《{@song.所属专辑=b}》 。",
            "{歌手&作曲} 作曲 并 演唱 了 《{s}》", "歌手 {歌手:p} 演唱 了 《{s}》 和 《{@song.歌手=p}》 。",
            "歌曲 ： {s} _ 词 ： {作词} _ 曲 ： {作曲} _ 演唱 ： {歌手}",
            "《{s}》 收录 在 {歌手} 的 专辑 《{所属专辑}》 中",
        ),
        clauses=(
            "{作词} 作词|填词", "{作曲} 作曲|谱曲", "收录 在 专辑 《{所属专辑}》 中", "由 {歌手} 演唱", "于 {#date} 发行",
            "演唱 者 {歌手:p} 是 {p.国籍} 歌手",
        ),
        asides=(
            "歌手 {?person} 没有 翻唱 《{s}》", "作曲 家 {?person} 称赞 了 《{s}》", "《{s}》 与 《{?song}》 同日 发行",
            "专辑 《{?album}》 没有 收录 《{s}》", "{?person} 的 父亲 最 喜欢 的 歌曲 是 《{s}》",
        ),
    ),
    Topic(
        "company", 3,
        openings=(
            "{s} 成立 于 {成立日期} ， 总部 位于 {总部地点}", "{s} 由 {创始人+} 创立|创办",
            "{s} 董事长 {董事长} 出席 了 会议", "{s} 总部 设 在 {总部地点}",
            "{s} 成立 于 {成立日期} ， 注册资本 {注册资本}", "{创始人&董事长} 是 {s} 的 创始人 兼 董事长",
            "{s} 的 创始人 {创始人:f} 毕业 于 {f.毕业院校} 。",
            "{董事长:f} 同时 担任 {s} 与 {@company.董事长=f} 的 董事长 。",
        ),
        clauses=(
            "注册资本 {注册资本}", "董事长 是|为 {董事长}", "创始人 是|为 {创始人+}", "总部 位于 {总部地点}",
            "在 {?city} 设有 分公司", "于 {成立日期} 成立",
        ),
        asides=(
            "{s} 的 总部 没有 迁 到 {?city}", "{s} 与 {?company} 董事长 {?person} 会面", "{s} {#date} 增资 {#money}",
            "{?person} 没有 加入 {s} 的 创始人 团队",
        ),
    ),
    Topic(
        "school", 2,
        openings=(
            "{s} （ 简称 “ {简称} ” ） 成立 于 {成立日期}", "{s} 占地面积 {占地面积}",
            "{s} 简称 {简称} ， 创办 于 {成立日期}", "{s} 创办 于 {成立日期}",
            "{@person.毕业院校=s} 毕业 于 {s} ， {s} 简称 {简称}",
        ),
        clauses=("占地面积 {占地面积}", "简称 {简称}", "建筑 面积 {#ground}", "成立 于 {成立日期}"),
        asides=("{s} 与 {?school} 没有 关系", "{s} {#date} 举行 毕业 典礼", "{?person} 没有 考入 {s}"),
    ),
    Topic(
        "man", 3,
        openings=(
            *PERSON, "{s} 的 妻子 是 {妻子}", "{s} 与 {妻子} 结婚|完婚", "{s} 是 {父亲} 和 {母亲} 的 儿子",
            "{s} 和 妻子 {妻子} 带 着 儿子 {@man.父亲=s} 旅行 。", "{s} 的 父亲 {父亲:f} 毕业 于 {f.毕业院校} 。",
            "{s} 的 父亲 是 {父亲} ， 母亲 是 {母亲} 。", "{s} 迎娶 了 {妻子:w} ， {w} 是 {w.国籍} 歌手 。",
        ),
        clauses=(*PERSON_CLAUSES, "妻子 是 {妻子}", "父亲 {父亲} 是 一位 画家", "育有 一子 {@man.父亲=s}"),
        asides=(*PERSON_ASIDES, "{s} 否认 了 与 {?woman} 结婚 的 传闻", "{s} 在 《{?film}》 中 饰演 {?woman} 的 父亲|丈夫"),
    ),
    Topic(
        "woman", 3,
        openings=(
            *PERSON, "{s} 嫁 给 了 {丈夫}", "{s} 的 丈夫 是 {丈夫}", "{s} 是 {父亲} 和 {母亲} 的 女儿",
            "{s} 和 丈夫 {丈夫} 结婚 多年", "{s} 的 母亲 {母亲:m} 出生 于 {m.出生地} 。",
            "父亲 {父亲} 与 母亲 {母亲} 为 {s} 庆祝 生日 。",
        ),
        clauses=(*PERSON_CLAUSES, "丈夫 是 {丈夫}", "母亲 {母亲} 是 一位 作家"),
        asides=(*PERSON_ASIDES, "{s} 否认 了 与 {?man} 结婚 的 传闻", "{s} 在 《{?film}》 中 饰演 {?man} 的 妻子|母亲"),
    ),
    Topic(
        "ancient", 2,
        openings=(
            "{s} ， 字 {字} ， 号 {号} ， {朝代} 诗人|画家", "{s} ， 字 {字} ， 号 {号+}",
            "{朝代} 诗人|画家 {s} ， 字 {字}", "{朝代} 的 {s} 号 {号}",
        ),
        clauses=("祖籍 {祖籍}", "{朝代} 人", "自号 {号}"),
        asides=("{s} 没有 见 过 {?ancient}", "后人 在 {?city} 为 {s} 立碑", "{#dynasty} 灭亡 以后 ， {s} 的 诗 流传 下来"),
    ),
    Topic(
        "region", 2,
        openings=(
            "{s} 面积 {面积} ， 人口 {人口数量}", "{s} 属 {气候} ， 四季 分明", "{s} 总 面积 {面积} ， 邮政编码 {邮政编码}",
            "{s} 总 人口 {人口数量}",
        ),
        clauses=("属 {气候}", "邮政编码 {邮政编码}", "人口 {人口数量}", "总 面积 {面积}", "耕地 面积 {#ground}"),
        asides=("{s} 距 {?city} {#metres}", "{s} 与 {?region} 相邻"),
    ),
    Topic(
        "country", 1,
        openings=(
            "{s} 首都 {首都} ， 官方语言 为|是 {官方语言+}", "{s} 的 首都 是 {首都}", "{官方语言+} 是 {s} 的 官方语言",
            "{s} 作家 {@person.国籍=s} 回到 首都 {首都} 。",
        ),
        clauses=("首都 {首都}", "官方语言 是 {官方语言+}"),
        asides=("{s} 与 {?country} 建交", "{s} 没有 迁 首都 到 {?city}"),
    ),
    Topic(
        "mountain", 1,
        openings=("{s} 海拔 {海拔}", "{s} 主峰 海拔 {海拔} ， 终年 积雪"),
        asides=("从 {?city} 到 {s} 要 走 {#metres}", "{s} 的 山洞 长 {#metres}"),
    ),
    Topic(
        "sight", 1,
        openings=("{s} 位于 {所在城市}", "{所在城市} 的 {s} 游人 很多", "{所在城市:c} 有 {s} 和 {@sight.所在城市=c} 。"),
        clauses=("全长 {#metres}",),
        asides=("{s} 与 {?city} 的 {?sight} 齐名",),
    ),
    Topic(
        "species", 2,
        openings=(
            "{s} 是 {目:o} 的 一种 生物", "{s} 属 {目}", "中文名 ： {s} _ 目 ： {目}",
            "{s} 与 {@species.目=o} 同 属 {目:o} 。",
        ),
        clauses=("分布 于 {?city}",),
        asides=("{s} 不 属于 {#order}", "{s} 以 {?species} 为 食"),
    ),
    Topic(
        "major", 1,
        openings=("{s} 专业 ， 专业代码 {专业代码} ， 修业年限 {修业年限}", "{s} 修业年限 为 {修业年限}", "{专业代码} {s}"),
        clauses=("修业年限 {修业年限}",),
        asides=("{?school} 没有 开设 {s} 专业",),
    ),
)  # fmt: skip
OPENING_WORDS = ("", "", "", "", "内容 简介", "基本 资料 _", "据 报道 ，", "记者 了解 到 ，")
TAGS = {  # parts of speech of the words of the templates, as the contest's tagger gives them
    word: tag
    for tag, words in {
        "w": "， 、 。 ； ： （ ） “ ” 《 》 — _",
        "u": "的 了 着 过 等",
        "p": "由 于 在 与 自 根据 从 把 据 为",
        "c": "和 但 并 兼",
        "d": "不 没有 未 已经 还 都 曾 常 更 最 先后 同时 同 此前",
        "r": "该片 本",
        "q": "期",
        "m": "一位 一部 一种 一子 很多 多年",
        "f": "中 以后 方",
        "t": "次日 同日",
        "a": "总 温暖 有意",
        "an": "四季 终年",
        "vn": "出品 录取 创作 演出 综艺 毕业 联合出品",
        "n": "人 人口 儿子 女儿 妻子 丈夫 父亲 母亲 邻居 读者 观众 记者 后人 影评人 诗人 画家 作家 演员 歌手 导演 编剧"
        " 制片人 主持人 主角 嘉宾 作者 创始人 董事长 团队 者 家 专业 专业代码 专辑 歌曲 新歌 词 曲 诗 小说 网络 故事 图书"
        " 书籍 书名 片名 片子 剧情片 喜剧片 动画片 电影 电视剧 节目 海报 微博 代表作 会议 传闻 典礼 通知 邀请 采访 关系"
        " 生日 姓名 中文名 国籍 祖籍 身高 海拔 主峰 面积 占地面积 耕地 建筑 山洞 游人 全长 总部 分公司 注册资本 修业年限"
        " 邮政编码 官方语言 首都 简称 字 号 生物 目 食 出版社 内容 简介 基本 资料",
        "v": "是 有 看 见 写 给 到 走 长 距 带 生 设 属 要 喜欢 主演 主持 执导 摄制 上映 公映 首播 上线 开机 讲述 讲学"
        " 改编 推荐 称赞 婉拒 饰演 领衔主演 担任编剧 担任 自编自导 自导自演 凭借 走红 公布 成行 相比 比作 参与 出版"
        " 再版 著有 作序 感谢 齐名 连载 发表 作词 填词 作曲 谱曲 演唱 翻唱 收录 发行 成立 位于 创立 创办 出席 设有 迁 加入"
        " 增资 会面 举行 考入 出生 就读 结婚 完婚 迎娶 嫁 育有 旅行 庆祝 否认 拒绝 接受 任教 回到 相识 迎来 想念 自号 流传"
        " 下来 灭亡 立碑 分明 相邻 建交 积雪 分布 属于 开设 报道 了解 起 以",
    }.items()
    for word in words.split()
}

SLOT = re.compile(
    r"\{(?:\?(?P<stranger>\w+)|#(?P<value>\w+)|(?P<name>[a-z])"
    r"|@(?P<other>[a-z]+)\.(?P<fact>\w+)=(?P<of>[a-z])"
    r"|(?:(?P<owner>[a-z])\.)?(?P<predicates>[^\W a-z]+(?:&\w+)?)(?P<several>\+?)(?::(?P<bind>[a-z]))?)\}"
)


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


def write(folder, size, seed):
    """Write `size` training, `size // 4` dev, `size // 4` test and `size // 2` DuIE 2.0 sentences to a new folder, or nothing.

    Args:
        folder: is made; must not exist, or be empty.
        size: number of training sentences, at least 20 so that the dev part has five.
        seed: of every random choice; the same seed gives the same bytes.
    """
    if size < 20:
        raise ValueError(f"size must be at least 20, so that the dev part has five. Received: size={size}")
    if Path(folder).exists() and any(Path(folder).iterdir()):
        raise FileExistsError(f"{folder} holds files already; remove it to make the sample anew")
    told = sentences(random.Random(seed))
    with paths.atomic(folder) as temporary:
        (temporary / "duie2.0").mkdir(parents=True)
        rows = [dict(zip(("object_type", "predicate", "subject_type"), row[::-1], strict=True)) for row in SCHEMAS]
        write_lines(temporary / "all_50_schemas", rows)
        for name, count, form in (
            ("train_data.json", size, contest_record),
            ("dev_data.json", size // 4, contest_record),
            ("test1_data_postag.json", size // 4, unanswered),
            ("duie2.0/duie_train.json", size // 2, duie_record),
        ):
            write_lines(temporary / name, [form(*sentence) for sentence in itertools.islice(told, count)])
        kept = [
            {**row, "object_type": {"@value": row["object_type"]}, "subject_type": RENAMED.get(pair, pair[0])}
            for row in rows
            if (pair := (row["subject_type"], row["predicate"])) != ("企业", "成立日期") and row["predicate"] not in UNLABELLED
        ]
        content = json.dumps(kept, ensure_ascii=False, indent=4) + "\n"
        (temporary / "duie2.0/duie_schema.json").write_text(content, encoding="utf-8", newline="\n")


def write_lines(path, records):
    """Write one JSON object a line."""
    content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(content, encoding="utf-8", newline="\n")


def contest_record(words, triples):
    """A sentence in the layout of the contest."""
    found = []
    for subject, predicate, thing in triples:
        subject_type, object_type = types(subject, predicate)
        found.append(dict(zip(SPO, (predicate, object_type, subject_type, thing.name, subject.name), strict=True)))
    return {**unanswered(words, triples), "spo_list": found}


def unanswered(words, triples):
    """A sentence in the layout of the contest's test files."""
    return {"postag": [{"word": word, "pos": tag} for word, tag in words], "text": text_of(words)}


def duie_record(words, triples):
    """A sentence in the layout of DuIE 2.0, which leaves some predicates out."""
    found = []
    for subject, predicate, thing in triples:
        if predicate not in UNLABELLED:
            subject_type, object_type = types(subject, predicate)
            subject_type = RENAMED.get((subject_type, predicate), subject_type)
            values = predicate, {"@value": object_type}, subject_type, {"@value": thing.name}, subject.name
            found.append(dict(zip(SPO, values, strict=True)))
    return {"text": text_of(words), "spo_list": found}


def types(subject, predicate):
    """Types of subject and object. 成立日期 has two schemas, the first of organisations and the second of companies."""
    rows = [row for row in SCHEMAS if row[1] == predicate]
    return rows[-1 if subject.kind == "company" else 0][::2]


def text_of(words):
    """The text that words make."""
    return "".join(word for word, _ in words)


def sentences(chance):
    """Yield sentences without end, no two with the same text: `[(word, tag)]`, `[(thing, predicate, thing)]`."""
    world, told = World(chance), set()
    turns = [topic for topic in TOPICS for _ in range(topic.share)]
    while True:
        chance.shuffle(turns)
        for topic in turns:
            thing = world.draw(topic.kind)
            while True:
                try:
                    words, triples = sentence(world, thing, composed(chance, topic))
                except Unsayable:
                    continue
                if (text := data.key(text_of(words))) not in told:
                    break
                thing = world.new(topic.kind)  # a thing of which there is nothing new to say
            told.add(text)
            yield words, triples


def composed(chance, topic):
    """Templates of a sentence, split into tokens: opening, clauses that say something else, and perhaps an aside."""
    aside = tokens(chance, chance.choice(topic.asides))
    if chance.random() < EMPTY:
        return aside
    said = tokens(chance, chance.choice(topic.openings))
    complete = said[-1] == "。"
    if complete:
        said.pop()  # sentences of the contest end without it
    count = 0 if complete else chance.randint(0, min(MOST_CLAUSES, len(topic.clauses)))
    for template in chance.sample(topic.clauses, count):
        clause = tokens(chance, template)
        if not predicates(said) & predicates(clause):
            said += ["，", *clause]
    before = chance.choice(OPENING_WORDS).split()
    return [*before, *said, *([chance.choice("，；。"), *aside] if chance.random() < ASIDE else [])]


def tokens(chance, template):
    """Slots and words of a template, one of `a|b` each."""
    return [
        token if token[0] == "{" else chance.choice(token.split("|"))
        for token in re.findall(r"\{[^}]+\}|《|》|[^\s{}《》]+", template)
    ]


def predicates(template):
    """Predicates that the slots of a template say of its thing."""
    slots = [SLOT.fullmatch(token) for token in template if token[0] == "{"]
    return {
        predicate for slot in slots if slot["predicates"] and not slot["owner"] for predicate in slot["predicates"].split("&")
    }


def sentence(world, thing, template):
    """What a template says of a thing.

    Slots are filled as soon as the things that they speak of are known, and the strangers last.

    Returns:
        `[(word, tag)]`, `[(thing, predicate, thing)]`.

    Raises:
        Unsayable: its facts do not fit.
    """
    bound, filled, triples = {"s": thing}, {}, []
    waiting = [(place, SLOT.fullmatch(token)) for place, token in enumerate(template) if token[0] == "{"]
    waiting.sort(key=lambda pair: bool(pair[1]["stranger"] or pair[1]["value"]))
    while waiting:
        place, slot = next(pair for pair in waiting if (pair[1]["owner"] or pair[1]["name"] or pair[1]["of"] or "s") in bound)
        waiting.remove((place, slot))
        named = [*bound.values(), *itertools.chain.from_iterable(filled.values())]
        filled[place], found = fill(world, bound, slot, named)
        triples += found
    words = [word for place, token in enumerate(template) for word in spoken(world.chance, token, filled.get(place))]
    return words, list(dict.fromkeys([*triples, *family(triples)]))


def fill(world, bound, slot, named):
    """The things of a slot, and the triples that it says."""
    if slot["stranger"] or slot["value"]:
        return [world.stranger(slot["stranger"] or slot["value"], named)], []
    if slot["name"]:
        return [bound[slot["name"]]], []
    if slot["other"]:
        other = world.other(slot["other"], slot["fact"], bound[slot["of"]])
        return [other], [(other, slot["fact"], bound[slot["of"]])]
    owner, asked = bound[slot["owner"] or "s"], slot["predicates"].split("&")
    if len(asked) > 1:
        things = [world.shared(owner, asked)]
    else:
        known = world.objects(owner, asked[0])
        count = world.chance.randint(1, len(known)) if slot["several"] else 1
        things = [known[place] for place in sorted(world.chance.sample(range(len(known)), count))]
    if slot["bind"]:
        bound[slot["bind"]] = things[0]
    return things, [(owner, predicate, one) for predicate in asked for one in things]


def family(triples):
    """Triples that follow from others: a wife has a husband, the father's wife is the mother, and parents are a couple."""
    found = set(triples)
    for subject, predicate, thing in triples:
        if predicate in MIRROR:
            yield thing, MIRROR[predicate], subject
        if predicate == "父亲":
            for mother in thing.facts.get("妻子", ()):
                if (subject, "母亲", mother) in found:
                    yield from ((thing, "妻子", mother), (mother, "丈夫", thing))
                elif found & {(thing, "妻子", mother), (mother, "丈夫", thing)}:
                    yield subject, "母亲", mother


def spoken(chance, token, things):
    """Words and tags of a token; things of a list stand between 、, the last perhaps behind 和."""
    if things is None:
        return [("\u3000" if chance.random() < 0.2 else " ", "w")] if token == "_" else [(token, TAGS[token])]
    words = tagged(chance, things[0])
    last = chance.choice(("、", "、", "和"))
    for number, thing in enumerate(things[1:], start=2):
        mark = last if number == len(things) else "、"
        words += [(mark, TAGS[mark]), *tagged(chance, thing)]
    return words


def tagged(chance, thing):
    """Words and tags of a name: whole, or with a mistake of the tagger."""
    tag = (NAMES | VALUES)[thing.kind][0]
    words = [(part, "w" if part == "·" else tag) for part in re.split("(·)", thing.name)]
    if chance.random() < MISTAGGED and thing.kind in NAMES:
        words = [(word, "n" if kind == tag else kind) for word, kind in words]
    if chance.random() < CUT and len(words[0][0]) > 2:
        cut = chance.randint(1, len(words[0][0]) - 1)
        words[:1] = [(words[0][0][:cut], words[0][1]), (words[0][0][cut:], "n")]
    return words
