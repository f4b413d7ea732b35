"""Reads texts with a label each, in whichever layout they come.

- tables: `train.tsv`, `train.csv` or `train.txt`, and `test.*`: a label and a text a line, or columns with names; .gz, .bz2;
- a folder of texts for each class, in `train/` or in the set's folder itself, and `test/` (the layout of aclImdb);
- a file for each class, `pos.txt` and `neg.txt`: a text a line.

Beside them `unlabelled.*` (or `train/unsup/`), texts without a label. The test part may be missing, and its labels too.
"""

import bz2
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from common import paths
from common.errors import DataError
from common.text.corpus import most_unpacked

LONGEST = 100_000  # characters of a text; the rest of a longer one is cut off
MOST_CLASSES = 50
OPENERS = {".gz": gzip.open, ".bz2": bz2.open}
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
TEXTS = ("text", "review", "sentence", "content", "comment", "评论", "文本")  # names of columns, whatever their case
LABELS = ("label", "sentiment", "class", "polarity", "标签")
IDS = ("id", "qid")
UNLABELLED = ("unlabelled", "unlabeled", "unsup")  # how files and folders without labels are called
LAYOUTS = """expected one of
  train.tsv, train.csv or train.txt (and test.*): label<TAB>text, or columns named label and text; also .gz, .bz2
  train/CLASS/*.txt (and test/CLASS/*.txt or test/*.txt): a folder of texts for each class
  pos.txt and neg.txt (and test_pos.txt, test_neg.txt): a text a line"""


@dataclass(frozen=True)
class Part:
    """Texts, and what is known of them.

    Attributes:
        texts: tuple of texts.
        labels: class indices `(rows,)`, or `None`.
        ids: a text for each, its row from 0 on where the set gives none.
    """

    texts: tuple[str, ...]
    labels: np.ndarray | None
    ids: tuple[str, ...]


@dataclass(frozen=True)
class TextSet:
    """A whole set.

    Attributes:
        train: the labelled `Part`.
        test: the one to answer, or `None`.
        unlabelled: `Part` without labels.
        classes: the labels as the set writes them: numbers in their order, else by name.
        sources: files and folders that were read, for a fingerprint.
        notes: what a person should know of how it was read, sentences.
    """

    train: Part
    test: Part | None
    unlabelled: Part
    classes: tuple[str, ...]
    sources: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass
