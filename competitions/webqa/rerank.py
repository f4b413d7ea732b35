"""Choose among the candidate answers of a question with LightGBM, on what the pointers cannot see.

The pointers look at one passage; here an answer is compared with its rivals, over all passages, and its form with what the
question asks for. The trees learn the score that each candidate would get from the official scorer, so the best candidate is
the one with the highest expected score. Imports no Keras.
"""

import re
from dataclasses import replace

import lightgbm
import numpy as np

from common.text.characters import HAN, any_of
from common.text.encode import PLACES
from common.text.normalise import normalise
from competitions.webqa import features, metric

MOST = 20  # candidates of the networks that are looked at, of each question
OFFERED = 10  # of the ranker
ASKS = (
    "谁|什么人|哪位|哪个人",
    "哪里|哪儿|什么地方|何处",
    "多少|几",
    "哪年|哪一年|何时|什么时候|年代|时间|日期",
    "什么",
    "哪",
    "叫|名",
    "是$|为$",
)
ORDINARY = re.compile(any_of(HAN))
UNIT = re.compile(rf"(?:多少|几|哪一?|什么)({any_of(HAN)})")  # 米 in 有多少米
KIND = re.compile(rf"(?:什么|哪[个位种座家条本部些]?|多少[个]?|几)({any_of(HAN)}{{1,3}})")
NUMERALS = re.compile(r"[0-9一二三四五六七八九十百千万亿两]")
MARKS = re.compile(r"[^\w\s]")
OPENING, CLOSING = "《“\"'‘「『(（[", "》”\"'’」』)）]"


def columns():
    """Names of the features, in the order of `describe`."""
    own = (
        "vote",
        "share_of_best",
        "rank",
        "rivals",
        "passages",
        "best_score",
        "start",
        "end",
        "score_of_longer",
        "score_of_shorter",
    )
    form = ("length", "ordinary", "numerals", "marks", "latin", "starts_word", "ends_word", "words", "first_tag", "last_tag")
    place = ("begin", "passage_length", "asked_share", "nearest_left", "nearest_right", "opened", "closed", "sentence_begin")
    question = (
        *(f"asks_{number}" for number in range(len(ASKS))),
        "question_length",
        "unit_inside",
        "unit_behind",
        "unit_last",
    )
    spread = (
        "occurs_in",
        "occurrences",
        "likeness",
        "kind_likeness",
        "kind_likeness_of_end",
        "ranked_score",
        "ranked_share",
        "ranked_place",
    )
    return (*own, *form, *place, *question, *spread, *features.RELEVANCE)


def offer(found, ranked):
    """Candidates of the networks, and behind them the ranker's first ones that no network names; without vote.

    Args:
        found, ranked: a list of `Candidate` for each question.
    """
    return [[*candidates[:MOST], *unnamed(candidates[:MOST], others)] for candidates, others in zip(found, ranked, strict=True)]


def unnamed(candidates, others):
    """The first `OFFERED` of the others that are no candidate yet."""
    known = {normalise(candidate.text) for candidate in candidates}
    return [replace(one, score=0.0, scores=(0.0,)) for one in others[:OFFERED] if normalise(one.text) not in known]


def table(questions, found, encoded, pointers, vectors, ranked=None):
    """Features of all candidates.

    Args:
        questions: list of `Question`.
        found: list of `Candidate`, for each question.
        encoded: `Encoded` of the same questions.
        pointers: `Ragged`, of all their passages.
        vectors: `(words, dim)` by word id, row 0 zero.
        ranked: the ranker's candidates of each question; `None` where there is no ranker.

    Returns:
        float32 `(candidates, columns)`, and the question of each candidate `(candidates,)`.
    """
    rows, owner = [np.empty((0, len(columns())), "float32")], []
    for number, (question, candidates) in enumerate(zip(questions, found, strict=True)):
        others = ranked[number] if ranked else []
        described = describe(question, candidates, encoded, number, pointers, vectors, others)
        rows.append(np.array(described, "float32").reshape(-1, len(columns())))
        owner += [number] * len(candidates)
    return np.concatenate(rows), np.array(owner, int)


def describe(question, candidates, encoded, number, pointers, vectors, ranked):
    """A list of numbers for each candidate of one question, named by `columns`."""
    best = max((one.score for one in ranked), default=0)
    standing = {normalise(one.text): (max(one.scores), one.score / best, place) for place, one in enumerate(ranked)}
    asked = normalise(question.text)
    asks = [float(bool(re.search(pattern, asked.rstrip("?？。 ")))) for pattern in ASKS]
    asked_ids = encoded.questions[number][:, 1]
    meanings = mean_vector(asked_ids, vectors), mean_vector(asked_ids[asked_kind(asked)], vectors)
    texts = [normalise(passage.text) for passage in question.passages]
    strings = [normalise(candidate.text) for candidate in candidates]
    rows = []
    for rank, (candidate, answer) in enumerate(zip(candidates, strings, strict=True)):
        passage = int(encoded.first[number]) + candidate.passage
        text, begin, end = texts[candidate.passage], candidate.begin, candidate.end
        inside = encoded.passages[passage][begin:end]
        asked_here = encoded.match[passage][:, features.MATCH.index("character_match")] > 0
        rows.append(
            (
                *standing_of(candidates, strings, rank, pointers[passage]),
                *form_of(answer, inside),
                *place_of(text, begin, end, asked_here),
                *asks,
                len(asked),
                *unit_of(answer, text[end : end + 1], asked),
                *spread_of(answer, texts, inside, vectors, meanings),
                *standing.get(answer, (np.nan,) * 3),
                *encoded.relevance[passage],
            )
        )
    return rows


