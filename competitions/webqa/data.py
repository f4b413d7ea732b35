"""Reads the official files: WebQA v1.0, the merged WebQA.json and SogouQA.json, and CMRC 2018 as extra training questions.

Whatever the layout, a question comes out as its text and its passages, and each passage with the answers that it gives.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from common.text.normalise import normalise, occurrences

TOLERATED = 0.02  # share of broken records above which a file is taken to be the wrong one
NAMED = 5  # broken records named on screen, and always tolerated
NO_ANSWER = "no_answer"  # what WebQA v1.0 writes where a passage gives none
WINDOW = 256  # characters kept of a long CMRC text, as much as training takes of a passage
LONGEST = 12  # characters of an answer: decoding looks for no longer spans

SOURCE = """WebQA v1.0 is by Baidu's Institute of Deep Learning (Li et al. 2016, arXiv 1607.06275), SogouQA is the data of the
factoid question answering contest CIPS-SOGOU (2018), CMRC 2018 is the reading comprehension set of github.com/ymcui/cmrc2018
(CC BY-SA 4.0). The first two are handed out for research and have no permanent download. Put into the folder:
  me_train*.json  me_validation.{ann,ir}.json  me_test.{ann,ir}.json   WebQA v1.0: ann = annotated, ir = retrieved passages
  or, for training, WebQA.json and SogouQA.json                        list of {id, question, passages: [{passage, answer}]}
  cmrc2018/*.json                                                      extra training questions in SQuAD form (optional)"""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it was written, and the answers that it gives; none where it does not answer the question."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its passages.

    Attributes:
        id: as in the official file.
        text: empty only in a test question that is broken; it must be answered all the same.
        passages: with different texts, in the order of the files.
        source: "webqa", "sogou" or "cmrc".
    """

    id: str
    text: str
    passages: tuple[Passage, ...]
    source: str

    @property
    def answers(self):
        """Distinct answers of all passages, the one that most passages give first."""
        counts = Counter(answer for passage in self.passages for answer in passage.answers)
        return tuple(answer for answer, _ in counts.most_common())


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder; a part without files is empty.

    Attributes:
        train: questions with at least one passage, none of which is asked in `valid` or `test`.
        valid: every question of the validation files.
        test: every question of the test files.
        extra: questions of other origin to learn from, none of which is asked in another part.
        fingerprint: hash of the content.
    """

    train: tuple[Question, ...]
    valid: tuple[Question, ...]
    test: tuple[Question, ...]
    extra: tuple[Question, ...]
    fingerprint: str


def load(folder, report=True):
    """Read the official files of a folder.

    Args:
        folder: where they lie.
        report: say on screen what is broken and left out.

    Raises:
        DataError: a file is missing or not as described; the message names it, and the record or place in it.
    """
    files = find_files(Path(folder), report)
    valid = read_part(files["valid"], "validation", complete=True, report=report)
    test = read_part(files["test"], "test", complete=True, report=report)
    train = read_part(files["train"], "training", complete=False, report=report)
    extra = tuple(question for path in files["extra"] for question in read_squad(path, report=report))
    return Dataset(
        train=without_leaks(train, valid + test, "training", report),
        valid=valid,
        test=test,
        extra=without_leaks(extra, train + valid + test, "extra", report),  # no fold may learn its validation part from them
        fingerprint=paths.fingerprint([path for part in files.values() for path in part]),
    )


def find_files(folder, report=True):
    """Paths of the files of each part: `{"train": [...], "valid": [...], "test": [...], "extra": [...]}`.

    WebQA.json holds the questions of all parts of WebQA v1.0 again, so it counts only where `me_train*.json` are not there.

    Raises:
        DataError: nothing to train on.
    """
    official = sorted(folder.glob("me_train*.json"))
    merged = [folder / name for name in ("WebQA.json", "SogouQA.json") if (folder / name).is_file()]
    if official and folder / "WebQA.json" in merged:
        merged.remove(folder / "WebQA.json")
        if report:
            print(f"{folder / 'WebQA.json'}: not read, me_train*.json beside it hold the same questions")
    if not official and not merged:
        found = ", ".join(sorted(path.name for path in folder.glob("*"))) or "nothing"
        raise DataError(
            f"{folder} needs me_train*.json, or WebQA.json or SogouQA.json, found {found}. "
            "`make data COMP=webqa` says where they come from"
        )
    return {
        "train": official + merged,
        "valid": sorted(folder.glob("me_validation*.json")),
        "test": sorted(folder.glob("me_test*.json")),
        "extra": sorted(folder.glob("cmrc2018/*.json")),
    }


def read_json(path):
    """Content of a JSON file; a lone half of a surrogate pair in an escape harms nothing yet.

    Raises:
        DataError: empty, not UTF-8, or no complete JSON; with the place.
    """
    content = Path(path).read_bytes()
    if not content.strip():
        raise DataError(f"{path} is empty; expected JSON")
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=keep_repeated)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path} line {line}, byte {error.start + 1}: not UTF-8; convert it, for example with iconv") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no complete JSON file ({error}); a download that broke off? Fetch it again") from None


class Repeated(dict):
    """An object in which a name stands twice, which a plain dict would hide; `pairs` holds both."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs


def keep_repeated(pairs):
    """A dict of the pairs, `Repeated` where a name stands twice."""
    record = dict(pairs)
    return record if len(record) == len(pairs) else Repeated(pairs)


def pairs_of(record):
    """Names and values of a JSON object, repeated names too."""
    return record.pairs if isinstance(record, Repeated) else list(record.items())


def read_part(files, part, complete, report=True):
    """Questions of several files, merged by id: a question has the passages of all files, equal texts once.

    Args:
        files: paths, each in either layout.
        part: what to call it on screen.
        complete: keep every question that has an id, because each must be answered; else only those with passages.
        report: say on screen what is broken and left out.
    """
    merged = {}
    for path in files:
        merge_file(path, merged, complete, report)
    questions = [
        Question(name, text, tuple(Passage(key, tuple(answers)) for key, answers in passages.items()), source)
        for name, (text, passages, source) in merged.items()
    ]
    empty = [question.id for question in questions if not question.passages]
    if report and empty:
        what = "they get an empty answer" if complete else "they are left out"
        print(f"{part}: {len(empty)} of {len(questions)} questions have no passages ({shortened(empty, ', ')}); {what}")
    return tuple(question for question in questions if complete or question.passages)


def merge_file(path, merged, complete, report=True):
    """Add the questions of one file to `merged`, `{id: (text, {passage: {answer: None}}, source)}`.

    Raises:
        DataError: the file is unreadable, holds no questions, or too many of its records or passages are broken.
    """
    content = read_json(path)
    if not isinstance(content, dict | list):
        raise DataError(f"{path} holds a single value; expected an object of questions by id, or a list of questions")
    source = "sogou" if path.name.startswith("Sogou") else "webqa"
    records = entries(content)
    if not records:
        raise DataError(f"{path} holds no questions")
    broken, broken_passages, count, blank = {}, {}, 0, 0
    for name, record in records:
        known = usable_id(record.get("id")) if isinstance(record, dict) else None
        try:
            identifier, text, passages = parse_record(record)
            known_text, kept, _ = merged.setdefault(identifier, (text, {}, source))
            if not known_text:
                merged[identifier] = (text, kept, source)
            elif key(known_text) != key(text):
                raise ValueError(f"its id {identifier} stands above already, with another question")
        except ValueError as error:
            broken[name] = str(error)
            if complete and known:
                merged.setdefault(known, ("", {}, source))
            continue
        for place, passage in passages:
            count += 1
            try:
                text, answers = parse_passage(passage)
            except ValueError as error:
                broken_passages[f"{name}, {place}"] = str(error)
                continue
            if text.strip():
                kept.setdefault(text, {}).update(dict.fromkeys(answers))
            blank += not text.strip()
    if report and blank:
        print(f"{path}: {blank} of {count} passages are empty and left out")
    check_broken(path, broken, len(records), "records", report)
    check_broken(path, broken_passages, count, "passages", report)


def entries(content):
    """What to call each record on screen, and the record, of either layout; that of WebQA v1.0 gets its id.

    Returns:
        list of (name, record).
    """
    if isinstance(content, list):
        return [(f"record {number}", record) for number, record in enumerate(content, start=1)]
    return [(name, {**record, "id": name} if isinstance(record, dict) else {"id": name}) for name, record in pairs_of(content)]


def usable_id(value):
    """An id as a text, `None` where a line of the submission could not hold it."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text and not re.search(r"[\t\n\r\ud800-\udfff]", text) else None


def parse_record(record):
    """Id, question and passages of a record of either layout.

    Returns:
        id, question text, list of (name of the passage, passage as it stands in the file).

    Raises:
        ValueError: says what is wrong with it.
    """
    if not isinstance(record, dict):
        raise ValueError("not an object {id, question, ...}")
    identifier = usable_id(record.get("id"))
    if identifier is None:
        raise ValueError("no id" if "id" not in record else "its id is empty or cannot stand on a line")
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no question" if not isinstance(text, str) else "an empty question")
    passages = record.get("evidences", record.get("passages", []))
    if isinstance(passages, dict):
        return identifier, mended(text).strip(), pairs_of(passages)
    if isinstance(passages, list):
        return identifier, mended(text).strip(), [(f"passage {number}", one) for number, one in enumerate(passages, start=1)]
    raise ValueError("its passages are neither an object nor a list")


def parse_passage(passage):
    """Text and answers of a passage of either layout.

    Raises:
        ValueError: says what is wrong with it.
    """
    if not isinstance(passage, dict):
        raise ValueError("not an object with a text and an answer")
    text = passage.get("evidence", passage.get("passage"))
    if not isinstance(text, str):
        raise ValueError("no text")
    answers = passage.get("answer", [])
    answers = [] if answers is None else [answers] if isinstance(answers, str) else answers
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise ValueError("its answer is neither a text nor a list of texts")
    return mended(text), clean_answers(answers)


def clean_answers(answers):
    """Distinct answers without the `答：` that some carry, and without those that mean there is none."""
    stripped = (re.sub(r"^\s*答\s*[:：]", "", mended(answer)).strip() for answer in answers)
    return tuple(dict.fromkeys(answer for answer in stripped if answer and answer.lower() != NO_ANSWER))


def mended(text):
    """The text with U+FFFD for lone surrogates, which no file can hold; the length stays."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def check_broken(path, broken, total, what, report):
    """Say on screen how many records of a file were left out, and name the first.

    Raises:
        DataError: all of them, or more than a share that may happen.
    """
    if not broken:
        return
    named = shortened([f"{name}: {reason}" for name, reason in broken.items()], "; ")
    if len(broken) == total or len(broken) > max(TOLERATED * total, NAMED):
        raise DataError(f"{path}: {len(broken)} of {total} {what} cannot be used ({named}); is it the right file?")
    if report:
        print(f"{path}: {len(broken)} of {total} {what} are broken ({named})")


def shortened(names, separator):
    """The first few names, and dots for the others."""
    return separator.join([*names[:NAMED], *(["..."] if len(names) > NAMED else [])])


def read_squad(path, window=WINDOW, longest=LONGEST, report=True):
    """Questions of a file in SQuAD form, each with one passage: a piece of the long text that holds the answer.

    Answers that are too long for a short answer, or that do not stand in the text, are left out, and with them the questions
    that have no other: a span pointer could only learn from them that there is no answer, which is wrong.

    Args:
        path: `{"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", ...}]}]}]}]}`.
        window: characters of a passage.
        longest: characters of an answer.
        report: say on screen what is broken and left out.

    Raises:
        DataError: the file is unreadable or in another form, or too many of its records are broken.
    """
    content = read_json(path)
    articles = content.get("data") if isinstance(content, dict) else None
    if not isinstance(articles, list) or not articles:
        raise DataError(f"{path} is not in SQuAD form; expected an object with a list 'data'")
    broken, questions, total, unsuited = {}, {}, 0, 0
    for number, article in enumerate(articles, start=1):
        try:
            pieces = [(paragraph["context"], record) for paragraph in article["paragraphs"] for record in paragraph["qas"]]
        except (KeyError, TypeError):
            broken[f"record {number}"] = "no paragraphs with a context and a list of qas"
            total += 1
            continue
        for context, record in pieces:
            total += 1
            name = usable_id(record.get("id")) if isinstance(record, dict) else None
            try:
                if name in questions:
                    raise ValueError("its id stands above already")
                question = squad_question(context, record, window, longest)
            except ValueError as error:
                broken[f"record {number}" + (f", {name}" if name else "")] = str(error)
                continue
            unsuited += question is None
            if question is not None:
                questions[name] = question
    if report and unsuited:
        print(f"{path}: {unsuited} of {total} questions left out, answers over {longest} characters or not in the text")
    check_broken(path, broken, total, "records", report)
    return tuple(questions.values())


def squad_question(context, record, window, longest):
    """One question of a file in SQuAD form, `None` where no answer suits.

    Raises:
        ValueError: says what is wrong with it.
    """
    identifier, text, _ = parse_record(record)
    if not isinstance(context, str) or not context.strip():
        raise ValueError("its context is empty or no text")
    try:
        marked = {answer["text"]: answer.get("answer_start", 0) for answer in reversed(record["answers"])}
        answers = clean_answers([answer["text"] for answer in record["answers"]])
    except (KeyError, TypeError, AttributeError):
        raise ValueError("no list of answers with a text") from None
    context = mended(context)
    spans = {}
    for answer in answers:
        if len(answer) <= longest and (places := occurrences(context, answer)):
            start = marked.get(answer, 0)
            start = start if isinstance(start, int) else 0
            spans[answer] = min(places, key=lambda place: abs(place[0] - start))  # marks are off by a few characters at times
    if not spans:
        return None
    first, *_ = spans.values()
    hull = min(start for start, _ in spans.values()), max(end for _, end in spans.values())
    passage = cut(context, *(hull if hull[1] - hull[0] <= window else first), window, identifier)
    return Question(identifier, text, (Passage(passage, tuple(spans)),), "cmrc")


def cut(text, start, end, length, name):
    """At most `length` characters of a text around `start:end`, which stands at a random place in them that `name` decides."""
    low, high = max(0, end - length), min(start, max(0, len(text) - length))
    if high <= low:
        return text[low : low + length]
    place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    low += place % (high - low + 1)
    return text[low : low + length]


def key(text):
    """What two askers of the same question write alike: letters and digits, whatever their case and width."""
    text = normalise(text)
    return "".join(filter(str.isalnum, text)) or text


def groups(questions):
    """A number for each question, the same for those that ask the same; they must lie in the same fold.

    Returns:
        int64 `(questions,)`, counted from 0 in the order of first appearance.
    """
    numbers = {}
    return np.array([numbers.setdefault(key(question.text), len(numbers)) for question in questions], dtype="int64")


def without_leaks(questions, held_out, part="training", report=True):
    """The questions that are not asked in `held_out`, too; how many are dropped is said on screen."""
    asked = {key(question.text) for question in held_out}
    kept = tuple(question for question in questions if key(question.text) not in asked)
    if report and len(kept) < len(questions):
        print(f"{part}: {len(questions) - len(kept)} of {len(questions)} questions dropped, another part asks them too")
    return kept


def described(part, questions):
    """One row of the table of `main`."""
    passages = [passage for question in questions for passage in question.passages]
    pairs = [(passage.text, answer) for passage in passages for answer in passage.answers]
    lengths = [len(passage.text) for passage in passages]
    return [
        part,
        f"{len(questions):,}",
        f"{sum(bool(question.answers) for question in questions):,}",
        f"{len(passages):,}",
        f"{sum(bool(passage.answers) for passage in passages):,}",
        f"{np.median([len(question.text) for question in questions]):.0f}",
        f"{np.median(lengths or [0]):.0f}",
        f"{max(lengths, default=0):,}",
        f"{sum(len(answer) > LONGEST for _, answer in pairs):,}",
        f"{sum(not occurrences(text, answer) for text, answer in pairs):,}",
    ]


def main(config):
    """Say where the official files come from, and check and count those that are there."""
    print(SOURCE)
    dataset = load(config.data)
    parts = {"train": dataset.train, "validation": dataset.valid, "test": dataset.test, "extra (CMRC)": dataset.extra}
    columns = ("part", "questions", "answered", "passages", "answering", "median question", "median passage", "longest")
    columns += (f"answers over {LONGEST}", "answers not in passage")
    show_table(
        f"{config.data} (lengths in characters)", columns, [described(part, found) for part, found in parts.items() if found]
    )


if __name__ == "__main__":
    run.stage(__spec__)
