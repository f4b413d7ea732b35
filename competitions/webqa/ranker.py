"""Answers without a network: LightGBM ranks all word n-grams of the passages by the official score that they would get.

What it knows is where a candidate stands (BM25 of its passage, distance to the words of the question, counts), what it is
(parts of speech, digits, length) and what the question asks for. With few questions it is not far from a network, and it errs
elsewhere; so its candidates and scores go to the re-ranker, too. Imports no Keras.
"""

import re
import tempfile
from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd
from tqdm import tqdm

from common.text import segment
from common.text.normalise import normalise
from competitions.webqa import decode, features, matching, metric, rerank

MOST_WORDS = 6  # of a candidate: 1919|年|5|月|4|日
NEIGHBOURS = 10  # words on either side that count as near
FAR = 100  # characters to a word of the question, where the passage has none
SAMPLED = 150  # candidates without any right character that are learned from, of each training question
WATCHED = 2000  # questions to stop on, at most: every candidate of theirs is kept in memory
FEW = 100  # questions that take no time, so that a bar would only disturb
KEPT = 50  # candidates of a question that are written
STOPS = re.compile(r"[。！？!?;；，,、：:\s]")  # no candidate reaches across one
PLACE = ("text", "passage", "start", "stop")  # columns that are no features
CATEGORIES = ("first_tag", "last_tag", "tag_before", "tag_behind", "asks")
TREES = {"objective": "cross_entropy", "learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 50, "feature_fraction": 0.7}
TREES |= {"deterministic": True, "force_col_wise": True, "verbose": -1}
ROUNDS, PATIENCE = 600, 60
SCORES = [features.RELEVANCE.index(f"{unit}_bm25") for unit in ("word", "character")]


def fit(questions, encoded, encoder, train_rows, valid_rows, longest, seed, workers=0):
    """Trees that are fitted on some questions and stopped on the official score of the others.

    Args:
        questions: list of `Question`.
        encoded: `Encoded` of them.
        encoder: the `Encoder`.
        train_rows, valid_rows: the questions to learn from, and to stop on.
        longest: characters of a candidate.
        seed: of the sampling and of the trees.
        workers: threads; 0 for one per processor.

    Returns:
        `lightgbm.Booster`, and its log, a data frame with columns `epoch`, `loss` and `score`.
    """
    generator = np.random.default_rng(seed)
    learned, held_out = set(np.asarray(train_rows).tolist()), set(np.asarray(valid_rows)[:WATCHED].tolist())
    gold = metric.gold_of(questions)
    names, owner, truth, learned_truth = [], [], [np.empty(0)], [np.empty(0)]
    with tempfile.TemporaryFile() as seen, tempfile.TemporaryFile() as watched:  # more than memory holds of many questions
        for row, table in tables(questions, encoded, encoder, longest, "candidates to learn from", learned | held_out):
            found = targets(table["text"], questions[row], gold[questions[row].id])
            table = table.drop(columns=list(PLACE))
            names, values = list(table), table.to_numpy("float32")
            if row in held_out:
                owner += [row] * len(values)
                truth.append(found)
                values.tofile(watched)
            else:
                kept = (found > 0) | (generator.random(len(values)) < SAMPLED / len(values))
                learned_truth.append(found[kept])
                values[kept].tofile(seen)
        seen, watched = (np.memmap(file, "float32", "r").reshape(-1, len(names)) for file in (seen, watched))
    truth, owner = np.concatenate(truth), np.array(owner)
    training = lightgbm.Dataset(seen, np.concatenate(learned_truth), feature_name=names, categorical_feature=list(CATEGORIES))

    def official(expected, _):
        return "official", truth[best_rows(expected, owner)].sum() / len(held_out), True

    def cross_entropy(expected, _):
        likely = np.clip(expected, 1e-7, 1 - 1e-7)
        return "loss", -np.mean(truth * np.log(likely) + (1 - truth) * np.log(1 - likely)), False

    history = {}
    trees = lightgbm.train(
        {**TREES, "metric": "none", "seed": seed, "num_threads": workers},
        training,
        ROUNDS,
        [training.create_valid(watched, truth)],
        feval=[official, cross_entropy],
        callbacks=[
            lightgbm.early_stopping(PATIENCE, first_metric_only=True, verbose=False),
            lightgbm.record_evaluation(history),
        ],
    )
    scores, losses = history["valid_0"]["official"], history["valid_0"]["loss"]
    return trees, pd.DataFrame({"epoch": range(1, len(scores) + 1), "loss": losses, "score": scores})


def rank(trees, questions, encoded, encoder, longest):
    """Every candidate of some questions with its expected score: `Spans` over their passages, the best of each question."""
    found = {name: [] for name in ("passage", "begin", "end", "score")}
    for row, table in tables(questions, encoded, encoder, longest, "candidates to rank"):
        expected = trees.predict(table[trees.feature_name()])
        best = np.argsort(-expected, kind="stable")[:KEPT]
        best = best[np.lexsort((-expected[best], table["passage"].to_numpy()[best]))]
        found["passage"].append(encoded.first[row] + table["passage"].to_numpy()[best])
        found["begin"].append(table["start"].to_numpy()[best])
        found["end"].append(table["stop"].to_numpy()[best])
        found["score"].append(expected[best])
    kinds = {"passage": "int64", "begin": "int64", "end": "int64", "score": "float64"}
    return decode.Spans(**{name: np.concatenate([np.empty(0), *found[name]]).astype(kind) for name, kind in kinds.items()})


def tables(questions, encoded, encoder, longest, description, wanted=None):
    """Number and candidate table of each question that has any; the number is the table's index, too.

    Args:
        questions, encoded, encoder, longest: see `fit`.
        description: of the progress bar.
        wanted: numbers of the questions, a set; all where it is `None`.
    """

    def rarity(words):
        frequency = encoder.frequency[features.UNITS.index("word")]
        return matching.rarity(frequency[features.hashed(words) % features.BUCKETS], encoder.documents)

    for row, question in enumerate(
        tqdm(questions, desc=description, unit="question", mininterval=1, disable=len(questions) < FEW)
    ):
        if wanted is not None and row not in wanted:
            continue
        passages = [segment.tag(normalise(passage.text)) for passage in question.passages]
        if any(passages):
            asked = normalise(question.text)
            scores = encoded.relevance[encoded.first[row] : encoded.first[row + 1], SCORES].T
            table = describe(asked, segment.segment(asked), passages, scores, rarity, longest)
            if len(table):
                table.index = np.full(len(table), row)
                yield row, table


def targets(texts, question, gold):
    """Official score of each candidate of a question, from 0 to 1; one without a character of any answer has 0."""
    characters = set(normalise("".join(question.answers)))
    scores = np.zeros(len(texts))
    for place, text in enumerate(texts):
        if not characters.isdisjoint(text):
            scores[place] = (metric.accuracy_of(text, gold) + metric.f1_of(text, gold)) / 2
    return scores


def best_rows(values, owner):
    """The place of the greatest value of each owner, by owner."""
    return pd.Series(values).groupby(owner).idxmax()


@dataclass(frozen=True)
class Words:
    """The words of all passages of a question in one row.

    Attributes:
        texts: of them, a list.
        tags: their parts of speech from 1 on, with a 0 before the first and behind the last, `(words + 2,)`.
        passage: of each, `(words,)`.
        begin, end: where it stands in the row of characters.
        opens, closes: the first word of its passage, and the one behind its last.
        matched: whether the question has it, too.
        weights: inverse document frequencies.
    """

    texts: list
    tags: np.ndarray
    passage: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    opens: np.ndarray
    closes: np.ndarray
    matched: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, passages, asked_words, rarity):
        """Those of lists of (word, tag), for a question of these words."""
        texts = [word for passage in passages for word, _ in passage]
        tags = np.array([0, *(segment.tag_id(tag) for passage in passages for _, tag in passage), 0])
        passage = np.repeat(np.arange(len(passages)), [len(one) for one in passages])
        sizes = np.array([len(word) for word in texts])
        end = np.cumsum(sizes)
        sides = [np.searchsorted(passage, passage, side) for side in ("left", "right")]
        known = {word for word in asked_words if not re.fullmatch(r"\W+", word)}
        matched = np.array([word in known for word in texts])
        return cls(texts, tags, passage, end - sizes, end, *sides, matched, np.asarray(rarity(texts)))


