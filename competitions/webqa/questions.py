"""What a question is, and how its files are read: WebQA v1.0, the merged WebQA.json and SogouQA.json, the contest's own layout.

Whatever the layout, a question comes out as its text and its passages, and each passage with the answers that it gives.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from common.errors import DataError
from common.text.corpus import given_lines
from common.text.normalise import normalise, occurrences

TOLERATED = 0.02  # share of broken records above which a file is taken to be the wrong one
NAMED = 5  # broken records named on screen, and always tolerated
NO_ANSWER = "no_answer"  # what WebQA v1.0 writes where a passage gives none
IDS, TEXTS = ("id", "query_id"), ("question", "query", "query_text")  # names of the same in the layouts
SURROGATES, ANSWER_MARK = re.compile("[\ud800-\udfff]"), re.compile(r"^\s*答\s*[:：]")
PASSAGES, PASSAGE_TEXTS = ("evidences", "passages"), ("evidence", "passage", "passage_text")

ASKED = tuple(  # words of a question by what it asks for; the first that are found count
    (kind, re.compile(words))
    for kind, words in (
        ("number", "多长时间|多久|多少|多[长高大深宽远重快厚]|第几|几(?![月号年日])"),
        ("date", "哪[一]?[年天日]|几[月号年日]|何时|何年|什么时[候间]|什么年代|哪个(?:世纪|年代|朝代|月)|[年日]期|时间"),
        ("person", "谁|什么人|何人|哪位|哪个人|哪[个一位]*(?:作家|诗人|皇帝|演员|歌手|导演|科学家)|作者|导演|主演"),
        ("place", "哪里|哪儿|何处|何地|什么地方|哪[个一座]*(?:国家|城市|省|市|县|洲|地方|地区|岛)|哪国|首都|省会|位于"),
        (
            "title",
            "书名|(?:哪|什么|哪[一]?[部本首篇支])(?:书|歌|曲|诗|电影|影片|小说|剧|作品|片)|哪[一]?[部本首篇]|代表作|成名作",
        ),
    )
)
KINDS = (*dict.fromkeys(kind for kind, _ in ASKED), "other")


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


def read_text(path):
    """The text of a file.

    Raises:
        DataError: empty, or not UTF-8; with the place.
    """
    content = Path(path).read_bytes()
    if not content.strip():
        raise DataError(f"{path} is empty; expected JSON")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path} line {line}, byte {error.start + 1}: not UTF-8; convert it, for example with iconv") from None


def decoded(text):
    """What a JSON text stands for; a lone half of a surrogate pair in an escape harms nothing yet.

    Raises:
        ValueError: it is no complete JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=keep_repeated)
    except RecursionError as error:
        raise ValueError(str(error)) from None


def read_json(path):
    """Content of a JSON file.

    Raises:
        DataError: empty, not UTF-8, or no complete JSON; with the place.
    """
    text = read_text(path)
    try:
        return decoded(text)
    except ValueError as error:
        raise not_json(path, error) from None


