"""How a question and its passages match: eight features of every character, and relevance of every passage.

A token is an integer id, of a character or of a word, and ids compare by value alone: code points and hashes serve the features
as well as vocabulary ids. Words outside a vocabulary should keep different ids, or they all match each other.
"""

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

FEATURES = tuple(f"{unit}_{name}" for unit in ("word", "character") for name in ("match", "shared", "jaccard", "edit_distance"))
RELEVANCE = ("share", "rarest_found", "rarest_missed", "bm25")


def hand_features(question_chars, passages_chars, question_words, passages_words):
    """Eight features of each character: four of the word it stands in, then the same four of itself, named in `FEATURES`.

    With `n` tokens in the question, and around each token of a passage the window of `n` tokens that has `n // 2` before it,
    cut at the passage's ends:

    - match: 1 if the question has the token;
    - shared: number of other passages that have it / number of passages;
    - jaccard: distinct tokens in both window and question / distinct tokens in either;
    - edit_distance: Levenshtein distance between window and question / `n`.

    A question without tokens gives zeros.

    Args:
        question_chars: ids of the question's characters, `(characters,)`.
        passages_chars: the same of each passage.
        question_words: pair of word ids `(words,)` and the words' lengths in characters `(words,)`.
        passages_words: the same of each passage; the lengths add up to the passage's characters.

    Returns:
        One float32 array `(characters, 8)` per passage.

    Reference: Su 2018, kexue.fm archive 5409.
    """
    if len(passages_chars) != len(passages_words):
        raise ValueError(f"Expected the words of {len(passages_chars)} passages. Received: {len(passages_words)}")
    by_word = _token_features(question_words[0], [words for words, _ in passages_words])
    by_character = _token_features(question_chars, passages_chars)
    features = []
    for number, (of_words, of_characters) in enumerate(zip(by_word, by_character, strict=True)):
        lengths = np.asarray(passages_words[number][1], np.int64)
        if len(lengths) != len(of_words) or lengths.sum() != len(of_characters):
            raise ValueError(
                f"Expected the lengths of {len(of_words)} words with {len(of_characters)} characters in passage {number}. "
                f"Received: {len(lengths)} lengths, {lengths.sum()} characters"
            )
        features.append(np.concatenate([np.repeat(of_words, lengths, axis=0), of_characters], axis=1))
    return features


def rarity(frequency, documents):
    """Inverse document frequency of tokens, from 0 (in every document) to 1 (in none); the formula is Lucene's.

    Args:
        frequency: number of documents that have each token, `(tokens,)`.
        documents: number of documents.
    """
    return np.log1p((documents - frequency + 0.5) / (frequency + 0.5)) / np.log1p((documents + 0.5) / 0.5)


