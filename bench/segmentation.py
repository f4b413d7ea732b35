"""Segmentation by discovered words, scored by the rule of the SIGHAN bakeoffs.

Written by hand, as the bakeoff's own scorer is a Perl script around `diff`.

Reference: Emerson 2005, The Second International Chinese Word Segmentation Bakeoff.
"""

import tempfile
from itertools import accumulate
from pathlib import Path

from bench.vocab_peers import package
from common.errors import DataError
from common.text import corpus

FILES = ("pku_test.utf8", "pku_test_gold.utf8")


def read(folder):
    """Sentences of the PKU test.

    Args:
        folder: holds `pku_test.utf8` and `pku_test_gold.utf8`.

    Returns:
        `(texts, truth)`: list of texts, and list of their words.

    Raises:
        DataError: a file is missing, or they are not of the same text.
    """
    texts, gold = (list(corpus.read(Path(folder) / name)) for name in FILES)
    truth = [line.split() for line in gold]
    if len(texts) != len(truth):
        raise DataError(f"{folder}: {FILES[0]} has {len(texts):,} lines, {FILES[1]} {len(truth):,}; expected the same")
    for number, (text, words) in enumerate(zip(texts, truth, strict=True), start=1):
        if text != "".join(words):
            raise DataError(f"{folder}, line {number}: the words of {FILES[1]} do not join to the text of {FILES[0]}")
    return texts, truth


def f1(truth, found):
    """Harmonic mean of precision and recall of words, each of which is right if it begins and ends where one of the truth does.

    Args:
        truth: words of each text.
        found: the same, by a segmenter.

    Raises:
        DataError: the two are not of the same text.
    """
    right = known = proposed = 0
    for number, (words, others) in enumerate(zip(truth, found, strict=True), start=1):
        if "".join(words) != "".join(others):
            raise DataError(f"text {number}: the segmenter changed '{''.join(words)[:40]}' to '{''.join(others)[:40]}'")
        right += len(spans(words) & spans(others))
        known += len(words)
        proposed += len(others)
    return 2 * right / max(1, known + proposed)


def spans(words):
    """Where each of some words begins and ends in their text, a set."""
    ends = list(accumulate(map(len, words)))
    return set(zip([0, *ends], ends, strict=False))


def by_dictionary(texts, counts=None):
    """Words of texts by jieba without its hidden Markov model: the most probable ones of a dictionary.

    Args:
        texts: list of texts.
        counts: dict from word to count; `None` takes jieba's own dictionary.

    Returns:
        list of lists of words.
    """
    jieba = package("jieba")
    jieba.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = jieba.Tokenizer()
        if counts is not None:
            path = Path(folder) / "words.txt"
            path.write_text("".join(f"{word} {count}\n" for word, count in counts.items()), encoding="utf-8")
            tokenizer = jieba.Tokenizer(str(path))
        tokenizer.tmp_dir = folder  # of its cache
        return [tokenizer.lcut(text, HMM=False) for text in texts]