def describe(asked, asked_words, passages, scores, rarity, longest):
    """All candidates of one question with their features, a data frame; columns of `PLACE` say what and where they are.

    Args:
        asked, asked_words: the question and its words.
        passages: list of (word, tag) of each passage.
        scores: BM25 of each passage by words and by characters, `(2, passages)`.
        rarity: function from words to their inverse document frequencies.
        longest: characters of a candidate.
    """
    words = Words.of(passages, asked_words, rarity)
    first, last = spans(words, longest)
    numbers = {}  # of the distinct candidates
    spelled = ("".join(words.texts[a : b + 1]) for a, b in zip(first, last, strict=True))
    same = np.array([numbers.setdefault(text, len(numbers)) for text in spelled], dtype=int)
    texts, left, right = list(numbers), *distances(words, first, last)
    near = np.minimum(left, right)
    best = np.lexsort((near, -scores[0][words.passage[first]], same))  # of its places the one in the best passage counts
    best = best[np.searchsorted(same[best], np.arange(len(texts)))]
    nearest = np.full(len(texts), FAR)
    np.minimum.at(nearest, same, near)
    a, b = first[best], last[best]
    place, opening = words.passage[a], words.begin[words.opens[a]]
    return pd.DataFrame(
        {
            **figures_of_passages(scores, same, words.passage[first], place),
            "left": left[best],
            "right": right[best],
            "nearest": nearest,
            **figures_of_surroundings(words, a, b),
            "begin": words.begin[a] - opening,
            "passage_length": np.bincount(words.passage, words.end - words.begin, len(passages))[place],
            "length": words.end[b] - words.begin[a],
            "words": b - a + 1,
            "rarity": between(words.weights, a, b + 1) / (b - a + 1),
            **figures_of_form(texts),
            **figures_of_tags(words, a, b),
            **figures_of_question(asked, texts, [words.texts[one + 1] if one + 1 < len(words.texts) else "" for one in b]),
        },
        dtype="float32",
    ).assign(text=texts, passage=place, start=words.begin[a] - opening, stop=words.end[b] - opening)


