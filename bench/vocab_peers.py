"""Other ways to a list of words: each takes the lines of a text and gives the words that it finds there, in no order of worth.

All but `word_discovery` are packages, which the extra `bench` installs. jieba and gensim get every piece of text between
symbols as a text of its own; nlp-zero cuts at symbols itself, smoothnlp deletes them.
"""

import collections.abc
import hashlib
import importlib
import re
from collections import Counter
from itertools import pairwise

from common.errors import ConfigError

TEXT = re.compile("[\u4e00-\u9fa50-9A-Za-z]+")
PHRASE_PASSES = 2  # of gensim's Phrases, each of which joins pairs: phrases of up to four tokens
EVERYTHING = 10**9  # a number of words that no text holds


def pieces(lines):
    """Runs of Chinese characters, digits and letters."""
    return (piece for line in lines for piece in TEXT.findall(line))


def nlp_zero(lines, min_proba=1e-7, min_pmi=1.0):
    """Words of nlp-zero's `Word_Finder`, by default with the settings of its class, and how often it cuts them out.

    Args:
        lines: list of texts.
        min_proba, min_pmi: its settings.

    Returns:
        dict from word to count.
    """
    finder = nlp_zero_package().Word_Finder(min_proba=min_proba, min_pmi=min_pmi)
    finder.train(lines)
    finder.find(lines)
    return dict(finder.words)


def nlp_zero_package():
    """The module, which asks `collections` for what Python 3.10 took out of it."""
    collections.Iterable = collections.abc.Iterable
    return package("nlp_zero.nlp_zero")


def package(name):
    """An imported module of a peer.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(f"The benchmark's peers are not all installed ({error}): pip install -e '.[bench]'") from None


def word_discovery(lines, min_count=128, ratios=(5, 25, 125)):
    """The word discovery of kexue.fm 4256, written anew in the plain Python it was published in: dictionaries and loops.

    Args:
        lines: list of texts, of which the same one counts once.
        min_count: of n-grams and of words.
        ratios: that n-grams of two, three and four characters must surpass.

    Returns:
        dict from word to count.
    """
    texts = list({hashlib.md5(line.encode(), usedforsecurity=False).digest(): line for line in lines}.values())
    ngrams = Counter()
    for piece in pieces(texts):
        for start in range(len(piece)):
            for end in range(start + 1, min(start + len(ratios) + 1, len(piece)) + 1):
                ngrams[piece[start:end]] += 1
    ngrams = {ngram: count for ngram, count in ngrams.items() if count >= min_count}
    total = sum(count for ngram, count in ngrams.items() if len(ngram) == 1)
    kept = {ngram for ngram in ngrams if len(ngram) > 1 and least_ratio(ngram, ngrams, total) > ratios[len(ngram) - 2]}
    words = Counter(word for piece in pieces(texts) for word in cut(piece, kept, len(ratios) + 1))
    return {word: count for word, count in words.items() if count >= min_count and made_of(word, kept, len(ratios) + 1)}


def least_ratio(ngram, ngrams, total):
    """How much more often an n-gram occurs than its two parts would meet by chance, where that is least."""
    splits = ((ngram[:place], ngram[place:]) for place in range(1, len(ngram)))
    return min(total * ngrams[ngram] / (ngrams[left] * ngrams[right]) for left, right in splits)


def cut(piece, kept, order):
    """A piece of text, cut at all gaps that no kept n-gram covers."""
    joined = [False] * (len(piece) + 1)
    for start in range(len(piece) - 1):
        for end in range(start + 2, min(start + order, len(piece)) + 1):
            if piece[start:end] in kept:
                joined[start + 1 : end] = [True] * (end - start - 1)
    gaps = [gap for gap, inside in enumerate(joined) if not inside]
    return [piece[start:end] for start, end in pairwise(gaps)]


def made_of(word, kept, order):
    """Whether a word of three characters and more consists of kept n-grams at all places."""
    windows = (word[start : start + size] for size in range(3, order + 1) for start in range(len(word) - size + 1))
    return all(window in kept for window in windows)


def smoothnlp(lines):
    """Phrases of smoothnlp with its default settings, all of them."""
    return package("smoothnlp.algorithm.phrase").phrase_extraction.extract_phrase(lines, top_k=EVERYTHING)


def jieba(lines):
    """Different words of jieba with its default settings: its dictionary, and its hidden Markov model for what that lacks."""
    return set(jieba_tokens(pieces(lines)))


def jieba_tokens(texts):
    """All words of some texts, one text after the other."""
    cutter = package("jieba")
    cutter.setLogLevel("ERROR")  # greets otherwise
    return (word for text in texts for word in cutter.cut(text))


def gensim_phrases(lines):
    """Words of jieba, joined by gensim's Phrases with its default settings: pairs, then pairs of what that made."""
    phrases = package("gensim.models.phrases")
    sentences = [list(jieba_tokens([piece])) for piece in pieces(lines)]
    for _ in range(PHRASE_PASSES):
        joiner = phrases.Phrases(sentences, delimiter=" ").freeze()
        sentences = [[word.replace(" ", "") for word in joiner[sentence]] for sentence in sentences]
    return {word for sentence in sentences for word in sentence}
