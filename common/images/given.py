"""The pictures that a person hands in: a single one, or a folder or zip of them."""

import sys
from pathlib import Path, PurePosixPath

from common.errors import DataError
from common.images.archive import Files
from common.images.pictures import read_picture

SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".gif", ""}
OFFERED = (*sorted(SUFFIXES - {""}), ".zip")  # what a person may choose on the page of `make demo`


def picture_names(files):
    """Those names of `Files` that are pictures by their suffix."""
    return [name for name in files.names if PurePosixPath(name).suffix.lower() in SUFFIXES]


def read_given(path, prepare, colours="L"):
    """What is made of each picture, by name; in a folder or zip, what cannot be read is named and left out.

    Args:
        path: text, of a picture, a folder or a zip.
        prepare: function of name and pixels; its `DataError` is that of a picture, too.
        colours: see `read_picture`.

    Raises:
        DataError: there is none, or the only one cannot be read.
    """
    place = Path(path).expanduser()
    if not place.exists():
        raise DataError(f"input={path}: there is no such picture, folder or zip")
    if not place.is_dir() and place.suffix.lower() != ".zip":
        return {place.name: prepare(place.name, read_picture(place, colours))}
    files, read = Files(place), {}
    for name in picture_names(files):
        try:
            read[name] = prepare(name, read_picture(files.read(name), colours, name=f"{place}: {name}"))
        except DataError as error:
            print(f"left out: {error}", file=sys.stderr)  # also where standard output is a pipe
    if not read:
        raise DataError(f"input={path} holds no picture that could be answered")
    return read
