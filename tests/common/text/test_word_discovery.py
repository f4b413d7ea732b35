import itertools
import math
import random
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from common.errors import ConfigError
from common.text import pieces
from common.text.corpus import distinct
from common.text.ngrams import Runs
from common.text.word_discovery import WordDiscovery, occurrences
from tests.common.experiment.test_folds import cluster
from tests.common.text.corpora import SEEDS, counts_of, random_corpus, split

# The published algorithms, one line of text at a time


def reference_4256(texts, min_count, ratios):
    texts = split(dict.fromkeys(texts))
    counts = Counter(text[i : i + n] for text in texts for n in range(1, 5) for i in range(len(text) - n + 1))
    counts = {ngram: count for ngram, count in counts.items() if count >= min_count}
    total = sum(count for ngram, count in counts.items() if len(ngram) == 1)
    kept = set()
    for ngram, count in counts.items():
        splits = [total * count / (counts[ngram[:i]] * counts[ngram[i:]]) for i in range(1, len(ngram))]
        if splits and min(splits) > ratios[len(ngram) - 2]:
            kept.add(ngram)
    words = Counter()
    for text in texts:
        covered = [False] * len(text)  # the gap after each character
        for i in range(len(text)):
            for n in range(2, 5):
                if i + n <= len(text) and text[i : i + n] in kept:
                    covered[i : i + n - 1] = [True] * (n - 1)
        cuts = [0, *(i + 1 for i in range(len(text)) if not covered[i])]
        words.update(text[i:j] for i, j in itertools.pairwise(cuts))

    def passes(word):
        windows = [word[i : i + n] for n in (3, 4) for i in range(len(word) - n + 1)]
        return all(window in kept for window in windows)

    return {word: count for word, count in words.items() if count >= min_count and passes(word)}


def reference_6920(texts, min_count, thresholds):
    texts = split(texts)
    longest = Counter(text[i : i + 4] for text in texts for i in range(len(text) - 3))
    counts, total = Counter(), 0
    for ngram, count in longest.items():
        if count >= min_count:
            total += count
            for n in range(1, 5):
                counts[ngram[:n]] += count
    kept = set()
    for ngram, count in counts.items():
        parts = [(counts.get(ngram[:i], total), counts.get(ngram[i:], total)) for i in range(1, len(ngram))]
        if parts and math.log(min(total * count / (a * b) for a, b in parts)) >= thresholds[len(ngram) - 2]:
            kept.add(ngram)
    words = Counter()
    for text in texts:
        start, end = 0, 1
        for i in range(len(text)):
            if i == end:
                words[text[start:end]] += 1
                start, end = i, i + 1
            end = max([end, *(i + n for n in range(2, 5) if i + n <= len(text) and text[i : i + n] in kept)])
        words[text[start:]] += 1

    def passes(word):
        window = min(4, len(word))
        return window < 3 or all(word[i : i + window] in kept for i in range(len(word) - window + 1))

    return {word: count for word, count in words.items() if count >= min_count and passes(word)}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_algorithm_of_archive_4256(seed):
    texts, min_count, ratios = random_corpus(seed), random.Random(seed).randint(1, 6), [(1.5, 2, 4), (5, 25, 125)][seed % 2]
    above = tuple(np.nextafter(np.log(ratios), np.inf))
    discovery = WordDiscovery.published_4256(min_count=min_count, min_cohesion=above).fit(distinct(texts * 2))
    assert counts_of(discovery) == reference_4256(texts * 2, min_count, ratios)
    assert len(discovery.words_) > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_the_algorithm_of_archive_6920(seed):
    texts, min_count, thresholds = random_corpus(seed), random.Random(seed).randint(1, 5), [(0.5, 1, 1.5), (2, 4, 6)][seed % 2]
    discovery = WordDiscovery.published_6920(min_count=min_count, min_cohesion=thresholds).fit(texts)
    assert counts_of(discovery) == reference_6920(texts, min_count, thresholds)
    assert len(discovery.words_) > 3


@pytest.mark.parametrize("seed", SEEDS)
def test_cohesion_and_entropies_by_brute_force(seed):
    texts = random_corpus(seed)
    discovery = WordDiscovery(min_count=2, min_cohesion=(0.7, 1.0, 1.2), back_check=bool(seed % 2)).fit(texts)
    pieces_of_text = split(texts)
    text = " " + " ".join(pieces_of_text) + " "
    counts = Counter(piece[i : i + n] for piece in pieces_of_text for n in range(1, 5) for i in range(len(piece) - n + 1))
    counts = {ngram: count for ngram, count in counts.items() if count >= 2}
    total = sum(count for ngram, count in counts.items() if len(ngram) == 1)

    def entropy(neighbours):
        neighbours = Counter(neighbours)
        return -sum(n / neighbours.total() * math.log(n / neighbours.total()) for n in neighbours.values())

    assert discovery.words_["word"].str.len().max() > 4
    for row in discovery.words_.itertuples():
        places = [i for i in range(len(text)) if text.startswith(row.word, i)]
        assert row.left_entropy == pytest.approx(entropy(text[i - 1] for i in places), abs=1e-9)
        assert row.right_entropy == pytest.approx(entropy(text[i + len(row.word)] for i in places), abs=1e-9)
        if 2 <= len(row.word) <= 4:
            splits = [(counts[row.word[:i]], counts[row.word[i:]]) for i in range(1, len(row.word))]
            assert row.cohesion == pytest.approx(math.log(min(total * counts[row.word] / (a * b) for a, b in splits)))
        else:
            assert math.isnan(row.cohesion)


