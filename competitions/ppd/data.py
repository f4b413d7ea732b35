"""Reads the official files into arrays of integers: no Python runs per pair or per question.

A folder with `pairs.tsv` (`question<TAB>question<TAB>label`, plain text) is read as well, for anybody's own pairs; its words
are cut by a segmenter and their vectors trained on the questions themselves.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from common import paths, run
from common.errors import DataError
from common.ragged import Ragged
from common.report.tables import show_table
from common.text import word_vectors
from common.text.normalise import normalise
from common.text.segment import segment
from competitions.ppd import embeddings

UNITS = ("word", "char")
PLAIN = "pairs.tsv"
GROUPS = "tongyiju.csv"
CHUNK = 100_000  # questions whose ids are split at a time: memory holds the texts of no more
END = "\0"  # of a question, while all are split together; no id holds it
OWN_WIDTH = 100  # of vectors trained on plain questions
LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}  # a table that has lost and found its labels writes them as floats
LEAST_COVERED = 0.5  # of the tokens must have a vector: files that belong together reach nearly all, strangers nearly none

SOURCE = """The official files came with the Magic Mirror Cup 2018 (第三届魔镜杯, PPD); there is no public download.
Put into the folder:
  question.csv     columns qid,words,chars: blank-separated ids
  train.csv        columns label,q1,q2         test.csv          columns q1,q2
  word_embed.txt   an id and its numbers       char_embed.txt    likewise (each may be a .zip)
or pairs.tsv alone: question<TAB>question<TAB>label, plain text."""


@dataclass(frozen=True)
class Unit:
    """The questions as sequences of words, or of characters.

    Attributes:
        ids: a row for each question, ids from 1 on; 0 is left for padding.
        names: what the ids stand for, `(ids,)` from id 1 on.
        vectors: float32 `(1 + ids, width)`; row 0, the padding, is zero, and ids without an embedding share a vector.
        covered: share of the tokens in questions that have an embedding.
    """

    ids: Ragged
    names: np.ndarray
    vectors: np.ndarray
    covered: float = 1.0


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder. Questions are numbered by their place in `question.csv`.

    Attributes:
        names: the ids of the questions, or their texts, `(questions,)`.
        word, char: `Unit` of each kind.
        pairs: question numbers, `(rows, 2)`.
        labels: 0 or 1, `(rows,)`.
        test_pairs: `(test rows, 2)`, `None` where there is no test set.
        fingerprint: hash of the content.
        added: questions at the end that came after training, on which nothing is fitted.
    """

    names: np.ndarray
    word: Unit
    char: Unit
    pairs: np.ndarray
    labels: np.ndarray
    test_pairs: np.ndarray | None
    fingerprint: str
    added: int = 0

    @property
    def all_pairs(self):
        """Training and test pairs, one behind the other."""
        return self.pairs if self.test_pairs is None else np.concatenate([self.pairs, self.test_pairs])


def load(folder, report=True):
    """Read the files of a folder.

    Args:
        folder: where they lie.
        report: say on screen what is odd about them: pairs of a question with itself, ids without an embedding.

    Raises:
        DataError: a file is missing or not as described; the message names it and the line.
    """
    folder = Path(folder)
    say = print if report else lambda *_: None
    return load_plain(folder / PLAIN, say) if (folder / PLAIN).exists() else load_official(folder, say)


def load_official(folder, say):
    """Read the organisers' layout; see `load`."""
    sources = {unit: embeddings.find(folder, unit) for unit in UNITS}
    question_path, train_path, test_path = (folder / f"{name}.csv" for name in ("question", "train", "test"))
    questions = read_table(question_path, ("qid", "words", "chars"))
    refuse(question_path, questions, questions["qid"].duplicated(), "a qid that stands above already")
    units = {}
    for unit in UNITS:
        texts = questions[f"{unit}s"].str.strip()
        refuse(question_path, questions, texts == "", f"no {unit}s")
        names, vectors = embeddings.read(sources[unit])
        units[unit] = require_coverage(encode(texts, names, vectors, sources[unit], say), names, sources[unit])
    index = pd.Index(questions["qid"])
    pairs, labels = read_pairs(train_path, index, labelled=True, say=say)
    test_pairs = read_pairs(test_path, index, labelled=False, say=say)[0] if test_path.exists() else None
    files = [question_path, train_path, *([test_path] if test_path.exists() else []), *sources.values()]
    names = questions["qid"].to_numpy(str)
    return Dataset(names, **units, pairs=pairs, labels=labels, test_pairs=test_pairs, fingerprint=paths.fingerprint(files))


