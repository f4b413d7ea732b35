"""What a good word may not begin with, end with or contain: each rule by its name, so that its effect can be measured.

A rule looks at a word, its parts and their parts of speech, and says whether it refuses the word. `make evaluate` prints
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


def _words(text):
    return frozenset(text.split())


MODAL = _words("""
    应 应当 应该 必须 可 可以 能 能够 需 需要 不 不得 不应 不能 不会 不宜 未 无 禁止 严禁 允许 是否 宜 要 是
    有 为 在 将 已 均 则 即 仅 只 且 并 或 及 与 和 以 于 至 到 向 而 但 因 所 之 的 了 着 过 等 被 由 按 对
    从 使 若 如 当 各 该 其 本 此 时 后 前 中 内 上 下
""")
# general verbs and adjectives that begin or end at least 30 or 15 of the first 30,000 candidates, of which half A of the known
# terms has one in a hundred at most, or none; those that name something of power engineering were left out
VERBS_FIRST = _words("使用 发生 更换 检修 检查 满足 用于 符合 输出 进行 造成 采用 防止")
VERBS_LAST = _words("""
    一般 下降 低 使用 具有 前应 发热 发生 变化 可靠 启动 处理 大 好 完好 审查 小 小于 工作 所示 指示 损坏
    操作 断开 更换 有无 检修 检查 正确 牢固 监控 监测 竣工 符合 管理 紧固 组成 维护 缺陷 自动 良好 要求 超过
    较大 输入 运行 进行 选择 配置 采用 锈蚀 降低 验收 高
""")


def numbers(word, tags, parts):
    """Begins with a number: 3月, 110 kV, 第一."""
    return tags[0] in ("m", "mq") or word[0].isdigit()


def particles(word, tags, parts):
    """Has a part that only serves the grammar: 的, 和, 在, 其."""
    return any(tag[0] in FUNCTIONAL for tag in tags)


def edges(word, tags, parts):
    """Begins with an adverb, a direction or a unit, or ends with an adverb, a direction, a number or a preposition."""
    return tags[0][0] in NO_BEGINNING or tags[-1][0] in NO_END


def degree(word, tags, parts):
    """The original's: has a character of degree; this also costs 高压, 短路 and 高频."""
    return any(letter in DEGREE for letter in word)


def first(word, tags, parts):
    """The original's: begins with one of eleven characters, 各, 该, 被..."""
    return word[0] in FIRST


def last(word, tags, parts):
    """The original's: ends with one of the known nine of its twenty-seven characters, 为, 内, 后..."""
    return word[-1] in LAST


def endings(word, tags, parts):
    """The original's: ends with one of the known six of its 128 endings, 问题, 管理..."""
    return word.endswith(ENDINGS)


def beginnings(word, tags, parts):
    """The original's: begins with one of the known three of its twelve beginnings, 考虑, 每个, 随着."""
    return word.startswith(BEGINNINGS)


def contains(word, tags, parts):
    """The original's: contains 的, 了, 这, 那, 到, 进一步, 博士, 硕士 or 研究生."""
    return any(part in word for part in PARTICLES)


def repeated(word, tags, parts):
    """The original's: one character, repeated, or a numeral before a single character."""
    return len(set(word)) == 1 or bool(re.fullmatch(f"[{NUMERALS}].", word))


def scans(word, tags, parts):
    """The original's: nothing but characters that scanned tables leave."""
    return set(word) <= SCANS


def modal(word, tags, parts):
    """Has a part that says how or when something is to be done, or joins what is said: 应, 不得, 或, 时."""
    return not MODAL.isdisjoint(parts)


def verbs_first(word, tags, parts):
    """Begins with a general verb that more follows: 更换套管, 防止误动."""
    return len(parts) > 1 and tags[0][0] == "v" and parts[0] in VERBS_FIRST


def verbs_last(word, tags, parts):
    """Ends with a general verb or adjective that more goes before: 指示正确, 定期更换."""
    return len(parts) > 1 and tags[-1][0] in "va" and parts[-1] in VERBS_LAST


RULES = {
    rule.__name__: rule
    for rule in (
        *(numbers, particles, edges, degree, first, last, endings, beginnings, contains, repeated, scans),
        *(modal, verbs_first, verbs_last),
    )
}


def refused(table, names):
    """Whether any of some rules refuses each word, a list of bool.

    Args:
        table: DataFrame with columns `word`, `tags` and `parts`.
        names: of rules.
    """
    chosen = [RULES[name] for name in names]
    rows = zip(table["word"], table["tags"].str.split(" "), table["parts"].str.split(" "), strict=True)
    return [any(rule(*row) for rule in chosen) for row in rows]
