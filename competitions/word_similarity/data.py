"""Reads texts, rated pairs and analogies, and says exactly what is wrong with a bad line.

python -m competitions.word_similarity.data
"""

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from common import paths, run
from common.errors import DataError
from common.text import word_corpus, word_vectors
from common.text.corpus import read
from common.text.normalise import normalise
from common.text.word_vectors import SHORTEST, SegmentedFile, sentences

VERSION = paths.code_version(__file__, word_corpus.__file__) + word_vectors.VERSION  # of the segmented text
SOURCE = """Chinese pairs: wordsim-240 and -297 (Chen et al. 2015, https://github.com/Leonard-Xu/CWE), PKU-500 (NLPCC 2016),
COS960 (https://github.com/thunlp/COS960); analogies: CA8 (https://github.com/Embedding/Chinese-Word-Vectors). English ones:
WordSim-353, MEN, SimLex-999, questions-words. Any text of the language. Expected folders of UTF-8 files:
  text/*.txt, *.txt.gz    plain text of any size
  train/*.tsv             word, word, rating: what is chosen is chosen on these
  test/*.tsv              word, word: to be answered; with a rating, for `make evaluate` alone
  analogies/*.txt         `: section`, then four words a line, for `make evaluate`"""
PAIR_FILES = ("*.tsv", "*.csv", "*.txt", "*.tab")
COMMENTS = ("#", "%")
SHOWN = 5  # faults in one message
FIRST_SECTION = "(before the first section)"


class Pair(NamedTuple):
    """Two words, and the file they are from."""

    of: str
    first: str
    second: str


@dataclass(frozen=True)
class Dataset:
    """What a folder holds.

    Attributes:
        train: list of `Pair`.
        truth: rating and number of the file of each, `(pairs, 2)`: files are rated on scales of their own.
        test: list of `Pair`; empty where there is nothing to answer.
        test_truth: as `truth`, with NaN where a rating is missing.
        texts: files.
        fingerprint: of all files.
    """

    train: list
    truth: np.ndarray
    test: list
    test_truth: np.ndarray
    texts: tuple
    fingerprint: str


def load(config):
    """The data set in `config.data`.

    Raises:
        DataError: there are no texts or rated pairs, or a line is bad.
    """
    texts = tuple(paths.listed(config.data / "text", "*.txt", "*.txt.gz"))
    rated, asked = ([*paths.listed(config.data / part, *PAIR_FILES)] for part in ("train", "test"))
    if not rated:
        raise DataError(f"{config.data}/train holds no rated pairs ({', '.join(PAIR_FILES)})\n{SOURCE}")
    if not texts and config.vectors is None:
        raise DataError(f"{config.data}/text holds no text (.txt, .txt.gz), and no vectors= are given\n{SOURCE}")
    (train, truth), (test, test_truth) = together(rated, True), together(asked, False)
    given = [config.vectors] if config.vectors and config.vectors.is_file() else []
    return Dataset(train, truth, test, test_truth, texts, paths.fingerprint([*texts, *rated, *asked, *given]))


def together(files, rated):
    """Pairs of several files, and their ratings with the number of the file."""
    pairs, truth = [], []
    for number, path in enumerate(files):
        found, ratings = read_pairs(path, rated)
        pairs += found
        truth += [(rating, number) for rating in ratings]
    return pairs, np.array(truth, float).reshape(-1, 2)


