"""Reads the official files: images and the list of characters, as npz or IDX, or fonts to draw them from."""

import hashlib
import json
import string
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from common import paths, run
from common.errors import DataError
from common.images import glyphs, idx
from common.text.corpus import read

CUT_OFF = 5  # without a test part, one in so many images or writers makes one; of few faces, a single one
DRAWN_SIDE = 48  # of glyphs as they are drawn from fonts and kept
VERSION = paths.code_version(__file__, glyphs.__file__)  # of what is drawn
LEVEL = 17  # grey values are kept in steps of it, 16 in all: half the file, and nothing that a network would miss
LEVEL_1 = [bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF if high < 0xD7 else 0xFA)]
ALPHABETS = {
    "latin": string.digits + string.ascii_letters,
    "gb2312": string.digits + string.ascii_letters + b"".join(LEVEL_1).decode("gb2312"),  # level 1: 3,755 characters
}
SOURCE = """Images of single characters, any set of them. Put into the folder one of
  train.npz, test.npz          images (n, height, width), bright ink on black; characters (texts); labels, places in them from 0
                               on (the test part may have none); optional writers: a number for who wrote or which face printed
  train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-* (plain or .gz), for example MNIST; classes other than digits are
                               named in characters.txt, one a line
  fonts/, test/fonts/          font files, from which the characters of alphabet= are drawn; README.md names some packages"""


@dataclass(frozen=True)
class Images:
    """One part of a set.

    Attributes:
        pixels: bytes `(images, height, width)`, bright ink on black.
        labels: places in the list of characters `(images,)`; `None` where nobody says.
        writers: number of the writer or face of each `(images,)`; `None` where nobody says.
        faces: names of those, where they have some.
        groups: what must not be in two folds, `(images,)`: the family of the face, or the writer; `None` where nobody says.
    """

    pixels: np.ndarray
    labels: np.ndarray | None
    writers: np.ndarray | None = None
    faces: tuple[str, ...] = ()
    groups: np.ndarray | None = None

    def take(self, rows):
        """Some of them."""
        arrays = {name: getattr(self, name) for name in ("pixels", "labels", "writers", "groups")}
        return replace(self, **{name: None if array is None else array[rows] for name, array in arrays.items()})


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder.

    Attributes:
        train, test: the parts.
        characters: the classes.
        fingerprint: hash of the files.
    """

    train: Images
    test: Images
    characters: tuple[str, ...]
    fingerprint: str


def load(config):
    """The set that the settings name.

    Raises:
        DataError: a file is missing or not as described; the message names it and what is wrong.
    """
    folder = config.data
    if config.fonts or ((folder / "fonts").is_dir() and not (folder / "train.npz").exists()):
        fonts = config.fonts or (folder / "fonts",)
        unseen = config.unseen or (() if config.fonts else paths.listed(folder, "test/fonts"))
        folder = drawn(fonts, unseen, config.alphabet, config.sizes)
    reader = read_npz if (folder / "train.npz").exists() else read_idx
    files, characters, train, test = reader(folder)
    if test is None:
        train, test = cut_off(train, config.data)
    return Dataset(train, test, characters, paths.fingerprint(files))


def read_npz(folder):
    """Files, characters and both parts of `train.npz` and `test.npz`; `None` for a test part that is not there."""
    files = paths.listed(folder, "train.npz", "test.npz")
    found = {path.stem: read_part(path) for path in files}
    characters, train = found["train"]
    if train.labels is None:
        raise DataError(f"{folder / 'train.npz'} has no array 'labels'; expected places in 'characters', from 0 on")
    own, test = found.get("test", (characters, None))
    if test is not None and test.labels is not None and own != characters:  # the same ones may stand in another order
        places = {character: place for place, character in enumerate(characters)}
        if unknown := sorted({own[label] for label in test.labels} - places.keys()):
            raise DataError(f"{folder / 'test.npz'} has images of {' '.join(unknown[:20])}, which train.npz does not name")
        test = replace(test, labels=np.array([places.get(one, -1) for one in own])[test.labels])
    return files, characters, train, test


def read_part(path):
    """Characters and `Images` of an npz file."""
    arrays = read_arrays(path)
    if lacking := {"images", "characters"} - arrays.keys():
        raise DataError(f"{path} has no array '{min(lacking)}'; it has {', '.join(arrays) or 'none'}")
    characters = checked_characters(arrays["characters"], path)
    pixels = as_bytes(arrays["images"], path)
    labels = checked_labels(arrays["labels"], characters, path) if "labels" in arrays else None
    writers = arrays.get("writers")
    for name, array in (("labels", labels), ("writers", writers)):
        if array is not None and array.shape != (len(pixels),):
            raise DataError(f"{path} has {len(pixels)} images and '{name}' of shape {array.shape}; expected one for each")
    if "faces" not in arrays or writers is None:
        return characters, Images(pixels, labels, writers, groups=writers)
    faces, families = arrays["faces"], arrays.get("families", arrays["faces"])
    if len(faces) != len(families) or writers.dtype.kind not in "iu" or not 0 <= writers.min() <= writers.max() < len(faces):
        raise DataError(f"{path}: 'writers' must be places in 'faces', from 0 to {len(faces) - 1}, and 'families' as many")
    return characters, Images(pixels, labels, writers, tuple(faces.tolist()), families[writers])


def read_arrays(path):
    """The arrays of an npz file, a dict; those of Python objects are refused, since unpickling runs whatever they say."""
    arrays = {}
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            for name in file.files:
                try:
                    arrays[name] = file[name]
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
                    raise DataError(
                        f"{path}: the array '{name}' holds Python objects, which may run code and are not loaded; save it as "
                        f"np.array(list({name})), which makes texts or numbers of it"
                    ) from None
    except DataError:
        raise
    except Exception as error:  # a damaged zip raises nearly anything
        raise DataError(f"{path} is no npz file that can be read ({error}); expected what numpy.savez writes") from error
    return arrays


def as_bytes(images, path):
    """Images as bytes with bright ink on black `(images, height, width)`; says so where they had to be inverted."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 or 0 in images.shape:
        raise DataError(f"{path}: 'images' has the shape {images.shape}; expected (images, height, width), none of them 0")
    if images.dtype.kind not in "buif":
        raise DataError(f"{path}: 'images' are of type {images.dtype}; expected bytes, or numbers from 0 to 1 or to 255")
    least, most = images.min(), images.max()
    if not 0 <= least <= most <= 255:  # also where one is no number
        raise DataError(f"{path}: 'images' range from {least} to {most}; expected numbers from 0 to 1 or to 255")
    if images.dtype != np.uint8:
        scale = 255 if images.dtype.kind == "b" or (images.dtype.kind == "f" and most <= 1) else 1
        images = np.rint(images * np.float32(scale)).astype(np.uint8)
    if glyphs.dark_on_bright(images):
        print(f"{path}: dark ink on bright paper; its {len(images):,} images are inverted")
        images = 255 - images
    return images


