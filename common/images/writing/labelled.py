"""Reads a folder or zip of pictures, each with the text that it shows: in `labels.csv`, or in the file names.

Every picture is brought to one canvas, its aspect kept; what was read is kept in the cache.
"""

import csv
import io
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from PIL import Image
from tqdm import tqdm

from common import paths
from common.errors import DataError
from common.images import archive, framing, given
from common.images import pictures as picture_files
from common.images.archive import Files
from common.images.framing import background, fitted
from common.images.given import picture_names
from common.images.pictures import read_picture

LABELS = "labels.csv"
VERSION = paths.code_version(
    __file__, archive.__file__, framing.__file__, given.__file__, picture_files.__file__
)  # of what is read
COMMON = 0.98  # share of labels of one length from which on the others are slips of whoever labelled


@dataclass(frozen=True)
class Labelled:
    """Pictures and their texts.

    Attributes:
        names: of the files.
        labels: texts, `None` where they are not known.
        sizes: `(height, width)` and number of the pictures that had it, the most frequent first.
        images: `(pictures, height, width, 3)`, bytes.
    """

    names: list
    labels: list | None
    sizes: list
    images: np.ndarray


def read(path, canvas, contest, required=True):
    """The `Labelled` of a folder or zip; says what was left out.

    Args:
        path: of it.
        canvas: height and width that pictures are brought to.
        contest: whose cache keeps them.
        required: whether pictures must have a label; those to be answered may.

    Raises:
        DataError: a picture or a line of the table is bad, or there is no picture.
    """
    name = f"{paths.fingerprint([path])}-{'x'.join(map(str, canvas))}-{VERSION}{'' if required else '-test'}"
    kept = paths.cache(contest) / name
    if not kept.exists():
        with suppress(FileExistsError), paths.atomic(kept) as folder:  # another process may be faster
            folder.mkdir()
            decode(path, canvas, contest, required, folder)
    facts = json.loads((kept / "facts.json").read_text(encoding="utf-8"))
    for line in facts.pop("left_out"):
        print(f"{path}: {line}")
    images = np.load(kept / "images.npy", mmap_mode="r")
    paths.require_rows(kept, len(images), len(facts["names"]))
    return Labelled(images=images, **facts)


def decode(path, canvas, contest, required, folder):
    """Write `images.npy` and `facts.json` of a folder or zip."""
    files, left_out = Files(path), []
    labels = labels_of(files, required, left_out)
    if not labels:
        raise DataError(
            f"{path} holds no {'labelled ' if required else ''}picture; `make data COMP={contest}` says what is expected"
        )
    if required:
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


def labels_of(files, required, left_out):
    """Label of each picture of `Files`, `None` where it need not have one; what is no picture is added to what is left out."""
    table = next((name for name in files.names if PurePosixPath(name).name.lower() == LABELS), None)
    pictures = picture_names(files)
    left_out += [f"{name} is no picture by its suffix, left out" for name in files.names if name not in {*pictures, table}]
    if table is not None:
        labels = read_table(files, table)
        if unlabelled := [name for name in pictures if name not in labels]:
            left_out.append(f"{len(unlabelled)} pictures without a label are left out, the first is {unlabelled[0]}")
        return labels
    if not required:
        return dict.fromkeys(pictures)
    labels = {name: re.split(r"[_ (.]", PurePosixPath(name).name)[0] for name in pictures}
    if empty := [name for name, label in labels.items() if not label]:
        raise DataError(f"{files.path} has no {LABELS}, and {empty[0]} no label in its name; expected abcd.png or abcd_2.png")
    return labels


def read_table(files, table):
    """Label of each picture that a table names, in its order; texts as they stand, blanks around them taken off.

    Commas, semicolons or tabs may separate, columns may be swapped, a name may lack its suffix.

    Raises:
        DataError: a header or line that is not as expected, a picture that is missing or named twice.
    """
    folder, known, stems, labels = table[: -len(LABELS)], set(files.names) - {table}, {}, {}
    for name in known:
        stems.setdefault(str(PurePosixPath(name).with_suffix("")), []).append(name)
    for line, row in rows_of(files.read(table), f"{files.path}: {table}"):
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


def rows_of(content, place):
    """What messages call each line of a table, and its fields `file` and `label`; `place` is what they call the table."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{place} is not UTF-8 ({error}); save it as 'CSV UTF-8'") from None
    header = text.partition("\n")[0].strip()
    separator = max(",;\t", key=header.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = [column.strip().lower() for column in next(lines, [])]
    if sorted(columns) != ["file", "label"]:
        raise DataError(f"{place} line 1: expected the header file,label, found '{header[:80]}'")
    for fields in lines:
        line = f"{place} line {lines.line_num}"
        if not "".join(fields).strip():
            continue
        if len(fields) != 2:
            raise DataError(f"{line}: expected file and label, found {len(fields)} fields: {separator.join(fields)[:80]}")
        yield line, dict(zip(columns, map(str.strip, fields), strict=True))


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
    """A picture `(height, width, 3)` in the middle of a canvas of the colour of its border, see `framing.fitted`."""
    return fitted(picture, *canvas, background(picture), Image.Resampling.BICUBIC)
