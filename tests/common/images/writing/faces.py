"""Font files made for a test: what each draws for a character is said by hand."""

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

EM = 1000


def outline(*boxes):
    """A glyph of filled boxes `(left, bottom, right, top)`, in thousandths of the em."""
    pen = TTGlyphPen(None)
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        for point in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def write_font(path, name, glyphs, missing=((100, 0, 900, 800),)):
    """Write a TrueType font.

    Args:
        path: of the file.
        name: of the family.
        glyphs: boxes of each character.
        missing: boxes that are drawn for all others.
    """
    names = {character: f"glyph{place}" for place, character in enumerate(glyphs)}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(character): glyph for character, glyph in names.items()})
    builder.setupGlyf({".notdef": outline(*missing)} | {names[one]: outline(*boxes) for one, boxes in glyphs.items()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (EM, 0)))
    builder.setupHorizontalHeader(ascent=EM, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "fullName": name})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def bars(number):
    """Boxes that differ for every number from 0 to 15: its bits as columns on a base."""
    return [(0, 0, 800, 100), *((200 * bit, 200, 200 * bit + 100, 800) for bit in range(4) if number >> bit & 1)]
