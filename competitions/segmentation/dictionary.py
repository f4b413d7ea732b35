"""Dictionaries as they are handed on, and the words that none of them holds: numbers, dates, names in two parts."""

import math
import re
from collections import Counter

import numpy as np

from common.errors import DataError
from common.text.corpus import read
from common.text.lattice import Lattice, words
from common.text.normalise import half_width

PUBLISHED = 60_000_000  # what the counts of jieba's dictionary sum to
MOST = 1e9  # a count above it is a slip, and would drown all other words
TAG = re.compile(r"[a-zA-Z]{1,4}[0-9]?$")
NUMERAL = "〇○零一二三四五六七八九十百千万亿两"
FEW = "一二三四五六七八九十两几每"
WHOLE = ("一个", "一些", "一点", "一起", "一定", "一样")  # which that standard leaves together
PATTERNS = tuple(  # with how often they stand in `PUBLISHED` words, roughly
    (re.compile(expression), count)
    for expression, count in (
        (r"(?:[0-9]+[.:/-])*[0-9]+[%‰]?[万亿]*", 60_000),
        (r"[0-9]{1,4}[年月日时分]", 60_000),
        (rf"[{NUMERAL}]{{2,}}", 20_000),
        (rf"[{NUMERAL}]{{1,8}}[年月日]", 20_000),
        (rf"第[{NUMERAL}0-9]+", 20_000),
        (rf"百分之[{NUMERAL}点0-9.]+", 20_000),
        (r"[A-Za-z]+(?:[-'&.][A-Za-z]+)*", 60_000),
        (r"—+|…+|-{2,}", 60_000),
        (r"[一-龥]{1,6}(?:·[一-龥]{1,6})+", 20_000),
    )
)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹"
    "熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)


def load(path, peking=False, encoding="utf-8"):
    """Count of each word of a dictionary, and sentences on what was left out or mended.

    Lines are `word [count [tag]]`, separated by blanks or tabs; a word may hold blanks where a count follows. A word without a
    count has 1; one that comes again has the sum. Letters and digits are brought to half width.

    Args:
        path: text, plain or .gz.
        peking: whether words are split as Peking University writes them: names of persons (tag `nr`) into surname and given
            name, numerals with a measure (tag `m`) into these.
        encoding: of the file.

    Raises:
        DataError: it has another encoding, or holds no word.
    """
    counts, notes = Counter(), []
    for number, line in enumerate(read(path, encoding), start=1):
        text = half_width(line.removeprefix("\ufeff").replace("\u3000", " ")).strip()
        if not text:
            continue
        word, count, tag, fault = fields(text)
        if fault:
            notes.append(f"{path} line {number}: {fault}: '{text[:40]}'")
        if word:
            for part in split(word, tag) if peking else (word,):
                counts[part] += count
    if not counts:
        raise DataError(f"{path} holds no word; expected lines of a word, its count and its tag")
    return counts, notes


def fields(text):
    """Word, count and tag of a line, and what was wrong with it."""
    parts = text.split()
    tag = ""
    if len(parts) > 1 and TAG.match(parts[-1]) and (number(parts[-2]) is not None or len(parts) == 2):
        tag = parts.pop()
    count = number(parts[-1]) if len(parts) > 1 else 1.0
    if count is None:
        return "", 0, tag, "no count at its place, left out"
    if len(parts) > 1:
        parts.pop()
    word = " ".join(parts)
    if not count >= 0:
        return "", 0, tag, "a count below 0, left out"
    if count > MOST:
        return word, MOST, tag, f"a count above {MOST:.0e}, taken for that"
    return word, max(count, 1.0), tag, ""


def number(text):
    """A number, or `None`."""
    try:
        found = float(text)
    except ValueError:
        return None
    return None if math.isnan(found) else found


def split(word, tag):
    """Surname and given name of a person's name, numeral and measure, or the word alone."""
    if (tag == "nr" and 2 <= len(word) <= 3 and word[0] in SURNAMES) or (
        tag == "m" and len(word) == 2 and word[0] in FEW and word[1] not in NUMERAL and word not in WHOLE
    ):
        return word[0], word[1:]
    return (word,)


def patterns_for(counts):
    """`PATTERNS` with counts that fit the sum of a dictionary's, as `Lattice` takes them."""
    share = sum(counts.values()) / PUBLISHED
    return [(expression, max(1.0, count * share)) for expression, count in PATTERNS]


def recounted(counts, patterns, texts, rounds, kept):
    """Counts as raw text has them: it is cut by the best way, the words are counted, and so again.

    Args:
        counts: of the dictionary; no other word gets one.
        patterns: see `patterns_for`.
        texts: without any segmentation, in half width.
        rounds: how often.
        kept: share of the dictionary's own counts in the new ones.
    """
    found, total = counts, sum(counts.values())
    for _ in range(rounds):
        lattice, seen = Lattice(found, patterns), Counter()
        for text in texts:
            seen.update(word for word in words(text, lattice.best(text)) if word in counts)
        scale = (1 - kept) * total / max(1, sum(seen.values()))
        found = {word: scale * seen[word] + kept * count for word, count in counts.items()}
    return found


class Sentences:
    """Random sentences of dictionary words, numbers and foreign words among them.

    Args:
        counts: of the words.
        patterns: see `patterns_for`.
        power: words are drawn by `count**power`.
        most_words: a sentence has 1 to so many, all equally often.
        seed: of the sentences, or a NumPy generator.

    Reference: kexue.fm archive 4245.
    """

    def __init__(self, counts, patterns, power, most_words, seed):
        self.words, self.most_words = sorted(counts), most_words
        weights = np.array([max(counts[word], 1.0) for word in self.words]) ** power
        self.ends = np.cumsum(weights) / weights.sum()
        self.of_patterns = min(0.2, sum(count for _, count in patterns) / sum(counts.values()))
        self.generator = np.random.default_rng(seed)

    def draw(self, count):
        """So many sentences, lists of words."""
        lengths = self.generator.integers(1, self.most_words + 1, count)
        places = np.searchsorted(self.ends, self.generator.random(int(lengths.sum())), side="right")
        made = self.generator.random(len(places)) < self.of_patterns
        drawn = [
            self.run() if own else self.words[min(place, len(self.words) - 1)] for place, own in zip(places, made, strict=True)
        ]
        stops = np.cumsum(lengths)
        return [drawn[stop - length : stop] for stop, length in zip(stops, lengths, strict=True)]

    def run(self):
        """A number, date or foreign word."""
        kind = self.generator.integers(4)
        if kind == 3:
            return self.letters("abcdefghijklmnopqrstuvwxyz", 2, 9)
        alphabet = "0123456789" if kind else NUMERAL[1:]
        return (
            self.letters(alphabet, 1 if kind else 2, 5) + ("", "年", "月", "日", "%")[self.generator.integers(5 if kind else 1)]
        )

    def letters(self, alphabet, least, most):
        """Random letters."""
        return "".join(
            alphabet[place] for place in self.generator.integers(len(alphabet), size=self.generator.integers(least, most))
        )