def read_table(path, columns):
    """A CSV file as a data frame of texts.

    Raises:
        DataError: it is missing, empty, not UTF-8, or without one of the columns.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False).fillna("")
        if not isinstance(frame.index, pd.RangeIndex):  # pandas takes the fields that the header does not name for an index
            raise DataError(f"{path} line 2: more fields than the header {','.join(frame)} names: '{frame.index[0]},...'")
    except FileNotFoundError:
        raise DataError(f"{path} is missing. `make data COMP=ppd` says where the files come from") from None
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty; expected a header line {','.join(columns)}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: {error}") from None
    except pd.errors.ParserError as error:
        raise DataError(f"{path} is no CSV file with {','.join(columns)}: {error}") from None
    frame = frame.rename(columns=str.strip).apply(lambda column: column.str.strip())
    filled = np.flatnonzero((frame != "").any(axis=1))
    frame = frame.iloc[: filled[-1] + 1 if len(filled) else 0]  # blank lines at the end say nothing, others are refused
    if missing := [column for column in columns if column not in frame]:
        raise DataError(f"{path} line 1: no column '{missing[0]}'; expected {','.join(columns)}, found {','.join(frame)}")
    if frame.empty:
        raise DataError(f"{path} holds nothing below its header")
    return frame


def refuse(path, frame, wrong, what, first=2):
    """Raise `DataError` that names the first line where `wrong`, `(rows,)`, is true; the first row stands on line `first`."""
    if np.any(wrong):
        row = int(np.argmax(wrong))
        shown = ",".join(frame.iloc[row])[:80]
        raise DataError(f"{path} line {row + first}: {what}: '{shown}' ({int(np.sum(wrong))} such lines)")


def read_pairs(path, index, labelled, say=print):
    """Pairs of question numbers.

    A training pair of a question with itself teaches nothing and is left out; a test pair of that kind stays, for every row
    needs its answer. Both are reported.

    Args:
        path: CSV file with columns `q1,q2`, and `label` where it is labelled.
        index: `pandas.Index` of all qids.
        labelled: whether there are labels.
        say: what reports.

    Returns:
        `(rows, 2)` int64, and labels `(rows,)` or `None`.

    Raises:
        DataError: a qid is not in the index, or a label is neither 0 nor 1.
    """
    frame = read_table(path, ("label", "q1", "q2") if labelled else ("q1", "q2"))
    pairs = np.stack([index.get_indexer(frame[side]) for side in ("q1", "q2")], axis=1)
    refuse(path, frame, (pairs < 0).any(axis=1), "a qid that question.csv does not have")
    labels = None
    if labelled:
        refuse(path, frame, ~frame["label"].isin(LABELS), "a label other than 0 and 1")
        labels = frame["label"].map(LABELS).to_numpy("int8")
    selves = pairs[:, 0] == pairs[:, 1]
    if selves.any():
        what = "left out" if labelled else "kept, for it needs an answer"
        say(f"{path} line {selves.argmax() + 2}: a pair of a question with itself, {what} ({selves.sum()} such lines)")
    return (pairs[~selves], both_kinds(path, labels[~selves])) if labelled else (pairs, None)


def both_kinds(path, labels):
    """The labels of training pairs, of which both kinds must be there.

    Raises:
        DataError: they are all the same, or there are none.
    """
    if len(np.unique(labels)) < 2:
        raise DataError(f"{path}: {(labels == 1).sum()} pairs with label 1 and {(labels == 0).sum()} with 0; both are needed")
    return labels


def encode(texts, names, vectors, path, say=print):
    """The `Unit` of questions written as blank-separated ids.

    Ids are numbered as in the embedding file; those it lacks come behind and share the mean of all its vectors.

    Args:
        texts: `pandas.Series` of texts.
        names, vectors: from `embeddings.read`.
        path: the embedding file, for the report.
        say: what reports.
    """
    known = {END: 0} | {name: number for number, name in enumerate(names, start=1)}
    parts = []
    for start in range(0, len(texts), CHUNK):
        tokens = np.array(f" {END} ".join([*texts[start : start + CHUNK], ""]).split(), dtype=object)
        codes, found = pd.factorize(tokens)
        parts.append(np.array([known.setdefault(name, len(known)) for name in found], dtype="int32")[codes])
    values = np.concatenate(parts)
    ends = np.flatnonzero(values == 0)
    bounds = np.concatenate([[0], ends - np.arange(len(ends))])
    values, known = values[values > 0], list(known)[1:]
    lacking = len(known) - len(names)
    if lacking:
        example, count = known[len(names)], int(np.sum(values > len(names)))
        say(f"{path}: {lacking} ids of question.csv have no embedding and share one ({count} occurrences; one is {example})")
    shared = np.repeat(vectors.mean(axis=0, keepdims=True), lacking, axis=0)
    padding = np.zeros((1, vectors.shape[1]), "float32")
    covered = float(np.mean(values <= len(names))) if len(values) else 0.0
    return Unit(
        Ragged(values, bounds), embeddings.array_of(known, "question.csv"), np.concatenate([padding, vectors, shared]), covered
    )


def require_coverage(unit, names, path):
    """A `Unit` whose embeddings are those of its ids.

    Raises:
        DataError: most tokens of the questions have none; with ids of both files.
    """
    if unit.covered < LEAST_COVERED:
        raise DataError(
            f"{path} has embeddings for {unit.covered:.1%} of the tokens in question.csv, needed are {LEAST_COVERED:.0%}: "
            f"its ids are such as {', '.join(names[:3])}, those of the questions such as {', '.join(unit.names[-3:])}. "
            "Is it the file of another data set, or are ids written in another case?"
        )
    return unit


def load_plain(path, say=print):
    """Read pairs of plain text; see `load`."""
    frame = read_lines(path, 3)
    frame[2] = frame[2].str.strip()
    refuse(path, frame, ~frame[2].isin(LABELS), "a label other than 0 and 1", first=1)
    codes, texts = pd.factorize(pd.concat([frame[0], frame[1]]))
    pairs, labels = codes.reshape(2, -1).T, frame[2].map(LABELS).to_numpy("int8")
    selves = pairs[:, 0] == pairs[:, 1]
    if selves.any():
        say(f"{path} line {selves.argmax() + 1}: a pair of a question with itself, left out ({selves.sum()} such lines)")
    labels = both_kinds(path, labels[~selves])
    fingerprint = paths.fingerprint([path])
    units = {}
    for unit, cut in zip(UNITS, (segment, list), strict=True):
        tokens = [[token for token in cut(text) if token.strip()] for text in texts]
        cached = paths.cache("ppd") / f"{fingerprint}-{unit}-vectors-{word_vectors.VERSION}.npz"
        if not cached.exists():
            word_vectors.train(tokens, dim=OWN_WIDTH, min_count=2).save(cached)
        vectors = word_vectors.WordVectors.load(cached)
        joined = pd.Series([" ".join(question) for question in tokens])
        units[unit] = encode(joined, np.array(vectors.words), vectors.vectors, cached, say)
    return Dataset(
        embeddings.array_of(texts, path), **units, pairs=pairs[~selves], labels=labels, test_pairs=None, fingerprint=fingerprint
    )


def read_groups(path):
    """Questions in groups of the same meaning, from lines `group<TAB>question`.

    Returns:
        Group numbers `(rows,)` and the normalised questions, a list of texts.

    Raises:
        DataError: a line has not these two fields, or an empty one; no group has two questions.
    """
    frame = read_lines(path, 2, texts=(1,))
    groups = pd.factorize(frame[0])[0]
    if len(np.unique(groups)) == len(groups):
        raise DataError(f"{path}: every question is alone in its group; expected groups of two and more of the same meaning")
    return groups, frame[1].tolist()


def read_lines(path, fields, texts=(0, 1)):
    """Tab-separated lines as a data frame; the fields `texts` are normalised.

    Raises:
        DataError: a line with another number of fields, or an empty field.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
    except FileNotFoundError:
        raise DataError(f"{path} is missing; expected lines of {fields} fields with tabs between") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: {error}") from None
    rows = [line.removesuffix("\r").split("\t") for line in lines]
    for number, row in enumerate(rows, start=1):
        if len(row) != fields or not all(field.strip() for field in row):
            raise DataError(
                f"{path} line {number}: expected {fields} fields with tabs between, found '{lines[number - 1][:60]}'"
            )
    frame = pd.DataFrame(rows)
    for column in texts:
        frame[column] = frame[column].map(normalise)
    return frame


