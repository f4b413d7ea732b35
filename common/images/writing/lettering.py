"""Letters drawn with Pillow in the faces of matplotlib, the same on every machine: plain, or hollow as those of captchas.

Hollow letters as those of kexue.fm archive 4138 have few labelled pictures; these share their outlines, not their pixels.
"""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

FACES = ("DejaVuSans-Bold", "DejaVuSansMono-Bold", "DejaVuSerif-Bold", "STIXGeneralBol", "DejaVuSans", "DejaVuSans-BoldOblique")
FINE = 2  # hollow letters are drawn twice as large


@cache
def face(name, size):
    """A font of `FACES` at a size in pixels."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", size)


def mask(sign, font, side, stroke=0):
    """A sign in the middle of a square picture of grey values, 255 inside; `stroke` makes it fatter by so many pixels."""
    drawn = Image.new("L", (side, side))
    ImageDraw.Draw(drawn).text((side / 2, side / 2), sign, fill=255, font=font, anchor="mm", stroke_width=stroke)
    return drawn


def curve(page, value, thickness, generator):
    """Draw a random curve from side to side of a picture of grey values."""
    width, height = page.size
    x = np.linspace(generator.uniform(-0.1, 0.4), generator.uniform(0.6, 1.1), 24)
    y = generator.uniform(0.2, 0.8) + generator.uniform(-0.5, 0.5) * (x - 0.5) + generator.uniform(-1.5, 1.5) * (x - 0.5) ** 2
    points = [(float(a * width), float(b * height)) for a, b in zip(x, y, strict=True)]
    ImageDraw.Draw(page).line(points, fill=value, width=thickness, joint="curve")


def coloured(page, ink, paper):
    """A picture of grey values, 0 for ink and 255 for paper, in two colours; bytes `(height, width, 3)`."""
    share = np.asarray(page, "float32")[..., None] / 255
    return np.round(np.asarray(ink) * (1 - share) + np.asarray(paper) * share).astype(np.uint8)


def lacks(sign):
    """Whether one of the faces draws a sign as its empty box."""
    return any(mask(sign, face(name, 32), 64) == mask("\U0010ffff", face(name, 32), 64) for name in FACES)


def hollow(label, size, generator):
    """A picture of outlined, overlapping letters with sides, and curves through them.

    Args:
        label: text.
        size: height and width, pixels.
        generator: of everything random.

    Returns:
        Bytes `(height, width, 3)`.
    """
    height, width = (FINE * side for side in size)
    page = Image.new("L", (width, height), 255)
    spacing = width * generator.uniform(0.7, 0.95) / len(label)
    start = (width - spacing * (len(label) - 1)) / 2
    em = min(height * 0.75, spacing * 1.35)
    for place, sign in enumerate(label):
        shade, solid = _hollow_letter(sign, int(em * generator.uniform(0.75, 1.3)), generator)
        x = start + place * spacing + generator.normal(0, 0.08 * spacing) - shade.width / 2
        y = height / 2 + generator.normal(0, 0.07 * height) - shade.height / 2
        layer = Image.new("L", page.size, 255)
        layer.paste(shade, (int(x), int(y)), solid)
        if generator.random() < 0.5:  # it hides what lies below
            page.paste(255, (int(x), int(y)), solid)
        page = ImageChops.darker(page, layer)
    for value, most, thickest in ((0, 3, 7), (255, 4, 5)):  # curves of ink, and cuts of paper
        for _ in range(generator.integers(most)):
            curve(page, value, int(generator.integers(1, thickest + 1)), generator)
    ink = generator.uniform(0, 160, 3) * (generator.random(3) < 0.7)
    return coloured(page.reduce(FINE), ink, generator.uniform(235, 255, 3))


def plain(text, size, generator):
    """A picture of signs side by side with a thin curve through them, in two colours; arguments and result as of `hollow`."""
    height, width = size
    page = Image.new("L", (width, height), 255)
    for place, sign in enumerate(text):
        x = (place + 0.5) * width / len(text) + generator.normal(0, 1)
        y = height / 2 + generator.normal(0, 1)
        font = face("DejaVuSans-Bold", int(generator.integers(15, 19)))
        ImageDraw.Draw(page).text((x, y), sign, fill=0, font=font, anchor="mm")
    curve(page, 60, 1, generator)
    return coloured(page, generator.uniform(0, 90, 3), generator.uniform(200, 255, 3))


def _hollow_letter(sign, em, generator):
    """Grey values of a hollow letter with a side of ink or of hatches, turned; and the mask of what it covers."""
    font, side = face(FACES[generator.integers(len(FACES))], em), 2 * em
    outer, inner = mask(sign, font, side, int(generator.integers(1, 4))), mask(sign, font, side)
    shade, solid = _side_of(outer, em, generator)
    solid.paste(255, (0, 0), outer)
    shade.paste(0, (0, 0), outer)
    shade.paste(255, (0, 0), inner)
    if generator.random() < 0.25:
        shade.paste(_hatches(side, generator), (0, 0), inner)
    return _turned(shade, solid, generator)


def _side_of(outer, em, generator):
    """Grey values and mask of the side that makes a letter look thick, solid or of lines."""
    shade, solid = Image.new("L", outer.size, 255), Image.new("L", outer.size)
    depth, gap = int(generator.integers(0, max(2, em // 4))), int(generator.choice((1, 3, 5)))
    across, down = generator.uniform(-1, 1), generator.uniform(-0.2, 1)
    for step in range(depth, 0, -1):  # the far end of the side first
        moved = round(step * across), round(step * down)
        shade.paste(0 if step % gap == 0 or step == depth else 255, moved, outer)
        solid.paste(255, moved, outer)
    return shade, solid


def _hatches(side, generator):
    """A square of slanting lines."""
    hatch, apart = Image.new("L", (side, side), 255), int(generator.integers(4, 9))
    for at in range(0, side, apart):
        ImageDraw.Draw(hatch).line((0, at, side, at + int(generator.integers(-9, 10))), fill=0)
    return hatch


def _turned(shade, solid, generator):
    """Both stretched, slanted and turned alike."""
    wide, tall, slant, middle = *generator.uniform(0.8, 1.2, 2), generator.uniform(-0.25, 0.25), shade.width / 2
    places = (wide, slant, middle * (1 - wide - slant), 0, tall, middle * (1 - tall))
    angle = float(np.clip(generator.normal(0, 12), -30, 30))

    def turned(picture, outside):
        slanted = picture.transform(picture.size, Image.Transform.AFFINE, places, Image.Resampling.BILINEAR, fillcolor=outside)
        return slanted.rotate(angle, Image.Resampling.BILINEAR, fillcolor=outside)

    return turned(shade, 255), turned(solid, 0)
