"""A picture of a line cut into its glyphs.

Reference: kexue.fm archive 3831 (white columns, cuts between neighbours that are too close fall, long pieces are cut evenly).
"""

from itertools import pairwise

import numpy as np

from common.images.writing.glyphs import INK, ink_box

WIDEST = 1.2  # of a glyph, times the height of the line


def cut(line):
    """The glyphs of a line, from left to right, a list of arrays; a picture about as high as wide is one glyph.

    Columns without ink cut. A cut stays where the ink between its neighbours is too wide for one glyph, so that the halves of
    明 come out together; a piece of ink without such columns that is still too wide is cut evenly.

    Args:
        line: bytes `(height, width)`, bright ink on black.
    """
    box = ink_box(line)
    if box is None:
        return []
    if line.shape[1] <= WIDEST * line.shape[0]:
        return [line]
    top, bottom, left, right = box
    inked, widest = line[top:bottom, left:right], WIDEST * (bottom - top)
    ink = np.pad((inked > INK * inked.max()).any(axis=0), 1)
    merged = []
    for begin, end in np.flatnonzero(np.diff(ink)).reshape(-1, 2).tolist():
        if merged and end - merged[-1][0] <= widest:
            merged[-1][1] = end
        else:
            merged.append([begin, end])
    glyphs = []
    for begin, end in merged:
        count = max(1, round((end - begin) / (bottom - top))) if end - begin > widest else 1
        places = np.linspace(begin, end, count + 1).round().astype(int)
        glyphs += [inked[:, first:last] for first, last in pairwise(places)]
    return [glyph for glyph in glyphs if glyph.any()]