def main(config):
    """Say where the official files come from, and check and count those that are there."""
    print(SOURCE)
    dataset = load(config.data)
    rows = [
        ["questions", f"{len(dataset.names)}"],
        ["training pairs", f"{len(dataset.pairs)}"],
        ["of these the same", f"{dataset.labels.mean():.1%}"],
        ["test pairs", f"{0 if dataset.test_pairs is None else len(dataset.test_pairs)}"],
    ]
    if (config.data / GROUPS).exists():
        groups, texts = read_groups(config.data / GROUPS)
        rows.append([f"groups of {GROUPS}, and questions in them", f"{groups.max() + 1}, {len(texts)}"])
    for name in UNITS:
        unit = getattr(dataset, name)
        rows += [
            [f"{name}s known, and width of their vectors", f"{len(unit.names)} x {unit.vectors.shape[1]}"],
            [f"share of the {name}s in questions that have a vector of their own", f"{unit.covered:.1%}"],
            [f"{name}s of a question: median, longest", f"{np.median(unit.ids.lengths):.0f}, {unit.ids.lengths.max()}"],
        ]
    show_table(f"{config.data}", ("what", "number"), rows)


if __name__ == "__main__":
    run.stage(__spec__)


def test_labels(folder, dataset):
    """Labels of the test pairs `(test rows,)`, `None` where there are none.

    Raises:
        DataError: several files, another number of rows than test.csv has, a label other than 0 and 1, or pairs (where the
            file names them) that are not those of test.csv.
    """
    if dataset.test_pairs is None:
        return None
    files = paths.listed(folder, "*test_labels*.csv")
    if len(files) > 1:
        raise DataError(f"{folder} has several files of test labels: {', '.join(path.name for path in files)}; leave one")
    path = files[0] if files else folder / "test.csv"
    frame = read_table(path, ("label",) if files else ("q1", "q2"))
    if "label" not in frame:
        return None
    refuse(path, frame, ~frame["label"].isin(LABELS), "a label other than 0 and 1")
    if len(frame) != len(dataset.test_pairs):
        raise DataError(f"{path} has {len(frame)} labels, test.csv {len(dataset.test_pairs)} pairs")
    if "q1" in frame and "q2" in frame:
        asked = dataset.names[dataset.test_pairs]
        refuse(path, frame, (frame[["q1", "q2"]].to_numpy() != asked).any(axis=1), "not the pair of this row of test.csv")
    return frame["label"].map(LABELS).to_numpy("int8")


