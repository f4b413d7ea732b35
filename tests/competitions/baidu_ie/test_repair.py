"""Each rule where it applies and where it must not, their order, and what holds for any triples."""

import random

import pytest

from common.errors import ConfigError
from competitions.baidu_ie import repair
from competitions.baidu_ie.data import Triple
from competitions.baidu_ie.repair import LABEL_RULES, POST_RULES, RESTORE, TRIPLE_RULES, repair_labels, repair_triples


def triples(*rows):
    """Triples of texts such as `张三-妻子-李四`."""
    return tuple(Triple(*row.split("-")) for row in rows)


def applied(table, name, text, *rows):
    """What a rule alone makes of triples, as texts."""
    function = repair_labels if table is LABEL_RULES else repair_triples
    return ["-".join(triple) for triple in function(text, triples(*rows), (name,))]


ALBUM = ("歌-所属专辑-碟", "碟-歌手-甲", "碟-作词-乙", "碟-作曲-丙", "歌-歌手-甲")

LABEL_EFFECTS = [
    ("strip names", "《甲》 讲 乙", ["《甲》-作者- 乙\u3000", " 《 丙 》-作者-丁"], ["甲-作者-乙", "丙-作者-丁"]),
    ("strip names", "《甲》", ["《甲》-作者-乙", "甲-作者-乙"], ["甲-作者-乙"]),
    ("strip names", "《》", ["《》-作者-乙", "甲-作者-《 》"], []),
    ("complete titles", "《春天：第二版》的作者是乙", ["春天-作者-乙"], ["春天：第二版-作者-乙"]),
    ("complete titles", "《Spring 》和《The Spring Tide》", ["TIDE-作者-乙"], ["The Spring Tide-作者-乙"]),
    ("complete titles", "《春天：第二版》", ["春天-作者-乙", "春天：第二版-作者-乙"], ["春天：第二版-作者-乙"]),
    ("drop album songs", "", ALBUM, ["歌-所属专辑-碟", "歌-歌手-甲"]),
    ("drop album songs", "", ["歌-所属专辑-Disc", "DISC-歌手-甲"], ["歌-所属专辑-Disc"]),
]
LABEL_EXCEPTIONS = [
    ("strip names", "", ["红《楼》梦-作者-曹 雪芹"]),  # within a name
    ("strip names", "", ["Tom And Jerry-导演-Ａ"]),  # case and width stay
    ("complete titles", "春天，《春天：第二版》", ["春天-作者-乙"]),  # twice in the text
    ("complete titles", "春天，《夏天》", ["春天-作者-乙"]),  # in no title
    ("complete titles", "《春天：第二版》", ["乙-父亲-春天"]),  # an object
    ("complete titles", "《 》", ["春天-作者-乙"]),
    ("drop album songs", "", ["碟-歌手-甲"]),  # no album is known
    ("drop album songs", "", ["碟-所属专辑-碟", "碟-歌手-甲"]),  # a song of the same name as its album
    ("drop album songs", "", ["歌-所属专辑-碟", "碟-导演-甲"]),
]

