"""Sets of pictures of single characters: the pictures, who wrote them, and the list of characters that labels are places in.

Read as `train.npz` and `test.npz` or as IDX files, and drawn from the faces of fonts.
"""

import string
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from common import paths
from common.errors import DataError
from common.images import idx
from common.images.writing import glyphs

CUT_OFF = 5  # without a test part, one in so many images or writers makes one; of few faces, a single one
DRAWN_SIDE = 48  # of glyphs as they are drawn from fonts and kept
LEVEL = 17  # grey values are kept in steps of it, 16 in all: half the file, and nothing that a network would miss


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
class GlyphSet:
    """A whole set.

    Attributes:
        train, test: the parts; the second may be `None`.
        characters: the classes.
        files: that were read.
    """

    train: Images
    test: Images | None
    characters: tuple[str, ...]
    files: list[Path]

    @cached_property
    def fingerprint(self):
        """Hash of the files."""
        return paths.fingerprint(self.files)

    def cut(self, name):
        """The same with a part of the training part as test part: whole groups where there are some. `name` is for messages."""
        from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

        images, groups = self.train, self.train.groups
        known = CUT_OFF if groups is None else len(np.unique(groups))
        parts = known if known < 2 * CUT_OFF else CUT_OFF
        if parts < 2:
            raise DataError(
                f"{name} has one face or writer only, of which no test part can be cut off; add a second, or a test part"
            )
        if (fewest := np.bincount(images.labels)[np.unique(images.labels)].min()) < parts:
            raise DataError(f"{name} has no test part, and a character with only {fewest} images, too few to cut one off")
        splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(parts, shuffle=True, random_state=0)
        train, test = next(splitter.split(images.labels, images.labels, groups))
        names = "" if groups is None else f", those of {', '.join(map(str, np.unique(groups[test])[:10]))}"
        print(f"{name} has no test part: {len(test):,} of {len(images.labels):,} images are cut off for it{names}", flush=True)
        return replace(self, train=images.take(train), test=images.take(test))


def read(folder, listed=None):
    """The `GlyphSet` of a folder.

    Args:
        folder: with `train.npz`, else with IDX files; the test part may be missing, or lack its labels.
        listed: what the classes of IDX files are called, the lines of `characters.txt`; `None` where there is none: digits.

    Raises:
        DataError: a file is missing or not as described; the message names it and what is wrong.
    """
    return read_npz(folder) if (folder / "train.npz").exists() else read_idx(folder, listed)


def read_npz(folder):
    """The set of `train.npz` and `test.npz`."""
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
    return GlyphSet(train, test, characters, files)


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


def read_idx(folder, listed):
    """The set of IDX files."""
    named = {name: paths.listed(folder, f"{name}*") for name in ("train-images", "train-labels", "t10k-images", "t10k-labels")}
    for name, found in named.items():
        if len(found) > 1 or (name.startswith("train") and not found):
            names = ", ".join(path.name for path in found or paths.listed(folder, "*")[:10]) or "nothing"
            raise DataError(f"{folder} needs train.npz, fonts/ or one file {name}-idx?-ubyte, plain or .gz; found {names}")
    files = [path for found in named.values() for path in found] + paths.listed(folder, "characters.txt")
    characters = checked_characters(np.array(list(string.digits) if listed is None else listed, str), folder / "characters.txt")
    parts = [
        idx_part(*named[f"{part}-images"][:1], *named[f"{part}-labels"][:1], characters=characters)
        for part in ("train", "t10k")
    ]
    return GlyphSet(*parts, characters, files)


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


def draw(faces, characters, sizes, path):
    """Write the glyphs of some faces as the npz file of a part, and print how many each of them lacks.

    Args:
        faces: list of `glyphs.Face`.
        characters: those that are wanted.
        sizes: of the fonts, in pixels, a glyph of each.
        path: npz file to write.
    """
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