def read_asked(path, folder):
    """The data set, with questions that are new added behind the others, and the asked pairs `(rows, 2)`.

    Raises:
        DataError: a file that is not as described, a qid that is not in the data, or a text without a known word.
    """
    dataset = load(folder, report=False)
    if not (folder / PLAIN).exists():
        return dataset, read_pairs(path, pd.Index(dataset.names), labelled=False)[0]
    texts = read_lines(path, 2)
    dataset = add_questions(dataset, pd.unique(texts.to_numpy().ravel()), path)
    index = pd.Index(dataset.names)
    return dataset, np.stack([index.get_indexer(texts[side]) for side in (0, 1)], axis=1)


def add_questions(dataset, texts, path):
    """The data set with those of some texts that it lacks; words and characters that nobody asked with are left out of them."""
    known = set(dataset.names)
    texts = [text for text in texts if text not in known]
    units = {}
    for name, cut in zip(UNITS, (segment, list), strict=True):
        unit = getattr(dataset, name)
        ids = {token: number for number, token in enumerate(unit.names, start=1)}
        tokens = [[token for token in cut(text) if token.strip()] for text in texts]
        rows = [[ids[token] for token in row if token in ids] for row in tokens]
        if lacking := sum(map(len, tokens)) - sum(map(len, rows)):
            print(f"{path}: {lacking} {name}s of new questions are not in the data and are left out")
        if [] in rows:
            raise DataError(f"{path}: the data have no {name} of '{texts[rows.index([])][:60]}'; the models cannot read it")
        more = Ragged.of(rows, dtype=unit.ids.values.dtype)
        values = np.concatenate([unit.ids.values, more.values])
        bounds = np.concatenate([unit.ids.bounds, unit.ids.bounds[-1] + more.bounds[1:]])
        units[name] = replace(unit, ids=Ragged(values, bounds))
    return replace(dataset, names=np.array([*dataset.names, *texts]), added=len(texts), **units)
