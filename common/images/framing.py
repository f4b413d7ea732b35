"""Brings a picture into the frame that a network was trained on: crop to the object, scale, centre, dark background."""

import numpy as np
from PIL import Image

LIGHT = 127  # a background above it is taken for paper or a wall
SEEN = 25  # an object differs by more from the background: a tenth of the whole range
SPECK = 0.02  # rows and columns with a smaller share of such pixels hold noise


def background(image):
    """What a picture `(height, width)` or `(height, width, colours)` shows along its border: the median, of each colour."""
    return np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]), axis=0)


def on_black(image):
    """A picture with a black background: less than the background is nothing, and what is darker than a light one is bright."""
    grey, behind = image.astype("float32"), float(background(image))
    bright = (behind - grey) * (255 / max(behind, 1)) if behind > LIGHT else (grey - behind) * (255 / max(255 - behind, 1))
    return np.clip(np.rint(bright), 0, 255).astype(np.uint8)


def cropped(image):
    """The part of a picture on black that holds an object; `None` where there is none."""
    seen = image > SEEN
    rows, columns = (np.flatnonzero(seen.mean(axis=axis) > SPECK) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return None
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fitted(image, height, width, fill=0, resampling=Image.Resampling.LANCZOS):
    """A picture, grey or of colours, scaled as a whole, its aspect kept, into the middle of a frame of colour `fill`."""
    scale = min(height / image.shape[0], width / image.shape[1])
    high, wide = (max(1, round(side * scale)) for side in image.shape[:2])
    frame = np.empty((height, width, *image.shape[2:]), np.uint8)
    frame[:] = fill
    top, left = (height - high) // 2, (width - wide) // 2
    frame[top : top + high, left : left + wide] = Image.fromarray(image).resize((wide, high), resampling)  # antialiased
    return frame