def not_json(path, error):
    """The `DataError` for a file that is not JSON."""
    return DataError(f"{path} is no complete JSON file ({error}); a download that broke off? Fetch it again")


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
        files: paths, each in any layout.
        part: what to call it on screen.
        complete: keep every question that has an id, because each must be answered; else only those with passages.
        report: say on screen what is broken and left out.
    """
    merged = {}
    for path in files:
        merge_file(path, merged, complete, report)
    questions = []
    for name in list(merged):
        text, passages, source = merged.pop(name)
        passages = tuple(Passage(passage, tuple(answers)) for passage, answers in passages.items())
        questions.append(Question(name, text, passages, source))
    empty = [question.id for question in questions if not question.passages]
    if report and empty:
        what = "they get an empty answer" if complete else "they are left out"
        print(f"{part}: {len(empty)} of {len(questions)} questions have no passages ({shortened(empty, ', ')}); {what}")
    return tuple(question for question in questions if complete or question.passages)


def read_asked(path):
    """Questions that a person hands in: JSON in any layout of the official files, or lines `question<TAB>passage`.

    Lines with the same question are its passages; the text is its id.

    Raises:
        DataError: no such file, not UTF-8, or none of these.
    """
    lines = given_lines(path, "question and passage")
    if lines[0][0] in "{[":
        return read_part([Path(path).expanduser()], "asked", complete=True)
    asked = {}
    for line in lines:
        question, _, passage = (part.strip() for part in line.partition("\t"))
        if not (question and passage):
            raise DataError(
                f"input={path}: expected lines question<TAB>passage, or JSON, found '{line[:40]}'; for a file of "
                "plain passages give question="
            )
        asked.setdefault(mended(question), {})[mended(passage)] = None
    return tuple(
        Question(question, question, tuple(Passage(passage, ()) for passage in passages), "webqa")
        for question, passages in asked.items()
    )


def merge_file(path, merged, complete, report=True):
    """Add the questions of one file to `merged`, `{id: (text, {passage: {answer: None}}, source)}`.

    Raises:
        DataError: the file is unreadable, holds no questions, or too many of its records or passages are broken.
    """
    records = read_records(path)[::-1]
    total = len(records)
    source = "sogou" if path.name.startswith("Sogou") else "webqa"
    broken, broken_passages, count, blank, nowhere = {}, {}, 0, 0, []
    while records:
        name, record = records.pop()  # not needed any more: a file may hold a million passages
        known = usable_id(first_of(record, IDS)) if isinstance(record, dict) else None
        try:
            identifier, text, passages, answers = parse_record(record)
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
                text, given = parse_passage(passage, answers)
            except ValueError as error:
                broken_passages[f"{name}, {place}"] = str(error)
                continue
            if text.strip():
                kept.setdefault(text, {}).update(dict.fromkeys(given))
            blank += not text.strip()
        if answers and not any(kept.values()):
            nowhere.append(identifier)
    if report and blank:
        print(f"{path}: {blank} of {count} passages are empty and left out")
    if report and nowhere:
        lost = f"{len(nowhere)} of {total} questions have an answer that none of their passages holds"
        print(f"{path}: {lost} ({shortened(nowhere, ', ')})")
    check_broken(path, broken, total, "records", report)
    check_broken(path, broken_passages, count, "passages", report)


def read_records(path):
    """What to call each record of a file on screen, and the record: of an object, which holds the ids, a list, or JSON lines.

    Returns:
        list of (name, record); in place of a line that is no JSON, the `ValueError` that says so.

    Raises:
        DataError: the file is unreadable, of another layout, or holds no questions.
    """
    text = read_text(path)
    try:
        content = decoded(text)
    except ValueError as error:
        lines = [(f"line {n}", decoded_or_error(line)) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if 2 * sum(isinstance(record, dict) for _, record in lines) <= len(lines):
            raise not_json(path, error) from None
        return lines
    if not isinstance(content, dict | list):
        raise DataError(f"{path} holds a single value; expected an object of questions by id, or a list of questions")
    if not content:
        raise DataError(f"{path} holds no questions")
    if isinstance(content, list):
        return [(f"record {number}", record) for number, record in enumerate(content, start=1)]
    if isinstance(first_of(content, TEXTS), str):  # JSON lines of one line
        return [("line 1", content)]
    return [(name, {**record, "id": name} if isinstance(record, dict) else {"id": name}) for name, record in pairs_of(content)]


def decoded_or_error(line):
    """What a line of JSON stands for, or the `ValueError` that says why it is none."""
    try:
        return decoded(line)
    except ValueError as error:
        return ValueError(f"no complete JSON, {error}")


def first_of(record, names, default=None):
    """The value of the first of some names that a record has."""
    return next((record[name] for name in names if name in record), default)


def usable_id(value):
    """An id as a text, `None` where a line of the submission could not hold it."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text and not re.search(r"[\t\n\r\ud800-\udfff]", text) else None


def parse_record(record):
    """What a record of any layout holds.

    Returns:
        id, question text, list of (name of the passage, passage as it stands in the file), answers to the question itself.

    Raises:
        ValueError: says what is wrong with it.
    """
    identifier, text = parse_question(record)
    passages = first_of(record, PASSAGES, [])
    if isinstance(passages, dict):
        passages = pairs_of(passages)
    elif isinstance(passages, list):
        passages = [(f"passage {number}", one) for number, one in enumerate(passages, start=1)]
    else:
        raise ValueError("its passages are neither an object nor a list")
    return identifier, text, passages, parse_answers(record)


def parse_question(record):
    """Id and text of a question.

    Raises:
        ValueError: says what is wrong with it.
    """
    if isinstance(record, ValueError):
        raise record
    if not isinstance(record, dict):
        raise ValueError("not an object {id, question, ...}")
    identifier, text = usable_id(first_of(record, IDS)), first_of(record, TEXTS)
    if identifier is None:
        raise ValueError("its id is empty or cannot stand on a line" if any(name in record for name in IDS) else "no id")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no question" if not isinstance(text, str) else "an empty question")
    return identifier, mended(text).strip()


def parse_passage(passage, accepted=()):
    """Text and answers of a passage of any layout.

    Args:
        passage: as it stands in the file.
        accepted: answers to the question, where the layout has them there: a passage without answers gives those it holds.

    Raises:
        ValueError: says what is wrong with it.
    """
    if not isinstance(passage, dict):
        raise ValueError("not an object with a text and an answer")
    text = first_of(passage, PASSAGE_TEXTS)
    if not isinstance(text, str):
        raise ValueError("no text")
    text = mended(text)
    if "answer" in passage:
        return text, parse_answers(passage)
    return text, tuple(answer for answer in accepted if occurrences(text, answer))


def parse_answers(record):
    """Answers of a question or of a passage.

    Raises:
        ValueError: they are no texts.
    """
    answers = record.get("answer", [])
    answers = [] if answers is None else [answers] if isinstance(answers, str) else answers
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise ValueError("its answer is neither a text nor a list of texts")
    return clean_answers(answers)


def clean_answers(answers):
    """Distinct answers without the `答：` that some carry, and without those that mean there is none."""
    stripped = (ANSWER_MARK.sub("", mended(answer)).strip() for answer in answers)
    return tuple(dict.fromkeys(answer for answer in stripped if answer and answer.lower() != NO_ANSWER))


def mended(text):
    """The text with U+FFFD for lone surrogates, which no file can hold; the length stays."""
    return SURROGATES.sub("\ufffd", text)


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


def kind_of(text):
    """What a question asks for, by its words: one of `KINDS`."""
    return next((kind for kind, words in ASKED if words.search(text)), "other")


def key(text):
    """What two askers of the same question write alike: letters and digits, whatever their case and width."""
    text = normalise(text)
    return "".join(filter(str.isalnum, text)) or text
