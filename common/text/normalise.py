"""Normal forms of a text that keep its length, so that a place in the normal form is a place in the original."""

import re

import numpy as np

from common.text.characters import FULL_WIDTH, WIDER, any_of

_HALF_WIDTH = {0x3000: 0x20} | {point: point - WIDER for point in range(0xFF01, 0xFF5F)}
_WIDE_WORDS = re.compile(f"{any_of(FULL_WIDTH)}+")
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_NORMAL = _HALF_WIDTH | _SURROGATES


def half_width(text):
    """Full-width forms to their ASCII counterparts, and the ideographic space to a blank; the length stays."""
    return text.translate(_HALF_WIDTH)


def half_width_words(text):
    """Full-width letters and digits alone to their ASCII counterparts: what stands between words stays, as does the length."""
    return _WIDE_WORDS.sub(lambda found: half_width(found[0]), text)


def normalise(text):
    """Half width and lower case, with U+FFFD for lone surrogates; the length stays.

    The few letters whose lower case has another length, such as the Turkish İ, stay as they are.
    """
    text = text.translate(_NORMAL)
    lower = text.lower()
    if len(lower) == len(text) and "Σ" not in text:  # whose lower case depends on its place in the word
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def occurrences(text, part):
    """Every place of a part in a text, overlapping ones too, whatever the case and the width of the characters.

    Returns:
        list of `(start, end)`, positions in `text` with `end` exclusive; empty where the answer does not stand there.
    """
    text, part = normalise(text), normalise(part)
    places, start = [], text.find(part) if part else -1
    while start >= 0:
        places.append((start, start + len(part)))
        start = text.find(part, start + 1)
    return places


def code_points(text):
    """Unicode code points, uint32 `(characters,)`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
