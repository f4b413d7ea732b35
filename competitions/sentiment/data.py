"""Reads texts with a label each, in any layout that `common.text.labelled` knows, and which of them resemble one another.

python -m competitions.sentiment.data
"""

from dataclasses import dataclass, replace

import numpy as np

from common import paths, run
from common.errors import DataError
from common.text import labelled
from common.text.near_duplicates import kept, near_duplicates

SOURCE = """English: Large Movie Review Dataset (Maas et al. 2011), 25,000 + 25,000 reviews and 50,000 without labels:
  https://ai.stanford.edu/~amaas/data/sentiment/, aclImdb_v1.tar.gz; unpack it and give data=aclImdb
Chinese: shopping, hotel and delivery reviews, github.com/SophonPlus/ChineseNlpCorpus (online_shopping_10_cats, waimai_10k,
  ChnSentiCorp_htl_all); sentiment.zip of github.com/bojone/bert4keras (the reviews of kexue.fm archive 3414 and 3863)
Any table label<TAB>text, CSV with columns label and text, folders of texts by class, or pos.txt and neg.txt will do."""


@dataclass(frozen=True)
class Dataset:
    """A set of labelled texts.

    Attributes:
        train: `labelled.Part` of the texts whose labels are used.
        test: the one to answer, or `None`.
        unlabelled: all other texts that models may read, tuple.
        classes: names of the labels.
        groups: of near duplicates, of the training texts `(rows,)`.
        seen: whether a near duplicate of a test text is among the training texts, `(test rows,)`; `None` without a test.
        fingerprint: of the files.
        notes: sentences on how it was read.
    """

    train: labelled.Part
    test: labelled.Part | None
    unlabelled: tuple[str, ...]
    classes: tuple[str, ...]
    groups: np.ndarray
    seen: np.ndarray | None
    fingerprint: str
    notes: tuple[str, ...]


def load(config):
    """The set in `config.data`, by the protocol that the settings ask for.

    Raises:
        DataError: a file is damaged, or the draw names what is not there.
    """
    found = labelled.load(config.data)
    train, sources, notes = found.train, list(found.sources), list(found.notes)
    fingerprint = paths.fingerprint(sources)
    texts = [*train.texts, *(found.test.texts if found.test else ())]
    groups = kept(paths.cache("sentiment"), fingerprint, near_duplicates, texts)
    rows, draw_file = drawn(config, train) if config.labels else (np.arange(len(train.texts)), None)
    others = np.setdiff1d(np.arange(len(train.texts)), rows)
    unlabelled = (*found.unlabelled.texts, *(train.texts[row] for row in others))
    train, groups_of_train = taken(train, rows), groups[rows]
    fingerprint = paths.fingerprint([*sources, draw_file]) if draw_file else fingerprint
    if config.transductive and found.test:
        unlabelled = (*unlabelled, *found.test.texts)
    seen = np.isin(groups[len(found.train.texts) :], groups_of_train) if found.test else None
    copies = len(groups_of_train) - len(np.unique(groups_of_train))
    if copies:
        notes.append(
            f"{copies} of {len(groups_of_train)} training texts are near duplicates of others: each group is in one fold"
        )
    if seen is not None and seen.any():
        notes.append(f"{seen.sum()} of {len(seen)} test texts are near duplicates of training texts")
    return Dataset(train, found.test, unlabelled, found.classes, groups_of_train, seen, fingerprint, tuple(notes))


def drawn(config, train):
    """Rows whose labels are used, sorted, and the file that lists them, `None` where they are drawn here, equally by class.

    Raises:
        DataError: the file names an unknown text, or there are too few.
    """
    path = config.data / "draws" / f"labels_{config.labels}_seed{config.draw}.txt"
    if path.exists():
        rows, place = [], {name: row for row, name in enumerate(train.ids)}
        for line, name in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if name.strip() and name.strip() not in place:
                raise DataError(f"{path}, line {line}: there is no training text '{name.strip()[:60]}'")
            rows += [place[name.strip()]] if name.strip() else []
        return np.unique(rows), path
    classes = train.labels.max() + 1
    if config.labels < 2 * classes or config.labels > len(train.texts):
        raise DataError(f"labels={config.labels}: expected from {2 * classes} to {len(train.texts)}, the training texts")
    order = np.random.default_rng(config.draw).permutation(len(train.texts))
    own = np.eye(classes, dtype=int)[train.labels[order]]
    rank = (own.cumsum(axis=0) * own).sum(axis=1)  # of each text in its class
    return np.sort(order[np.argsort(rank, kind="stable")][: config.labels]), None


def taken(part, rows):
    """Some rows of a part."""
    return replace(
        part, texts=tuple(part.texts[row] for row in rows), labels=part.labels[rows], ids=tuple(part.ids[row] for row in rows)
    )


def main(config):
    """Say where the files come from, and what those at hand hold."""
    print(SOURCE)
    dataset = load(config)
    for name, part in (("train", dataset.train), ("test", dataset.test)):
        if part is not None:
            counts = [] if part.labels is None else np.bincount(part.labels, minlength=len(dataset.classes))
            listed = ", ".join(f"{one} {count}" for one, count in zip(dataset.classes, counts, strict=False)) or "no labels"
            print(f"{name}: {len(part.texts)} texts: {listed}")
    print(f"unlabelled: {len(dataset.unlabelled)} texts; protocol: {config.protocol}")
    print("\n".join(dataset.notes) or "All files are sound.")


if __name__ == "__main__":
    run.stage(__spec__)
