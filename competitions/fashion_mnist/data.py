"""Reads the official files, or any set of small pictures that `common.images.sets` knows, and names its classes.

python -m competitions.fashion_mnist.data
"""

from collections import Counter
from dataclasses import dataclass

from common import paths, run
from common.errors import DataError
from common.images import sets

SOURCE = """Fashion-MNIST (Zalando Research, MIT licence): https://github.com/zalandoresearch/fashion-mnist, data/fashion:
  train-images-idx3-ubyte.gz  train-labels-idx1-ubyte.gz   60,000 pictures of 28 x 28
  t10k-images-idx3-ubyte.gz   t10k-labels-idx1-ubyte.gz    10,000, the labels for `make evaluate` alone
MNIST and Kuzushiji-MNIST have the same layout; tables of pixels (train.csv, test.csv) and a folder of pictures for each class
are read as well."""


@dataclass(frozen=True)
class Dataset:
    """A set of pictures with the names of its classes.

    Attributes:
        train, test: `sets.Part`; the second may be `None`.
        labels: as the set writes them, and as they are submitted.
        names: as they are shown to a person, one for each label.
        fingerprint: of the content.
        notes: sentences on how it was read.
    """

    train: sets.Part
    test: sets.Part | None
    labels: tuple[str, ...]
    names: tuple[str, ...]
    fingerprint: str
    notes: tuple[str, ...]


def load(config):
    """The set in `config.data`.

    Raises:
        DataError: a file is damaged, or there is one class only.
    """
    found = sets.load(config.data, config.side)
    if len(found.classes) < 2:
        raise DataError(f"{config.data} has only the class '{found.classes[0]}'; two are needed to learn from")
    names, notes = named(found.classes, config.names), list(found.notes)
    if config.names and names == found.classes and found.classes[0].isdigit():
        notes.append(f"the labels are not 0 to {len(config.names) - 1}: classes are shown by their labels")
    return Dataset(found.train, found.test, found.classes, names, paths.fingerprint(found.sources), tuple(notes))


def named(labels, names):
    """What labels are called: by `names` where each label is the number of one, else as they are."""
    if names and all(label.isdigit() and int(label) < len(names) for label in labels):
        return tuple(names[int(label)] for label in labels)
    return tuple(labels)


def main(config):
    """Say where the files come from, and what those at hand hold."""
    print(SOURCE)
    dataset = load(config)
    for name, part in (("train", dataset.train), ("test", dataset.test)):
        if part is not None:
            size = " x ".join(map(str, part.images.shape[1:]))
            counts = Counter() if part.labels is None else Counter(dataset.names[label] for label in part.labels)
            listed = ", ".join(f"{one} {counts[one]}" for one in dataset.names) if counts else "no labels"
            print(f"{name}: {len(part.images)} pictures of {size}: {listed}")
    print("\n".join(dataset.notes) or "All files are sound.")


if __name__ == "__main__":
    run.stage(__spec__)
