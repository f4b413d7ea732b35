import itertools
import math
import random
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from common.errors import ConfigError
from common.text import word_finder
from common.text.symbols import Alphabet
from common.text.word_finder import WordFinder, without_redundant
from tests.common.text.corpora import SEEDS, counts_of, random_corpus, split

# The published algorithm, one line of text and one word at a time


def reference_word_finder(texts, min_proba, min_pmi):
    texts = split(texts)
    characters, pairs = Counter("".join(texts)), Counter(text[i : i + 2] for text in texts for i in range(len(text) - 1))
    p = {c: n / characters.total() for c, n in characters.items()}
    p_pairs = {ab: n / pairs.total() for ab, n in pairs.items()}
    strong = {ab for ab, q in p_pairs.items() if q > min_proba and math.log(q / p[ab[0]] / p[ab[1]]) > min_pmi}
    words = Counter()
    for text in texts:
        cuts = [0, *(i for i in range(1, len(text)) if text[i - 1 : i + 1] not in strong), len(text)]
        words.update(text[i:j] for i, j in itertools.pairwise(cuts))
    return reference_without_redundant({word: n for word, n in words.items() if n / words.total() > min_proba})


def reference_without_redundant(words):
    words = dict(words)
    for word in sorted(words, key=len, reverse=True):
        if len(word) > 1:
            total, count = sum(words.values()), words.pop(word)
            d, best = math.log(count / total), most_probable(word, words, total)
            for piece in best:
                d -= math.log(words[piece] / total) if piece in words else -100 - math.log(total)
            if d < len(word) - 1:
                for piece in best:
                    words[piece] = words.get(piece, 0) + count
            else:
                words[word] = count
    return words


def most_probable(text, words, total):
    """All paths, the best of them; a character which no word ends at scores -100."""
    best = {0: (0.0, [])}
    for end in range(1, len(text) + 1):
        ways = [(best[i][0] + math.log(words[text[i:end]] / total), i) for i in range(end) if text[i:end] in words]
        score, start = max(ways, key=lambda way: way[0]) if ways else (best[end - 1][0] - 100, end - 1)
        best[end] = score, [*best[start][1], text[start:end]]
    joined = []
    for piece in best[len(text)][1]:
        if joined and piece.isascii() and joined[-1][-1].isascii():
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


@pytest.mark.parametrize("seed", SEEDS)
def test_the_algorithm_of_nlp_zero(seed):
    texts = random_corpus(seed)
    min_proba, min_pmi = [(0.00123, 0.5), (1e-6, 0.5), (0.0054, 1.3)][seed % 3]
    finder = WordFinder(min_proba, min_pmi).fit(texts)
    assert counts_of(finder) == reference_word_finder(texts, min_proba, min_pmi)
    assert len(finder.words_) > 5


@pytest.mark.parametrize("letters", ["变压", "变压器油", "变压kV1"])
@pytest.mark.parametrize("seed", SEEDS)
def test_redundant_words_one_after_the_other(seed, letters):
    generator = random.Random(seed)
    words = {}
    for _ in range(300):
        # many are made of others, so that verdicts hang on verdicts, also on those of the same length
        parts = generator.choices([*words][-40:] or [""], k=2) if generator.random() < 0.6 else [""]
        word = ("".join(parts) + "".join(generator.choices(letters, k=generator.randint(1, 3))))[:64]
        words[word] = int(10 ** generator.uniform(0, 7 - len(word) / 12))
    alphabet = Alphabet("".join(words))
    symbols, counts = without_redundant(alphabet.encode("\n".join([*words, ""])), np.array([*words.values()]), alphabet)
    expected = reference_without_redundant(words)
    assert dict(zip(alphabet.decode(symbols), counts.tolist(), strict=True)) == expected
    assert 0 < len(expected) < len(words)
    assert any(expected[word] > words[word] for word in expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_segmentation_by_the_most_probable_words(seed):
    texts = random_corpus(seed)
    finder = WordFinder(1e-6, 0.5).fit(texts)
    counts = counts_of(finder)
    total = sum(counts.values())
    for text in [*texts, "变压没见过kV9x变压器母线断路", "x9变"]:
        runs = re.split("([\u4e00-\u9fff0-9A-Za-z]+)", text)
        expected = [most_probable(run, counts, total) if place % 2 else list(run) for place, run in enumerate(runs)]
        assert finder.segment(text) == [piece for run in expected for piece in run]


def test_nlp_zero_does_not_depend_on_chunks_or_workers():
    texts = random_corpus(1, 500)
    found = [WordFinder(1e-6, 0.5, **settings).fit(texts).words_ for settings in ({}, {"memory": 1 << 16, "workers": 2})]
    pd.testing.assert_frame_equal(*found)


def test_symbols_never_join_neighbours_and_one_character_is_a_word():
    texts = ["变压，器变压\0器变压 器", "变压<b>器"] * 30
    assert not any(len(word) > 3 for word in WordFinder(1e-6, -9).fit(texts).words_["word"])
    assert counts_of(WordFinder().fit(["变"])) == {"变": 1}


def test_a_large_alphabet_takes_a_tree_of_pairs(monkeypatch):
    texts = random_corpus(4)
    expected = WordFinder(1e-6, 0.5).fit(texts).words_
    monkeypatch.setattr(word_finder, "LARGEST_TABLE", 1)
    pd.testing.assert_frame_equal(WordFinder(1e-6, 0.5).fit(texts).words_, expected)


@pytest.mark.parametrize("settings", [{"min_proba": -1e-7}, {"min_proba": "1e-7"}, {"min_pmi": None}, {"min_pmi": math.nan}])
def test_settings_that_cannot_be_are_refused(settings):
    (name,) = settings
    with pytest.raises(ConfigError, match=f"{name}=.*: expected a"):
        WordFinder(**settings).fit(["变压器"])