def spans(words, longest):
    """First and last word of all candidates: at most `MOST_WORDS` words and `longest` characters, within a clause."""
    count = len(words.texts)
    stops = np.cumsum([bool(STOPS.search(word)) for word in words.texts])
    first, more = np.indices((count, MOST_WORDS)).reshape(2, -1)
    last = np.minimum(first + more, count - 1)
    kept = (first + more == last) & (words.passage[first] == words.passage[last])
    kept &= words.end[last] - words.begin[first] <= longest
    kept &= stops[last] == stops[first] - np.diff(stops, prepend=0)[first]
    return first[kept], last[kept]


def distances(words, first, last):
    """Characters from candidates to the nearest words of the question in their passage, on the left and on the right."""
    count, number = len(words.texts), np.arange(len(words.texts))
    before = np.concatenate([[-1], np.maximum.accumulate(np.where(words.matched, number, -1))])[first]
    behind = np.concatenate([np.minimum.accumulate(np.where(words.matched, number, count)[::-1])[::-1], [count]])[last + 1]
    left = np.where(before >= words.opens[first], np.minimum(words.begin[first] - words.end[before], FAR), FAR)
    to = words.begin[np.minimum(behind, count - 1)] - words.end[last]
    return left, np.where(behind < words.closes[last], np.minimum(to, FAR), FAR)


def figures_of_passages(scores, same, passage, place):
    """BM25 of the passages that hold a candidate.

    Args:
        scores: of each passage, `(2, passages)`.
        same, passage: number and passage of each occurrence.
        place: the passage of each candidate's best one.
    """
    of_words, of_characters = scores
    ranks = [np.argsort(np.argsort(-one, kind="stable")) for one in scores]
    has = np.zeros((len(place), len(of_words)), bool)
    has[same, passage] = True
    return {
        "word_score": of_words[place],
        "word_share": of_words[place] / max(of_words.max(), 1e-9),
        "word_rank": ranks[0][place],
        "character_score": of_characters[place],
        "character_share": of_characters[place] / max(of_characters.max(), 1e-9),
        "character_rank": ranks[1][place],
        "summed_score": has @ of_words / max(of_words.sum(), 1e-9),
        "places": np.bincount(same, minlength=len(place)),
        "passages": has.sum(axis=1),
        "share_of_passages": has.mean(axis=1),
    }


def figures_of_surroundings(words, first, last):
    """How many words of the question stand near, and how rare they are."""
    low = np.maximum(first - NEIGHBOURS, words.opens[first])
    high = np.minimum(last + NEIGHBOURS + 1, words.closes[last])
    return {
        "matched_near": between(words.matched, low, high),
        "rarity_near": between(words.matched * words.weights, low, high),
    }


def between(values, low, high):
    """Sums of the values from `low` to below `high`."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return total[high] - total[low]


def figures_of_form(texts):
    """How many characters of each kind candidates have."""
    kinds = {"ordinary": rerank.ORDINARY, "numerals": rerank.NUMERALS, "marks": rerank.MARKS, "latin": re.compile("[a-z]")}
    return {name: [len(pattern.findall(text)) for text in texts] for name, pattern in kinds.items()}


def figures_of_tags(words, first, last):
    """Parts of speech at the ends of candidates and beside them, 0 beyond their passage."""
    return {
        "first_tag": words.tags[first + 1],
        "last_tag": words.tags[last + 1],
        "tag_before": np.where(first > words.opens[first], words.tags[first], 0),
        "tag_behind": np.where(last + 1 < words.closes[last], words.tags[last + 2], 0),
    }


def figures_of_question(asked, texts, following):
    """What the question asks for, and what of it candidates have; `following` are the words behind them."""
    units = rerank.UNIT.findall(asked)
    return {
        "asked_share": [sum(letter in asked for letter in text) / len(text) for text in texts],
        "asked_whole": [text in asked for text in texts],
        "asks": (*rerank.ASKS, "").index(rerank.asks_for(asked)),
        "question_length": len(asked),
        "unit_inside": [any(unit in text for unit in units) for text in texts],
        "unit_behind": [any(word.startswith(unit) for unit in units) for word in following],
    }
