"""Cuts text with a vocabulary: its words as they come, the longest first, and jieba's words in between."""

import ahocorasick

from common.text.segment import segment


class Segmenter:
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
