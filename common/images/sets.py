"""Reads a set of grey pictures with a label each, in whichever layout it comes.

- IDX: `train-images*idx3*`, `train-labels*idx1*`, and `t10k-` or `test-` files, plain or gzipped;
- tables of pixels: `*train*.csv` and `*test*.csv`;
- a folder of pictures for each class, in `train/` or in the set's folder itself, and `test/` with such folders or pictures.

The test part may be missing, and its labels too.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from common import paths
from common.errors import DataError
from common.images import framing, idx, pixel_table
from common.images.pictures import read_picture

SHOWN = 5  # files named in one message
LAYOUTS = """expected one of
  train-images-idx3-ubyte, train-labels-idx1-ubyte (and t10k-images-..., t10k-labels-...), plain or .gz
  train.csv (and test.csv): a line of pixels for each picture, with its label
  train/CLASS/ (and test/): a folder of pictures for each class"""


@dataclass(frozen=True)
class Part:
    """Pictures, and what is known of them.

    Attributes:
        images: bytes `(rows, height, width)`.
        labels: class indices `(rows,)`, or `None`.
        ids: a text for each, its row from 0 on where the set gives none.
    """

    images: np.ndarray
    labels: np.ndarray | None
    ids: tuple[str, ...]


@dataclass(frozen=True)
class ImageSet:
    """A whole set.

    Attributes:
        train: the labelled `Part`.
        test: the one to answer, or `None`.
        classes: the labels as the set writes them: numbers in their order, else by name.
        sources: files and folders that were read, for a fingerprint.
        notes: what a person should know of how it was read, sentences.
    """

    train: Part
    test: Part | None
    classes: tuple[str, ...]
    sources: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass
class _Raw:
    """A part as it was read: labels are texts."""

    images: np.ndarray
    labels: list[str] | None
    ids: list[str] | None = None
    sources: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load(folder, side=28):
    """Read the set of a folder.

    Args:
        folder: where its files lie.
        side: what pictures in folders are fitted to, in pixels, where they have another size; a square.

    Raises:
        DataError: no layout is found, or a file of it is damaged: each is named.
    """
    folder = Path(folder)
    for read in (_read_idx, _read_tables, _read_folders):
        if train := read(folder, "train", side):
            return _joined(folder, train, read(folder, "test", side))
    raise DataError(f"{folder} holds no set of pictures; {LAYOUTS}")


def _joined(folder, train, test):
    for raw in (train, test):
        if raw and not len(raw.images):
            raise DataError(f"{raw.sources[0]} holds no picture; without a test part, leave its file or folder away")
    if train.labels is None:
        raise DataError(f"{train.sources[0]} has no labels; {LAYOUTS}")
    classes = tuple(sorted(set(train.labels), key=paths.natural))
    parts = [_part(raw, classes) for raw in (train, test) if raw]
    if test and test.images.shape[1:] != train.images.shape[1:]:
        sizes = [" x ".join(map(str, raw.images.shape[1:])) for raw in (train, test)]
        raise DataError(f"{train.sources[0]} has pictures of {sizes[0]} pixels, but {test.sources[0]} of {sizes[1]}")
    raws = [raw for raw in (train, test) if raw]
    sources, notes = (tuple(one for raw in raws for one in getattr(raw, name)) for name in ("sources", "notes"))
    return ImageSet(parts[0], parts[1] if test else None, classes, sources, notes)


def _part(raw, classes):
    ids = tuple(map(str, range(len(raw.images)))) if raw.ids is None else tuple(raw.ids)
    if raw.labels is None:
        return Part(raw.images, None, ids)
    numbers = {name: number for number, name in enumerate(classes)}
    for row, label in enumerate(raw.labels):
        if label not in numbers:
            known = ", ".join(classes[:SHOWN]) + (" ..." if len(classes) > SHOWN else "")
            raise DataError(f"{raw.sources[-1]}: picture {row} has the label '{label}', which training has not: {known}")
    return Part(raw.images, np.array([numbers[label] for label in raw.labels]), ids)


def _read_idx(folder, part, side):
    starts = ("train",) if part == "train" else ("t10k", "test")
    images, labels = (
        paths.listed(folder, *(f"{start}-{kind}*idx{axes}*" for start in starts))
        for kind, axes in (("images", 3), ("labels", 1))
    )
    if not images:
        return None
    found = _Raw(idx.read_images(images[0]), None, sources=[images[0]])
    if labels:
        found.labels = [str(label) for label in idx.read_labels(labels[0])]
        found.sources.append(labels[0])
        if len(found.labels) != len(found.images):
            raise DataError(f"{images[0]} has {len(found.images)} pictures, but {labels[0]} {len(found.labels)} labels")
    elif part == "train":
        raise DataError(f"{images[0]} has no file of labels beside it; expected train-labels-idx1-ubyte, plain or .gz")
    return found


def _read_tables(folder, part, side):
    files = paths.listed(folder, f"*{part}*.csv")
    if not files:
        return None
    if len(files) > 1:
        raise DataError(f"{folder} has several tables for '{part}': {', '.join(path.name for path in files)}; leave one there")
    table = pixel_table.read(files[0])
    if part == "train" and table.labels is None:
        raise DataError(
            f"{files[0]} has no labels: expected a column named {' or '.join(pixel_table.LABELS)}, or a first one more"
        )
    notes = [f"{files[0]}: pixels from 0 to 1 were scaled to 255"] if table.scaled else []
    if table.ids and part == "test":
        notes.append(f"{files[0]}: ids are those of its column; other sets have the row from 0 on")
    return _Raw(table.images, table.labels, table.ids, [files[0]], notes)


def _read_folders(folder, part, side):
    top = folder / part
    if not top.is_dir():
        if part == "test":
            return None
        top = folder
    classes = [path for path in sorted(top.iterdir(), key=lambda path: paths.natural(path.name)) if path.is_dir()]
    classes = [path for path in classes if not paths.hidden(path) and (top != folder or path.name != "test")]
    if part == "train" and not classes:
        return None
    loose = _files(top) if top != folder else []
    files = [(path, name.name) for name in classes for path in _files(name)] if classes else [(path, None) for path in loose]
    images, labels, ids, broken, others, inverted = [], [], [], [], 0, 0
    for path, label in tqdm(files, desc=f"reading {top}", unit="picture", disable=None, leave=False):
        try:
            image = read_picture(path)
        except DataError as error:
            broken.append(str(error))
            continue
        others += image.shape != (side, side)
        if framing.background(image) > framing.LIGHT:
            image, inverted = framing.on_black(image), inverted + 1
        images.append(framing.fitted(image, side, side, framing.background(image)))
        labels.append(label)
        ids.append(path.relative_to(top).as_posix())
    if broken and part == "test":
        raise DataError(f"{len(broken)} of {len(files)} pictures to be answered cannot be read: {'; '.join(broken[:SHOWN])}")
    notes = [f"left out: {fault}" for fault in broken[:SHOWN]]
    if len(broken) > SHOWN:
        notes.append(f"left out: {len(broken) - SHOWN} more files that are no pictures")
    if others:
        notes.append(
            f"{top}: {others} of {len(images)} pictures were not {side} x {side} and were fitted into that, aspect kept"
        )
    if inverted:
        notes.append(f"{top}: {inverted} of {len(images)} pictures have a light background and were inverted")
    if classes and loose:
        notes.append(f"left out: {len(loose)} files in {top} beside the folders of its classes, the first is {loose[0].name}")
    stacked = np.stack(images) if images else np.empty((0, side, side), np.uint8)
    return _Raw(stacked, labels if classes else None, ids, [top], notes)


def _files(folder):
    """The files of a folder, whatever their suffix."""
    return sorted(
        (path for path in folder.iterdir() if path.is_file() and not paths.hidden(path)),
        key=lambda path: paths.natural(path.name),
    )
