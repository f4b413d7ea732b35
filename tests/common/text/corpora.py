"""Texts whose words are known, for all tests of words."""

import random
import re

SEEDS = range(12)
STEMS = ["变压器", "断路器", "差动保护", "母线", "110kV母线", "的", "与", "在", "动作", "SF6", "主变压器", "保护"]


def random_corpus(seed, lines=60):
    """Words in any order, some of them broken, between symbols: all kinds of overlaps occur."""
    generator = random.Random(seed)
    texts = []
    for _ in range(lines):
        words = generator.choices(STEMS, k=generator.randint(0, 12))
        words = [word[generator.randint(0, 1) :] if generator.random() < 0.2 else word for word in words]
        texts.append("".join(word + generator.choice(["", "", "", "，", "。\0", "＃"]) for word in words))
    return texts


def split(texts):
    return [piece for text in texts for piece in re.findall("[\u4e00-\u9fff0-9A-Za-z]+", text)]


def counts_of(model):
    return dict(zip(model.words_["word"], model.words_["count"], strict=True))
