"""From pointers to an answer: spans of a passage, the best score of each string in it, and a vote over the passages.

A span's score is start x end. Where passages agree on an answer with scores s, it gets sum(s^2) / (1 + sum(s)): one sure
passage beats many doubtful ones, a further sure one adds something, and a doubtful one beside it takes a little away.

Reference: Su 2018, kexue.fm archive 5409.
"""

from dataclasses import dataclass, replace

import numpy as np

from common.text.normalise import normalise


@dataclass(frozen=True)
class Spans:
    """Candidate spans of many passages, all `(spans,)`, sorted by passage, then by score, the best first.

    Attributes:
        passage: which passage.
        begin: first character.
        end: behind the last character.
        score: start x end.
    """

    passage: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    score: np.ndarray

    def __len__(self):
        return len(self.score)

    def take(self, chosen):
        """Some of them: `chosen` is an index or a mask."""
        return Spans(self.passage[chosen], self.begin[chosen], self.end[chosen], self.score[chosen])


def find_spans(pointers, threshold=0.1, longest=12, most=None):
    """Spans whose start and end both exceed the threshold, of all passages at once.

    Args:
        pointers: `Ragged` of float `(characters, 2)`: probability of start and of end of each character of each passage.
        threshold: what a start and an end must exceed.
        longest: characters of a span.
        most: the best spans of each passage that are kept; `None` for all.
    """
    start, end = np.asarray(pointers.values, "float32").T
    passage = np.repeat(np.arange(len(pointers)), pointers.lengths)
    limit = pointers.bounds[passage + 1]  # behind the last character of the passage
    begins = np.flatnonzero(start > threshold)
    ends = begins[:, None] + np.arange(longest)  # (begins, longest)
    inside = ends < limit[begins][:, None]
    closes = np.where(inside, end[np.minimum(ends, max(len(end) - 1, 0))], 0) if len(end) else np.zeros(ends.shape)
    row, length = np.nonzero(closes > threshold)
    found = begins[row]
    score = start[found] * closes[row, length]
    order = np.lexsort((length, found, -score, passage[found]))
    found, length, score = found[order], length[order], score[order]
    begin = found - pointers.bounds[passage[found]]
    spans = Spans(passage[found], begin, begin + length + 1, score)
    if most is None:
        return spans
    first = np.searchsorted(spans.passage, spans.passage)
    return spans.take(np.arange(len(spans)) - first < most)


def join(parts):
    """Spans of different passages as one."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("passage", "begin", "end", "score")]
    return Spans(*columns).take(np.lexsort((columns[2], columns[1], -columns[3], columns[0])))


def mean(parts):
    """Spans of the same passages by several models as one: scores are averaged, a model that does not name a span says 0."""
    spans = join(parts)
    places, which = np.unique(np.stack([spans.passage, spans.begin, spans.end]), axis=1, return_inverse=True)
    scores = np.bincount(which.ravel(), spans.score, minlength=places.shape[1]) / len(parts)
    return join([Spans(*places, scores)])


@dataclass(frozen=True)
class Candidate:
    """One answer to a question, and the best span that gives it.

    Attributes:
        text: cut from the original passage.
        score: of the vote.
        passage: number of the passage within the question.
        begin, end: the span in it, `end` exclusive.
        scores: best score of each passage that gives this answer.
    """

    text: str
    score: float
    passage: int
    begin: int
    end: int
    scores: tuple[float, ...]


def vote(scores):
    """sum(s^2) / (1 + sum(s)) of the scores that an answer has in the passages."""
    scores = np.asarray(scores, dtype="float64")
    return float((scores**2).sum() / (1 + scores.sum()))


def candidates(questions, first, spans):
    """The candidate answers of each question, the best first.

    Answers that differ in case or width alone are one answer; it is written as in the span with the best score.

    Args:
        questions: list of `Question`.
        first: number of each question's first passage, and at last the number of passages.
        spans: `Spans` over the passages of all questions.

    Returns:
        A list of `Candidate` for each question.
    """
    bounds = np.searchsorted(spans.passage, first)
    columns = (spans.passage.tolist(), spans.begin.tolist(), spans.end.tolist(), spans.score.tolist())
    answers = []
    for row, question in enumerate(questions):
        found = {}
        for passage, begin, end, score in zip(*(column[bounds[row] : bounds[row + 1]] for column in columns), strict=True):
            place = passage - int(first[row])
            text = question.passages[place].text[begin:end].strip()
            if text:
                found.setdefault(normalise(text), {}).setdefault(place, (score, begin, end, text))  # the best comes first
        answers.append(sorted(map(combine, found.values()), key=lambda candidate: -candidate.score))
    return answers


def combine(places):
    """The `Candidate` of one answer from `{passage: (score, begin, end, text)}`."""
    passage, (_, begin, end, text) = max(places.items(), key=lambda item: item[1][0])
    scores = tuple(score for score, *_ in places.values())
    return Candidate(text, vote(scores), passage, begin, end, scores)


def merge(found):
    """Candidates of one question by several networks as one list: scores are averaged, a network that is silent says 0.

    Args:
        found: a list of `Candidate` of each network.
    """
    by_answer = {}
    for candidates in found:
        for candidate in candidates:
            by_answer.setdefault(normalise(candidate.text), []).append(candidate)
    merged = [
        replace(max(same, key=lambda one: one.score), score=sum(one.score for one in same) / len(found))
        for same in by_answer.values()
    ]
    return sorted(merged, key=lambda candidate: -candidate.score)


def best_answers(found):
    """The first candidate's text of each question, empty where there is none."""
    return [answers[0].text if answers else "" for answers in found]
