"""Makes a small data set in the official layout: the ten figures of a pocket calculator, written with a shaking hand."""

import numpy as np
from PIL import Image, ImageDraw

from common.images import idx

SIDE, FINER = 28, 4  # pixels; drawn four times as large, and scaled down
LEFT, MIDDLE, RIGHT = 0.0, 0.5, 1.0
SEGMENTS = {  # in a frame of width 1 and height 1: from, to
    "top": ((LEFT, 0), (RIGHT, 0)),
    "centre": ((LEFT, MIDDLE), (RIGHT, MIDDLE)),
    "bottom": ((LEFT, 1), (RIGHT, 1)),
    "upper left": ((LEFT, 0), (LEFT, MIDDLE)),
    "upper right": ((RIGHT, 0), (RIGHT, MIDDLE)),
    "lower left": ((LEFT, MIDDLE), (LEFT, 1)),
    "lower right": ((RIGHT, MIDDLE), (RIGHT, 1)),
}
DARK = (  # segments that each figure lacks
    *(("centre",), ("top", "centre", "bottom", "upper left", "lower left"), ("upper left", "lower right")),
    *(("upper left", "lower left"), ("top", "bottom", "lower left"), ("upper right", "lower left"), ("upper right",)),
    *(("centre", "bottom", "upper left", "lower left"), (), ("lower left",)),
)


def write(folder, size, seed):
    """Write `size` training and half as many test pictures in gzipped IDX files into a new folder."""
    folder.mkdir()
    idx.write_set(folder, size, seed, len(DARK), drawn)


def drawn(label, generator):
    """A picture of a figure, bytes `(28, 28)`: light on black."""
    large = SIDE * FINER
    image = Image.new("L", (large, large))
    pen, light, thick = ImageDraw.Draw(image), int(generator.integers(150, 256)), int(generator.integers(9, 16))
    size, lean = generator.uniform((0.3, 0.5), (0.4, 0.62)), generator.normal(0, 0.1)
    corner = (1 - size) / 2 + generator.normal(0, 0.02, 2)

    def placed(point):
        x, y = corner + size * point + generator.normal(0, 0.012, 2)
        return large * (x - lean * (y - 0.5)), large * y

    for name, ends in SEGMENTS.items():
        if name not in DARK[label]:
            start, end = (placed(np.array(end)) for end in ends)
            pen.line([start, end], fill=light, width=thick)
            for x, y in (start, end):
                pen.ellipse([x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2], fill=light)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))