POST_EFFECTS = [
    ("swap spouses", "", ["甲-妻子-乙", "丙-丈夫-丁"], ["甲-妻子-乙", "丙-丈夫-丁", "乙-丈夫-甲", "丁-妻子-丙"]),
    ("drop album songs", "", ALBUM, ["歌-所属专辑-碟", "歌-歌手-甲"]),
    ("drop orders", "", ["鹿科-目-偶蹄目", "鹿属-目-偶蹄目", "鹿-目-偶蹄目"], ["鹿-目-偶蹄目"]),
    ("drop party nationality", "1990年加入中国共产党", ["甲-国籍-中国"], []),
    ("drop corporate authors", "", [f"书-作者-某{ending}" for ending in ("公司", "学会", "出版社", "委员会")], []),
    ("drop own relatives", "", ["甲-父亲-甲", "甲-母亲-甲", "甲-丈夫-甲", "Tom-妻子-TOM"], []),
    ("prefix climate", "属亚热带气候", ["甲-气候-热带气候"], ["甲-气候-亚热带气候"]),
    ("cut origin", "祖籍浙江人", ["甲-祖籍-浙江人"], ["甲-祖籍-浙江"]),
    ("complete publisher", "人民邮电出版社", ["书-出版社-人民邮电"], ["书-出版社-人民邮电出版社"]),
    ("complete publisher", "ACM出版社", ["书-出版社-acm"], ["书-出版社-acm出版社"]),
    ("complete company", "甲公司成立于1999年", ["甲-成立日期-1999年"], ["甲公司-成立日期-1999年"]),
    ("complete producer", "甲影视传媒出品", ["剧-出品公司-甲"], ["剧-出品公司-甲影视传媒"]),
    ("split list", "", ["剧-主演-甲、乙，丙"], ["剧-主演-甲", "剧-主演-乙", "剧-主演-丙"]),
    ("split list", "", ["剧-主演-、甲， 乙，"], ["剧-主演-甲", "剧-主演-乙"]),
    ("split list", "", ["剧-主演-、，"], []),
    ("join latin objects", "Ian Toynton导演", ["剧-导演-Toynton", "剧-导演-Ian"], ["剧-导演-Ian Toynton"]),
    ("join latin objects", "IAN TOYNTON导演", ["剧-导演-Ian", "剧-导演-Toynton"], ["剧-导演-Ian Toynton"]),
    ("drop shorter objects", "", ["甲-民族-汉", "甲-民族-汉族"], ["甲-民族-汉族"]),
    ("drop shorter objects", "", ["甲-气候-亚热带季风", "甲-气候-季风"], ["甲-气候-亚热带季风"]),
    ("drop shorter objects", "", ["甲-字-㶲", "甲-字-㶲𬌗"], ["甲-字-㶲𬌗"]),  # rare characters
    ("drop shorter subjects", "", ["奇瑞-董事长-甲", "奇瑞汽车-董事长-甲"], ["奇瑞汽车-董事长-甲"]),
    ("complete families", "", ["子-父亲-父", "子-母亲-母"], ["子-父亲-父", "子-母亲-母", "父-妻子-母", "母-丈夫-父"]),
    ("complete families", "", ["子-父亲-父", "父-妻子-母"], ["子-父亲-父", "父-妻子-母", "子-母亲-母"]),
    ("complete families", "", ["子-母亲-母", "母-丈夫-父"], ["子-母亲-母", "母-丈夫-父", "子-父亲-父"]),
]
POST_EXCEPTIONS = [
    ("swap spouses", "", ["甲-父亲-乙"]),
    ("swap spouses", "", ["甲-妻子-乙", "乙-丈夫-甲"]),
    ("drop album songs", "", ["碟-所属专辑-碟", "碟-歌手-甲"]),
    ("drop orders", "", ["鹿-目-偶蹄目", "鹿科-作者-甲"]),
    ("drop party nationality", "中国人，加入中国共产党", ["甲-国籍-中国"]),
    ("drop party nationality", "来自中国", ["甲-国籍-中国"]),
    ("drop party nationality", "加入中国共产党", ["甲-国籍-法国", "甲-祖籍-中国"]),
    ("drop corporate authors", "", ["书-作者-公司法研究者", "书-出版社-某出版社"]),
    ("drop own relatives", "", ["甲-父亲-乙", "甲-导演-甲"]),
    ("prefix climate", "热带气候在北", ["甲-气候-热带气候"]),  # at the start, while the text ends in 北
    ("prefix climate", "温和，其中", ["甲-气候-热带气候"]),  # not in the text, which ends in 中
    ("prefix climate", "属热带气候，不是亚热带气候", ["甲-气候-热带气候"]),  # the first occurrence counts
    ("prefix climate", "西热", ["甲-气候-热"]),
    ("prefix climate", "在河北", ["甲-气候-北", "甲-祖籍-河北"]),
    ("cut origin", "", ["甲-祖籍-浙江", "甲-祖籍-人", "甲-出生地-浙江人"]),
    ("complete publisher", "人民邮电大学", ["书-出版社-人民邮电", "书-出版社-某出版社"]),
    ("complete publisher", "出版社出版社", ["书-出版社-出版社"]),
    ("complete publisher", "甲出版社", ["书-作者-甲"]),
    ("complete company", "甲的公司", ["甲-成立日期-1999年"]),
    ("complete company", "甲公司公司", ["甲公司-成立日期-1999年"]),
    ("complete company", "甲公司", ["甲-创作公司-乙", "乙-创始人-甲"]),
    ("complete producer", "甲的工作室", ["剧-出品公司-甲"]),
    ("complete producer", "剧公司，甲公司", ["剧-出品公司-甲公司", "剧-主演-甲"]),
    ("split list", "", ["甲、乙-导演-丙", "剧-主演-丁·戊", "剧-主演-己,庚"]),
    ("split list", "", ["某-简称-甲、乙", "剧-出品公司-甲、乙"]),
    ("join latin objects", "Ian和Toynton", ["剧-导演-Ian", "剧-导演-Toynton"]),  # not side by side
    ("join latin objects", "Ian Lee Toynton", ["剧-导演-Ian", "剧-导演-Lee", "剧-导演-Toynton"]),  # three
    ("join latin objects", "Ian Toynton", ["剧-导演-Ian", "剧-编剧-Toynton"]),
    ("join latin objects", "Ian 2", ["剧-导演-Ian", "剧-导演-2"]),
    ("drop shorter objects", "", ["甲-民族-汉", "甲-民族-汉族", "甲-民族-汉族人"]),  # three
    ("drop shorter objects", "", ["歌-所属专辑-我", "歌-所属专辑-我和你"]),
    ("drop shorter objects", "", ["歌-所属专辑-你", "歌-所属专辑-我的你"]),
    ("drop shorter objects", "", ["甲-民族-汉族", "甲-民族-回族"]),
    ("drop shorter objects", "", ["甲-身高-8", "甲-身高-18"]),
    ("drop shorter objects", "", ["奇瑞-董事长-甲", "奇瑞汽车-董事长-甲"]),
    ("drop shorter subjects", "", ["甲-民族-汉", "甲-民族-汉族"]),
    ("drop shorter subjects", "", ["奇瑞-董事长-甲", "奇瑞汽车-创始人-甲"]),
    ("drop shorter subjects", "", ["我-歌手-甲", "我和你-歌手-甲"]),
    ("complete families", "", ["子-父亲-父", "子-母亲-母", "子-民族-汉族"]),  # something else is known
    ("complete families", "", ["妻-父亲-父", "父-妻子-妻"]),  # nobody's own mother
    ("complete families", "", ["子-父亲-父", "父-丈夫-母"]),
]


