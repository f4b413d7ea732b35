"""Texts whose parts are coloured by what they say for a class (red) and against it (blue): a page of HTML, or a picture."""

from dataclasses import dataclass
from html import escape

import numpy as np

from common import paths

FOR, AGAINST = (214, 39, 40), (31, 119, 180)  # red and blue
DEEPEST = 0.75  # opacity of the greatest share
WIDTH, SIZE, LINE = 11.0, 11, 0.3  # of a picture: inches, points, inches a line
MARGIN = 0.15  # inches
MOST_LINES = 12  # of a text in a picture; a longer one is broken off


@dataclass(frozen=True)
class Coloured:
    """A text and the shares of its parts.

    Attributes:
        heading: a line above it.
        text: as it was written.
        parts: list of `(start, end, share)`, places in the text that do not overlap, in their order.
    """

    heading: str
    text: str
    parts: list

    def pieces(self):
        """The text in pieces `(piece, share)`; the share is relative to the greatest one, 0 between the parts."""
        greatest = max((abs(share) for _, _, share in self.parts), default=0) or 1
        result, place = [], 0
        for start, end, share in self.parts:
            if start > place:
                result.append((self.text[place:start], 0.0))
            result.append((self.text[start:end], float(share / greatest)))
            place = end
        return [*result, (self.text[place:], 0.0)] if place < len(self.text) else result


def colour(share):
    """Red, green, blue and opacity of a relative share, -1 to 1: whole numbers to 255, and from 0 to 1."""
    return (*(FOR if share > 0 else AGAINST), DEEPEST * min(1.0, abs(share)))


def as_html(one):
    """A `Coloured` text as a paragraph."""
    pieces = []
    for piece, share in one.pieces():
        red, green, blue, opacity = colour(share)
        style = f"background:rgba({red},{green},{blue},{opacity:.2f})"
        pieces.append(f'<span style="{style}" title="{share:+.2f}">{escape(piece)}</span>' if share else escape(piece))
    return f"<p>{''.join(pieces)}</p>"


def write_html(path, title, texts):
    """Write a page of coloured texts; it needs nothing from elsewhere.

    Args:
        path: file to write.
        title: of the page.
        texts: list of `Coloured`.
    """
    lines = [
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(title)}</title>',
        "<style>body{font:16px/1.7 sans-serif;max-width:52em;margin:2em auto;padding:0 1em}h2{font-size:1em}"
        "p{white-space:pre-wrap;overflow-wrap:anywhere}span{border-radius:3px}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
    ]
    lines += [f"<h2>{escape(one.heading)}</h2>\n{as_html(one)}" for one in texts]
    page = "\n".join([*lines, "</body></html>\n"]).encode("utf-8", "replace")  # a lone surrogate has no UTF-8
    with paths.atomic(path) as temporary:
        temporary.write_bytes(page)


def draw(path, title, texts):
    """Draw coloured texts as a PNG; arguments as of `write_html`."""
    import matplotlib.pyplot as plt
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    from common.report import fonts, plots

    font = fonts.chinese()
    face, known = FT2Font(findfont(font)), {}
    face.set_size(SIZE, 72)

    def width(piece):
        """Inches of a piece: the sum of its letters."""
        for letter in set(piece) - known.keys():
            known[letter] = face.load_char(ord(letter)).linearHoriAdvance / 65536 / 72
        return sum(known[letter] for letter in piece)

    rows = []  # (piece, share, left) of each line; a heading has one piece
    for one in texts:
        rows.append(("heading", [(printable(one.heading, font), 0.0, 0.0)]))
        lines = broken([(printable(piece, font), share) for piece, share in one.pieces()], width)
        rows += [("text", line) for line in lines[:MOST_LINES]]
        rows += [("text", [("…", 0.0, 0.0)])] * (len(lines) > MOST_LINES) + [("text", [])]
    height = MARGIN * 2 + LINE * (len(rows) + 1.5)
    figure = plt.figure(figsize=(WIDTH, height))

    def place(left, top):
        return (MARGIN + left) / WIDTH, 1 - (MARGIN + top) / height

    figure.text(*place(0, 0), title.replace("$", r"\$"), va="top", fontproperties=font, fontsize=SIZE + 2)
    for number, (kind, line) in enumerate(rows):
        top = LINE * (number + 1.5)
        for piece, share, left in line:
            red, green, blue, opacity = colour(share)
            if share:
                x, y = place(left, top + 0.85 * LINE)
                box = plt.Rectangle((x, y), width(piece) / WIDTH, 0.8 * LINE / height, transform=figure.transFigure)
                box.set(facecolor=(red / 255, green / 255, blue / 255, opacity), edgecolor="none")
                figure.add_artist(box)
            x, y = place(left, top + 0.62 * LINE)
            shade = "grey" if kind == "heading" else "black"
            figure.text(x, y, piece.replace("$", r"\$"), va="baseline", fontproperties=font, fontsize=SIZE, color=shade)
    plots.save(figure, path)


def printable(text, font):
    """A text as a font can draw it in one line: line ends are blanks."""
    from common.report.fonts import has_letter

    letters = {letter: letter if has_letter(font, letter) else "□" for letter in set(text) if ord(letter) > 127}
    return "".join(" " if letter.isspace() else letters.get(letter, letter) for letter in text)


def broken(pieces, width):
    """Pieces in lines: a list of lists of `(piece, share, left)`; a piece that fits into no line is cut anywhere."""
    room, lines, left = WIDTH - 2 * MARGIN, [[]], 0.0
    for piece, share in pieces:
        rest = piece
        while rest:
            fits = rest if left + width(rest) <= room else ""
            if not fits and (not share or not lines[-1]):  # plain text, or a part longer than a line, is cut
                ends = np.cumsum([width(letter) for letter in rest])
                count = int(np.searchsorted(ends, room - left))
                blank = rest.rfind(" ", 0, count)
                count = blank + 1 if 0 < blank < count else count
                fits = rest[: max(count, 0 if lines[-1] else 1)]
            if fits:
                lines[-1].append((fits, share, left))
                left += width(fits)
                rest = rest[len(fits) :]
            if rest:
                lines.append([])
                left = 0.0
    return lines