def standing_of(candidates, strings, rank, pointer):
    """How the networks and its rivals see the candidate of a rank; `pointer` of its passage, `(characters, 2)`."""
    candidate, answer = candidates[rank], strings[rank]
    longer = [one.score for one, other in zip(candidates, strings, strict=True) if answer in other and other != answer]
    shorter = [one.score for one, other in zip(candidates, strings, strict=True) if other in answer and other != answer]
    return (
        candidate.score,
        candidate.score / max(candidates[0].score, 1e-9),
        rank,
        len(candidates),
        len(candidate.scores),
        max(candidate.scores),
        pointer[candidate.begin, 0],
        pointer[candidate.end - 1, 1],
        max(longer, default=0),
        max(shorter, default=0),
    )


def form_of(answer, inside):
    """Length, kinds of characters, and words of an answer; `inside` are the ids of its characters, `(characters, 4)`."""
    begins = np.isin(inside[:, 3], (PLACES["only"], PLACES["first"]))
    return (
        len(answer),
        len(ORDINARY.findall(answer)),
        len(NUMERALS.findall(answer)),
        len(MARKS.findall(answer)),
        len(re.findall("[a-z]", answer)),
        begins[0],
        inside[-1, 3] in (PLACES["only"], PLACES["last"]),
        begins.sum(),
        inside[0, 2],
        inside[-1, 2],
    )


def place_of(text, begin, end, asked_here):
    """Where in its passage an answer stands; `asked_here` says which characters of it the question has, too."""
    before, behind = np.flatnonzero(asked_here[:begin]), np.flatnonzero(asked_here[end:])
    return (
        begin,
        len(text),
        asked_here[begin:end].mean(),
        begin - before[-1] if len(before) else len(text),
        behind[0] + 1 if len(behind) else len(text),
        text[max(0, begin - 1) : begin] in tuple(OPENING),
        text[end : end + 1] in tuple(CLOSING),
        begin - max(text.rfind(mark, 0, begin) for mark in "。！？!?;；，,"),
    )


def unit_of(answer, behind, asked):
    """Whether what the question counts in, 米 in 多少米, stands in an answer, behind it, or ends it."""
    units = UNIT.findall(asked)
    return (
        any(unit in answer for unit in units),
        any(behind == unit for unit in units),
        any(letter == answer[-1] for letter in asked[asked_kind(asked)]),
    )


def spread_of(answer, texts, inside, vectors, meanings):
    """How often the passages have an answer, and how like the question and the kind that it asks for it is."""
    asked_vector, kind_vector = meanings
    meaning = mean_vector(inside[:, 1], vectors)
    return (
        sum(answer in one for one in texts),
        sum(one.count(answer) for one in texts),
        meaning @ asked_vector,
        meaning @ kind_vector,
        mean_vector(inside[-1:, 1], vectors) @ kind_vector,
    )


def asks_for(text):
    """The first of `ASKS` that fits a question, "" where none does."""
    asked = normalise(text).rstrip("?？。 ")
    return next((pattern for pattern in ASKS if re.search(pattern, asked)), "")


def asked_kind(asked):
    """Where a normalised question names the kind of its answer: 动物 in 什么动物最大, 国家 in 是哪个国家; a slice of it."""
    found = KIND.search(asked)
    return slice(*found.span(1)) if found else slice(0, 0)


def mean_vector(word_ids, vectors):
    """Mean of the word vectors of some characters, of length 1; zeros where no word is known."""
    mean = vectors[word_ids].mean(axis=0) if len(word_ids) else np.zeros(vectors.shape[1])
    return mean / max(float(np.linalg.norm(mean)), 1e-6)


def targets(questions, found):
    """The official score of each candidate, from 0 to 1, `(candidates,)`."""
    gold = metric.gold_of(questions)
    scores = []
    for question, candidates in zip(questions, found, strict=True):
        for candidate in candidates:
            truth = gold[question.id]
            scores.append((metric.accuracy_of(candidate.text, truth) + metric.f1_of(candidate.text, truth)) / 2)
    return np.array(scores)


def fit(rows, scores, rounds, seed, workers=0):
    """A LightGBM model of the score of a candidate; `workers` are threads, 0 for one per processor."""
    settings = {
        "objective": "cross_entropy",
        "learning_rate": 0.03,
        "num_leaves": 31,
        "min_data_in_leaf": 30,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "verbose": -1,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": workers,
    }
    categories = [columns().index(name) for name in ("first_tag", "last_tag")]
    return lightgbm.train(settings, lightgbm.Dataset(rows, scores, categorical_feature=categories), rounds)


def choose(found, expected, owner):
    """Put the candidates of each question in the order of their expected scores.

    Args:
        found: list of `Candidate`, for each question.
        expected: `(candidates,)`.
        owner: question of each, `(candidates,)`.

    Returns:
        Like `found`, the best first.
    """
    bounds = np.searchsorted(owner, np.arange(len(found) + 1))
    return [
        [candidates[place] for place in np.argsort(-expected[bounds[row] : bounds[row + 1]], kind="stable")]
        for row, candidates in enumerate(found)
    ]