@pytest.mark.parametrize(("name", "text", "before", "after"), LABEL_EFFECTS)
def test_a_label_rule_applies(name, text, before, after):
    assert applied(LABEL_RULES, name, text, *before) == after


@pytest.mark.parametrize(("name", "text", "before"), LABEL_EXCEPTIONS)
def test_a_label_rule_does_not_apply(name, text, before):
    assert applied(LABEL_RULES, name, text, *before) == before


@pytest.mark.parametrize(("name", "text", "before", "after"), POST_EFFECTS)
def test_a_post_rule_applies(name, text, before, after):
    assert applied(POST_RULES, name, text, *before) == after


@pytest.mark.parametrize(("name", "text", "before"), POST_EXCEPTIONS)
def test_a_post_rule_does_not_apply(name, text, before):
    assert applied(POST_RULES, name, text, *before) == before


def test_every_rule_has_a_docstring_and_is_tested_both_ways():
    assert {name for name, *_ in LABEL_EFFECTS} == {name for name, *_ in LABEL_EXCEPTIONS} == set(LABEL_RULES)
    assert {name for name, *_ in POST_EFFECTS} == {name for name, *_ in POST_EXCEPTIONS} == set(POST_RULES) - {RESTORE}
    assert all(rule.__doc__ for rule in (*LABEL_RULES.values(), *POST_RULES.values()))


def test_the_official_order():
    assert list(LABEL_RULES) == ["strip names", "complete titles", "drop album songs"]
    assert list(POST_RULES)[:2] == ["swap spouses", "drop album songs"]
    assert list(POST_RULES)[2:12] == list(TRIPLE_RULES)
    assert list(POST_RULES)[12] == RESTORE
    assert list(POST_RULES)[13:] == [
        "join latin objects",
        "drop shorter objects",
        "drop shorter subjects",
        "complete families",
    ]


def test_titles_are_completed_after_names_are_stripped():
    text, labels = "《春天：第二版》的作者", triples("《春天-作者-乙")
    assert repair_labels(text, labels) == triples("春天：第二版-作者-乙")
    assert repair_labels(text, labels, ("complete titles", "strip names")) == triples("春天：第二版-作者-乙")


def test_albums_are_found_once_names_are_stripped():
    assert repair_labels("", triples("歌-所属专辑-《碟》", "碟-歌手-甲")) == triples("歌-所属专辑-碟")


