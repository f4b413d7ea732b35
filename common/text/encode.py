"""What every character of a text is: its own id, its word's, the word's part of speech, and its place in the word."""

import numpy as np

from common.text import segment

CHANNELS = ("character", "word", "tag", "place")  # ids of every character
PLACES = {"only": 1, "first": 2, "inner": 3, "last": 4}  # of a character in its word; 0 is padding


def encode(text, vocabulary, word_ids):
    """Ids of every character of a text.

    Args:
        text: normalised.
        vocabulary: `CharVocabulary`.
        word_ids: number of each word that has a vector; 0 stands for all others.

    Returns:
        int32 `(characters, 4)`, columns as in `CHANNELS`, and the words of the text.
    """
    tagged = segment.tag(text)
    lengths = [len(word) for word, _ in tagged]
    columns = (
        vocabulary.encode(text),
        np.repeat([word_ids.get(word, 0) for word, _ in tagged], lengths),
        np.repeat([segment.tag_id(tag) for _, tag in tagged], lengths),
        places_in_words(lengths),
    )
    return np.stack([column.astype("int32") for column in columns], axis=1), [word for word, _ in tagged]


def places_in_words(lengths):
    """The place of each character in its word, see `PLACES`."""
    lengths = np.asarray(lengths, dtype=int)
    ends = np.cumsum(lengths)
    places = np.full(lengths.sum(), PLACES["inner"])
    places[ends - lengths] = PLACES["first"]
    places[ends - 1] = PLACES["last"]
    places[(ends - 1)[lengths == 1]] = PLACES["only"]
    return places
