"""Glyphs: drawn from font files, cut out of pictures, and brought into one form, the same for both.

A glyph is an array `(height, width)` of bytes, bright ink on black. FreeType draws a box for what a font lacks, and some
fonts map characters to outlines without ink, or many to one box: what a face draws is looked at before it becomes a sample.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont, TTLibError
from PIL import Image, ImageFont

from common.errors import DataError
from common.paths import hidden

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2")
INK = 0.15  # share of a glyph's brightest point above which a point is ink: what JPEG leaves on a background is below
MARGIN = 12  # of the side of a normalised glyph: one part in so many stays free on each side
LACKING = "\U0010ffff"  # never assigned: what a font draws for it is what it draws for whatever it lacks


@dataclass(frozen=True)
class Face:
    """One face of one font, which may be cut into several files by ranges of characters, as web fonts are.

    Attributes:
        name: full name, such as `LXGW WenKai Bold`.
        family: what its weights have in common, such as `LXGW WenKai`.
        files: for each character that the face has, the file with it and the number of the face there.
    """

    name: str
    family: str
    files: dict

    def draw(self, character, points):
        """The glyph of a character, cut to what FreeType draws; without points where that is nothing.

        Args:
            character: one that `files` has.
            points: size of the font in pixels.
        """
        return _drawn(_opened(*self.files[character], points), character)


def find_faces(places):
    """The faces of font files and of all font files in folders, in order of their names.

    Of a collection the first face counts, since the others are the same for other countries; `fonts.ttc#1` names the second.

    Raises:
        DataError: there is no such file, no font in a folder, or a file is no font.
    """
    faces = {}
    for place in places:
        for path, number in _font_files(place):
            name, family, characters = _described(path, number)
            face = faces.setdefault(name, Face(name, family, {}))
            for character in characters:
                face.files.setdefault(character, (path, number))
    return [faces[name] for name in sorted(faces)]


def _font_files(place):
    """Paths and face numbers of one place that a person names."""
    name, number = re.fullmatch(r"(.*?)(?:#(\d+))?", str(place)).groups()
    path = Path(name).expanduser()
    if path.is_file():
        return [(path, int(number or 0))]
    if not path.is_dir():
        raise DataError(f"{path} does not exist; expected a font file ({', '.join(SUFFIXES)}) or a folder with some")
    found = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and not hidden(one))
    if not found:
        raise DataError(f"{path} holds no font; expected files {', '.join(SUFFIXES)}")
    return [
        (one, 0) for one in found if one.suffix != ".woff2" or not one.with_suffix(".woff").exists()
    ]  # one font, packed twice


def _described(path, number):
    """Full name, family and characters of a face."""
    try:
        with open(path, "rb") as file, TTFont(file, fontNumber=number, lazy=True) as font:
            names, mapped = font["name"], font.getBestCmap() or {}
            name = names.getDebugName(4) or path.stem
            family = names.getDebugName(16) or names.getDebugName(1) or name
            return name, family, [chr(point) for point in mapped]
    except ImportError:
        raise DataError(f"{path} is compressed with Brotli: pip install brotli, or take the .woff or .ttf of it") from None
    except (TTLibError, KeyError, OSError, AssertionError, ValueError) as error:
        raise DataError(f"{path} is no font that can be read ({error}); expected {', '.join(SUFFIXES)}") from error


_FONTS = {}  # opened last: one for each file of a face


def _opened(path, number, points):
    key = (path, number, points)
    if key not in _FONTS:
        if len(_FONTS) > 200:
            _FONTS.clear()
        try:
            _FONTS[key] = ImageFont.truetype(path, points, number, layout_engine=ImageFont.Layout.BASIC)
        except OSError as error:
            raise DataError(f"{path} is no font that FreeType can draw ({error})") from error
    return _FONTS[key]


def _drawn(font, character):
    mask = font.getmask(character, "L")
    return np.array(mask, np.uint8).reshape(mask.size[::-1])


def render(face, characters, sizes, side):
    """Normalised glyphs of a face, and why others are none.

    A picture that a face draws for two characters, or for one that it lacks, is no sample of either.

    Args:
        face: a `Face`.
        characters: those that are wanted.
        sizes: of the font, in pixels, a glyph of each.
        side: of the normalised glyphs.

    Returns:
        Glyphs `(samples, side, side)`, the place of each one's character in `characters` `(samples,)`, and a dict from
        reasons to the characters without a sample.
    """
    drawn = {}  # place of a character: its glyphs
    without = {"not in the font": [], "no ink": [], "a box, or the picture of another character": []}
    for place, character in enumerate(characters):
        if character not in face.files:
            without["not in the font"].append(character)
            continue
        glyphs = [face.draw(character, size) for size in sizes]
        if any(glyph.size == 0 or not glyph.any() for glyph in glyphs):
            without["no ink"].append(character)
            continue
        boxes = [_drawn(_opened(*face.files[character], size), LACKING) for size in sizes]
        if any(map(np.array_equal, glyphs, boxes)):
            without["a box, or the picture of another character"].append(character)
            continue
        drawn[place] = [normalise(glyph, side) for glyph in glyphs]
    shared = Counter(picture for glyphs in drawn.values() for picture in {glyph.tobytes() for glyph in glyphs})
    images, labels = [], []
    for place, glyphs in drawn.items():
        if any(shared[glyph.tobytes()] > 1 for glyph in glyphs):
            without["a box, or the picture of another character"].append(characters[place])
            continue
        images += glyphs
        labels += [place] * len(glyphs)
    return np.array(images, np.uint8).reshape(-1, side, side), np.array(labels, int), without


def ink_box(glyph):
    """Where the ink of a glyph is: `(top, bottom, left, right)`, ends excluded; `None` where there is none."""
    ink = glyph > INK * glyph.max(initial=0)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def normalise(glyph, side):
    """A glyph cropped to its ink, scaled with its proportions kept and with antialiasing, centred, as bright as can be.

    Where the glyph lay, how large it was and how dark its ink was makes no difference; a glyph without ink stays black.

    Args:
        glyph: bytes `(height, width)`, bright ink on black.
        side: of the square that comes out, in pixels.

    Returns:
        Bytes `(side, side)`.
    """
    framed = np.zeros((side, side), np.uint8)
    box = ink_box(glyph)
    if box is None:
        return framed
    top, bottom, left, right = box
    cropped = glyph[top:bottom, left:right]
    inner, longest = side - 2 * (side // MARGIN), max(cropped.shape)
    if longest not in (inner, inner - 1):  # a faint border may have been lost since it was scaled
        height, width = (max(1, round(length * inner / longest)) for length in cropped.shape)
        cropped = np.asarray(Image.fromarray(cropped).resize((width, height), Image.Resampling.BILINEAR))
    brightest = int(cropped.max())
    height, width = cropped.shape
    top, left = (side - height) // 2, (side - width) // 2
    framed[top : top + height, left : left + width] = (cropped.astype(np.uint16) * 255 + brightest // 2) // brightest
    return framed


def normalised(glyphs, side):
    """`normalise` of each of some glyphs, `(glyphs, side, side)`."""
    one = partial(normalise, side=side)
    return np.stack([one(glyph) for glyph in glyphs]) if len(glyphs) else np.zeros((0, side, side), np.uint8)


def dark_on_bright(images):
    """Whether most of some pictures `(pictures, height, width)` have a bright border, as print on paper has."""
    borders = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)
    return bool(np.mean(np.median(borders, axis=1) > 127) > 0.5)
