"""Words of a language or a field from nothing but its text: which characters hold together, and where the text may be cut.

discovery = WordDiscovery(min_count=32).fit("laws.txt.gz")
discovery.words_.head()                  # word, count, cohesion, left_entropy, right_entropy
discovery.segment("国家依法保护自然资源")  # ["国家", "依法", "保护", "自然资源"]

Text are Chinese characters, ASCII digits and letters; everything else is a cut, and what stands before it is no neighbour of
what stands behind it.

Written by hand, as the packages for it run out of memory at 100 MB, need a binary for one system, or take hours: here
n-grams are sorted as integers (`ngrams`), dictionaries matched at all places at once (`matching`), and what outgrows memory
is spilled in sorted runs.

Another algorithm is in `word_finder`.

Reference: Su, kexue.fm archives 4256 and 6920, the two forms of `WordDiscovery`.
"""

from collections.abc import Collection
from numbers import Integral, Real

import numpy as np

from common.errors import ConfigError
from common.text import corpus as corpora
from common.text.characters import POINTS
from common.text.matching import WordTree
from common.text.normalise import code_points
from common.text.pieces import words_of
from common.text.segmenter import Segmenter, batches, lines, table
from common.text.symbols import CUT, Alphabet, with_cuts


class WordDiscovery(Segmenter):
    """Words by cohesion: n-grams that occur more often than chance would join their parts are never cut.

    Counts n-grams; keeps those whose cohesion `ln min N c(ab) / (c(a) c(b))` over all splits reaches the threshold of their
    length; cuts the text everywhere but inside of kept n-grams, so that those which overlap become longer words; counts the
    words; and keeps a long one only if it consists of kept n-grams everywhere. Pieces of more than 64 characters are no words.

    The result depends neither on `memory` nor on the number of workers.

    Args:
        order: length of the longest n-grams, at least 2.
        min_count: of n-grams and of words.
        min_cohesion: in nats, for lengths 2 to `order`; `None` takes 2, 4, 6 and so on.
        min_entropy: in nats; words of two characters and more need it on both sides.
        back_check: drop words of three characters and more of which a window of `order` characters (a shorter word: itself)
            is no kept n-gram.
        every_window: the same for windows of all lengths from three to `order`.
        beginnings_only: count shorter n-grams only where a frequent n-gram of full length begins with them.
        memory: bytes for the work, beside the interpreter, its packages, and the n-grams and words that are found. Only a
            stretch of text without any cut is never split.
        workers: threads; `None` takes the number of processors.
        cluster: address of a Dask scheduler for the counting, such as `tcp://host:8786`; `None` counts here.
        encoding: of the files.

    Attributes:
        words_: DataFrame of `word`, `count` (pieces of the text that are this word), `cohesion` (NaN for single characters and
            for words longer than `order`), `left_entropy` and `right_entropy` (nats; of the characters beside all occurrences,
            a cut being one character), the most frequent first, then by code point.
        ngrams_: DataFrame of `word`, `count`, `cohesion`: the kept n-grams, in the same order.
    """

    _tables = ("words", "ngrams")

    def __init__(
        self,
        order=4,
        min_count=32,
        min_cohesion=None,
        min_entropy=0.0,
        back_check=True,
        every_window=False,
        beginnings_only=False,
        memory=2 << 30,
        workers=None,
        cluster=None,
        encoding="utf-8",
    ):
        self.order = order
        self.min_count = min_count
        self.min_cohesion = min_cohesion
        self.min_entropy = min_entropy
        self.back_check = back_check
        self.every_window = every_window
        self.beginnings_only = beginnings_only
        self.memory = memory
        self.workers = workers
        self.cluster = cluster
        self.encoding = encoding

    @classmethod
    def published_4256(cls, **settings):
        """As in archive 4256, whose ratios must be above 5, 25, 125; it reads each text once: `fit(distinct(texts))`."""
        above = tuple(np.nextafter(np.log([5, 25, 125]), np.inf).tolist())
        return cls(**{"min_count": 128, "min_cohesion": above, "every_window": True} | settings)

    @classmethod
    def published_6920(cls, **settings):
        """As in archive 6920, which reads frequent 4-grams and nothing else."""
        return cls(**{"min_count": 32, "min_cohesion": (2.0, 4.0, 6.0), "beginnings_only": True} | settings)

    def _check(self):
        super()._check()
        self._expect("order", Integral, "a whole number of at least 2", 2)
        self._expect("min_count", Integral, "a whole number of at least 1", 1)
        self._expect("min_entropy", Real, "a number of nats", -np.inf)
        for name in ("back_check", "every_window", "beginnings_only"):
            self._expect(name, bool | np.bool_, "True or False")
        self._expect("cluster", str | None, "an address such as tcp://host:8786, or None")
        lengths = ", ".join(map(str, range(2, self.order + 1)))
        what = f"a threshold for each of the lengths {lengths}, or None"
        self._expect("min_cohesion", Collection | None, what)
        if len(self._thresholds()) != self.order - 1 or not all(isinstance(value, Real) for value in self._thresholds()):
            raise ConfigError(f"min_cohesion={self.min_cohesion!r}: expected {what}")

    def _thresholds(self):
        """Of the cohesion, for lengths 2 to `order`."""
        return [2.0 * length for length in range(1, self.order)] if self.min_cohesion is None else self.min_cohesion

    def _find(self, work):
        counts = work.frequent_ngrams(self.order, self.min_count, self.beginnings_only, self.cluster)
        kept, ngram_counts, cohesions = [], [], []
        for length, threshold in enumerate(self._thresholds(), start=2):
            keys, occurrences = counts.by_length[length - 1]
            cohesion = counts.cohesion(length)
            enough = cohesion >= threshold
            kept.append(with_cuts(counts.keys.unpack(keys[enough])[:, :length]))
            ngram_counts.append(occurrences[enough])
            cohesions.append(cohesion[enough])
        kept = np.concatenate(kept)
        tree = WordTree(kept, len(work.text.alphabet))
        words = words_of(work.text, tree, work.folder, work.workers, work.limit, self.min_count)
        found = table(
            work.text.alphabet.decode(words.symbols),
            kept=self._passed(words, tree),
            count=words.counts,
            cohesion=_cohesion_of_words(words.symbols, counts),
            left_entropy=words.left,
            right_entropy=words.right,
        )
        self.ngrams_ = table(
            work.text.alphabet.decode(kept), count=np.concatenate(ngram_counts), cohesion=np.concatenate(cohesions)
        )
        self.words_ = found[found.pop("kept")].reset_index(drop=True)

    def _passed(self, words, tree):
        """Whether words pass the back-check and have the entropies, bool `(words,)`."""
        ends = np.flatnonzero(words.symbols == CUT)
        starts = np.append(0, ends[:-1] + 1)[: len(ends)]
        lengths = ends - starts
        passed = (lengths < 2) | (np.minimum(words.left, words.right) >= self.min_entropy)
        if not self.back_check:
            return passed
        kept = {length: np.zeros(len(words.symbols) + 1, "int64") for length in range(1, self.order + 1)}
        for length, places, _ in tree.matches(words.symbols):
            kept[length][places + 1] = 1
        for window in range(3, self.order + 1):
            before = np.cumsum(kept[window])
            concerned = lengths >= window if self.every_window or window == self.order else lengths == window
            windows = np.maximum(lengths - window + 1, 0)
            passed &= ~concerned | (before[starts + windows] - before[starts] == windows)
        return passed

    def _prepare(self):
        self._alphabet = Alphabet("".join(self.ngrams_["word"]))
        self._tree = WordTree(self._alphabet.encode(lines(self.ngrams_["word"])), len(self._alphabet))

    def _split(self, text):
        symbols = np.append(self._alphabet.encode(text), CUT)
        bounds = (np.flatnonzero(~self._tree.joined(symbols)[:-1]) + 1).tolist()
        return [text[start:end] for start, end in zip([0, *bounds], bounds, strict=False)]


