"""What the networks take for what."""

import matplotlib.pyplot as plt
import numpy as np

from common.report import fonts, plots

SHOWN = (4, 10)  # rows and columns of mistakes


def mistakes(glyphs, truth, candidates, characters, path):
    """The most confident mistakes: glyph, its character, what it was taken for and how surely.

    Args:
        glyphs: bytes `(images, side, side)`.
        truth: classes `(images,)`.
        candidates: see `candidates.py`.
        characters: names of the classes.
        path: PNG file to write.
    """
    classes, sure = candidates[:, 0, 0].astype(int), candidates[:, 0, 1]
    wrong = np.flatnonzero(classes != truth)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")][: SHOWN[0] * SHOWN[1]]
    figure, axes = plt.subplots(*SHOWN, figsize=(1.3 * SHOWN[1], 1.6 * SHOWN[0]), layout="constrained")
    figure.suptitle(f"{np.mean(classes != truth):.2%} of {len(truth):,} wrong; the surest of them: true → taken for")
    for axis in axes.flat:
        axis.axis("off")
    for axis, row in zip(axes.flat, wrong, strict=False):
        axis.imshow(glyphs[row], cmap="gray_r")
        text = f"{characters[truth[row]]} → {characters[classes[row]]} {sure[row]:.2f}"
        axis.set_title(text, fontsize=9, fontproperties=fonts.chinese(), parse_math=False)
    plots.save(figure, path)
