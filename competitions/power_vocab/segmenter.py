"""Cuts text into jieba's words, or with a vocabulary: its words as they come, the longest first, and jieba's in between."""

import itertools

import ahocorasick

from common.text import segment as jieba
from common.text.normalise import half_width_words


def segment(text):
    """jieba's words of a text, which join to it; full-width letters and digits count as the half-width ones that it knows."""
    return spelt(text, jieba.segment(half_width_words(text)))


def tag(text):
    """The same with their parts of speech, a list of (word, tag)."""
    tagged = jieba.tag(half_width_words(text))
    return list(zip(spelt(text, [word for word, _ in tagged]), [tag for _, tag in tagged], strict=True))


def spelt(text, words):
    """The pieces of a text that are as long as some words, which join to another spelling of it."""
    return [text[start:end] for start, end in itertools.pairwise(itertools.accumulate(map(len, words), initial=0))]


class Marker:
    """Finds the words of a vocabulary in any text.

    Args:
        words: texts.
    """

    def __init__(self, words):
        self.automaton = ahocorasick.Automaton()
        for word in words:
            self.automaton.add_word(word, word)
        self.automaton.make_automaton()

    def segment(self, text):
        """Pieces of a text, which join to it.

        Returns:
            list of `(piece, known)`; known are the words of the vocabulary.
        """
        pieces, place = [], 0
        found = self.automaton.iter_long(text) if len(self.automaton) else ()
        for end, word in found:
            start = end + 1 - len(word)
            pieces += [(piece, False) for piece in segment(text[place:start])]
            pieces.append((word, True))
            place = end + 1
        return pieces + [(piece, False) for piece in segment(text[place:])]