HAND_MADE = ["变压器，变压器。变压器！", "油", "油色，油", "绕组绕组"]


def test_a_corpus_made_by_hand():
    discovery = WordDiscovery(min_count=2, min_cohesion=(0.5, 0.5, 0.5)).fit(HAND_MADE)
    # 17 characters; without 色, which occurs once, 16: 变 3, 压 3, 器 3, 油 3, 绕 2, 组 2
    expected = {"word": ["变压器", "油", "绕组"], "count": [3, 3, 2], "cohesion": [math.log(16 / 3), math.nan, math.log(8)]}
    pd.testing.assert_frame_equal(discovery.words_[["word", "count", "cohesion"]], pd.DataFrame(expected))
    assert discovery.words_["left_entropy"].tolist() == pytest.approx([0, 0, math.log(2)])
    assert discovery.words_["right_entropy"].tolist() == pytest.approx([0, math.log(3) - 2 / 3 * math.log(2), math.log(2)])
    assert discovery.segment("变压器和绕组，变压") == ["变压器", "和", "绕组", "，", "变压"]


def test_symbols_between_words_never_join_neighbours():
    texts = ["变压，器变压\0器变压 器", "变压<b>器"] * 30
    words = WordDiscovery(min_count=2, min_cohesion=(-9, -9, -9)).fit(texts).words_
    assert "变压器" not in set(words["word"])
    assert set(words["word"]) == {"变压", "器", "器变压", "b"}


@pytest.mark.parametrize("settings", [{"workers": 1}, {"workers": 2}, {"memory": 1 << 16, "workers": 2}, {"memory": 1 << 20}])
@pytest.mark.parametrize("make", [WordDiscovery, WordDiscovery.published_6920])
def test_nothing_depends_on_chunks_or_workers(settings, make):
    texts = random_corpus(0, 1000)
    found = [make(min_count=5, **chosen).fit(texts) for chosen in ({}, settings)]
    pd.testing.assert_frame_equal(found[0].words_, found[1].words_, check_exact=True)
    pd.testing.assert_frame_equal(found[0].ngrams_, found[1].ngrams_, check_exact=True)
    assert len(found[0].words_) > 10


def test_nothing_depends_on_the_order_of_lines():
    texts = random_corpus(2)
    found = [WordDiscovery(min_count=2).fit(order).words_ for order in (texts, texts[::-1])]
    pd.testing.assert_frame_equal(*found, check_exact=False, rtol=1e-12)


@pytest.mark.parametrize("order", [2, 3, 5, 7])
def test_other_orders(order):
    texts = random_corpus(3)
    discovery = WordDiscovery(order, min_count=2, min_cohesion=[1.0] * (order - 1)).fit(texts)
    counts = Counter(piece[i : i + n] for piece in split(texts) for n in range(2, order + 1) for i in range(len(piece) - n + 1))
    assert discovery.ngrams_["word"].str.len().max() == order
    for row in discovery.ngrams_.itertuples():
        assert row.count == counts[row.word]


@pytest.mark.parametrize("order", [2, 3, 5])
def test_thresholds_of_the_cohesion_follow_the_order(order):
    texts = random_corpus(3)
    given = WordDiscovery(order, 2, [2.0, 4.0, 6.0, 8.0][: order - 1]).fit(texts)
    pd.testing.assert_frame_equal(WordDiscovery(order, 2).fit(texts).ngrams_, given.ngrams_)
    assert len(given.ngrams_) > 3


def test_more_characters_than_keys_hold():
    texts = [*random_corpus(4), "".join(map(chr, range(0x3400, 0x3400 + 200_000)))]
    with_many = WordDiscovery(min_count=2, min_cohesion=(1, 2, 3)).fit(texts)
    assert len(with_many.ngrams_) > 20
    counts = occurrences(with_many.ngrams_["word"], texts)
    assert dict(zip(with_many.ngrams_["word"], with_many.ngrams_["count"], strict=True)) == counts


@pytest.mark.parametrize("texts", [random_corpus(5), ["甲乙"] * 5_000 + ["丙丁"] * 5_000], ids=["one chunk", "several chunks"])
def test_words_that_a_hash_takes_for_one_are_told_apart(texts, monkeypatch):
    discovery = WordDiscovery(min_count=2, min_cohesion=(0, 0, 0), memory=1 << 20)
    expected = discovery.fit(texts).words_
    true_values, asked = pieces.symbol_values, []

    def all_the_same_at_first(text, seed):
        asked.append(seed)
        values = true_values(text, seed)
        if seed < 2:
            values[0, 1:] = 1
        return values

    monkeypatch.setattr(pieces, "symbol_values", all_the_same_at_first)
    pd.testing.assert_frame_equal(discovery.fit(texts).words_, expected)
    assert asked == [0, 1, 2]


