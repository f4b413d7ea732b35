"""Makes a small set of the bakeoff's form: sentences of a grammar whose words overlap, some of them in no list."""

import numpy as np

PEOPLE = ("学生", "研究生", "科学", "科学家", "工人", "记者", "北京人", "我们", "他们", "王 小明", "李 建国")
TIMES = ("今天", "昨天", "２００５年", "一月", "上午", "三十一日")
PLACES = ("北京", "上海", "学校", "大学", "图书", "图书馆", "车站", "美国", "会场")
VERBS = ("研究", "生产", "讨论", "看", "看见", "写", "发展", "访问", "出版")
THINGS = ("生命", "起源", "的", "产品", "图书", "命运", "问题", "计划", "会", "科学", "发展", "见解")
RARE = ("石墨烯", "雾计算", "碳足迹", "云图", "量子比特", "热搜")  # of the test, and of no list
SELDOM = ("电台", "蒸汽机", "水稻", "互联网", "航天局", "论文集")  # of the training text, and of no list


def write(folder, size, seed):
    """Write `size` training sentences, their words with counts, and half as many of the test with its truth."""
    folder.mkdir()
    generator = np.random.default_rng(seed)
    train = [sentence(generator, SELDOM) for _ in range(size)]
    test = [sentence(generator, RARE) for _ in range(max(20, size // 2))]
    listed = sorted({word for words in train for word in words} - {*SELDOM})
    for name, lines in {
        "training": map("  ".join, train),
        "training_words": listed,
        "test": map("".join, test),
        "test_gold": map("  ".join, test),
    }.items():
        (folder / f"toy_{name}.utf8").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def sentence(generator, rare):
    """The words of a sentence, some of them rare."""

    def one(words):
        return words[generator.integers(len(words))]

    words = [one(TIMES)] if generator.random() < 0.4 else []
    words += one(PEOPLE).split()
    words += ["在", one(PLACES)] if generator.random() < 0.5 else []
    words.append(one(VERBS))
    for _ in range(generator.integers(1, 4)):
        words.append(one(rare if generator.random() < 0.15 else THINGS))
    return [*words, "。"]
