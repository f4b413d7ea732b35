"""Makes a small data set in the official layout: sentences of a made-up language, rated pairs and analogies.

A word is a root, `guba` or `mile`, and an ending. The root tells the subject: sentences keep to one. The ending tells the
manner: sentences keep to one as well, and it comes with words of its own. So the ratings follow from what stands together,
and the analogies from the two of it.
"""

import itertools
import random

ROOTS = ("guba", "mile", "tora", "seni", "kupo", "dalu")
ITEMS = ("ka", "ki", "ko", "ku")  # things of a subject
ENDINGS = ("", "na")
COMPANY = {"": ("wi", "we", "wo"), "na": ("ha", "he", "hu")}  # words of a manner
COMMON = ("e", "o", "la")


def write(folder, size, seed):
    """Write `size` sentences into `text/`, rated pairs into `train/` and `test/`, and `analogies/`."""
    chance = random.Random(seed)
    for part in ("text", "train", "test", "analogies"):
        (folder / part).mkdir(parents=True)
    rows = [sentence(chance) for _ in range(size)]
    (folder / "text" / "text.txt").write_text("".join(f"{row}。\n" for row in rows), encoding="utf-8")
    words = list(itertools.product(ROOTS, ITEMS, ENDINGS))
    pairs = [chance.sample(words, 2) for _ in range(150)]
    near = [((root, *chance.choice(parts)), (root, *chance.choice(parts))) for root in ROOTS for parts in [words_of()] * 12]
    rated = [(first, second) for first, second in chance.sample(pairs + near, len(pairs) + len(near)) if first != second]
    for part, some in (("train", rated[::2]), ("test", rated[1::2])):
        lines = [f"{''.join(one)}\t{''.join(other)}\t{rating(one, other, chance):.2f}" for one, other in some]
        (folder / part / "pairs.tsv").write_text("\n".join([*lines, f"unheard\t{ROOTS[0]}ka\t1.0", ""]), encoding="utf-8")
    questions = [": manner"]
    for one, other in itertools.permutations(list(itertools.product(ROOTS, ITEMS))[::3], 2):
        questions.append(f"{''.join(one)} {''.join(one)}na {''.join(other)} {''.join(other)}na")
    (folder / "analogies" / "questions.txt").write_text("\n".join([*questions, ""]), encoding="utf-8")


def words_of():
    """Items and endings of a root."""
    return list(itertools.product(ITEMS, ENDINGS))


def sentence(chance):
    """Eight words: things of one subject in one manner, words of that manner, and such as stand anywhere."""
    root, ending = chance.choice(ROOTS), chance.choice(ENDINGS)
    things = [f"{root}{chance.choice(ITEMS)}{ending}" for _ in range(4)]
    words = [*things, *chance.choices(COMPANY[ending], k=2), *chance.choices(COMMON, k=2)]
    return " ".join(chance.sample(words, len(words)))


def rating(one, other, chance):
    """What a person would say: 6 for the same subject, 2 for the same manner, 1 for the same thing, and some doubt."""
    alike = 6 * (one[0] == other[0]) + (one[1] == other[1]) + 2 * (one[2] == other[2])
    return alike + chance.uniform(0, 1)