def test_one_character_and_no_frequent_word():
    assert WordDiscovery().fit(["变"]).words_.empty
    assert counts_of(WordDiscovery(min_count=1).fit(["变"])) == {"变": 1}
    discovery = WordDiscovery().fit(["变压器"])
    assert list(discovery.words_.columns) == ["word", "count", "cohesion", "left_entropy", "right_entropy"]
    assert discovery.segment("变压，") == ["变", "压", "，"]


def test_a_line_of_10_megabytes_without_a_cut():
    text = "变压器断路器母线" * 420_000
    discovery = WordDiscovery(min_count=1, min_cohesion=(0, 0, 0), memory=32 << 20).fit([text + "，变压器"])
    assert counts_of(discovery) == {"变压器": 1}  # all gaps are covered: the rest is one piece, too long for a word


def test_settings_that_do_not_fit_are_refused():
    for settings, message in [
        ({"order": 1}, "order=1: expected a whole number of at least 2"),
        ({"order": "4"}, "order='4'"),
        ({"order": 5, "min_cohesion": (2.0, 4.0, 6.0)}, "min_cohesion=.*the lengths 2, 3, 4, 5"),
        ({"min_cohesion": 2.0}, "min_cohesion=2.0: expected a threshold for each of the lengths 2, 3, 4"),
        ({"min_cohesion": "246"}, "min_cohesion='246'"),
        ({"min_cohesion": [2, None, 6]}, "min_cohesion=.2, None, 6.: expected"),
        ({"min_count": 0}, "min_count=0"),
        ({"min_count": 2.5}, "min_count=2.5"),
        ({"min_entropy": "1"}, "min_entropy='1'"),
        ({"min_entropy": math.nan}, "min_entropy=nan"),
        ({"back_check": "no"}, "back_check='no': expected True or False"),
        ({"every_window": 2}, "every_window=2"),
        ({"beginnings_only": None}, "beginnings_only=None"),
        ({"cluster": 8786}, "cluster=8786: expected an address"),
    ]:
        with pytest.raises(ConfigError, match=message):
            WordDiscovery(**settings).fit(["变压器"])


def test_words_that_may_stand_nowhere_need_entropy_on_both_sides():
    texts, settings = random_corpus(10), {"min_count": 2, "min_cohesion": (0.5, 1.0, 1.5)}
    free = WordDiscovery(**settings, min_entropy=1.5).fit(texts).words_
    everything = WordDiscovery(**settings).fit(texts).words_
    entropy = everything[["left_entropy", "right_entropy"]].min(axis=1)
    kept = everything[(entropy >= 1.5) | (everything["word"].str.len() == 1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(free, kept)
    assert 0 < len(free) < len(everything)


def test_occurrences_of_words_anywhere():
    words = ["变压器", "压器", "器变", "110kV", "A+B", "没有", "啊啊", "𠮷", "变压器"]
    texts = ["变压器变压器", "110kV变压\n器，A+B", "啊啊啊啊", "𠮷"]
    expected = {"变压器": 2, "压器": 2, "器变": 1, "110kV": 1, "A+B": 1, "没有": 0, "啊啊": 3, "𠮷": 1}
    assert occurrences(words, texts) == expected
    assert occurrences([], texts) == {}
    for wrong in ("", "a\nb"):
        with pytest.raises(ConfigError, match="words: expected"):
            occurrences([wrong], texts)


def test_nothing_of_dask_is_imported_without_a_cluster():
    code = (
        "import sys; from common.text.word_discovery import WordDiscovery; WordDiscovery().fit(['变压器']); "
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'dask', 'distributed', 'keras', 'sklearn'}))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_a_cluster_that_does_not_answer():
    pytest.importorskip("distributed", reason="Dask is in the extra cluster: pip install 'podium[cluster]'")
    with pytest.raises(ConfigError, match="no Dask scheduler answers"):
        WordDiscovery(cluster="nonsense://x").fit(["变压器"])


def test_a_worker_of_a_cluster_is_killed_and_nothing_is_lost(tmp_path, monkeypatch):
    texts = random_corpus(9, 1000)
    settings = {"min_count": 5, "memory": 1 << 17}
    expected = WordDiscovery(**settings).fit(texts)
    counted, add = threading.Semaphore(0), Runs.add

    def add_and_tell(runs, *columns):
        counted.release()
        add(runs, *columns)

    with cluster(tmp_path, 2) as (address, workers), ThreadPoolExecutor() as pool:
        monkeypatch.setattr(Runs, "add", add_and_tell)
        result = pool.submit(WordDiscovery(cluster=address, **settings).fit, texts)
        for _ in range(3):
            assert counted.acquire(timeout=60)
        victim = next(iter(workers.values()))
        victim.kill()
        victim.wait()
        assert not result.done()
        found = result.result(timeout=120)
    pd.testing.assert_frame_equal(found.words_, expected.words_)
    pd.testing.assert_frame_equal(found.ngrams_, expected.ngrams_)
