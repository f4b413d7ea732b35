"""Lines of full pieces and gaps, cut into glyphs."""

import numpy as np
import pytest

from common.images.writing.lines import cut


def line_of(*pieces, height=40, gap=6):
    """A picture of full pieces of the given widths; a negative number is a further gap."""
    columns = np.concatenate([np.r_[np.zeros(gap if one > 0 else -one), np.ones(max(0, one))] for one in pieces])
    return np.pad((np.tile(columns, (height, 1)) * 255).astype(np.uint8), ((5, 5), (9, 9)))


@pytest.mark.parametrize(
    ("pieces", "widths"),
    [
        ((38, 38, 38), [38, 38, 38]),
        ((17, 17, 38), [40, 38]),  # the halves of 明 come out together
        ((38, 17, 17), [38, 40]),
        ((38, -30, 38), [38, 38]),  # a wide blank is no glyph
        ((120, 38), [40, 40, 40, 38]),  # glyphs that touch are cut evenly
    ],
)
def test_a_line_is_cut_into_glyphs(pieces, widths):
    assert [glyph.shape for glyph in cut(line_of(*pieces))] == [(40, width) for width in widths]


def test_a_picture_about_as_high_as_wide_is_one_glyph_and_an_empty_one_none():
    flat = np.zeros((40, 44), np.uint8)
    flat[18:22, 4:40] = 255  # 一
    (glyph,) = cut(flat)
    np.testing.assert_array_equal(glyph, flat)
    assert cut(np.zeros((40, 200), np.uint8)) == []
