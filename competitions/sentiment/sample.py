"""Makes a small set of reviews, Chinese and English: verdicts with negations among sentences that say nothing.

A tenth of the labels is wrong, some reviews are copies of others but for a word, and some test texts repeat them, as in sets
from the web.
"""

import numpy as np

GOOD = (
    *("非常好用", "质量不错", "很满意", "物超所值", "超出预期"),
    *("works perfectly", "is excellent", "was a pleasure", "is worth the money"),
)
BAD = (
    *("很失望", "质量太差", "一用就坏", "完全不值", "令人恼火"),
    *("broke after a week", "is terrible", "was a waste of time", "is poorly made"),
)
TURNED = {"非常好用": "并不好用", "很满意": "不太满意", "很失望": "没有失望"} | {
    f"is {word}": f"is not {word}" for word in ("excellent", "terrible")
}
THINGS = (
    ("手机", "酒店房间", "这本书", "热水器", "送的水果", "洗发水"),
    ("the phone", "this film", "the room", "the book", "the kettle"),
)
ASIDES = (
    ("上周在网上买的", "送货用了两天", "颜色是蓝色的", "朋友推荐的", "包装是纸盒", "放在家里"),
    ("I bought it last week", "it came in two days", "it is blue", "my sister has one, too", "it stands in the kitchen"),
)


def write(folder, size, seed):
    """Write `train.tsv`, half as many texts in `test.tsv` (both label<TAB>text) and as many in `unlabelled.txt`."""
    folder.mkdir()
    generator = np.random.default_rng(seed)
    known = []
    for name, count in (("train", size), ("test", size // 2), ("unlabelled", size)):
        rows = []
        for _ in range(count):
            label, text = known[generator.integers(len(known))] if known and generator.random() < 0.03 else review(generator)
            rows.append((label, text))
            known += [(label, text + "!")] if name == "train" else []
        lines = [text if name == "unlabelled" else f"{label}\t{text}" for label, text in rows]
        end = "txt" if name == "unlabelled" else "tsv"
        (folder / f"{name}.{end}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def review(generator):
    """A label, `pos` or `neg`, and a text."""
    english, label = generator.integers(2, size=2)
    pool = [word for word in (BAD, GOOD)[label] if word.isascii() == bool(english)]
    turned = [TURNED[word] for word in (GOOD, BAD)[label] if word in TURNED and word.isascii() == bool(english)]
    verdict = str(generator.choice(turned if generator.random() < 0.25 else pool))
    asides = list(generator.choice(ASIDES[english], size=generator.integers(1, 4), replace=False))
    thing = str(generator.choice(THINGS[english]))
    asides.insert(int(generator.integers(len(asides) + 1)), f"{thing} {verdict}" if english else thing + verdict)
    if generator.random() < 0.1:
        label = 1 - label
    return ("neg", "pos")[label], (". " if english else "，").join(asides) + ("." if english else "。")
