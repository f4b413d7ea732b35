"""Reads spectra of one's own onto the grid of the models: a file, a folder of files with the folders in it, or a zip.

    names, flux = read_input(Path("spectra/"), Grid.parse("linear:3690:9100"))

What cannot be read is named and left out, as long as anything remains; `formats.py` says what can.
"""

import contextlib
import functools
import hashlib
import io
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from common import paths
from common.errors import DataError
from competitions.lamost.data import hidden, read_member, zip_files
from competitions.lamost.formats import KIND, LONGEST_FITS, LONGEST_TEXT, TEXTS, expected, kind_of, read_file

SHOWN = 10  # files named where none can be read


def read_input(path, grid):
    """Names and fluxes on the grid, `(spectra, 2600)`, of all spectra in a file, a folder or a zip.

    Every spectrum has a name of its own. What cannot be used is named on screen.

    Raises:
        DataError: nothing to read, or nothing that can be used; the message names the file.
    """
    path = Path(path)
    choices, rows, left_out = [], [], []
    for place, where, opened in tqdm(sources(path, left_out), desc=f"reading {path.name}", unit="files", delay=2):
        try:
            with opened() as file:
                found = list(read_file(where, place, file, grid))
        except OSError as error:
            found = [DataError(f"{where} cannot be read: {error.strerror or error}")]
        except ValueError as error:
            found = [error if isinstance(error, DataError) else DataError(f"{where}: {error}")]
        for number, spectrum in enumerate(found, start=1):
            if isinstance(spectrum, DataError):
                left_out.append(str(spectrum))
                continue
            tail = f"-{number:04d}" if len(found) > 1 else ""
            short = place.rpartition("/")[2]
            flat = place.replace("/", "-")
            choices.append([f"{name}{tail}" for name in (KIND.sub("", short), short, KIND.sub("", flat), flat)])
            rows.append(spectrum)
    if not rows:
        raise DataError(nothing(path, left_out))
    if left_out:
        told = f"{path}: {len(left_out)} of {len(left_out) + len(rows)} are passed over:"
        print(told, *left_out, sep="\n  ", file=sys.stderr)  # also where standard output is a pipe
    return distinct(choices), np.stack(rows)


def nothing(path, left_out):
    """What to say where no spectrum could be read."""
    if len(left_out) == 1:
        return left_out[0]
    if left_out:
        more = [f"and {len(left_out) - SHOWN:,} more"] if len(left_out) > SHOWN else []
        return "\n  ".join([f"input={path}: none of {len(left_out):,} can be read:", *left_out[:SHOWN], *more])
    if path.is_file():
        return f"{path} holds no <id>.txt of the contest, and no other spectrum"
    return f"input={path}: no spectrum there; expected {expected()}, a folder of them or a zip; hidden files do not count"


def sources(path, left_out):
    """`(path inside, what errors call it, function that opens it)` of every file of an input; hidden ones are passed over."""
    if path.is_dir():
        for place in files_below(path, left_out):
            yield place, path / place, functools.partial(open, path / place, "rb")
    elif path.suffix.lower() == ".zip" and path.is_file():
        with open(path, "rb") as archive:
            for place, member in zip_files(path).items():
                yield place, f"{path}, {place}", functools.partial(open_member, archive, member, place)
    elif path.exists():
        yield path.name, path, functools.partial(open, path, "rb")


def files_below(folder, left_out):
    """Paths inside a folder of all its files and those of the folders in it, in order; of a folder that links back once."""
    places, seen = [], set()
    for where, folders, files in os.walk(folder, onerror=lambda error: left_out.append(str(error)), followlinks=True):
        real = os.path.realpath(where)
        folders[:] = [] if real in seen else [name for name in folders if not hidden(name)]
        inside = Path(where).relative_to(folder)
        places += [] if real in seen else [(inside / name).as_posix() for name in files if not hidden(name)]
        seen.add(real)
    return sorted(places)


def open_member(archive, member, place):
    """A file in an open zip, as a binary file."""
    return io.BytesIO(read_member(archive, member, LONGEST_TEXT if kind_of(place) in TEXTS else LONGEST_FITS))


def distinct(choices):
    """A name for each: the first of its choices that no other has, or else a number behind it.

    Capitals and small letters count alike, because on some disks they do.
    """
    names = [first for first, *_ in choices]
    for level in range(1, len(choices[0])):
        counts = Counter(name.lower() for name in names)
        if len(counts) == len(names):
            return names
        names = [choice[level] if counts[name.lower()] > 1 else name for name, choice in zip(names, choices, strict=True)]
    taken = set()
    for row, name in enumerate(names):
        number = 1
        while names[row].lower() in taken:
            number += 1
            names[row] = f"{name}-{number}"
        taken.add(names[row].lower())
    return names


def predictions_folder(path):
    """A folder for the answers to an input, without the pictures of an earlier call.

    Its name holds a hash of the input's place and content, so that two files of one name do not overwrite each other's answers.
    """
    path = Path(path).expanduser().resolve()
    digest = hashlib.sha256(os.fsencode(path))
    for place in filter(kind_of, files_below(path, [])) if path.is_dir() else ["."]:
        digest.update(os.fsencode(f"\0{place}\0"))
        with contextlib.suppress(OSError):  # of a file that cannot be read, and was named as such
            digest.update(paths.fingerprint([path / place]).encode())
    folder = paths.runs("lamost") / "predictions" / f"{path.name}-{digest.hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    for picture in folder.glob("*.png"):
        picture.unlink()
    return folder
