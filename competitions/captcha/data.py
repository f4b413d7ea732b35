"""Reads a zip or folder per style, as `common.images.writing.labelled` does; `test/` is what is to be answered.

Sizes, alphabets and lengths are found from the data.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from common import paths, run
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.images.writing import labelled
from common.images.writing.labelled import LABELS
from common.images.writing.signs import Style, Table

SOURCE = """Captcha pictures come from whoever labelled some: none is official; those of kexue.fm archive 4503 are gone.
Put into the folder, for every style, STYLE.zip or STYLE/: pictures, and labels.csv with columns file,label (or labels as file
names: abcd.png, abcd_2.png); and into test/ the same without labels, where there is something to answer."""


@dataclass(frozen=True)
class Pictures:
    """Pictures of all styles on one canvas.

    Attributes:
        names: `STYLE/file` of each.
        labels: of each, a list of texts; `None` where they are not known.
        styles: number of the style of each, `(pictures,)`.
        images: `(pictures, height, width, 3)`, bytes.
    """

    names: list
    labels: list | None
    styles: np.ndarray
    images: np.ndarray

    def __len__(self):
        return len(self.names)


@dataclass(frozen=True)
class Dataset:
    """What a data folder holds; `test` is `None` where it has no folder of that name."""

    table: Table
    train: Pictures
    test: Pictures | None
    fingerprint: str


def load(config):
    """Read the styles of `config.data`, and say what was found.

    Raises:
        ConfigError: a setting names a style that is not there.
        DataError: what is wrong, with file and line.
    """
    there = find_styles(config.data)
    for name in (*config.styles, *config.cased):
        if name not in there:
            raise ConfigError(f"{config.data}: {unknown_name(name, there, 'style')}")
    sources = {name: path for name, path in there.items() if not config.styles or name in config.styles}
    tests = {}
    if (folder := config.data / "test").is_dir():
        tests = {next(iter(there)): folder} if (config.data / LABELS).exists() else find_styles(folder)
    if unknown := tests.keys() - there:
        raise DataError(f"{config.data / 'test'} has the style {min(unknown)}, which has no training pictures")
    tests = {name: path for name, path in tests.items() if name in sources}
    read = partial(labelled.read, canvas=(config.height, config.width), contest="captcha")
    train = {name: read(path) for name, path in sources.items()}
    table = Table(tuple(style_of(name, one, name in config.cased) for name, one in train.items()))
    test = {name: read(path, required=False) for name, path in tests.items()}
    fingerprint = paths.fingerprint([*sources.values(), *tests.values()])
    return Dataset(table, together(table, train), together(table, test) if test else None, fingerprint)


def find_styles(folder):
    """Path of each style, by name; a zip goes before what it unpacked to, and a folder with labels is a style itself."""
    if (folder / LABELS).exists():
        return {folder.resolve().name: folder}
    folders = {path.name: path for path in paths.listed(folder, "*") if path.is_dir() and path.name != "test"}
    zips = {path.stem: path for path in paths.listed(folder, "*.zip")}
    if not (found := dict(sorted((folders | zips).items()))):
        raise DataError(f"{folder} holds no STYLE.zip and no folder STYLE. `make data COMP=captcha` says what is expected")
    return found


def style_of(name, read, cased):
    """The `Style` that pictures and labels show, printed."""
    lengths, sizes = Counter(map(len, read.labels)), read.sizes
    signs = "".join(sorted(set("".join(read.labels))))
    of_lengths = ", ".join(f"{count} of {length} signs" for length, count in sorted(lengths.items()))
    of_sizes = ", ".join(f"{width} x {height}" for (height, width), _ in sizes[:3])
    more = f" and {len(sizes) - 3} more sizes" if len(sizes) > 3 else ""
    shown = signs if len(signs) <= 64 else f"{signs[:32]}..."
    print(f"{name}: {len(read.labels)} pictures, {of_sizes}{more}; labels: {of_lengths}; alphabet of {len(signs)}: {shown}")
    return Style(name, tuple(sizes[0][0]), tuple(signs), (min(lengths), max(lengths)), cased)


def together(table, read):
    """The `Pictures` of several styles."""
    numbers = {style.name: number for number, style in enumerate(table.styles)}
    labels = [one.labels for one in read.values()]
    return Pictures(
        [f"{name}/{file}" for name, one in read.items() for file in one.names],
        None if None in labels else list(chain.from_iterable(labels)),
        np.concatenate([np.full(len(one.names), numbers[name]) for name, one in read.items()]),
        np.concatenate([one.images for one in read.values()]),
    )


def main(config):
    """Say where pictures come from, and check those that are there."""
    print(SOURCE)
    dataset = load(config)
    answered = f"{len(dataset.test)} test pictures" if dataset.test else "no test pictures"
    print(f"{config.data}: {len(dataset.table.styles)} styles, {len(dataset.train)} labelled pictures, {answered}")


if __name__ == "__main__":
    run.stage(__spec__)
