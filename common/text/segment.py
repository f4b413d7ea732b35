"""Words and their parts of speech, by rjieba: jieba's dictionary and model in Rust, kept up (jieba had no release since 2020).

The words of a text always join to that very text; only lone surrogates, which no file can hold, come back as U+FFFD.
"""

import functools

TAGS = (
    "nr",
    "ns",
    "nt",
    "nz",
    "n",
    "t",
    "m",
    "q",
    "r",
    "v",
    "a",
    "b",
    "d",
    "p",
    "c",
    "u",
    "f",
    "s",
    "i",
    "l",
    "j",
    "eng",
    "x",
    "other",
)
_IDS = {tag: number for number, tag in enumerate(TAGS, start=1)}


def segment(text):
    """The words of a text.

    Returns:
        list of texts, which join to `text`.
    """
    import rjieba

    return rjieba.cut(_clean(text))


def tag(text):
    """The words of a text with their parts of speech, in jieba's letters: `n` noun, `nr` person, `ns` place, `m` number...

    Returns:
        list of (word, tag); the words join to `text`.
    """
    import rjieba

    return rjieba.tag(_clean(text))


@functools.cache
def tag_id(tag):
    """Number of the part of speech in `TAGS`, counted from 1; that of the longest beginning of `tag` which stands there."""
    return next((_IDS[tag[:length]] for length in range(len(tag), 0, -1) if tag[:length] in _IDS), _IDS["other"])


def _clean(text):
    """Lone surrogates as U+FFFD: Rust strings hold none."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text