@pytest.mark.parametrize("function", [repair_labels, repair_triples])
def test_without_rules_only_repetitions_and_empty_names_go(function):
    before = (*triples("《甲》-作者-乙", "《甲》-作者-乙"), Triple("", "作者", "乙"), Triple("甲", "作者", " "))
    assert function("《甲》", before, ()) == triples("《甲》-作者-乙")


@pytest.mark.parametrize("rules", [("drop order",), ("split list", "drop order")])
def test_an_unknown_post_rule_is_refused(rules):
    with pytest.raises(ConfigError, match=r"'drop order'\. Did you mean drop orders\?.*split list, swap spouses"):
        repair_triples("", (), rules)


def test_a_post_rule_is_no_label_rule():
    with pytest.raises(ConfigError, match="complete titles, drop album songs, strip names"):
        repair_labels("", (), ("split list",))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("甲集团公司，简称甲", "甲集团公司"),  # 甲 -> 甲集团 -> 甲集团公司
        ("甲公司集团", "甲公司"),  # 集团 had its turn before
        ("甲集团、甲公司", "甲集团"),  # the earlier ending wins, and 甲集团公司 does not stand here
        ("甲文化传媒有限公司", "甲文化传媒有限公司"),
        ("甲，乙集团", "甲"),
    ],
)
def test_endings_of_companies_chain_and_only_the_last_form_is_left(text, whole):
    before, rules = triples("甲-董事长-丙", "剧-出品公司-甲"), ("complete company", "complete producer")
    assert repair_triples(text, before, rules) == triples(f"{whole}-董事长-丙", f"剧-出品公司-{whole}")


def test_each_triple_meets_the_first_rule_that_applies_only():
    climate, text = triples("甲-气候-热带、温带"), "亚热带、温带"
    assert repair_triples(text, climate, ("split list", "prefix climate")) == triples("甲-气候-亚热带、温带")
    assert repair_triples(text, climate, ("split list",)) == triples("甲-气候-热带", "甲-气候-温带")


def test_what_a_rule_makes_is_not_looked_at_again():
    origins = triples("甲-祖籍-浙江、山东人")
    assert repair_triples("", origins, TRIPLE_RULES) == triples("甲-祖籍-浙江、山东")
    assert repair_triples("北亚热带", triples("甲-气候-热带"), TRIPLE_RULES) == triples("甲-气候-亚热带")


def test_a_spouse_of_oneself_goes_after_the_swap():
    assert repair_triples("", triples("甲-妻子-甲", "乙-民族-汉族"), POST_RULES) == triples("乙-民族-汉族")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["鹿科-目-偶蹄目", "鹿属-目-偶蹄目", "象属-目-长鼻目"], ["鹿属-目-偶蹄目"]),  # a genus first
        (["鹿科-目-偶蹄目", "象科-目-长鼻目"], ["鹿科-目-偶蹄目"]),
        (["鹿科-目-偶蹄目", "书-作者-某公司"], ["鹿科-目-偶蹄目"]),  # nothing else is left
        (["鹿科-目-偶蹄目", "书-作者-某人"], ["书-作者-某人"]),
        (["书-作者-某公司"], []),
        ([], []),
    ],
)
def test_an_order_comes_back_where_nothing_else_is_left(before, after):
    assert repair_triples("", triples(*before), POST_RULES) == triples(*after)
    rest = [row for row in before if "目" not in row and "公司" not in row]
    assert repair_triples("", triples(*before), [*TRIPLE_RULES]) == triples(*rest)


def test_no_order_comes_back_that_was_never_dropped():
    before = triples("鹿科-目-偶蹄目", "象属-目-长鼻目")
    assert repair_triples("", before, (RESTORE,)) == before


def test_what_was_split_is_compared():
    assert repair_triples("", triples("甲-民族-汉、汉族"), POST_RULES) == triples("甲-民族-汉族")


def test_subjects_are_compared_after_objects():
    before = triples("甲-民族-汉", "甲-民族-汉族", "小甲-民族-汉族")
    assert repair_triples("", before, POST_RULES) == triples("小甲-民族-汉族")
    assert repair_triples("", before, ("drop shorter subjects",)) == triples("甲-民族-汉", "小甲-民族-汉族")


def test_of_the_longer_name_the_first_place_of_the_shorter_counts():
    assert repair.is_part("我", "我们和我") and not repair.is_part("我", "你和我们我")
    assert not repair.is_part("我", "我的") and not repair.is_part("我", "和我")


