"""Reads the records to imitate: pictures, in whichever layout `common.images.sets` knows, or sentences, one a line.

python -m competitions.generation.data
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from common import paths, run
from common.errors import DataError
from common.generative import quality
from common.images import sets
from common.text import corpus

SOURCE = """Pictures, any set of small grey ones with a class each:
  train-images-idx3-ubyte.gz  train-labels-idx1-ubyte.gz    Fashion-MNIST or MNIST, 60,000 pictures of 28 x 28
  t10k-images-idx3-ubyte.gz   t10k-labels-idx1-ubyte.gz     10,000 for `make evaluate` alone; may be missing
  (Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist, MIT licence)
Sentences, UTF-8, one a line, plain or .gz; of lines with tabs the last column is read:
  *train*.txt or *train*.tsv, and where there are any *valid* or *dev*, and *test* for `make evaluate` alone
  (Penn Treebank in Mikolov's version: ptb.train.txt, ptb.valid.txt, ptb.test.txt; texts=ptb where others lie beside them)"""
HELD_OUT = 6  # a sixth of the training records is validated on where the set has no part for it: 10,000 of 60,000
VALID_SEED = 7  # not the setting: scores under different seeds are on the same records


@dataclass(frozen=True)
class Dataset:
    """Records by part.

    Attributes:
        kind: `"pictures"` or `"sentences"`.
        train, valid, test: bytes `(pictures, height, width)` or tuples of sentences; the third may be `None`.
        labels: of pictures the class indices of `train` and of `valid`, a pair; `None` of sentences.
        classes: the labels as the set writes them.
        fingerprint: of the content.
        notes: sentences on how it was read.
    """

    kind: str
    train: Any
    valid: Any
    test: Any
    labels: tuple | None
    classes: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...]


def load(config):
    """The records in `config.data`.

    Raises:
        DataError: there are neither pictures nor sentences, or too few.
    """
    texts = sentence_files(config.data, config.texts)
    return read_sentences(config.data, texts) if texts.get("train") else read_pictures(config.data)


def read_pictures(folder):
    """The set of pictures in a folder."""
    found = sets.load(folder)
    if len(found.classes) < 2:
        raise DataError(f"{folder} has only the class '{found.classes[0]}'; pictures are compared by what tells classes apart")
    valid = held_out(len(found.train.images))
    images, labels = found.train.images, found.train.labels
    test = None if found.test is None else found.test.images
    parts = (images[~valid], images[valid], test)
    if found.test is not None and min(map(len, parts)) < 10:
        raise DataError(f"{folder}: parts of {', '.join(str(len(part)) for part in parts)} pictures; 10 in each are needed")
    return Dataset(
        "pictures",
        *parts,
        (labels[~valid], labels[valid]),
        found.classes,
        paths.fingerprint(found.sources),
        (*found.notes, *note_of_parts(folder, test is None)),
    )


def sentence_files(folder, begins=""):
    """The file of each part, `{"train": path}`, `"valid"` and `"test"` where they are, of those whose names begin so.

    Raises:
        DataError: there are several of one part.
    """
    found = {}
    for part, names in (("train", ("train",)), ("valid", ("valid", "dev")), ("test", ("test",))):
        patterns = [
            f"{begins}*{name}*.{suffix}{packed}" for name in names for suffix in ("txt", "tsv") for packed in ("", ".gz")
        ]
        files = paths.listed(folder, *patterns)
        if len(files) > 1:
            raise DataError(
                f"{folder} has several files for '{part}': {', '.join(path.name for path in files)}; leave "
                f"one there, or say how its name begins: texts={files[0].name.split('.')[0].split('_')[0]}"
            )
        if files:
            found[part] = files[0]
    return found


def read_sentences(folder, files):
    """The sentences of a folder's files."""
    parts = {part: sentences(path) for part, path in files.items()}
    train, valid = parts["train"], parts.get("valid")
    if valid is None:
        rows = held_out(len(train))
        train, valid = (tuple(one for one, out in zip(train, rows, strict=True) if out == part) for part in (False, True))
    if min(len(train), len(valid)) < 10:
        raise DataError(f"{files['train']} has too few sentences: {len(train)} and {len(valid)} to validate on; 10 are needed")
    notes = note_of_parts(folder, "test" not in files)
    return Dataset("sentences", train, valid, parts.get("test"), None, (), paths.fingerprint(files.values()), notes)


def sentences(path):
    """The sentences of a file, a tuple: last columns of its lines that are not empty."""
    lines = (line.rpartition("\t")[2].strip() for line in corpus.read([path]))
    return tuple(" ".join(line.split()) for line in lines if line)


def held_out(count):
    """Which of the training records are validated on, `(count,)`."""
    return np.random.default_rng(VALID_SEED).permutation(count) < count // HELD_OUT


def note_of_parts(folder, lacks_test):
    """What to know where there is no test part."""
    return (f"{folder} has no test part: all scores are on the validation part",) if lacks_test else ()


def main(config):
    """Say where the files come from, and what those at hand hold."""
    print(SOURCE)
    dataset = load(config)
    for name in ("train", "valid", "test"):
        part = getattr(dataset, name)
        if part is None:
            continue
        if dataset.kind == "pictures":
            print(f"{name}: {len(part):,} pictures of {' x '.join(map(str, part.shape[1:]))}")
        else:
            words = sum(len(quality.words(one)) for one in part)
            print(f"{name}: {len(part):,} sentences, {words:,} words, the first is '{part[0][:60]}'")
    print("\n".join(dataset.notes) or "All files are sound.")


if __name__ == "__main__":
    run.stage(__spec__)