class _Raw:
    """A part as it was read: labels are texts, places say where each text stands."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] | None = None
    ids: list[str] | None = None
    places: list[str] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load(folder):
    """Read the set of a folder.

    Raises:
        DataError: no layout is found, or a file of it is damaged: file and line are named.
    """
    folder = Path(folder)
    for read in (_read_tables, _read_folders, _read_files_of_classes):
        if train := read(folder, "train"):
            test, unlabelled = read(folder, "test"), _read_unlabelled(folder)
            return _joined(folder, train, test, unlabelled)
    raise DataError(f"{folder} holds no labelled texts; {LAYOUTS}")


def decoded(path):
    """The text of a file, and the name of its encoding: by its byte order mark, else UTF-8, GB18030 or Windows-1252.

    What is not UTF-8 is GB18030 if most of what that makes of the other bytes are common Chinese characters.

    Raises:
        DataError: it is none of these, or cannot be unpacked.
    """
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            longest = most_unpacked(path) if path.suffix in OPENERS else path.stat().st_size
            content = file.read(longest + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error})") from None
    if len(content) > longest:
        raise DataError(f"{path} unpacks to more than {longest:,} bytes, which no text of its size does")
    for mark, name in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            try:
                return content.decode(name), name
            except UnicodeDecodeError as error:
                raise DataError(f"{path}, byte {error.start + 1}: it begins like {name}, and does not go on so") from None
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    for name in ("gb18030", "cp1252"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if b"\0" not in content and (name != "gb18030" or _is_chinese(text)):
            return text, name
    raise DataError(f"{path}, line {line}: not UTF-8, GB18030 or Windows-1252 text; convert it, for example with iconv")


def _is_chinese(text):
    other = "".join(letter for letter in text if ord(letter) > 127)
    return len(other.encode("gb2312", "ignore")) > len(other)  # two bytes for each that it has


def _joined(folder, train, test, unlabelled):
    raws = [raw for raw in (train, test, unlabelled) if raw]
    notes = [note for raw in raws for note in raw.notes]
    full = [row for row, text in enumerate(train.texts) if text.strip()]
    if len(full) < len(train.texts):
        first = train.places[min(set(range(len(train.texts))) - set(full))]
        notes.append(f"left out: {len(train.texts) - len(full)} training texts that are empty, the first is {first}")
        keep(train, full)
    counts = Counter(train.labels)
    if len(counts) > MOST_CLASSES or 2 * len(counts) > len(train.labels):
        raise DataError(
            f"{train.sources[0]} has {len(counts)} different labels, the first is '{train.labels[0][:40]}'; {LAYOUTS}"
        )
    if len(counts) < 2:
        raise DataError(f"{train.sources[0]} has only the class '{train.labels[0]}'; two are needed to learn from")
    for place, label in zip(train.places, train.labels, strict=True):
        if counts[label] == 1:
            common = ", ".join(name for name, _ in counts.most_common(3))
            raise DataError(
                f"{place}: the label '{label[:40]}' stands nowhere else; the others are {common}. Mend or remove it"
            )
    classes = tuple(sorted(counts, key=paths.natural))
    for raw in raws:
        long = [row for row, text in enumerate(raw.texts) if len(text) > LONGEST]
        if long:
            notes.append(f"{len(long)} texts were cut after {LONGEST:,} characters, the first is {raw.places[long[0]]}")
            raw.texts = [text[:LONGEST] for text in raw.texts]
    if test and not all(text.strip() for text in test.texts):
        notes.append(f"{sum(not text.strip() for text in test.texts)} test texts are empty; they are answered all the same")
    parts = [_part(raw, classes) for raw in (train, test or _Raw(), unlabelled)]
    sources = tuple(source for raw in raws for source in raw.sources)
    return TextSet(parts[0], parts[1] if test else None, parts[2], classes, sources, tuple(notes))


def _part(raw, classes):
    ids = tuple(map(str, range(len(raw.texts)))) if raw.ids is None else tuple(raw.ids)
    if twice := [name for name, count in Counter(ids).items() if count > 1]:
        raise DataError(f"{raw.sources[0]}: the id '{twice[0]}' stands there {Counter(ids)[twice[0]]} times")
    if raw.labels is None:
        return Part(tuple(raw.texts), None, ids)
    numbers = {name: number for number, name in enumerate(classes)}
    for place, label in zip(raw.places, raw.labels, strict=True):
        if label not in numbers:
            raise DataError(f"{place}: the label '{label[:40]}' is none of those in training: {', '.join(classes)}")
    return Part(tuple(raw.texts), np.array([numbers[label] for label in raw.labels]), ids)


def _tables(folder, *starts):
    ends = [f"{suffix}{packed}" for suffix in (".tsv", ".csv", ".txt") for packed in ("", *OPENERS)]
    return [path for path in paths.listed(folder, "*") if path.is_file() and _stem(path, ends).startswith(starts)]


def _stem(path, ends):
    return next((path.name.removesuffix(end).lower() for end in ends if path.name.endswith(end)), "")


def _read_tables(folder, part):
    files = [path for path in _tables(folder, part) if not _class_of(path)]
    if not files:
        return None
    if len(files) > 1:
        raise DataError(f"{folder} has several tables for '{part}': {', '.join(path.name for path in files)}; leave one there")
    (path,) = files
    rows, raw = _rows(path)
    if not rows:
        raise DataError(f"{path} holds no text; {LAYOUTS}")
    columns, lines = _columns(path, rows, part), [line for line, _ in rows]
    if columns["header"]:
        rows, lines = rows[1:], lines[1:]
    width = max(column for name, column in columns.items() if name != "header" and column is not None) + 1
    for line, cells in rows:
        if len(cells) < width:
            raise DataError(f"{path}, line {line}: {len(cells)} columns, expected {width}; found '{' '.join(cells)[:60]}'")
    raw.texts = [cells[columns["text"]] for _, cells in rows]
    for name in ("label", "id"):
        if columns[name] is not None:
            values = [cells[columns[name]].strip() for _, cells in rows]
            setattr(raw, f"{name}s", values if any(values) else None)
    raw.places = [f"{path}, line {line}" for line in lines]
    if part == "train" and raw.labels is None:
        raise DataError(f"{path} has no column of labels; {LAYOUTS}")
    return raw


def _rows(path):
    """Rows of a table as `(line, cells)`, blank lines left out, and a `_Raw` with what is known of the file."""
    text, encoding = decoded(path)
    raw = _Raw(sources=[path])
    if not encoding.startswith("utf-8"):
        raw.notes.append(f"{path} was read as {encoding}")
    if ".csv" not in path.suffixes:
        lines = re.split(r"\r\n|\n|\r", text)
        named = any(cell.strip().lower() in TEXTS for cell in lines[0].split("\t"))
        cells = [line.split("\t") if named else line.split("\t", 1) for line in lines]
        if named:  # what is more than the header has belongs to the last column
            width = len(cells[0])
            cells = [[*row[: width - 1], "\t".join(row[width - 1 :])] if len(row) > width else row for row in cells]
        return [(line, row) for line, row in enumerate(cells, start=1) if any(cell.strip() for cell in row)], raw
    head = re.split(r"[\r\n]", text, maxsplit=1)[0]
    separator = max(",;\t", key=head.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader, rows, line = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {line}: not CSV with the separator '{separator}' ({error})") from None
    widths = Counter(len(row) for _, row in rows)
    for line, row in rows:
        if len(row) != widths.most_common(1)[0][0]:
            raise DataError(
                f"{path}, line {line}: {len(row)} columns, most lines have {widths.most_common(1)[0][0]}; is a text not quoted?"
            )
    return rows, raw


def _columns(path, rows, part):
    """Which columns hold text, label and id; `None` where there is none, and whether the first row names them."""
    first = [cell.strip().lower() for cell in rows[0][1]]
    found = {
        name: next((place for place, cell in enumerate(first) if cell in known), None)
        for name, known in (("text", TEXTS), ("label", LABELS), ("id", IDS))
    }
    if found["text"] is not None:
        return found | {"header": True}
    widths = {len(cells) for _, cells in rows}
    if part != "train" and widths == {1}:
        return {"text": 0, "label": None, "id": None, "header": False}
    if max(widths) > 2:
        raise DataError(
            f"{path}, line {rows[0][0]}: {max(widths)} columns without names; name them label and text in a first line"
        )
    for line, cells in rows:
        if len(cells) == 1:
            raise DataError(f"{path}, line {line}: one column, expected a label and a text; found '{cells[0][:60]}'")
    few = min((0, 1), key=lambda place: len({cells[place] for _, cells in rows}))
    distinct = len({cells[few].strip() for _, cells in rows})
    if part == "test" and distinct == len(rows):
        return {"text": 1, "label": None, "id": 0, "header": False}
    return {"text": 1 - few, "label": few, "id": None, "header": False}


def _texts_of(folder):
    """The texts of a folder of files, by number; and how many other files lie there."""
    files = [path for path in folder.iterdir() if path.is_file()]
    texts = sorted(
        (path for path in files if path.suffix == ".txt" and not paths.hidden(path)), key=lambda path: paths.natural(path.name)
    )
    return texts, len(files) - len(texts)


def _read_folders(folder, part):
    top = folder / part
    if not top.is_dir():
        if part == "test":
            return None
        top = folder
    classes = [path for path in sorted(top.iterdir()) if path.is_dir() and not paths.hidden(path)]
    classes = [path for path in classes if path.name not in (*UNLABELLED, "train", "test") and _texts_of(path)[0]]
    if part == "train" and not classes:
        return None
    raw, others = _Raw(ids=[], labels=[] if classes else None, sources=classes or [top]), 0
    for place in classes or [top]:
        files, more = _texts_of(place)
        others += more
        _add_files(raw, files, folder, place.name)
    if others:
        raw.notes.append(f"passed over: {others} files in {top} that are no .txt")
    return raw


def _add_files(raw, files, folder, label=None):
    for path in files:
        text, encoding = decoded(path)
        if not encoding.startswith("utf-8"):
            raw.notes.append(f"{path} was read as {encoding}")
        raw.texts.append(text)
        raw.ids.append(path.relative_to(folder).with_suffix("").as_posix())
        raw.places.append(str(path))
        if raw.labels is not None:
            raw.labels.append(label)


CLASS_FILE = re.compile(
    r"(?:(?P<part>train|test)|.*)[._-]?(?P<name>pos|neg|positive|negative)(\.txt)?(\.gz|\.bz2)?", re.IGNORECASE
)


def _class_of(path):
    """Part and class of a file for one class, such as `test_neg.txt`; `None` for others."""
    match = CLASS_FILE.fullmatch(path.name)
    return match and ((match["part"] or "train").lower(), match["name"].lower())


def _read_files_of_classes(folder, part):
    files = [(path, known[1]) for path in paths.listed(folder, "*") if (known := _class_of(path)) and known[0] == part]
    if not files:
        return None
    raw = _Raw(labels=[], sources=[path for path, _ in files])
    for path, label in files:
        text, encoding = decoded(path)
        if not encoding.startswith("utf-8"):
            raw.notes.append(f"{path} was read as {encoding}")
        for line, one in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
            if one.strip():
                raw.texts.append(one)
                raw.labels.append(label)
                raw.places.append(f"{path}, line {line}")
    return raw


def _read_unlabelled(folder):
    raw = _Raw(ids=[])
    for path in _tables(folder, *UNLABELLED):
        rows, head = _rows(path)
        if rows and any(cell.strip().lower() in TEXTS for cell in rows[0][1]):
            columns = _columns(path, rows, "unlabelled")
            rows, column = rows[1:], columns["text"]
        else:
            rows, column = [(line, ["\t".join(cells)]) for line, cells in rows], 0
        for line, cells in rows:
            if len(cells) <= column:
                raise DataError(f"{path}, line {line}: {len(cells)} columns, expected {column + 1}")
            raw.texts.append(cells[column])
            raw.places.append(f"{path}, line {line}")
        raw.ids += [f"{path.name}/{line}" for line, _ in rows]
        raw.sources.append(path)
        raw.notes += head.notes
    for place in (top / name for top in (folder / "train", folder) for name in UNLABELLED):
        if place.is_dir():
            _add_files(raw, _texts_of(place)[0], folder)
            raw.sources.append(place)
    keep(raw, [row for row, text in enumerate(raw.texts) if text.strip()])
    return raw


def keep(raw, rows):
    """Leave some rows alone in a part."""
    for name in ("texts", "labels", "ids", "places"):
        if getattr(raw, name) is not None:
            setattr(raw, name, [getattr(raw, name)[row] for row in rows])
