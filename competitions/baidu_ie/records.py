"""Files of JSON lines: the contest's, of which each fault is named with its file and line, and our own, which are packed."""

import gzip
import json
import re

import orjson

from common import paths
from common.errors import DataError
from common.experiment.runs import readable

LONGEST = 2_000  # characters of a text; the contest's have 300, and scores of pairs grow with the square
SURROGATES = re.compile("[\ud800-\udfff]")
BROKEN_OFF = "a download that broke off? Fetch it again"


def json_lines(path):
    """Line numbers and objects of a file of JSON lines, which end at `\\n` only: a text may hold other line separators.

    Raises:
        DataError: the file is empty, or a line is not UTF-8, no complete JSON or no object.
    """
    empty = True
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if line.strip():
                empty = False
                yield number, json_object(line, f"{path} line {number}")
    if empty:
        raise DataError(f"{path} is empty; expected a JSON object on each line")


def json_object(line, where):
    """The object of a line of JSON, bytes; one without an end may be where a download broke off."""
    whole = line.endswith(b"\n")
    try:
        record = orjson.loads(line)
    except ValueError:  # Python's own says better what is wrong, and takes lone surrogates
        try:
            record = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            place = f"{where}, byte {error.start + 1}"
            if not whole and error.reason == "unexpected end of data":
                raise DataError(f"{place}: the file ends within a character; {BROKEN_OFF}") from None
            raise DataError(f"{place}: not UTF-8; convert it, for example with iconv") from None
        except (ValueError, RecursionError) as error:
            broken_off = "" if whole else f"; {BROKEN_OFF}"
            raise DataError(f"{where} is no complete JSON object ({error}){broken_off}") from None
    if not isinstance(record, dict):
        raise DataError(f"{where}: expected an object, found {str(record)[:40]}")
    return record


def sentence_of(record, where):
    """The text of a record.

    Raises:
        DataError: it is longer than any sentence.
    """
    text = text_of(record, "text", where)
    if len(text) > LONGEST:
        raise DataError(f"{where}: a text of {len(text):,} characters; expected a sentence, of {LONGEST:,} at most")
    return text


def spo_list(record, where):
    """The triples of a record, none where the name is missing.

    Raises:
        DataError: it is no list of objects.
    """
    found = record.get("spo_list") or []
    if not isinstance(found, list) or not all(isinstance(spo, dict) for spo in found):
        raise DataError(f"{where}: spo_list is not a list of objects")
    return found


def text_of(record, name, where):
    """A text of a record.

    Raises:
        DataError: it is missing or empty.
    """
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: {'no' if value is None else 'an empty or unusable'} {name}")
    return mended(value)


def type_of(spo, name, where):
    """A type of a triple, `None` where it is missing.

    Raises:
        DataError: it is no text.
    """
    value = spo.get(name)
    if value is not None and not isinstance(value, str):
        raise DataError(f"{where}: {name} is not a text")
    return value


def mended(text):
    """The text with U+FFFD for lone surrogates; the length stays."""
    return SURROGATES.sub("\ufffd", text)


def words_of(record, where, known):
    """(word, part of speech) of `postag`.

    Args:
        record, where: as everywhere here.
        known: dict of all such pairs so far: of five million in a file most are equal, and equal ones are one in memory.

    Raises:
        DataError: it is there, but not a list of {word, pos}.
    """
    words = record.get("postag") or []
    try:
        pairs = [(str(word["word"]), str(word["pos"])) for word in words]
    except (TypeError, KeyError):
        raise DataError(f"{where}: postag is not a list of objects {{word, pos}}") from None
    return tuple(known.setdefault(pair, pair) for pair in pairs)


def write_packed(path, records):
    """Write JSON lines as `.jsonl.gz`; the same records give the same bytes."""
    content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    with paths.atomic(path) as temporary:
        temporary.write_bytes(gzip.compress(content.encode("utf-8"), mtime=0))


def read_packed(path):
    """What `write_packed` wrote, a list.

    Raises:
        RunError: the file is damaged.
    """
    with readable(path), gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        return list(map(json.loads, lines))


def record_of(text, triples):
    """A sentence with its triples as the organisers want it."""
    return {"text": text, "spo_list": [triple._asdict() for triple in triples]}


def line_of(text, triples):
    """The same as a line of JSON."""
    return json.dumps(record_of(text, triples), ensure_ascii=False)
