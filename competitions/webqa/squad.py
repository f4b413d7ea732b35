"""Reads CMRC 2018, extra training questions on long texts: in SQuAD form, and in the layout of its own contest."""

import hashlib

from common.errors import DataError
from common.text.normalise import occurrences
from competitions.webqa.questions import (
    IDS,
    Passage,
    Question,
    check_broken,
    clean_answers,
    first_of,
    mended,
    parse_question,
    read_json,
    usable_id,
)

WINDOW = 256  # characters kept of a long text, as much as training takes of a passage
LONGEST = 12  # characters of an answer: decoding looks for no longer spans


def read_squad(path, window=WINDOW, longest=LONGEST, report=True):
    """Questions of a file on long texts, each with one passage: a piece of its text that holds the answer.

    Answers that are too long for a short answer, or that do not stand in the text, are left out, and with them the questions
    that have no other: a span pointer could only learn from them that there is no answer, which is wrong.

    Args:
        path: `{"data": [{"paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", ...}]}]}]}]}`, or
            `[{"context_id", "context_text", "qas": [{"query_id", "query_text", "answers": [text]}]}]`.
        window: characters of a passage.
        longest: characters of an answer.
        report: say on screen what is broken and left out.

    Raises:
        DataError: the file is unreadable or in another form, holds no questions, or too many of its records are broken.
    """
    broken, questions, total, unsuited = {}, {}, 0, 0
    for place, paragraph in read_paragraphs(path):
        records = paragraph.get("qas") if isinstance(paragraph, dict) else None
        if not isinstance(records, list):
            broken[place] = "no list of qas"
            total += 1
            continue
        context = first_of(paragraph, ("context", "context_text"))
        for record in records:
            total += 1
            name = usable_id(first_of(record, IDS)) if isinstance(record, dict) else None
            try:
                if name in questions:
                    raise ValueError("its id stands above already")
                question = squad_question(context, record, window, longest)
            except ValueError as error:
                broken[place + (f", {name}" if name else "")] = str(error)
                continue
            unsuited += question is None
            if question is not None:
                questions[name] = question
    if not total:
        raise DataError(f"{path} holds no questions")
    if report and unsuited:
        print(f"{path}: {unsuited} of {total} questions left out, answers over {longest} characters or not in the text")
    check_broken(path, broken, total, "records", report)
    return tuple(questions.values())


def read_paragraphs(path):
    """What to call each paragraph on screen, and the paragraph; an article without a list of them stands as one.

    Raises:
        DataError: the file is unreadable or in another form.
    """
    content = read_json(path)
    articles = content.get("data") if isinstance(content, dict) else content
    if not isinstance(articles, list) or not articles:
        raise DataError(f"{path} is not in SQuAD form; expected an object with a list 'data', or a list of texts with 'qas'")
    named = []
    for number, article in enumerate(articles, start=1):
        inside = article.get("paragraphs") if isinstance(article, dict) else None
        if isinstance(inside, list):
            named += [(f"record {number}, paragraph {place}", one) for place, one in enumerate(inside, start=1)]
        else:
            named.append((f"record {number}", article))
    return named


def squad_question(context, record, window, longest):
    """One question about a text, `None` where no answer suits.

    Raises:
        ValueError: says what is wrong with it.
    """
    identifier, text = parse_question(record)
    if not isinstance(context, str) or not context.strip():
        raise ValueError("its context is empty or no text")
    try:
        given = [{"text": answer} if isinstance(answer, str) else answer for answer in record["answers"]]
        marked = {answer["text"]: answer.get("answer_start", 0) for answer in reversed(given)}
        answers = clean_answers([answer["text"] for answer in given])
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
