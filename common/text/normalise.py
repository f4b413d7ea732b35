"""Normal forms of a text that keep its length, so that a place in the normal form is a place in the original."""

import numpy as np

_HALF_WIDTH = {0x3000: 0x20} | {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
_NORMAL = _HALF_WIDTH | _SURROGATES


def half_width(text):
    """Full-width forms to their ASCII counterparts, and the ideographic space to a blank; the length stays."""
    return text.translate(_HALF_WIDTH)


def normalise(text):
    """Half width and lower case, with U+FFFD for lone surrogates; the length stays.

    The few letters whose lower case has another length, such as the Turkish İ, stay as they are.
    """
    text = text.translate(_NORMAL)
    lower = text.lower()
    if len(lower) == len(text) and "Σ" not in text:  # whose lower case depends on its place in the word
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def code_points(text):
    """Unicode code points, uint32 `(characters,)`."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
