"""Words of a language or a field from nothing but its text: which characters hold together, and where the text may be cut.

discovery = WordDiscovery(min_count=32).fit("laws.txt.gz")
discovery.words_.head()                  # word, count, cohesion, left_entropy, right_entropy
discovery.segment("人民法院应当受理。")     # ["人民法院", "应当", "受理", "。"]

Text are Chinese characters, ASCII digits and letters; everything else is a cut, and what stands before it is no neighbour of
what stands behind it.

Written by hand, as the packages for it run out of memory at 100 MB, need a binary for one system, or take hours: here
n-grams are sorted as integers (`ngrams`), dictionaries matched at all places at once (`matching`), and what outgrows memory
is spilled in sorted runs.

Reference: Su, kexue.fm archives 4256 and 6920 (the two forms of `WordDiscovery`); nlp-zero (`WordFinder`).
"""

import contextlib
import itertools
import json
import os
import string
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from common import paths
from common.errors import ConfigError, DataError
from common.text import corpus as corpora
from common.text import ngrams
from common.text.matching import LARGEST_TABLE, NOWHERE, Lattice, Pairs, WordTree
from common.text.ngrams import run_starts
from common.text.normalise import code_points
from common.text.pieces import words_of
from common.text.symbols import CUT, Alphabet, SymbolFile, in_threads, on_cluster, spans
from common.text.vocabulary import POINTS

BYTES_PER_CHARACTER = 120  # of a chunk that is being worked on, at most
BYTES_PER_RECORD = 200  # of a range that is being merged
LARGEST_CHUNK = 1 << 22  # more is not faster, and leaves workers idle at the end
SMALLEST_MEMORY = 1 << 16
BLOCK = 1 << 20  # characters segmented at a time
UNKNOWN = -100.0  # log-probability of a character that is no word
LETTERS_AND_DIGITS = string.ascii_letters + string.digits
SINGLE_LENGTHS = 16  # characters; longer words are few, so that those of different lengths are judged together


class Segmenter:
    """What both kinds of words have in common: `_split` cuts a text that is not empty into pieces."""

    def segment(self, text):
        """Pieces of a text.

        Returns:
            list of strings, which join to the text; characters that are not text are pieces of their own.
        """
        return self._split(text) if text else []

    def segment_all(self, corpus):
        """Pieces of every line of a corpus, a list for each; many lines at a time, so much faster than one by one.

        Args:
            corpus: see `fit`.
        """
        for lines in _batches(corpora.read(corpus, self.encoding)):
            pieces = iter(self._split("\n".join(lines) + "\n"))
            for line in lines:
                ends = line.count("\n") + 1  # of a string that holds newlines
                found = []
                while ends:
                    found.append(next(pieces))
                    ends -= found[-1] == "\n"
                yield found[:-1]