def checked_characters(array, path):
    """The list of classes, a tuple of texts."""
    if array.ndim != 1 or array.dtype.kind != "U" or not len(array):
        raise DataError(f"{path}: 'characters' has type {array.dtype} and shape {array.shape}; expected a list of texts")
    characters = tuple(array.tolist())
    if len(set(characters)) < len(characters):
        twice = next(one for one in characters if characters.count(one) > 1)
        raise DataError(f"{path}: 'characters' names {twice} twice")
    return characters


def checked_labels(labels, characters, path):
    """Places in the list of characters; characters themselves are looked up."""
    if labels.dtype.kind == "U":
        places = {character: place for place, character in enumerate(characters)}
        if unknown := sorted(set(labels.ravel().tolist()) - places.keys()):
            raise DataError(f"{path}: 'labels' has {' '.join(unknown[:20])}, which 'characters' does not name")
        return np.array([places[label] for label in labels.ravel().tolist()], int).reshape(labels.shape)
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"{path}: 'labels' are of type {labels.dtype}; expected whole numbers, places in 'characters' from 0 on"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < len(characters):
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise DataError(
            f"{path}: label {wrong} is none of the {len(characters)} characters, whose places are 0 to {len(characters) - 1}; "
            "labels begin at 0"
        )
    return labels.astype(int)


def read_idx(folder):
    """Files, characters and both parts of IDX files; the test part may lack its labels, or be not there."""
    named = {name: paths.listed(folder, f"{name}*") for name in ("train-images", "train-labels", "t10k-images", "t10k-labels")}
    for name, found in named.items():
        if len(found) > 1 or (name.startswith("train") and not found):
            names = ", ".join(path.name for path in found or paths.listed(folder, "*")[:10]) or "nothing"
            raise DataError(f"{folder} needs train.npz, fonts/ or one file {name}-idx?-ubyte, plain or .gz; found {names}")
    listing = folder / "characters.txt"
    characters = tuple(string.digits)
    if listing.exists():
        characters = checked_characters(np.array([line for line in read([listing]) if line], str), listing)
    parts = [
        idx_part(*named[f"{part}-images"][:1], *named[f"{part}-labels"][:1], characters=characters)
        for part in ("train", "t10k")
    ]
    return [path for found in named.values() for path in found] + paths.listed(folder, "characters.txt"), characters, *parts


