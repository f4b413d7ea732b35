"""Words by strong pairs of characters, and text cut into the most probable words.

finder = WordFinder().fit("laws.txt.gz")
finder.words_.head()                  # word, count
finder.segment("人民法院应当受理。")

Text are Chinese characters, ASCII digits and letters, as in `word_discovery`.

Reference: Su, nlp-zero.
"""

import itertools
import string
from numbers import Real

import numpy as np

from common.text.matching import LARGEST_TABLE, NOWHERE, Lattice, Pairs, WordTree
from common.text.ngrams import run_starts
from common.text.normalise import code_points
from common.text.pieces import words_of
from common.text.segmenter import Segmenter, lines, table
from common.text.symbols import CUT, Alphabet, spans, with_cuts

UNKNOWN = -100.0  # log-probability of a character that is no word
LETTERS_AND_DIGITS = string.ascii_letters + string.digits
SINGLE_LENGTHS = 16  # characters; longer words are few, so that those of different lengths are judged together


class WordFinder(Segmenter):
    """Words by strong pairs, then without those that are explained by shorter ones: the algorithm of nlp-zero.

    Cuts between every two characters whose pair is rare or not more frequent than chance would have it; counts the pieces; and
    from the longest to the shortest, takes a word out if the best segmentation of it by the others is almost as probable:
    `ln p(w) - sum ln p(pieces) < |w| - 1`. Its count goes to its pieces. Words of one length go in the order of their first
    occurrence, as in nlp-zero.

    Args:
        min_proba: of pairs among all pairs, and of words among all words.
        min_pmi: in nats, of pairs.
        memory, workers, encoding: see `common.text.word_discovery.WordDiscovery`.

    Attributes:
        words_: DataFrame of `word` and `count`, the most frequent first, then by code point.
    """

    def __init__(self, min_proba=1e-7, min_pmi=1.0, memory=2 << 30, workers=None, encoding="utf-8"):
        self.min_proba = min_proba
        self.min_pmi = min_pmi
        self.memory = memory
        self.workers = workers
        self.encoding = encoding

    def _check(self):
        super()._check()
        self._expect("min_proba", Real, "a probability", 0)
        self._expect("min_pmi", Real, "a number of nats", -np.inf)

    def _find(self, work):
        words = words_of(
            work.text, self._strong_pairs(work), work.folder, work.workers, work.limit, 1, self.min_proba, entropies=False
        )
        symbols, counts = without_redundant(words.symbols, words.counts, work.text.alphabet)
        self.words_ = table(work.text.alphabet.decode(symbols), count=counts)

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
        return Pairs(*strong.T, size) if size <= LARGEST_TABLE else WordTree(with_cuts(strong), size)

    def _prepare(self):
        self._tree = None

    def _split(self, text):
        if self._tree is None:
            self._alphabet = Alphabet("".join(self.words_["word"]) + LETTERS_AND_DIGITS)
            self._tree = WordTree(self._alphabet.encode(lines(self.words_["word"])), len(self._alphabet))
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
