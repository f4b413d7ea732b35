"""Letters drawn with Pillow in the faces that come with matplotlib: the same on every machine."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FACES = ("DejaVuSans-Bold", "DejaVuSansMono-Bold", "DejaVuSerif-Bold", "STIXGeneralBol", "DejaVuSans", "DejaVuSans-BoldOblique")


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
