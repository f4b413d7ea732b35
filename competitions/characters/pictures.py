"""What the networks take for what."""

import numpy as np

from common.images.plots import sheet

SHOWN = (4, 10)  # rows and columns of mistakes


def mistakes(glyphs, truth, candidates, characters, path):
    """The most confident mistakes: glyph, its character, what it was taken for and how surely.

    Args:
        glyphs: bytes `(images, side, side)`.
        truth: classes `(images,)`.
        candidates: see `common.experiment.candidates`.
        characters: names of the classes.
        path: PNG file to write.
    """
    classes, sure = candidates[:, 0, 0].astype(int), candidates[:, 0, 1]
    wrong = np.flatnonzero(classes != truth)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][: SHOWN[0] * SHOWN[1]]
    titles = [f"{characters[truth[row]]} → {characters[classes[row]]} {sure[row]:.2f}" for row in wrong]
    heading = f"{np.mean(classes != truth):.2%} of {len(truth):,} wrong; the surest of them: true → taken for"
    sheet(glyphs[wrong], titles, path, heading, columns=SHOWN[1])
