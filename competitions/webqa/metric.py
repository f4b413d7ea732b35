"""The organisers' rule: the mean of accuracy and F1 over characters, between normalised answers.

It is written anew because the organisers' scorer (Sogou) runs on Python 2 only; the oddities of that language are part of the
rule: only A to Z have a lower case, only the six ASCII blanks are blanks.

Reference: github.com/bojone/dgcnn_for_reading_comprehension, folder evaluate_tool.
"""

import string
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import DataError, SubmissionError
from common.experiment import Metric
from common.experiment.submission import SHOWN
from common.text.normalise import half_width
from competitions.webqa import decode
from competitions.webqa.questions import KINDS, kind_of

BLANKS = " \t\n\r\f\v"
MARKS = (  # the organisers' list; the ideographic space is one of them, other full-width marks, such as ／, are not
    string.punctuation
    + "\x7f\u3000¤§¨°±·×÷ˇˉ—‖‘’“”•…‰′″※№←↑→↓∈∑√∞∠∨∩∴∵∶≈≌≠≡≤≥≮≯⊙⊥⌒■□▲△◆◇◎●★☆♀♂"
    + "、。〃々〈〉《》「」『』【】〓〔〕〖〗﹑！＄（），．：；？＿～￠￣￥"
)
_NORMAL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase, MARKS + BLANKS)
_SPACED = str.maketrans(dict.fromkeys(MARKS, " "))


@dataclass(frozen=True, slots=True)
class Gold:
    """What counts as right.

    Attributes:
        answer: the standard answer; only its parts may come in any order.
        variants: every accepted way to write it, the standard answer among them.
    """

    answer: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Means over the questions, from 0 to 1."""

    accuracy: float
    f1: float

    @property
    def mean(self):
        """The score of the leaderboard."""
        return (self.accuracy + self.f1) / 2


def gold_of(questions):
    """Gold from the answers in the data, for data without a file of variants: `{id: Gold}`, in the order of the questions.

    The standard answer is the one that most passages give. A question without any answer stays in with no variants, so that
    nothing is right there, not even an empty answer: the organisers' scorer rewards none either.

    Args:
        questions: each with `id` and `answers`, the most frequent first.
    """
    return {question.id: Gold(next(iter(question.answers), ""), tuple(question.answers)) for question in questions}


def per_question(questions, answers):
    """Accuracy and F1 of each question's answer, `(questions, 2)`."""
    gold = gold_of(questions)
    pairs = [(answer, gold[question.id]) for question, answer in zip(questions, answers, strict=True)]
    return np.array([(accuracy_of(answer, truth), f1_of(answer, truth)) for answer, truth in pairs]).reshape(-1, 2)


def by_kind(questions, answers):
    """Accuracy and F1 of the answers by what a question asks for, `{kind: (questions, 2)}`."""
    scores, kinds = per_question(questions, answers), np.array([kind_of(question.text) for question in questions])
    return {kind: scores[kinds == kind] for kind in KINDS if (kinds == kind).any()}


ANSWERS = Metric(  # of candidates, the best of each question first
    "mean of accuracy and F1",
    count=lambda questions, found: per_question(questions, decode.best_answers(found)),
    score=lambda counts: float(counts.mean(axis=0).mean()),
    figures=lambda counts: dict(zip(("accuracy", "f1"), counts.mean(axis=0).tolist(), strict=True)),
)


def read_gold(path):
    """The organisers' file of accepted answers, `id<TAB>standard answer<TAB>variant|variant|...`, as `{id: Gold}`.

    Raises:
        DataError: unreadable, empty, not UTF-8, a line without three fields, or an id that stands there twice; with the line.
    """
    gold = {}
    for number, line in numbered_lines(path, DataError):
        fields = line.strip(BLANKS).split("\t")
        if len(fields) != 3:
            raise DataError(
                f"{path} line {number}: expected id<TAB>answer<TAB>variant|variant|..., "
                f"found {len(fields)} field{'s' * (len(fields) > 1)} in '{line[:60].strip()}'"
            )
        name, answer, variants = fields
        if name in gold:
            raise DataError(f"{path} line {number}: id {name} stands above already; keep one of the lines")
        gold[name] = Gold(answer, tuple(variants.split("|")))
    return gold


def read_answers(path):
    """A submission, `id<TAB>answer`, as a list of (id, answer), one for each line; an answer may be empty.

    Raises:
        SubmissionError: unreadable, empty, not UTF-8, or a line without exactly two fields; with the line.
    """
    answers = []
    for number, line in numbered_lines(path, SubmissionError):
        fields = line.removesuffix("\r").split("\t")
        if len(fields) != 2:
            raise SubmissionError(
                f"{path} line {number}: expected id<TAB>answer, where an empty answer keeps its tab, "
                f"found {len(fields)} field{'s' * (len(fields) > 1)} in '{line[:60].strip()}'"
            )
        answers.append(tuple(fields))
    return answers


