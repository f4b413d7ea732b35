"""What was kept of a page as plain text, Markdown or HTML: lists stay lists, tables of data stay tables.

text(extraction.blocks)      markdown(extraction.blocks)      html(extraction.blocks)
"""

import re
from html import escape

HEADING = re.compile(r"h([1-6])")
SPECIAL = re.compile(r"([\\`*_\[\]<>])|^(#{1,6} |[-+>] |\d+\. )")
WIDEST = 60  # words of a cell at most; a row with a longer one is layout


def nearest(node, tags, stop=()):
    """The nearest of an element and its ancestors that has one of some tags; `None` where `stop` comes first."""
    while node is not None and node.tag not in tags:
        if node.tag in stop:
            return None
        node = node.getparent()
    return node


def row_of(block):
    """The row of a table of data that holds a block; `None` where there is none, or where the table is layout."""
    row = nearest(block.node, ("tr",), ("table",))
    if row is None or len(row) < 2:
        return None
    table = nearest(row, ("table",))
    if table is None or next(table.iterdescendants("table"), None) is not None:
        return None
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    filled = sum(bool("".join(cell.itertext()).strip()) for cell in cells)
    return row if filled >= 2 and block.words <= WIDEST else None


def grouped(blocks):
    """Blocks as `(kind, row, cells)`, those of one row of a table together; a cell is a list of its blocks."""
    found = []
    for block in blocks:
        row = row_of(block)
        if row is None:
            found.append((block, None, None))
            continue
        if not found or found[-1][1] is not row:
            found.append((None, row, {}))
        found[-1][2].setdefault(nearest(block.node, ("td", "th"), ("tr",)), []).append(block)
    return found


def text(blocks):
    """A line for each block, the cells of a row on one line."""
    return "\n".join(
        block.text if row is None else " ".join(one.text for cell in cells.values() for one in cell)
        for block, row, cells in grouped(blocks)
    )


def markdown(blocks):
    """Markdown: headings, lists with their depth, quotations, tables."""
    lines, table, counts = [], None, {}
    for block, row, cells in grouped(blocks):
        if row is not None:
            values = [" ".join(escaped(one.text) for one in cell).replace("|", "\\|") for cell in cells.values()]
            mine = nearest(row, ("table",))
            if mine is not table:
                lines += ["", f"| {' | '.join(values)} |", f"|{' --- |' * len(values)}"]
                table = mine
            else:
                lines.append(f"| {' | '.join(values)} |")
            continue
        table = None
        lines += _prefixed(block, lines, counts)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _prefixed(block, lines, counts):
    said = escaped(block.text)
    heading = HEADING.fullmatch(block.node.tag)
    if heading:
        return ["", f"{'#' * int(heading[1])} {said}", ""]
    item = nearest(block.node, ("li",), ("table", "blockquote"))
    if item is not None:
        depth = sum(node.tag in ("ul", "ol") for node in item.iterancestors()) - 1
        first = item not in counts
        parent = item.getparent()
        if first:
            counts[item] = counts[parent] = counts.get(parent, 0) + 1
        sign = f"{counts[item]}." if parent is not None and parent.tag == "ol" else "-"
        gap = [""] if lines and lines[-1] and not re.match(r"\s*(?:-|\d+\.) |\s+\S", lines[-1]) else []
        return [*gap, f"{'  ' * max(0, depth)}{sign} {said}" if first else f"{'  ' * (max(0, depth) + 1)}{said}"]
    if nearest(block.node, ("blockquote",)) is not None:
        return ["", f"> {said}"]
    return ["", said]


def escaped(said):
    """A text whose signs mean nothing to Markdown."""
    return SPECIAL.sub(lambda match: f"\\{match[0]}", said)


def html(blocks):
    """HTML of the kept part: headings, paragraphs, lists and tables, without attributes."""
    parts, table = [], None
    opened = None
    for block, row, cells in grouped(blocks):
        item = None if row is not None else nearest(block.node, ("li",), ("table", "blockquote"))
        listed = None if item is None else ("ol" if item.getparent() is not None and item.getparent().tag == "ol" else "ul")
        mine = nearest(row, ("table",)) if row is not None else None
        if opened and (listed != opened):
            parts.append(f"</{opened}>")
            opened = None
        if table is not None and mine is not table:
            parts.append("</table>")
            table = None
        if mine is not None and table is None:
            parts.append("<table>")
            table = mine
        if listed and not opened:
            parts.append(f"<{listed}>")
            opened = listed
        if row is not None:
            held = "".join(f"<td>{escape(' '.join(one.text for one in cell))}</td>" for cell in cells.values())
            parts.append(f"<tr>{held}</tr>")
        else:
            tag = "li" if listed else block.node.tag if HEADING.fullmatch(block.node.tag) else "p"
            parts.append(f"<{tag}>{escape(block.text)}</{tag}>")
    parts += [f"</{opened}>"] if opened else []
    parts += ["</table>"] if table is not None else []
    return "\n".join(parts)
