"""One HTML file that is read from the disk, with nothing from elsewhere: no script, no font, pictures inside.

page("Title", [section("Scores", table(("model", "score"), rows)), section("Curves", picture(path.read_bytes()))])
"""

import base64
import html
import io
from pathlib import Path

STYLE = """
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1a1a1a;
       max-width: 70rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem } h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ddd }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; overflow-wrap: anywhere }
p { max-width: 46rem; margin: .5rem 0 } .note { color: #666 } .wide { overflow-x: auto }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; font-size: .92rem }
th { text-align: left; border-bottom: 2px solid #999; padding: .25rem .8rem .25rem 0; vertical-align: bottom }
td { border-bottom: 1px solid #e6e6e6; padding: .25rem .8rem .25rem 0; vertical-align: top; overflow-wrap: anywhere }
td.number, th.number { text-align: right; white-space: nowrap } tr.strong td { font-weight: 600; background: #f2f7ff }
img { max-width: 100%; height: auto } figure { margin: .8rem 0 } figcaption { color: #666; font-size: .88rem }
.cards { display: flex; flex-wrap: wrap; gap: 1rem } .cards figure { width: 12rem; margin: 0; border: 1px solid #e0e0e0;
         padding: .6rem; border-radius: 4px } .cards figure.text { width: 24rem }
.words > * { display: inline-block; border: 1px solid #d5d5d5; border-radius: 3px; padding: 0 .3rem; margin: .1rem }
mark { background: #ffe9a8 } .bars td:last-child { width: 14rem; border: 0 } .bars div { background: #7ba7dc; height: .9rem }
.cards img { width: 100%; image-rendering: pixelated } code { font-size: .9em; overflow-wrap: anywhere }
"""
NOTE, STRONG, NUMBER = (f' class="{kind}"' for kind in ("note", "strong", "number"))


def page(title, sections, under=""):
    """The whole page, text.

    Args:
        title: heading.
        sections: texts of `section`.
        under: HTML below the heading.
    """
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{text(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f"<h1>{text(title)}</h1>\n{under}\n{''.join(sections)}</body>\n</html>\n"
    )


def text(value):
    """Any value as it may stand in HTML; a lone half of a surrogate pair, which no file can hold, becomes `?`."""
    return html.escape(str(value)).encode("utf-8", "replace").decode()


def section(heading, *parts):
    """A heading and what stands under it."""
    return f"<h2>{text(heading)}</h2>\n" + "\n".join(parts) + "\n"


def paragraph(what, note=False):
    """A paragraph of text; a note is printed grey."""
    return f"<p{NOTE if note else ''}>{text(what)}</p>"


def caption(what):
    """A heading below that of a section."""
    return f"<h3>{text(what)}</h3>"


def table(columns, rows, strong=()):
    """A table; columns of numbers stand right.

    Args:
        columns: names.
        rows: sequences of values, as many as there are columns.
        strong: numbers of the rows to bring forward.
    """
    rows = [[str(value) for value in row] for row in rows]
    numbers = [
        bool(rows) and all(not row[place] or row[place].lstrip("+-")[:1].isdigit() for row in rows)
        for place in range(len(columns))
    ]
    mark = [NUMBER if right else "" for right in numbers]
    head = "".join(f"<th{kind}>{text(name)}</th>" for kind, name in zip(mark, columns, strict=True))
    body = "".join(
        f"<tr{STRONG if place in strong else ''}>"
        + "".join(f"<td{kind}>{linked(value)}</td>" for kind, value in zip(mark, row, strict=True))
        + "</tr>\n"
        for place, row in enumerate(rows)
    )
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def linked(value):
    """A value; an address of the web can be followed."""
    if value.startswith(("https://", "http://")) and not any(letter in value for letter in ' "<>'):
        return f'<a href="{text(value)}">{text(value)}</a>'
    return text(value)


def bars(shares):
    """Shares from 0 to 1 as a table with bars, `{name: share}`."""
    rows = "".join(
        f'<tr><td>{text(name)}</td><td class="number">{share:.3f}</td>'
        f'<td><div style="width:{100 * min(max(share, 0), 1):.1f}%"></div></td></tr>\n'
        for name, share in shares.items()
    )
    return f'<table class="bars"><tbody>\n{rows}</tbody></table>'


def words(pieces):
    """Words in boxes, `(word, whether it is marked)`; blanks have none."""
    boxes = (
        f"<{kind}>{text(word)}</{kind}>" for word, marked in pieces if word.strip() for kind in ["mark" if marked else "span"]
    )
    return f'<p class="words">{" ".join(boxes)}</p>'


def marked(pieces):
    """A text of `(piece, whether it is marked)`."""
    return f"<p>{''.join(f'<mark>{text(piece)}</mark>' if strong else text(piece) for piece, strong in pieces)}</p>"


def folded(heading, *parts):
    """Parts that are seen when their heading is clicked."""
    return f"<details><summary>{text(heading)}</summary>\n{''.join(parts)}</details>"


def picture(png, caption="", kind=""):
    """A picture inside the page.

    Args:
        png: its bytes, or the path of a file.
        caption: text below it.
        kind: class of the figure.
    """
    content = Path(png).read_bytes() if not isinstance(png, bytes) else png
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    below = f"<figcaption>{text(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}"><img src="{source}" alt="{text(caption)}">{below}</figure>'


def drawn(figure):
    """A matplotlib figure as the bytes of a PNG; it is closed."""
    import matplotlib.pyplot as plt

    file = io.BytesIO()
    figure.savefig(file, dpi=110, format="png")
    plt.close(figure)
    return file.getvalue()
