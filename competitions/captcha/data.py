"""Reads a zip or folder per style: pictures and `labels.csv`, or labels in the file names; `test/` is what is to be answered.

Sizes, alphabets and lengths are found from the data. Every picture is brought to one canvas, its aspect kept, and cached.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath

import numpy as np
from PIL import Image
from tqdm import tqdm

from common import paths, run
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.images.archive import Files
from common.images.framing import background
from common.images.given import picture_names
from common.images.pictures import read_picture
from competitions.captcha.alphabet import Style, Table

SOURCE = """Captcha pictures come from whoever labelled some: none is official; those of kexue.fm archive 4503 are gone.
Put into the folder, for every style, STYLE.zip or STYLE/: pictures, and labels.csv with columns file,label (or labels as file
names: abcd.png, abcd_2.png); and into test/ the same without labels, where there is something to answer."""
LABELS = "labels.csv"
COMMON = 0.98  # share of labels of one length from which on the others are slips of whoever labelled


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
    canvas = (config.height, config.width)
    read = {name: read_style(path, canvas, labelled=True) for name, path in sources.items()}
    table = Table(tuple(style_of(name, one, name in config.cased) for name, one in read.items()))
    test = {name: read_style(path, canvas, labelled=False) for name, path in tests.items()}
    fingerprint = paths.fingerprint([*sources.values(), *tests.values()])
    return Dataset(table, together(table, read), together(table, test) if test else None, fingerprint)


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
    lengths, sizes = Counter(map(len, read["labels"])), read["sizes"]
    signs = "".join(sorted(set("".join(read["labels"]))))
    of_lengths = ", ".join(f"{count} of {length} signs" for length, count in sorted(lengths.items()))
    of_sizes = ", ".join(f"{width} x {height}" for (height, width), _ in sizes[:3])
    more = f" and {len(sizes) - 3} more sizes" if len(sizes) > 3 else ""
    shown = signs if len(signs) <= 64 else f"{signs[:32]}..."
    print(f"{name}: {len(read['labels'])} pictures, {of_sizes}{more}; labels: {of_lengths}; alphabet of {len(signs)}: {shown}")
    return Style(name, tuple(sizes[0][0]), tuple(signs), (min(lengths), max(lengths)), cased)


def together(table, read):
    """The `Pictures` of several styles."""
    numbers = {style.name: number for number, style in enumerate(table.styles)}
    labels = [one["labels"] for one in read.values()]
    return Pictures(
        [f"{name}/{file}" for name, one in read.items() for file in one["names"]],
        None if None in labels else list(chain.from_iterable(labels)),
        np.concatenate([np.full(len(one["names"]), numbers[name]) for name, one in read.items()]),
        np.concatenate([one["images"] for one in read.values()]),
    )


def same_pixels(pictures):
    """A number for each picture, the same for those of the same pixels, which must share a fold; `None` where all differ."""
    digests = [hashlib.md5(image.tobytes(), usedforsecurity=False).hexdigest() for image in pictures.images]
    known, numbers = np.unique(digests, return_inverse=True)
    if len(known) == len(digests):
        return None
    print(f"{len(digests) - len(known)} pictures show again what another shows; they share its fold")
    return numbers


def read_style(path, canvas, labelled):
    """Names, labels, sizes and images of a style, from the cache where it was read before; says what was left out.

    Args:
        path: folder or zip.
        canvas: height and width that pictures are brought to.
        labelled: whether it must have labels; test pictures may.
    """
    kept = paths.cache("captcha") / f"{paths.fingerprint([path])}-{'x'.join(map(str, canvas))}{'' if labelled else '-test'}"
    if not kept.exists():
        with suppress(FileExistsError), paths.atomic(kept) as folder:  # another process may be faster
            folder.mkdir()
            read_files(path, canvas, labelled, folder)
    facts = json.loads((kept / "facts.json").read_text(encoding="utf-8"))
    for line in facts["left_out"]:
        print(f"{path}: {line}")
    return facts | {"images": np.load(kept / "images.npy", mmap_mode="r")}


def read_files(path, canvas, labelled, folder):
    """Decode a style into `images.npy` and `facts.json`."""
    files = Files(path)
    table = next((name for name in files.names if PurePosixPath(name).name.lower() == LABELS), None)
    pictures = picture_names(files)
    left_out = [f"{name} is no picture by its suffix, left out" for name in files.names if name not in {*pictures, table}]
    if table is not None:
        labels = read_labels(files, table)
        if unlabelled := [name for name in pictures if name not in labels]:
            left_out.append(f"{len(unlabelled)} pictures without a label are left out, the first is {unlabelled[0]}")
    elif labelled:
        labels = {name: re.split(r"[_ (.]", PurePosixPath(name).name)[0] for name in pictures}
        if empty := [name for name, label in labels.items() if not label]:
            raise DataError(f"{path} has no {LABELS}, and {empty[0]} no label in its name; expected abcd.png or abcd_2.png")
    else:
        labels = dict.fromkeys(pictures)
    if not labels:
        raise DataError(
            f"{path} holds no {'labelled ' if labelled else ''}picture; `make data COMP=captcha` says what is expected"
        )
    if labelled:
        labels = without_slips(labels, left_out)
    images, sizes = np.empty((len(labels), *canvas, 3), np.uint8), Counter()
    for place, name in enumerate(tqdm(labels, desc=f"reading {path.name}", unit="pictures", mininterval=1, leave=False)):
        picture = read_picture(files.read(name), "RGB", name=f"{path}: {name}")
        sizes[picture.shape[:2]] += 1
        images[place] = on_canvas(picture, canvas)
    np.save(folder / "images.npy", images)
    known = None if None in labels.values() else list(labels.values())
    facts = {"names": list(labels), "labels": known, "sizes": sizes.most_common(), "left_out": left_out}
    (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def read_labels(files, table):
    """Label of each picture that the table names, in its order; texts as they stand, blanks around them taken off.

    Commas, semicolons or tabs may separate, columns may be swapped, a name may lack its suffix.

    Raises:
        DataError: a header or line that is not as expected, a picture that is missing or named twice.
    """
    place = f"{files.path}: {table}"
    try:
        text = files.read(table).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{place} is not UTF-8 ({error}); save it as 'CSV UTF-8'") from None
    header = text.partition("\n")[0].strip()
    separator = max(",;\t", key=header.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = [column.strip().lower() for column in next(lines, [])]
    if sorted(columns) != ["file", "label"]:
        raise DataError(f"{place} line 1: expected the header file,label, found '{header[:80]}'")
    folder, known, stems, labels = table[: -len(LABELS)], set(files.names) - {table}, {}, {}
    for name in known:
        stems.setdefault(str(PurePosixPath(name).with_suffix("")), []).append(name)
    for fields in lines:
        line = f"{place} line {lines.line_num}"
        if not "".join(fields).strip():
            continue
        if len(fields) != 2:
            raise DataError(f"{line}: expected file and label, found {len(fields)} fields: {separator.join(fields)[:80]}")
        row = dict(zip(columns, map(str.strip, fields), strict=True))
        name = folder + row["file"]
        if name not in known and len(stems.get(name, ())) == 1:
            (name,) = stems[name]
        if name not in known:
            raise DataError(f"{line}: there is no picture '{row['file'][:80]}'; add it, or take the line out")
        if name in labels:
            raise DataError(f"{line}: the picture '{row['file']}' stands on an earlier line already")
        if not row["label"]:
            raise DataError(f"{line}: the picture '{row['file']}' has no label")
        labels[name] = row["label"]
    return labels


def without_slips(labels, left_out):
    """Labels without those few whose length differs from nearly all others'; they are added to what is left out."""
    ((length, count),) = Counter(map(len, labels.values())).most_common(1)
    slips = [name for name, label in labels.items() if len(label) != length]
    if not slips or count < COMMON * len(labels):
        return labels
    first = f"'{labels[slips[0]]}' of {slips[0]}"
    left_out.append(f"{len(slips)} labels have not {length} signs as all others and are left out, the first is {first}")
    return {name: label for name, label in labels.items() if len(label) == length}


def on_canvas(picture, canvas):
    """A picture `(height, width, 3)` scaled to fit a canvas, its aspect kept, in the middle of the colour of its border."""
    scale = min(outer / inner for outer, inner in zip(canvas, picture.shape, strict=False))
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    scaled = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)  # Pillow's has antialiasing
    filled = np.empty((*canvas, 3), np.uint8)
    filled[:] = background(picture)
    top, left = (canvas[0] - height) // 2, (canvas[1] - width) // 2
    filled[top : top + height, left : left + width] = scaled
    return filled


def main(config):
    """Say where pictures come from, and check those that are there."""
    print(SOURCE)
    dataset = load(config)
    answered = f"{len(dataset.test)} test pictures" if dataset.test else "no test pictures"
    print(f"{config.data}: {len(dataset.table.styles)} styles, {len(dataset.train)} labelled pictures, {answered}")


if __name__ == "__main__":
    run.stage(__spec__)
