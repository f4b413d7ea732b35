"""What the networks take for what."""

import numpy as np

from common.images import plots

SHOWN = (4, 10)  # rows and columns of mistakes


def mistakes(glyphs, rows, truth, candidates, characters, path):
    """The surest mistakes: glyph, its character, what it was taken for and how surely.

    Args:
        glyphs: bytes `(images, side, side)`.
        rows: those that were answered `(rows,)`.
        truth: class of each `(rows,)`.
        candidates: of each, see `common.experiment.candidates`.
        characters: names of the classes.
        path: PNG file to write.
    """
    classes, sure = candidates[:, 0, 0].astype(int), candidates[:, 0, 1]

    def title(place):
        return f"{characters[truth[place]]} → {characters[classes[place]]} {sure[place]:.2f}"

    heading = f"{np.mean(classes != truth):.2%} of {len(truth):,} wrong; the surest of them: true → taken for"
    plots.mistakes(glyphs, rows, classes != truth, sure, title, path, heading, SHOWN)
