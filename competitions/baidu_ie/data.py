"""Reads the official files: schemas, and sentences with their triples; and DuIE 2.0 as extra training sentences."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from common import paths
from common.errors import DataError
from common.text import near_duplicates
from common.text.normalise import normalise
from competitions.baidu_ie.records import json_lines, sentence_of, spo_list, text_of, type_of, words_of

SCHEMAS = "all_50_schemas"
EXTRA = "duie2.0"
OBJECT = ("object", "object_type")  # of a triple of DuIE 2.0, each with slots
VALUE = "@value"  # slot of an object of DuIE 2.0 that holds the object itself; the others, such as inArea, are left out
TYPE_NAMES = {"文学作品": "网络小说"}  # of DuIE 2.0, where the contest has another name for the type of the same predicate
NAMED = 5  # predicates named on screen

SOURCE = """The data of the 2019 Language and Intelligence Challenge, information extraction (SKE, later DuIE 1.0), are Baidu's
and handed out for research; DuIE 2.0 succeeds them (Li et al. 2019, NLPCC). There is no permanent download. Put into the
folder:
  all_50_schemas               JSON lines {subject_type, predicate, object_type}
  train_data.json              JSON lines {text, postag, spo_list}; postag may be missing
  dev_data.json                the same, to score on (optional)
  test*_data*.json             the same without spo_list, to answer (optional)
  duie2.0/*.json               extra training sentences in the layout of DuIE 2.0 (optional)"""


class Triple(NamedTuple):
    """Who, what, whom; as written in the file."""

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True)
class Schema:
    """A predicate between two types; 成立日期 is in two schemas, of companies and of other organisations."""

    subject_type: str
    predicate: str
    object_type: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it says.

    Attributes:
        text: as written.
        words: (word, part of speech) of `postag`; empty where it is missing.
        triples: distinct, in the order of the file; empty in a test file.
        source: "ske", or "duie2" where it comes from DuIE 2.0.
        group: a number that near duplicates share; `None` where nobody compared it with others.
    """

    text: str
    words: tuple[tuple[str, str], ...]
    triples: tuple[Triple, ...]
    source: str
    group: int | None = None


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder; a part without a file is empty.

    Attributes:
        schemas: in the order of the file.
        train: sentences, none of which stands in `dev` or `test`, nor says nearly the same as one there.
        dev: to score on.
        test: to answer.
        extra: sentences of DuIE 2.0, likewise, with the predicates of the contest only.
        labelled: predicates that each source labels at all; what another sentence of it says of the others is unknown.
        fingerprint: hash of the content.
    """

    schemas: tuple[Schema, ...]
    train: tuple[Sentence, ...]
    dev: tuple[Sentence, ...]
    test: tuple[Sentence, ...]
    extra: tuple[Sentence, ...]
    labelled: dict
    fingerprint: str

    @cached_property
    def predicates(self):
        """Distinct predicates in the order of the schema file."""
        return tuple(dict.fromkeys(schema.predicate for schema in self.schemas))


def load(folder, test_file="", report=True):
    """Read the official files of a folder.

    Args:
        folder: where they lie.
        test_file: text in the name of the test file to take, where there are several.
        report: say on screen what is left out.

    Raises:
        DataError: a file is missing or not as described; the message names it and the line.
    """
    folder = Path(folder)
    files = find_files(folder, test_file)
    schemas = read_schemas(folder / SCHEMAS)
    train, dev, test = (
        tuple(sentence for path in files[part] for sentence in read_sentences(path, schemas, labelled=part != "test"))
        for part in ("train", "dev", "test")
    )
    extra = tuple(sentence for path in files["extra"] for sentence in read_extra(path, schemas, report))
    predicates = {schema.predicate for schema in schemas}
    fingerprint = paths.fingerprint(
        [folder / SCHEMAS, *schema_files(folder / EXTRA), *(path for part in files.values() for path in part)]
    )
    train, extra, dev, test = grouped(fingerprint, train, extra, dev, test)
    scored = {sentence.group for sentence in dev + test}
    if report and (outside := sum(map(not_inside, train))):
        print(f"{outside} training triples have a name that is not in their text: they cannot be learnt, but are scored")
    return Dataset(
        schemas=schemas,
        train=without_leaks(train, scored, "training", report),
        dev=dev,
        test=test,
        extra=without_leaks(extra, scored, "extra", report),
        labelled={"ske": predicates, "duie2": predicates & labelled_by(folder / EXTRA, extra)},
        fingerprint=fingerprint,
    )


def grouped(fingerprint, *parts):
    """The parts, tuples of `Sentence`, with the numbers that near duplicates of any part share."""
    texts = [sentence.text for part in parts for sentence in part]
    numbers = iter(near_duplicates.kept(paths.cache("baidu_ie"), fingerprint, near_duplicates.twins, texts).tolist())
    return [tuple(replace(sentence, group=next(numbers)) for sentence in part) for part in parts]


def find_files(folder, test_file=""):
    """Paths of the files of each part.

    Raises:
        DataError: schemas or training sentences are missing, or there are several test files.
    """
    train, dev = folder / "train_data.json", folder / "dev_data.json"
    if lacking := [path.name for path in (folder / SCHEMAS, train) if not path.is_file()]:
        found = ", ".join(path.name for path in paths.listed(folder, "*")) or "nothing"
        raise DataError(
            f"{folder} lacks {' and '.join(lacking)}, found {found}. `make data COMP=baidu_ie` says where they come from"
        )
    test = [path for path in paths.listed(folder, "test*_data*.json") if test_file in path.name and path.is_file()]
    if len(test) > 1:
        names = ", ".join(path.name for path in test)
        raise DataError(f"{folder} holds several test files: {names}. Choose with test_file=, for example test_file=test1")
    if test_file and not test:
        raise DataError(f"{folder} has no test*_data*.json with '{test_file}' in its name")
    extra = [path for path in paths.listed(folder / EXTRA, "*.json") if "schema" not in path.name]
    return {"train": [train], "dev": [dev] if dev.is_file() else [], "test": test, "extra": extra}


def read_schemas(path):
    """The schemas of a file.

    Raises:
        DataError: a line lacks one of the three names.
    """
    schemas = []
    for number, record in json_lines(path):
        values = [record.get(name) for name in ("subject_type", "predicate", "object_type")]
        if not all(isinstance(value, str) and value for value in values):
            raise DataError(f"{path} line {number}: expected the texts subject_type, predicate and object_type")
        schemas.append(Schema(*values))
    if not schemas:
        raise DataError(f"{path} holds no schema; expected a JSON object on each line")
    return tuple(dict.fromkeys(schemas))


def read_sentences(path, schemas, labelled):
    """Sentences of a file in the layout of the contest.

    Args:
        path: the file.
        schemas: of the contest.
        labelled: whether every line must have its triples, if only an empty list: a line without would teach, or score, that
            nothing is said.

    Raises:
        DataError: a line is not as described, is in the layout of DuIE 2.0, or names a predicate or types that no schema has.
    """
    types_of = defaultdict(list)
    for schema in schemas:
        types_of[schema.predicate].append((schema.subject_type, schema.object_type))
    sentences, words = [], {}
    for number, record in json_lines(path):
        where = f"{path} line {number}"
        if labelled and record.get("spo_list") is None:
            raise DataError(f"{where}: no spo_list; expected a list, which is empty where nothing is said")
        triples = []
        for spo in spo_list(record, where):
            if any(isinstance(spo.get(name), dict) for name in OBJECT):
                raise DataError(
                    f"{where}: an object with slots such as {VALUE} is the layout of DuIE 2.0. Put this file into {EXTRA}/, as "
                    f"extra training sentences; {path.name} is the contest's own, where an object is a text"
                )
            triple = Triple(*(text_of(spo, name, where) for name in ("subject", "predicate", "object")))
            types = type_of(spo, "subject_type", where), type_of(spo, "object_type", where)
            if triple.predicate not in types_of:
                raise DataError(f"{where}: the predicate {triple.predicate} is not in {SCHEMAS}")
            if not any(types[0] in (None, one) and types[1] in (None, other) for one, other in types_of[triple.predicate]):
                raise DataError(
                    f"{where}: {triple.predicate} between {types[0] or '?'} and {types[1] or '?'} is not in {SCHEMAS}"
                )
            triples.append(triple)
        sentences.append(Sentence(sentence_of(record, where), words_of(record, where, words), distinct(triples), "ske"))
    return sentences


def read_extra(path, schemas, report=True):
    """Sentences of a file in the layout of DuIE 2.0, with the triples that the contest's schemas allow.

    Raises:
        DataError: a line is not as described.
    """
    known = {(schema.subject_type, schema.predicate, schema.object_type) for schema in schemas}
    sentences, words, other, unlabelled = [], {}, Counter(), 0
    for number, record in json_lines(path):
        where = f"{path} line {number}"
        if "spo_list" not in record:  # DuIE 2.0 is handed out with its test file, which must not teach that nothing is said
            unlabelled += 1
            continue
        triples = []
        for spo in spo_list(record, where):
            flat = {**spo, **{name: spo[name].get(VALUE) for name in OBJECT if isinstance(spo.get(name), dict)}}
            if not isinstance(flat.get("object"), str):
                raise DataError(f"{where}: a triple has no object with a text in {VALUE}")
            triple = Triple(*(text_of(flat, name, where) for name in ("subject", "predicate", "object")))
            subject_type = type_of(flat, "subject_type", where)
            types = TYPE_NAMES.get(subject_type, subject_type), triple.predicate, type_of(flat, "object_type", where)
            if types in known:
                triples.append(triple)
            else:
                other[triple.predicate] += 1
        sentences.append(Sentence(sentence_of(record, where), words_of(record, where, words), distinct(triples), "duie2"))
    if report and other:
        named = ", ".join(f"{name} {count}" for name, count in other.most_common(NAMED))
        print(f"{path}: {other.total()} triples are of no schema of the contest and left out ({named})")
    if report and unlabelled:
        print(f"{path}: {unlabelled} sentences have no spo_list and are left out")
    return sentences


def distinct(triples):
    """Triples without repetition, in their order."""
    return tuple(dict.fromkeys(triples))


def labelled_by(folder, sentences):
    """Predicates that DuIE 2.0 labels: those of its schema file, and without one those that occur in its sentences.

    Raises:
        DataError: the schema file names none.
    """
    files = schema_files(folder)
    if not files:
        return {triple.predicate for sentence in sentences for triple in sentence.triples}
    content = "".join(path.read_bytes().decode("utf-8-sig", "replace") for path in files)
    named = re.findall(r'"predicate"\s*:\s*("(?:[^"\\]|\\.)+")', content)  # a JSON list or JSON lines, there are both
    if not named:
        raise DataError(f"{files[0]} names no predicate; expected a JSON list or JSON lines of schemas")
    try:
        return set(map(json.loads, named))
    except ValueError as error:
        raise DataError(f"{files[0]}: a predicate is no JSON text ({error})") from None


def schema_files(folder):
    """The schema files of DuIE 2.0."""
    return paths.listed(folder, "*schema*")


def key(text):
    """What two sentences share that are taken for the same: the text without width, case and blanks."""
    return "".join(normalise(text).split())


def groups(sentences):
    """Numbers that near duplicates share, of sentences that were not compared equal ones, int `(sentences,)`."""
    return [by_text(sentence) if sentence.group is None else sentence.group for sentence in sentences]


def by_text(sentence):
    """A number that equal sentences share, the same in every process."""
    return int.from_bytes(hashlib.sha256(key(sentence.text).encode()).digest()[:6])


def without_leaks(sentences, scored, part, report):
    """The sentences that are in no group of a scored one."""
    kept = tuple(sentence for sentence in sentences if sentence.group not in scored)
    if report and len(kept) < len(sentences):
        print(f"{len(sentences) - len(kept)} {part} sentences stand in the dev or test part, or nearly so, and are left out")
    return kept


def main(config):
    """Say where the official files come from, and what is in those that are there."""
    from common.report.tables import show_table

    print(SOURCE)
    if paths.is_sample(config.data):
        print(f"\nNo official files were found; {config.data} holds the built-in sample.")
    dataset = load(config.data, config.test_file)
    rows = []
    for name in ("train", "dev", "test", "extra"):
        part = getattr(dataset, name)
        triples = [triple for sentence in part for triple in sentence.triples]
        outside = sum(map(not_inside, part))
        with_words = sum(bool(sentence.words) for sentence in part)
        longest = max((len(sentence.text) for sentence in part), default=0)
        rows.append([name, *(f"{number:,}" for number in (len(part), with_words, len(triples), outside, longest))])
    columns = ("part", "sentences", "with postag", "triples", "not in the text", "longest")
    show_table(f"{config.data}: {len(dataset.schemas)} schemas, {len(dataset.predicates)} predicates", columns, rows)


def not_inside(sentence):
    """How many triples of a sentence have a name that does not stand in its text, whatever case and width."""
    text = normalise(sentence.text)
    return sum(normalise(triple.subject) not in text or normalise(triple.object) not in text for triple in sentence.triples)


if __name__ == "__main__":
    from common import run

    run.stage(__spec__)