def idx_part(images=None, labels=None, characters=()):
    """`Images` of a file of images and one of labels; `None` where there are no images."""
    if images is None:
        return None
    pixels = as_bytes(idx.read_images(images), images)
    if labels is None:
        return Images(pixels, None)
    classes = checked_labels(idx.read_labels(labels), characters, labels)
    if len(classes) != len(pixels):
        raise DataError(f"{labels} has {len(classes)} labels, {images.name} has {len(pixels)} images")
    return Images(pixels, classes)


def cut_off(images, folder):
    """A training and a test part of a training part alone: whole groups where there are some."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    groups = images.groups
    known = CUT_OFF if groups is None else len(np.unique(groups))
    parts = known if known < 2 * CUT_OFF else CUT_OFF
    if parts < 2:
        raise DataError(
            f"{folder} has one face or writer only, of which no test part can be cut off; add a second, or a test part"
        )
    if (fewest := np.bincount(images.labels)[np.unique(images.labels)].min()) < parts:
        raise DataError(f"{folder} has no test part, and a character with only {fewest} images, too few to cut one off")
    splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(parts, shuffle=True, random_state=0)
    train, test = next(splitter.split(images.labels, images.labels, groups))
    names = "" if groups is None else f", those of {', '.join(map(str, np.unique(groups[test])[:10]))}"
    print(f"{folder} has no test part: {len(test):,} of {len(images.labels):,} images are cut off for it{names}", flush=True)
    return images.take(train), images.take(test)


def alphabet_of(name):
    """The characters that are drawn: those of a named alphabet, or all of a text file, in its order.

    Raises:
        DataError: there is neither.
    """
    if name in ALPHABETS:
        return tuple(ALPHABETS[name])
    path = Path(name).expanduser()
    if not path.is_file():
        raise DataError(f"alphabet={name}: expected {', '.join(ALPHABETS)} or a text file with the characters")
    found = dict.fromkeys(character for line in read([path]) for character in line if not character.isspace())
    if not found:
        raise DataError(f"alphabet={name} holds no character")
    return tuple(found)


def drawn(fonts, unseen, alphabet, sizes):
    """Folder of the npz files drawn from fonts, kept until the fonts or the settings change."""
    characters = alphabet_of(alphabet)
    faces = {part: glyphs.find_faces(places) for part, places in (("train", fonts), ("test", unseen)) if places}
    files = {str(path) for some in faces.values() for face in some for path, _ in face.files.values()}
    names = [(part, [face.name for face in some]) for part, some in faces.items()]
    described = json.dumps([VERSION, characters, sizes, names, paths.fingerprint(sorted(files))])
    folder = paths.cache("characters") / hashlib.sha256(described.encode()).hexdigest()[:12]
    if not folder.exists():
        with paths.atomic(folder) as working:
            working.mkdir()
            for part, some in faces.items():
                draw(some, characters, sizes, working / f"{part}.npz")
    return folder


def draw(faces, characters, sizes, path):
    """Write the glyphs of some faces, and print how many each of them lacks."""
    images, labels, writers = [], [], []
    for number, face in enumerate(faces):
        found, classes, without = glyphs.render(face, characters, sizes, DRAWN_SIDE)
        lacking = "; ".join(f"{len(some)} {why} ({''.join(some[:20])})" for why, some in without.items() if some)
        print(f"{face.name}: {len(found):,} glyphs" + (f", no sample of {lacking}" if lacking else ""), flush=True)
        images.append(found // LEVEL * LEVEL)
        labels.append(classes)
        writers.append(np.full(len(found), number, np.int16))
    if not sum(map(len, images)):
        raise DataError(
            f"none of the fonts {', '.join(face.name for face in faces)} has any of the {len(characters)} characters"
        )
    np.savez_compressed(
        path,
        images=np.concatenate(images),
        labels=np.concatenate(labels).astype(np.int16),
        writers=np.concatenate(writers),
        characters=np.array(characters),
        faces=np.array([face.name for face in faces]),
        families=np.array([face.family for face in faces]),
    )


def main(config):
    """Check the files and count the images."""
    print(SOURCE)
    dataset = load(config)
    for name, part in (("training", dataset.train), ("test", dataset.test)):
        writers = "" if part.writers is None else f" by {len(np.unique(part.writers))} writers or faces"
        height, width = part.pixels.shape[1:]
        print(f"{len(part.pixels):,} {name} images of {height} x {width}{writers}, {len(dataset.characters):,} characters")


if __name__ == "__main__":
    run.stage(__spec__)
