"""What a good word may not begin with, end with or contain: each rule by its name, so that its effect can be measured.

A rule looks at a word and at the parts of speech of its parts, and says whether it refuses the word. `make evaluate` prints
what each one costs and brings on the gold list. The original's rules stand here too; those that do not pay are off by default.
"""

import re

# first letters of jieba's tags: particles, conjunctions, prepositions, pronouns, interjections; `eng`, Latin letters, begins
# like the last of these and is refused too, which pays: most such candidates are units, codes and marks of the text's files
FUNCTIONAL = "ucpryeo"
NO_BEGINNING = "dfq"  # adverbs, directions, units
NO_END = "dfmp"  # adverbs, directions, numbers, prepositions
NUMERALS = "一二三四五六七八九十百千万亿两几0123456789０１２３４５６７８９"
PARTICLES = ("的", "了", "这", "那", "到", "进一步", "博士", "硕士", "研究生")
DEGREE = "较很越增多少大小长短高低好差"
FIRST = "每各该个被其从与及当为"
LAST = "为一人给内中后省市"
ENDINGS = ("问题", "管理", "公司", "电力", "应用", "事故")
BEGINNINGS = ("考虑", "每个", "随着")
SCANS = set("一七厂月")  # what scanned tables leave


def numbers(word, tags):
    """Begins with a number: 3月, 110 kV, 第一."""
    return tags[0] in ("m", "mq") or word[0].isdigit()


def particles(word, tags):
    """Has a part that only serves the grammar: 的, 和, 在, 其."""
    return any(tag[0] in FUNCTIONAL for tag in tags)


def edges(word, tags):
    """Begins with an adverb, a direction or a unit, or ends with an adverb, a direction, a number or a preposition."""
    return tags[0][0] in NO_BEGINNING or tags[-1][0] in NO_END


def degree(word, tags):
    """The original's: has a character of degree; this also costs 高压, 短路 and 高频."""
    return any(letter in DEGREE for letter in word)


def first(word, tags):
    """The original's: begins with one of eleven characters, 各, 该, 被..."""
    return word[0] in FIRST


def last(word, tags):
    """The original's: ends with one of the known nine of its twenty-seven characters, 为, 内, 后..."""
    return word[-1] in LAST


def endings(word, tags):
    """The original's: ends with one of the known six of its 128 endings, 问题, 管理..."""
    return word.endswith(ENDINGS)


def beginnings(word, tags):
    """The original's: begins with one of the known three of its twelve beginnings, 考虑, 每个, 随着."""
    return word.startswith(BEGINNINGS)


def contains(word, tags):
    """The original's: contains 的, 了, 这, 那, 到, 进一步, 博士, 硕士 or 研究生."""
    return any(part in word for part in PARTICLES)


def repeated(word, tags):
    """The original's: one character, repeated, or a numeral before a single character."""
    return len(set(word)) == 1 or bool(re.fullmatch(f"[{NUMERALS}].", word))


def scans(word, tags):
    """The original's: nothing but characters that scanned tables leave."""
    return set(word) <= SCANS


RULES = {
    rule.__name__: rule
    for rule in (numbers, particles, edges, degree, first, last, endings, beginnings, contains, repeated, scans)
}


def refused(table, names):
    """Whether any of some rules refuses each word, a list of bool.

    Args:
        table: DataFrame with columns `word` and `tags`.
        names: of rules.
    """
    chosen = [RULES[name] for name in names]
    return [
        any(rule(word, tags) for rule in chosen) for word, tags in zip(table["word"], table["tags"].str.split(" "), strict=True)
    ]