def occurrences(words, corpus, encoding="utf-8"):
    """How often words occur in a corpus, wherever they stand, also overlapping themselves and each other; lines do not join.

    Args:
        words: iterable of strings without newlines.
        corpus, encoding: see `common.text.corpus.read`.

    Returns:
        dict from word to count, in the order of the words.
    """
    words = list(dict.fromkeys(words))
    if any(not word or "\n" in word for word in words):
        raise ConfigError("words: expected strings of one character and more, without newlines")
    tree = WordTree(_points(lines(words)), POINTS)
    counts = np.zeros(len(words), "int64")
    for batch in batches(corpora.read(corpus, encoding)):
        for _, _, found in tree.matches(_points(lines(batch))):
            counts += np.bincount(found, minlength=len(words))
    return dict(zip(words, counts.tolist(), strict=True))


def _points(text):
    """Code points, with cuts for newlines."""
    points = code_points(text).astype("int64")
    points[points == ord("\n")] = CUT
    return points


def _cohesion_of_words(words, counts):
    """Cohesion of those words that are counted n-grams, NaN for others; float64 `(words,)`."""
    ends = np.flatnonzero(words == CUT)
    starts = np.append(0, ends[:-1] + 1)[: len(ends)]
    cohesion = np.full(len(ends), np.nan)
    for length in range(2, counts.keys.order + 1):
        known, of_known = counts.by_length[length - 1][0], counts.cohesion(length)
        rows = np.flatnonzero(ends - starts == length)
        keys = counts.keys.pack(words[starts[rows, None] + np.arange(length)])
        places = np.searchsorted(known, keys)
        found = places < len(known)
        found[found] = known[places[found]] == keys[found]
        cohesion[rows[found]] = of_known[places[found]]
    return cohesion