class WordDiscovery(Segmenter):
    """Words by cohesion: n-grams that occur more often than chance would join their parts are never cut.

    Counts n-grams; keeps those whose cohesion `ln min N c(ab) / (c(a) c(b))` over all splits reaches the threshold of their
    length; cuts the text everywhere but inside of kept n-grams, so that those which overlap become longer words; counts the
    words; and keeps a long one only if it consists of kept n-grams everywhere. Pieces of more than 64 characters are no words.

    The result depends neither on `memory` nor on the number of workers.

    Args:
        order: length of the longest n-grams, at least 2.
        min_count: of n-grams and of words.
        min_cohesion: in nats, for lengths 2 to `order`.
        min_entropy: in nats; words of two characters and more need it on both sides.
        back_check: drop words of three characters and more of which a window of `order` characters (a shorter word: itself)
            is no kept n-gram.
        every_window: the same for windows of all lengths from three to `order`.
        beginnings_only: count shorter n-grams only where a frequent n-gram of full length begins with them.
        memory: bytes for the work, beside the interpreter, its packages and the words themselves. Only a stretch of text
            without any cut is never split.
        workers: threads; `None` takes the number of processors.
        cluster: address of a Dask scheduler for the counting, such as `tcp://host:8786`; `None` counts here.
        encoding: of the files.

    Attributes:
        words_: DataFrame of `word`, `count` (pieces of the text that are this word), `cohesion` (NaN for single characters and
            for words longer than `order`), `left_entropy` and `right_entropy` (nats; of the characters beside all occurrences,
            a cut being one character), the most frequent first, then by code point.
        ngrams_: DataFrame of `word`, `count`, `cohesion`: the kept n-grams, in the same order.
    """

    def __init__(
        self,
        order=4,
        min_count=32,
        min_cohesion=(2.0, 4.0, 6.0),
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

    def fit(self, corpus):
        """Find the words of a corpus.

        Args:
            corpus: path, list of paths, folder, `.gz`, or iterable of strings; see `common.text.corpus.read`.

        Raises:
            ConfigError: settings that do not fit together, or a cluster that does not answer.
            DataError: the corpus holds no Chinese, or cannot be read.
        """
        self._check()
        with _workspace(self, corpus) as work:
            counts = work.frequent_ngrams(self.order, self.min_count, self.beginnings_only, self.cluster)
            kept, ngram_counts, cohesions = [], [], []
            for length, threshold in enumerate(self.min_cohesion, start=2):
                keys, occurrences = counts.by_length[length - 1]
                cohesion = counts.cohesion(length)
                enough = cohesion >= threshold
                kept.append(_rows_to_words(counts.keys.unpack(keys[enough])[:, :length]))
                ngram_counts.append(occurrences[enough])
                cohesions.append(cohesion[enough])
            kept = np.concatenate(kept)
            tree = WordTree(kept, len(work.text.alphabet))
            words = words_of(work.text, tree, work.folder, work.workers, work.limit, self.min_count)
            self.ngrams_ = _table(
                work.text.alphabet.decode(kept), count=np.concatenate(ngram_counts), cohesion=np.concatenate(cohesions)
            )
            found = _table(
                work.text.alphabet.decode(words.symbols),
                kept=self._passed(words, tree),
                count=words.counts,
                cohesion=_cohesion_of_words(words.symbols, counts),
                left_entropy=words.left,
                right_entropy=words.right,
            )
        self.words_ = found[found.pop("kept")].reset_index(drop=True)
        return self._prepared()

    def _check(self):
        if self.order < 2:
            raise ConfigError(f"order={self.order}: expected at least 2")
        if len(self.min_cohesion) != self.order - 1:
            lengths = ", ".join(map(str, range(2, self.order + 1)))
            raise ConfigError(f"min_cohesion={self.min_cohesion}: expected a threshold for each of the lengths {lengths}")
        if self.min_count < 1:
            raise ConfigError(f"min_count={self.min_count}: expected at least 1")

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

    def _prepared(self):
        self._alphabet = Alphabet("".join(self.ngrams_["word"]))
        self._tree = WordTree(self._alphabet.encode(_lines(self.ngrams_["word"])), len(self._alphabet))
        return self

    def _split(self, text):
        symbols = np.append(self._alphabet.encode(text), CUT)
        bounds = (np.flatnonzero(~self._tree.joined(symbols)[:-1]) + 1).tolist()
        return [text[start:end] for start, end in zip([0, *bounds], bounds, strict=False)]

    def save(self, path):
        """Write words, n-grams and settings as one `.npz`, atomically and without pickle."""
        _save(path, self, {"words": self.words_, "ngrams": self.ngrams_})

    @classmethod
    def load(cls, path):
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            DataError: it is damaged, or something else.
        """
        discovery, tables = _load(cls, path)
        discovery.words_, discovery.ngrams_ = tables["words"], tables["ngrams"]
        return discovery._prepared()


class WordFinder(Segmenter):
    """Words by strong pairs, then without those that are explained by shorter ones: the algorithm of nlp-zero.

    Cuts between every two characters whose pair is rare or not more frequent than chance would have it; counts the pieces; and
    from the longest to the shortest, takes a word out if the best segmentation of it by the others is almost as probable:
    `ln p(w) - sum ln p(pieces) < |w| - 1`. Its count goes to its pieces. Words of one length go in the order of their first
    occurrence, as in nlp-zero.

    Args:
        min_proba: of pairs among all pairs, and of words among all words.
        min_pmi: in nats, of pairs.
        memory, workers, encoding: see `WordDiscovery`.

    Attributes:
        words_: DataFrame of `word` and `count`, the most frequent first, then by code point.
    """

    def __init__(self, min_proba=1e-7, min_pmi=1.0, memory=2 << 30, workers=None, encoding="utf-8"):
        self.min_proba = min_proba
        self.min_pmi = min_pmi
        self.memory = memory
        self.workers = workers
        self.encoding = encoding

    def fit(self, corpus):
        """Find the words of a corpus; see `WordDiscovery.fit`."""
        with _workspace(self, corpus) as work:
            words = words_of(
                work.text, self._strong_pairs(work), work.folder, work.workers, work.limit, 1, self.min_proba, entropies=False
            )
            symbols, counts = without_redundant(words.symbols, words.counts, work.text.alphabet)
            self.words_ = _table(work.text.alphabet.decode(symbols), count=counts)
        return self._prepared()

    def _strong_pairs(self, work):
        """`Pairs`, or for a very large alphabet the `WordTree` of them."""
        counts = work.frequent_ngrams(order=2, min_count=1)
        characters, (pairs, occurrences) = counts.by_length[0][1], counts.by_length[1]
        # an alphabet has no gaps: the n-th character is symbol n
        log_proba = np.log(np.append(1, characters)) - np.log(characters.sum())
        symbols = counts.keys.unpack(pairs)
        total = occurrences.sum()
        pmi = np.log(occurrences) - np.log(max(total, 1)) - log_proba[symbols[:, 0]] - log_proba[symbols[:, 1]]
        strong, size = symbols[(occurrences > self.min_proba * total) & (pmi > self.min_pmi)], len(work.text.alphabet)
        return Pairs(*strong.T, size) if size <= LARGEST_TABLE else WordTree(_rows_to_words(strong), size)

    def _prepared(self):
        self._tree = None
        return self

    def _split(self, text):
        if self._tree is None:
            self._alphabet = Alphabet("".join(self.words_["word"]) + LETTERS_AND_DIGITS)
            self._tree = WordTree(self._alphabet.encode(_lines(self.words_["word"])), len(self._alphabet))
            self._scores = np.log(self.words_["count"].to_numpy() / max(1, self.words_["count"].sum()))
        symbols = np.append(self._alphabet.encode(text), CUT)
        matches, gaps = [], np.zeros(len(symbols), bool)
        for length, places, words in self._tree.matches(symbols):
            matches.append((length, places, words))
            for gap in range(length - 1):
                gaps[places + gap] = True
        # nothing crosses other gaps: between them are strings of their own, with a node more than symbols
        is_start = np.append(True, ~gaps[:-1])
        starts = np.flatnonzero(is_start)
        lengths = np.diff(starts, append=len(symbols))
        strings = np.cumsum(is_start) - 1
        matches = [(length, places + strings[places], words) for length, places, words in matches]
        lattice, words = _lattice(matches, lengths)
        scores = np.where(words == NOWHERE, UNKNOWN, self._scores[words]) if len(self._scores) else np.full(len(words), UNKNOWN)
        nodes = lattice.starts[lattice.best(scores, np.cumsum(lengths + 1) - 1)]
        is_start[nodes - np.repeat(np.arange(len(lengths)), lengths + 1)[nodes]] = True
        bounds = np.flatnonzero(is_start)
        letters = np.append(0, np.cumsum(_is_letter(self._alphabet)[symbols]))
        glued = _glued(letters, bounds[:-1], bounds[1:])
        bounds = bounds[np.append(~glued, True)].tolist()
        return [text[start:end] for start, end in itertools.pairwise(bounds)]

    def save(self, path):
        """See `WordDiscovery.save`."""
        _save(path, self, {"words": self.words_})

    @classmethod
    def load(cls, path):
        """See `WordDiscovery.load`."""
        finder, tables = _load(cls, path)
        finder.words_ = tables["words"]
        return finder._prepared()


def without_redundant(symbols, counts, alphabet):
    """Take out the words that others explain, and give their counts to their pieces; see `WordFinder`.

    What becomes of a word hangs on the counts when its turn comes, hence on the words before it. Many words are judged at
    once: by counts as if no word were taken out, then by those that follow from the verdicts, until the verdicts repeat.
    Each round makes at least one more of them final, so the result is that of one word after the other; a few rounds do.

    A character that is no word has a score so low that what contains it always stays: words never come in.

    Args:
        symbols: of the words, with a cut after each.
        counts: int64 `(words,)`.
        alphabet: of the symbols.

    Returns:
        symbols and counts of the words that are left, the longest first.
    """
    ends = np.flatnonzero(symbols == CUT)
    lengths = np.diff(ends, prepend=-1) - 1
    order = np.argsort(-lengths, kind="stable")
    symbols, lengths, counts = spans(symbols, (ends - lengths)[order], lengths[order]), lengths[order], counts[order]
    tree, letters = WordTree(symbols, len(alphabet)), _is_letter(alphabet)
    bounds = np.append(0, np.cumsum(lengths + 1))
    blocks = np.append(run_starts(np.minimum(lengths, SINGLE_LENGTHS)), len(lengths))
    for first, end in itertools.pairwise(blocks):
        if lengths[first] > 1:
            _judge(slice(first, end), symbols[bounds[first] : bounds[end]], lengths[first:end], counts, tree, letters)
    left = counts > 0
    return symbols[np.repeat(left, lengths + 1)], counts[left]


def _judge(block, symbols, lengths, counts, tree, letters):
    """Take the redundant words of a block out of the counts.

    Args:
        block: slice of the words.
        symbols, lengths: of the words of the block.
        counts: of all words, changed in place; 0 for a word that is taken out.
        tree: of all words.
        letters: which symbols are letters or digits.
    """
    strings = np.repeat(np.arange(len(lengths)), lengths + 1)
    found = []
    for length, places, words in tree.matches(symbols):
        inside = length < lengths[strings[places]]
        found.append((length, places[inside], words[inside]))
    lattice, words = _lattice(found, lengths)
    strings, known = strings[lattice.starts], words != NOWHERE
    glued = _glued(np.append(0, np.cumsum(letters[symbols])), lattice.starts, lattice.ends)
    goals = np.cumsum(lengths + 1) - 1
    firsts = goals - lengths
    # what the words before add to a count: sums over the same word, sorted by string
    by_word = np.argsort(words * len(lengths) + strings)
    is_word = np.diff(words[by_word], prepend=NOWHERE - 1) != 0
    is_string = is_word | (np.diff(strings[by_word], prepend=0) != 0)
    since, until = (np.maximum.accumulate(np.where(is_first, np.arange(len(words)), 0)) for is_first in (is_word, is_string))
    given, taken, total = np.zeros(len(words), "int64"), np.zeros(len(lengths), "int64"), counts.sum()
    while True:
        sums = np.append(0, np.cumsum(given[by_word]))
        now = counts[words]
        now[by_word] += sums[until] - sums[since]
        additions = np.bincount(words[known], given[known], len(counts)).astype("int64")
        own = counts[block] + additions[block]
        growth = np.cumsum(np.bincount(strings, given, len(lengths)).astype("int64") - taken)
        log_total = np.log(total + np.append(0, growth[:-1]))
        scores = np.where(known, np.log(now) - log_total[strings], UNKNOWN)
        pieces, whole = _with_glued(lattice, lattice.best(scores, goals), glued, strings, firsts)
        whole &= np.bincount(strings[pieces], ~known[pieces], len(lengths)) == 0
        explained = np.bincount(strings[pieces], scores[pieces], len(lengths))
        redundant = whole & (np.log(own) - log_total - explained < lengths - 1)
        pieces = pieces[redundant[strings[pieces]]]
        before, given, taken = given, np.zeros_like(given), np.where(redundant, own, 0)
        given[pieces] = own[strings[pieces]]
        if np.array_equal(given, before):
            break
    counts += additions
    counts[block][redundant] = 0


def _with_glued(lattice, pieces, glued, strings, firsts):
    """Pieces of which those that belong together are one; and in which strings all of these are pieces of the lattice."""
    whole = np.ones(len(firsts), bool)
    concerned = np.zeros(len(firsts), bool)
    concerned[strings[pieces[glued[pieces]]]] = True
    if not concerned.any():
        return pieces, whole
    concerned = concerned[strings[pieces]]
    parts, pieces = pieces[concerned], pieces[~concerned]
    parts = parts[np.argsort(lattice.starts[parts])]
    heads = np.flatnonzero(~glued[parts])
    ends, rows = lattice.ends[parts[np.append(heads[1:], len(parts)) - 1]], strings[parts[heads]]
    found = lattice.find(lattice.starts[parts[heads]], ends, ends - firsts[rows])
    whole[rows[found == NOWHERE]] = False
    return np.concatenate([pieces, found[found != NOWHERE]]), whole


def _lattice(matches, lengths):
    """Lattice of strings, of whose places each is a node, and the word of each edge; `NOWHERE` for a character no word reaches.

    Args:
        matches: tuples of a length, first nodes and words.
        lengths: of the strings.
    """
    firsts = np.cumsum(lengths + 1) - lengths - 1
    depths = np.arange(len(lengths) + lengths.sum()) - np.repeat(firsts, lengths + 1)
    starts = np.concatenate([np.zeros(0, "int64"), *(places for _, places, _ in matches)])
    ends = np.concatenate([np.zeros(0, "int64"), *(places + length for length, places, _ in matches)])
    words = np.concatenate([np.zeros(0, "int64"), *(words for _, _, words in matches)])
    reached = depths == 0
    reached[ends] = True
    rest = np.flatnonzero(~reached)
    starts, ends = np.append(starts, rest - 1), np.append(ends, rest)
    lattice = Lattice(starts, ends, depths[ends], len(depths))
    return lattice, np.append(words, np.full(len(rest), NOWHERE))[lattice.order]


def _is_letter(alphabet):
    """Which symbols are letters or digits."""
    return np.isin(alphabet.points, code_points(LETTERS_AND_DIGITS))


def _glued(letters, starts, ends):
    """Which pieces consist of letters and digits and follow one.

    Args:
        letters: how many stand before each symbol of the text.
        starts, ends: of the pieces.
    """
    return (letters[ends] - letters[starts] == ends - starts) & (letters[starts] > letters[np.maximum(starts - 1, 0)])


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
    tree = WordTree(_points(_lines(words)), POINTS)
    counts = np.zeros(len(words), "int64")
    for lines in _batches(corpora.read(corpus, encoding)):
        for _, _, found in tree.matches(_points(_lines(lines))):
            counts += np.bincount(found, minlength=len(words))
    return dict(zip(words, counts.tolist(), strict=True))


def _points(text):
    """Code points, with cuts for newlines."""
    points = code_points(text).astype("int64")
    points[points == ord("\n")] = CUT
    return points


def _lines(texts):
    return "".join(f"{text}\n" for text in texts)


def _batches(lines):
    """Lists of lines with about `BLOCK` characters."""
    batch, length = [], 0
    for line in lines:
        batch.append(line)
        length += len(line) + 1
        if length >= BLOCK:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


class _Work(NamedTuple):
    text: SymbolFile
    folder: Path
    workers: int
    limit: int  # records that are merged at a time

    def frequent_ngrams(self, order, min_count, beginnings_only=False, cluster=None):
        """`NgramCounts` of the corpus; see `ngrams.frequent`."""
        keys = ngrams.ngram_keys(order, len(self.text.alphabet))
        runs = ngrams.Runs(self.folder / "ngrams", keys.pack(np.arange(1, len(self.text.alphabet))[:, None]), self.limit)
        tasks = ((self.text.read(chunk), keys) for chunk in self.text.chunks)
        for columns in on_cluster(ngrams.count, tasks, cluster) if cluster else in_threads(ngrams.count, tasks, self.workers):
            runs.add(*columns)
        return ngrams.frequent(runs, keys, min_count, beginnings_only)


@contextlib.contextmanager
def _workspace(settings, corpus):
    """A corpus as symbols, in a temporary folder."""
    if settings.memory < SMALLEST_MEMORY:
        raise ConfigError(f"memory={settings.memory}: expected bytes, at least {SMALLEST_MEMORY}")
    workers = settings.workers or os.cpu_count()
    with tempfile.TemporaryDirectory(prefix="podium-words-") as folder:
        size = min(LARGEST_CHUNK, settings.memory // (workers + 1) // BYTES_PER_CHARACTER)
        text = SymbolFile(Path(folder) / "symbols", corpus, settings.encoding, size)
        if not text.alphabet.has_chinese():
            what = "holds no Chinese character" if text.chunks else "is empty: no Chinese characters, digits or letters"
            raise DataError(f"The corpus {corpus if isinstance(corpus, str | os.PathLike) else ''} {what}".replace("  ", " "))
        yield _Work(text, Path(folder), workers, settings.memory // BYTES_PER_RECORD)


def _rows_to_words(rows):
    """Rows of symbols as one array, with a cut after each."""
    return np.pad(rows, ((0, 0), (0, 1))).ravel()


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


def _table(words, **columns):
    by_word = np.array(sorted(range(len(words)), key=words.__getitem__), dtype=int)  # faster than pandas
    order = by_word[np.argsort(-columns["count"][by_word], kind="stable")]
    words = pd.Series([words[row] for row in order], dtype="str")
    return pd.DataFrame({"word": words, **{name: column[order] for name, column in columns.items()}})


def _save(path, model, tables):
    """Settings and tables of words as an `.npz` without pickle."""
    settings = {name: value for name, value in vars(model).items() if not name.endswith("_") and not name.startswith("_")}
    arrays = {"settings": np.frombuffer(json.dumps(settings).encode(), "uint8")}
    for name, table in tables.items():
        arrays[f"{name}-word"] = np.frombuffer(_lines(table["word"]).encode(), "uint8")
        arrays |= {f"{name}-{column}": table[column].to_numpy() for column in table.columns[1:]}
    with paths.atomic(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def _load(cls, path):
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            model, tables = cls(**json.loads(arrays["settings"].tobytes())), {}
            for key in arrays.files[1:]:
                name, column = key.split("-")
                values = arrays[key].tobytes().decode().split("\n")[:-1] if column == "word" else arrays[key]
                tables.setdefault(name, {})[column] = pd.Series(values, dtype="str") if column == "word" else values
            return model, {name: pd.DataFrame(columns) for name, columns in tables.items()}
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, TypeError, OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged, or no {cls.__name__} ({error})") from None
