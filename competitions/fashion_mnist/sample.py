"""Makes a small data set in the official layout: silhouettes of ten kinds of clothes, grained and badly lit, and a photo."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from common.images import idx

SIDE, FINER = 28, 4  # pixels; drawn four times as large, and scaled down
BODY = [(0.35, 0.08), (0.65, 0.08), (0.7, 0.2), (0.68, 0.92), (0.32, 0.92), (0.3, 0.2)]
LONGER = [(0.36, 0.03), (0.64, 0.03), (0.72, 0.2), (0.74, 0.97), (0.26, 0.97), (0.28, 0.2)]
SHORT_SLEEVES = [[(0.35, 0.08), (0.08, 0.3), (0.18, 0.42), (0.34, 0.3)], [(0.65, 0.08), (0.92, 0.3), (0.82, 0.42), (0.66, 0.3)]]
LONG_SLEEVES = [
    [(0.35, 0.08), (0.12, 0.85), (0.24, 0.9), (0.36, 0.35)],
    [(0.65, 0.08), (0.88, 0.85), (0.76, 0.9), (0.64, 0.35)],
]
SOLE = [(0.05, 0.78), (0.95, 0.78), (0.95, 0.86), (0.05, 0.86)]
HANDLE = [(0.3, 0.4), (0.38, 0.15), (0.62, 0.15), (0.7, 0.4), (0.63, 0.4), (0.57, 0.22), (0.43, 0.22), (0.37, 0.4)]
PARTS = (  # bright shapes of each class in its frame, from left and top 0 to 1, then dark lines
    ([BODY, *SHORT_SLEEVES], []),
    ([[(0.3, 0.04), (0.7, 0.04), (0.77, 0.96), (0.58, 0.96), (0.5, 0.35), (0.42, 0.96), (0.23, 0.96)]], []),
    ([BODY, *LONG_SLEEVES], [[(0.33, 0.86), (0.67, 0.86)]]),
    ([[(0.38, 0.03), (0.62, 0.03), (0.6, 0.4), (0.76, 0.97), (0.24, 0.97), (0.4, 0.4)]], [[(0.41, 0.4), (0.59, 0.4)]]),
    ([LONGER, *LONG_SLEEVES], [[(0.5, 0.06), (0.5, 0.96)]]),
    ([SOLE, [(0.1, 0.78), (0.3, 0.5), (0.38, 0.5), (0.2, 0.78)], [(0.55, 0.78), (0.75, 0.5), (0.83, 0.5), (0.66, 0.78)]], []),
    ([BODY, *LONG_SLEEVES], [[(0.42, 0.08), (0.5, 0.2), (0.58, 0.08)], [(0.5, 0.2), (0.5, 0.9)]]),
    ([SOLE, [(0.08, 0.78), (0.1, 0.55), (0.4, 0.5), (0.6, 0.62), (0.93, 0.68), (0.94, 0.78)]], [[(0.42, 0.52), (0.5, 0.66)]]),
    ([[(0.12, 0.4), (0.88, 0.4), (0.9, 0.9), (0.1, 0.9)], HANDLE], []),
    ([SOLE, [(0.2, 0.1), (0.52, 0.1), (0.55, 0.5), (0.93, 0.65), (0.94, 0.8), (0.18, 0.8)]], []),
)  # fmt: skip


def write(folder, size, seed):
    """Write `size` training and half as many test pictures in gzipped IDX files, and `photo.png`, into a new folder."""
    folder.mkdir()
    idx.write_set(folder, size, seed, len(PARTS), drawn)
    photo(np.random.default_rng([seed, 0])).save(folder / "photo.png")


def drawn(label, generator, side=SIDE):
    """A picture of a class, bytes `(side, side)`: light on black."""
    large = side * FINER
    image = Image.new("L", (large, large))
    pen, light = ImageDraw.Draw(image), int(generator.integers(90, 256))
    lean, stretch = generator.normal(0, 0.06), generator.uniform(0.8, 1, 2)

    def placed(shape):
        points = (np.array(shape) + generator.normal(0, 0.018, (len(shape), 2)) - 0.5) * stretch
        points[:, 0] += lean * points[:, 1]
        return [tuple(point) for point in (points + 0.5) * large]

    shapes, lines = PARTS[label]
    for shape in shapes:
        pen.polygon(placed(shape), fill=int(light * generator.uniform(0.8, 1)))
    for line in lines:
        if generator.random() < 0.8:  # not every one is seen
            pen.line(placed(line), fill=int(light * 0.55), width=FINER)
    if generator.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    small = np.asarray(image.resize((side, side), Image.Resampling.BOX), float)
    grain = generator.normal(1, 0.22, small.shape) * np.linspace(*generator.uniform(0.5, 1, 2), side)
    return np.clip(small * grain, 0, 255).astype(np.uint8)


def photo(generator):
    """A photo of a T-shirt that lies on a light table."""
    table = np.clip(generator.normal(235, 3, (220, 300)), 0, 255)
    table[40:180, 90:230] -= 0.75 * drawn(0, generator, side=140)
    return Image.fromarray(np.clip(table, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1)).convert("RGB")
