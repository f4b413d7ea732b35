"""Makes a small data set in the official layout: characters that look alike, drawn by made-up hands from the fonts at hand.

Every hand is a face with a slant, a width and a thickness of its own; those of the test part wrote none of the training part.
"""

from importlib.resources import files

import matplotlib.font_manager
import numpy as np
from PIL import Image, ImageFilter

from common.errors import DataError
from common.images.writing.glyphs import find_faces, normalise

CHARACTERS = "日曰己已巳未末土士一二三人入八大天夫田由甲申OoCcSs08B"
HANDS, UNSEEN = 14, 4  # of all, and of the test part
FACES = 5  # of fonts, at most
SIDE = 48
LINE = "大人天天日日八土"  # of line.png


def write(folder, size, seed):
    """Write `size` training images and half as many test images with labels, and the picture of a line, into a new folder."""
    folder.mkdir()
    generator = np.random.default_rng(seed)
    faces = fonts_at_hand()
    hands = [
        (faces[number % len(faces)], *generator.uniform((-0.3, 0.7), (0.3, 1.0)), generator.integers(3))
        for number in range(HANDS)
    ]
    seen = HANDS - UNSEEN
    for part, count, own in (("train", size, np.arange(seen)), ("test", size // 2, np.arange(seen, HANDS))):
        labels = np.arange(count) % len(CHARACTERS)
        writers = own[np.arange(count) // len(CHARACTERS) % len(own)]
        images = [by_hand(CHARACTERS[label], *hands[writer], generator) for label, writer in zip(labels, writers, strict=True)]
        np.savez_compressed(
            folder / f"{part}.npz",
            images=np.stack(images),
            labels=labels,
            writers=writers,
            characters=np.array(list(CHARACTERS)),
        )
    line = np.zeros((48, 50 * len(LINE)), np.uint8)
    for place, character in enumerate(LINE):
        glyph = faces[0].draw(character, 40)
        top = (48 - glyph.shape[0]) // 2
        line[top : top + glyph.shape[0], 50 * place + 3 : 50 * place + 3 + glyph.shape[1]] = glyph
    Image.fromarray(255 - line).save(folder / "line.png")


def fonts_at_hand():
    """Faces with all the characters: that of mpl-font, and what the machine has."""
    faces = find_faces([files("mpl_font") / "fonts" / "noto" / "NotoSansCJKsc-Regular.otf"])
    for path in sorted(matplotlib.font_manager.findSystemFonts()):
        if len(faces) == FACES:
            break
        try:
            (face,) = find_faces([path])
        except DataError:
            continue  # a bitmap font, or one that is damaged: not ours to mend
        if all(character in face.files for character in CHARACTERS) and face.family not in {one.family for one in faces}:
            faces.append(face)
    return faces


def by_hand(character, face, slant, width, thickness, generator):
    """A glyph as a hand draws it: no two are quite alike."""
    drawn = Image.fromarray(np.pad(face.draw(character, int(generator.integers(24, 72))), 24))
    slant, turn = slant + generator.normal(0, 0.05), generator.normal(0, 4)
    drawn = drawn.transform(drawn.size, Image.Transform.AFFINE, (1 / width, slant, 0, 0, 1, 0), Image.Resampling.BILINEAR)
    drawn = drawn.rotate(turn, Image.Resampling.BILINEAR)
    if thickness:
        drawn = drawn.filter(ImageFilter.MaxFilter(3) if thickness == 1 else ImageFilter.GaussianBlur(1))
    glyph = normalise(np.asarray(drawn), SIDE)
    specks = generator.random(glyph.shape) < generator.uniform(0, 0.1)
    return np.where(specks, np.uint8(255), glyph)
