"""Small styles written by hand."""

import io

import numpy as np
from PIL import Image

from common.images.writing.signs import Style, Table

TABLE = Table(
    (
        Style("cased", (20, 40), ("A", "B", "b", "x"), (2, 2), False),
        Style("lower", (24, 60), ("a", "b", "1"), (2, 3), False),
    )
)


def picture(seed=0, size=(20, 40), format="PNG", **options):
    held = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(held, format, **options)
    return held.getvalue()


def write(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