def test_additions_to_families_lead_to_nothing_more():
    before = triples("姐-父亲-父", "姐-母亲-母", "弟-父亲-父")
    assert repair_triples("", before, ("complete families",)) == (*before, *triples("父-妻子-母", "母-丈夫-父"))


def test_of_several_relatives_the_last_one_counts():
    before = triples("子-父亲-假", "子-父亲-父", "父-妻子-前", "父-妻子-母", "假-妻子-另")
    assert repair_triples("", before, ("complete families",)) == (*before, *triples("子-母亲-母"))
    before = triples("子-父亲-假", "子-母亲-母", "子-父亲-父")
    assert repair_triples("", before, ("complete families",)) == (*before, *triples("父-妻子-母", "母-丈夫-父"))


def test_families_know_swapped_spouses():
    before = triples("子-母亲-母", "父-妻子-母")
    assert repair_triples("", before, ("complete families",)) == before
    assert repair_triples("", before, ("swap spouses", "complete families")) == (
        *before,
        *triples("母-丈夫-父", "子-父亲-父"),
    )


# What holds for any triples

RELATIVES = {"父亲", "母亲", "丈夫", "妻子"}
PREDICATES = [
    *("目", "国籍", "作者", "气候", "祖籍", "出版社", "简称", "出品公司", "所属专辑", "歌手", "主演"),
    *sorted(RELATIVES),
]
PIECES = (
    *("甲", "乙", "亚", "热带", "集团", "公司", "出版社", "科", "属", "人", "中国", "中国共产党"),
    *("和", "的", "、", "，", "《", "》", " ", "Tom", "lee", "İ"),
)
AGAIN = {"prefix climate", "cut origin", "complete company", "complete producer", "complete families"}  # may go further
EXAMPLES = [(text, before) for table in (LABEL_EFFECTS, POST_EFFECTS) for _, text, before, _ in table]


def random_sentences(count):
    """Texts and triples of the same pieces, which the rules care for; and two or three of the examples in one sentence."""
    chance = random.Random(0)
    for _ in range(count):
        pieces = chance.sample(PIECES, 6)
        text = "".join(chance.choices(pieces, k=chance.randint(0, 15)))
        names = ["".join(chance.choices(pieces, k=chance.choice((1, 1, 1, 2, 3)))) for _ in range(4)]
        predicates = chance.sample(PREDICATES, 3)
        rows = (map(chance.choice, (names, predicates, names)) for _ in range(chance.randint(0, 8)))
        yield text, tuple(Triple(*row) for row in rows)

        texts, before = zip(*chance.sample(EXAMPLES, chance.randint(2, 3)), strict=True)
        rows = [row for rows in before for row in rows]
        yield "。".join(texts), triples(*chance.sample(rows, len(rows)))


def identifier(rules):
    return rules[0] if len(rules) == 1 else "all"


@pytest.mark.parametrize("rules", [*((name,) for name in LABEL_RULES), tuple(LABEL_RULES)], ids=identifier)
def test_repaired_labels_are_proper_and_stay(rules):
    check_any_triples(repair_labels, rules)


@pytest.mark.parametrize("rules", [*((name,) for name in POST_RULES if name != RESTORE), tuple(POST_RULES)], ids=identifier)
def test_repaired_triples_are_proper_and_most_stay(rules):
    check_any_triples(repair_triples, rules)


def check_any_triples(function, rules):
    """No empty name, no repetition, no predicate from nowhere and, but for the rules that may go further, no second effect."""
    changed = 0
    for text, before in random_sentences(1500):
        after = function(text, before, rules)
        assert isinstance(after, tuple) and all(isinstance(triple, Triple) for triple in after)
        assert all(triple.subject.strip() and triple.object.strip() for triple in after)
        assert len(set(after)) == len(after)
        assert {triple.predicate for triple in after} <= {triple.predicate for triple in before} | RELATIVES
        changed += after != function(text, before, ())
        if not AGAIN & set(rules):
            assert function(text, after, rules) == after
    assert changed, "the sentences test nothing"


def test_the_rules_are_applied_in_their_own_order_whatever_order_they_are_named_in():
    for text, before in random_sentences(300):
        assert repair_triples(text, before, [*POST_RULES][::-1]) == repair_triples(text, before, POST_RULES)
        assert repair_labels(text, before, [*LABEL_RULES][::-1]) == repair_labels(text, before)