def relevance(question, passages, document_frequency, documents, average_length, k1=1.2, b=0.75):
    """Four numbers that say how much of a question each passage has, float32 `(passages, 4)`; see `RELEVANCE`.

    Over the distinct tokens of the question, each weighted by its rarity: the share that the passage has; the greatest weight
    that it has; the greatest that it lacks; and BM25, divided by the sum of the weights. A question without tokens gives zeros.

    Args:
        question: ids of the question's tokens, `(tokens,)`.
        passages: the same of each passage.
        document_frequency: number of documents that have each token, indexed by its id, `(ids,)`.
        documents: number of documents.
        average_length: mean length of the documents in tokens.
        k1, b: of BM25: how soon repetitions stop to count, and how much length does.

    Reference: Robertson and Zaragoza 2009.
    """
    known = np.unique(np.asarray(question, np.int64))
    if not len(known):
        return np.zeros((len(passages), 4), np.float32)
    weights = rarity(np.asarray(document_frequency)[known], documents)
    codes = (_codes(known, np.asarray(passage, np.int64)) for passage in passages)
    counts = [np.bincount(code, minlength=len(known) + 1)[1:] for code in codes]
    counts = np.array(counts, np.int64).reshape(len(passages), len(known))
    lengths = np.array([[len(passage)] for passage in passages], np.int64).reshape(len(passages), 1)
    found = counts > 0
    repeated = counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths / average_length))
    columns = (
        found @ weights / weights.sum(),
        np.max(found * weights, axis=1, initial=0),
        np.max(~found * weights, axis=1, initial=0),
        repeated @ weights / weights.sum(),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def lead(scores):
    """Each passage's scores minus the best of the other passages, `(passages, columns)`; zeros for a single passage."""
    if len(scores) < 2:
        return np.zeros_like(scores)
    ranked = np.sort(scores, axis=0)
    return scores - np.where(scores == ranked[-1], ranked[-2], ranked[-1])


def _token_features(question, passages):
    """The four features on one kind of token: one float32 array `(tokens, 4)` per passage."""
    question = np.asarray(question, np.int64)
    tokens, first, last = _joined(passages)
    if len(question) and len(tokens):
        known = np.unique(question)
        codes = _codes(known, tokens)
        new, before = _repeats(tokens, first)
        features = np.empty((len(tokens), 4), np.float32)
        features[:, 0] = codes > 0
        features[:, 1] = _others(tokens, new) / len(passages)
        features[:, 2] = _jaccard(codes > 0, len(known), len(question), new, before, first, last)
        features[:, 3] = _edit_distance(codes, _codes(known, question), first, last) / len(question)
    else:
        features = np.zeros((len(tokens), 4), np.float32)
    ends = np.cumsum([len(passage) for passage in passages], dtype=np.int64)
    return np.split(features, ends)[: len(passages)]


def _joined(passages):
    """All tokens in one array, and for each where its passage begins and ends there, all `(tokens,)`."""
    lengths = np.array([len(passage) for passage in passages], np.int64)
    ends = np.cumsum(lengths)
    tokens = np.concatenate([np.empty(0, np.int64), *(np.asarray(passage, np.int64) for passage in passages)])
    return tokens, np.repeat(ends - lengths, lengths), np.repeat(ends, lengths)


def _codes(known, tokens):
    """Position in the sorted ids `known` + 1, and 0 for a token that is not among them."""
    codes = np.searchsorted(known, tokens, side="right")
    return np.where(codes > np.searchsorted(known, tokens), codes, 0)


def _repeats(tokens, first):
    """Which tokens are the first of their kind in their passage, and the place of the previous one where they are not."""
    order = np.argsort(tokens, kind="stable")  # equal tokens side by side, in the order of the text
    same = tokens[order][1:] == tokens[order][:-1]
    before = np.full(len(tokens), -1)
    before[order[1:]] = np.where(same, order[:-1], -1)
    return before < first, before


def _others(tokens, new):
    """For each token, the number of other passages that have it; `new` marks the first of its kind in each passage."""
    _, kinds = np.unique(tokens, return_inverse=True)
    return np.bincount(kinds, weights=new)[kinds] - 1


def _jaccard(match, known, size, new, before, first, last):
    """Overlap of each token's window with the `known` distinct tokens of a question of `size` tokens.

    A window has as many distinct tokens as tokens whose previous like lies outside it. Each token is such a one for a run of
    neighbouring windows, so counting where these runs begin and end serves all windows at once.
    """
    place = np.arange(len(match))
    reach = place - size + 1  # the first window to hold the place
    begin = np.where(new, reach, np.maximum(reach, before + 1)) + size // 2
    begin, end = np.clip(begin, first, last), np.minimum(place + size // 2 + 1, last)

    def count(chosen):
        changes = np.bincount(begin[chosen], minlength=len(match) + 1) - np.bincount(end[chosen], minlength=len(match) + 1)
        return np.cumsum(changes)[:-1]

    common = count(match)
    return common / (known + count(slice(None)) - common)


def _edit_distance(codes, question, first, last):
    """Levenshtein distance between each token's window and the question.

    The tokens go through rapidfuzz as letters of strings, its fastest input. That tokens outside the question share one letter
    changes no distance.
    """
    start = np.arange(len(codes)) - len(question) // 2
    starts, stops = np.maximum(start, first).tolist(), np.minimum(start + len(question), last).tolist()
    text, question = (letters.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass") for letters in (codes, question))
    windows = [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
    return cdist([question], windows, scorer=Levenshtein.distance, dtype=np.int32)[0]
