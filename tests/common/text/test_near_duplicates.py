import numpy as np
import pytest

from common.errors import RunError
from common.text import near_duplicates as module
from common.text.near_duplicates import near_duplicates

LONG = "这家酒店的位置很好，离地铁站只有五分钟，房间干净，早餐丰富，下次还会再来住的"


def test_copies_share_a_group_whatever_their_case_width_and_punctuation():
    texts = [
        LONG,
        LONG.replace("，", ",") + "！",
        LONG.replace("早餐", "晚餐"),
        "完全不同的一条评论，说的是手机",
        "ＡＢＣ good phone",
        "abc Good, phone",
    ]
    groups = near_duplicates(texts)
    assert groups[0] == groups[1] == groups[2] and groups[4] == groups[5]
    assert len(set(groups)) == 3


def test_texts_without_a_letter_are_alike_where_they_are_equal():
    groups = near_duplicates(["", "!!!!", "", "。。。", "!!!!"])
    assert groups[0] == groups[2] and groups[1] == groups[4] and len(set(groups)) == 3


def test_nearly_all_pairs_above_the_threshold_are_found_and_none_below():
    generator = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    first = ["".join(generator.choice(letters, 120)) for _ in range(150)]
    second = [text[:90] + "".join(generator.choice(letters, 30)) for text in first]
    shingles = [[module.shingles_of(text, 4) for text in texts] for texts in (first, second)]
    similar = np.array([module.jaccard(one, other) for one, other in zip(*shingles, strict=True)])
    groups = near_duplicates([*first, *second], similarity=0.55)
    together = groups[:150] == groups[150:]
    assert not together[similar < 0.55].any() and together[similar >= 0.55].mean() > 0.7
    assert len(set(groups[:150])) == 150


def test_sentences_are_taken_that_no_one_before_is_a_twin_of():
    draw = np.random.default_rng(2)
    texts = ["".join(draw.permutation(list(LONG))) for _ in range(20)]
    texts += [text[:place] + "".join(draw.permutation(list(text[place:]))) for place, text in enumerate(texts, start=8)]
    apart = module.Apart()
    taken = [apart.takes(text) for text in texts]
    assert taken[:20] == [True] * 20 and len(set(taken[20:])) == 2
    assert sum(taken) == len(set(module.twins(texts)))
    assert not any(apart.takes(text) for text in texts)


def test_the_estimate_of_similarity_is_unbiased():
    generator = np.random.default_rng(1)
    one, other = np.unique(generator.integers(1 << 40, size=800).astype("uint64")), None
    other = np.unique(np.concatenate([one[:600], generator.integers(1 << 40, size=200).astype("uint64")]))
    found = module.signatures_of([one, other], 64, generator)
    assert abs((found[0] == found[1]).mean() - module.jaccard(one, other)) < 0.2


def test_groups_are_kept_for_the_same_texts_alone(tmp_path):
    calls = []

    def find(texts):
        calls.append(texts)
        return np.arange(len(texts))

    for _ in range(2):
        assert module.kept(tmp_path, "a", find, ["甲", "乙"]).tolist() == [0, 1]
    assert len(calls) == 1
    with pytest.raises(RunError, match=r"groups-a-.*npy is of 2 records where there are 1: remove it"):
        module.kept(tmp_path, "a", find, ["甲"])
