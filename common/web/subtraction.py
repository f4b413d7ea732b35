"""The original method: what one page has and the others lack, then what reads like language (kexue.fm 4413).

    frame = shared([page, other])
    kept(page, frame)                # booleans, one for each block

A page is a set of pairs (path, text); the template is what all pages have in common, so that another page never enlarges it.
Where the articles leave it open: the path is that of tags alone, a text is a block of text, and the share of Chinese characters
that makes a text language is a half.
"""

import re

import numpy as np

from common.web.page import HAN, words
from common.web.times import find

CHINESE = 0.5  # share of Chinese characters among the words of a text that is language
LANGUAGE = 0.3  # share of Chinese words of a page from which on the filter of language is of use
HAN_CHARACTER = re.compile(f"[{HAN}]")
NAME = re.compile(r"\w+")  # no blanks: a user's name


def pairs(page):
    """A page as the set of its pairs of path and text."""
    return {(block.path, block.text) for block in page.blocks}


def shared(pages):
    """The template: the pairs that all pages have."""
    first, *others = map(pairs, pages)
    return first.intersection(*others)


def is_language(text):
    """Whether a text holds a date, is a name, or is Chinese for the most part; so the articles' working rule."""
    found = words(text)
    chinese = sum(bool(HAN_CHARACTER.match(word)) for word in found)
    return bool(NAME.fullmatch(text)) or chinese >= CHINESE * max(1, len(found)) or find(text) is not None


def kept(page, frame, language=True):
    """Whether each block stays, booleans `(blocks,)`: not in the template and, where that is asked for, language."""
    return np.array([(b.path, b.text) not in frame and (not language or is_language(b.text)) for b in page.blocks], bool)


def kept_of_site(page, pages):
    """What stays of one page of a site's `pages`, booleans `(blocks,)`: the template is what it shares with the next one."""
    frame = frozenset()
    if len(pages) > 1:
        place = next(number for number, other in enumerate(pages) if other is page)
        frame = shared([page, pages[(place + 1) % len(pages)]])
    found = [word for block in page.blocks for word in words(block.text)]
    chinese = sum(bool(HAN_CHARACTER.match(word)) for word in found) / max(1, len(found))
    return kept(page, frame, chinese >= LANGUAGE)