def numbered_lines(path, error):
    """Numbers, from 1, and lines of a text file; only `\\n` ends a line, a `\\r` before it stays.

    Args:
        path: the file.
        error: the exception to raise where it is no UTF-8 text.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as reason:
        raise error(f"{path} cannot be read: {reason.strerror}") from None
    if not content.strip():
        raise error(f"{path} is empty; expected one line for each question")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise error(
            f"{path} line {line}, byte {reason.start + 1} of the file: not UTF-8; convert it, for example with iconv"
        ) from None
    if text.startswith("\ufeff"):
        raise error(f"{path} line 1: begins with a byte order mark, which would be part of the id; save it as UTF-8 without")
    return enumerate(text.removesuffix("\n").split("\n"), start=1)


def normalise_answer(text):
    """What is compared: half width, A to Z in lower case, without marks and blanks."""
    return half_width(text).translate(_NORMAL)


def parts_of(text):
    """The set of parts of a list such as `巴西、印度`, each normalised.

    Marks split before full width becomes half width, so that `/` splits and its full-width form does not. Two separators in a
    row, or one at either end, add an empty part.
    """
    return {normalise_answer(part) for part in text.translate(_SPACED).split(" ")}


def accuracy_of(answer, gold):
    """1 if the answer is a variant, or has the parts of the standard answer in any order, else 0; 0 if it is empty.

    Args:
        answer: text as submitted.
        gold: `Gold`.
    """
    answer = answer.strip(BLANKS)
    if not answer or not gold.variants:
        return 0
    normal = normalise_answer(answer)
    return int(any(normal == normalise_answer(one) for one in gold.variants) or parts_of(answer) == parts_of(gold.answer))


def f1_of(answer, gold):
    """F1 between the characters of the answer and of the variant nearest to it, as bags.

    With h characters in both, precision is h / len(answer) and recall h / len(variant), hence F1 = 2 h / (the sum of both).

    Args:
        answer: text as submitted.
        gold: `Gold`.
    """
    answer = normalise_answer(answer)
    if not answer:
        return 0.0
    bag = Counter(answer)
    variants = map(normalise_answer, gold.variants)
    return max((2 * (bag & Counter(one)).total() / (len(answer) + len(one)) for one in variants), default=0.0)


def score(truth, prediction, official=False):
    """Mean accuracy and F1.

    Args:
        truth: `{id: Gold}`.
        prediction: `{id: answer}`, or a list of (id, answer) as `read_answers` gives it, one for each line.
        official: as the organisers' scorer has it, with its gaps: the means are over the lines of the submission, so that a
            question left out costs nothing and a repeated one counts twice. Otherwise they are over all questions of `truth`,
            and one that is left out is wrong.

    Returns:
        `Score`.

    Raises:
        SubmissionError: ids that `truth` lacks; without `official` also repeated ones; with it, no answer at all.
        DataError: `truth` is empty.
    """
    if not truth:
        raise DataError("there are no questions to score; expected at least one with its accepted answers")
    if isinstance(prediction, dict):
        answers = list(prediction.items())
        places = [""] * len(answers)
    else:
        answers = list(prediction)
        places = [f"line {number}: " for number in range(1, len(answers) + 1)]
    refuse_ids(truth, [name for name, _ in answers], places, repeats=official)
    if official and not answers:
        raise SubmissionError("the submission holds no answers; the organisers' scorer divides by their number")
    count = len(answers) if official else len(truth)
    return Score(
        accuracy=sum(accuracy_of(answer, truth[name]) for name, answer in answers) / count,
        f1=sum(f1_of(answer, truth[name]) for name, answer in answers) / count,
    )


def refuse_ids(truth, names, places, repeats):
    """Raise `SubmissionError` that names unknown ids and, unless `repeats` are allowed, repeated ones, with their places."""
    faults, seen = [], {}
    for name, place in zip(names, places, strict=True):
        if name not in truth:
            faults.append(f"{place}unknown id '{str(name)[:60]}'")
        elif name in seen and not repeats:
            faults.append(f"{place}id {name} stands on {seen[name].removesuffix(': ')} already")
        seen.setdefault(name, place)
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        listed = "\n  ".join(faults[:SHOWN])
        raise SubmissionError(f"The submission cannot be scored, each question must be answered once:\n  {listed}{more}")