def read_pairs(path, rated):
    """Pairs of a file and their ratings, NaN where a line has none.

    Fields stand between tabs, commas (quoted as in CSV) or blanks, whichever the first line has; lines that begin with # or %,
    blank ones and a heading are passed over.

    Args:
        path: the file.
        rated: every line must have a rating; otherwise it may have one.

    Raises:
        DataError: lines are bad, all of the first ones named, or there is none.
    """
    pairs, ratings, faults, split = [], [], [], None
    for number, line in enumerate(read(Path(path)), start=1):
        if not line.strip() or line.lstrip().startswith(COMMENTS):
            continue
        split = split or separator_of(line)
        fields = split(line.strip("\r\n"))
        heading = not pairs and not faults
        if len(fields) not in ((3,) if rated else (2, 3)) or not all(fields[:2]):
            faults.append(f"line {number}: expected word, word{', rating' if rated else ''}, found '{line[:60]}'")
            continue
        rating = rating_of(fields[2]) if len(fields) == 3 else np.nan
        if heading and (rating is None or (len(fields) == 2 and is_heading(fields))):
            faults.append(None)  # the heading, if it is the only line of its kind
            continue
        if rating is None:
            faults.append(f"line {number}: the rating must be a number such as 7.5, found '{fields[2][:60]}'")
            continue
        pairs.append(Pair(Path(path).stem, *fields[:2]))
        ratings.append(rating)
    faults = [fault for fault in faults if fault]
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise DataError(f"{path}:\n  " + "\n  ".join(faults[:SHOWN]) + more)
    if not pairs:
        raise DataError(f"{path} holds no pairs; expected word, word, rating on each line")
    return pairs, ratings


def separator_of(line):
    """How lines like this one are split into fields."""
    if "\t" in line:
        return lambda one: [field.strip() for field in one.rstrip("\t").split("\t")]
    if "," in line:
        return lambda one: [field.strip() for field in next(csv.reader([one]))]
    return str.split


def is_heading(fields):
    """Whether two fields name columns."""
    return fields[0].rstrip("12_ ").lower() in ("word", "w", "first", "left") and fields[0] != fields[1]


def rating_of(field):
    """A finite number, or `None`."""
    try:
        return rating if np.isfinite(rating := float(field)) else None
    except ValueError:
        return None


def read_analogies(folder):
    """Questions `(section, four words)` of all files of a folder, and faults of lines that are none.

    Raises:
        DataError: there is no file.
    """
    files = paths.listed(folder, "*.txt")
    if not files:
        raise DataError(f"{folder} holds no analogies (.txt): `: section`, then four words a line")
    questions, faults = {}, []
    for path in files:
        section = f"{path.stem}: {FIRST_SECTION}"
        for number, line in enumerate(read(path), start=1):
            fields = line.split()
            if line.startswith(":"):
                section = f"{path.stem}: {line[1:].strip()}"
                questions.setdefault(section, [])
            elif len(fields) == 4:
                questions.setdefault(section, []).append(tuple(fields))
            elif fields:
                faults.append(f"{path} line {number}: expected four words, found '{line[:60]}'")
    return questions, faults


def corpus(config, dataset):
    """The texts as word ids, made once and kept for these files and settings.

    Raises:
        DataError: a text is not in the given encoding, or no word is frequent enough.
    """
    content = hashlib.sha256(repr((VERSION, config.segmented, config.encoding, config.min_count)).encode())
    content.update(paths.fingerprint(dataset.texts).encode())
    folder = paths.cache("word_similarity") / f"corpus-{content.hexdigest()[:12]}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with paths.working_folder(folder.parent / "segmented.txt") as temporary:
            path = temporary / "segmented.txt"
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(" ".join(words) + "\n" for words in tqdm(segmented(config, dataset.texts), unit=" sentences"))
            word_corpus.encode(SegmentedFile(path), folder, config.min_count)
    return word_corpus.load(folder)


def segmented(config, texts):
    """Sentences of the texts as lists of words, without marks and sentences of a single word."""
    lines = (line for path in texts for line in read(path, config.encoding))
    found = (normalise(line).split() for line in lines) if config.segmented else sentences(lines)
    for words in found:
        words = [word for word in words if any(map(str.isalnum, word))]
        if len(words) >= SHORTEST:
            yield words


def main(config):
    """Check the files and count what they hold."""
    if not paths.is_sample(config.data):
        print(SOURCE)
    dataset = load(config)
    for part in ("train", "test"):
        for name, count in Counter(pair.of for pair in getattr(dataset, part)).items():
            print(f"{part}: {name}, {count} pairs")
    print(f"{len(dataset.texts)} texts, {sum(path.stat().st_size for path in dataset.texts) / 1e6:.1f} MB")


if __name__ == "__main__":
    run.stage(__spec__)
