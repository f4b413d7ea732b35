"""A picture of a line cut into its glyphs.

Reference: kexue.fm archive 3831 (white columns, cuts between neighbours that are too close fall, long pieces are cut evenly).
"""

from itertools import pairwise

import numpy as np

from common.images.glyphs import ink_box

WIDEST = 1.2  # of a glyph, times its height


def cut(line):
    """The glyphs of a line, from left to right, a list of arrays; a picture about as high as wide is one glyph.

    A cut is the middle of columns without ink; it stays where the piece between its neighbours is too wide for one glyph,
    so that the halves of 明 come out together. A piece without such columns that is still too wide is cut evenly.

    Args:
        line: bytes `(height, width)`, bright ink on black.
    """
    box = ink_box(line)
    if box is None:
        return []
    if line.shape[1] <= WIDEST * line.shape[0]:
        return [line]
    top, bottom, left, right = box
    inked, height = line[top:bottom, left:right], bottom - top
    ink = (inked > 0.15 * inked.max()).any(axis=0)
    changes = np.flatnonzero(np.diff(ink)) + 1  # in turn the end of a piece and the begin of the next
    cuts = [0, *((changes[0::2] + changes[1::2]) // 2).tolist(), right - left]
    kept = [0]
    for place, following in pairwise(cuts[1:]):
        if following - kept[-1] > WIDEST * height:
            kept.append(place)
    kept.append(right - left)
    pieces = []
    for begin, end in pairwise(kept):
        width = end - begin
        count = round(width / height) if width > WIDEST * height and ink[begin:end].mean() > 0.5 else 1
        places = np.linspace(begin, end, max(1, count) + 1).round().astype(int)
        pieces += [inked[:, first:last] for first, last in pairwise(places)]
    return [piece for piece in pieces if piece.any()]
