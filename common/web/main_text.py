"""The main text of a page: the run of blocks that holds most of what reads like sentences, without links and template.

    found = extract(page, template)          # or extract(page): a page alone
    found.text()

Every block has a score: its words where it reads like a sentence, a price where it is a link, a scrap or the site's template.
The main text is the run of blocks with the greatest sum (Pasternack and Roth 2009, "Extracting article text from the web with
maximum subsequence segmentation"), its headline before it, and of what stands within, all but links and template.
"""

from dataclasses import dataclass

import numpy as np

from common.web.page import words

SATED = 60  # words from which on a block's score grows no more: one endless notice must not outweigh an article
PRICES = {"link": 6.0, "scrap": 2.0, "template": 6.0, "shared sentence": 10.0}
LINKED = 0.6  # share of links from which on a block within the text goes
BEFORE = 12  # blocks before the text in which its headline is looked for
HEADINGS = ("h1", "h2", "h3")


@dataclass(frozen=True, eq=False)
class Extraction:
    """What was kept of a page: the `page`, booleans `kept` and texts `reasons`, one of each for every block."""

    page: object
    kept: np.ndarray
    reasons: list

    @property
    def blocks(self):
        """The kept blocks."""
        return [block for block, keep in zip(self.page.blocks, self.kept, strict=True) if keep]


def scores(page, covered):
    """Score of each block, `(blocks,)`."""
    found = np.empty(len(page.blocks))
    for place, (block, template) in enumerate(zip(page.blocks, covered, strict=True)):
        if template:
            found[place] = -PRICES["shared sentence" if block.is_sentence else "template"]
        elif block.link_share >= 0.5:
            found[place] = -PRICES["link"]
        elif block.is_sentence:
            found[place] = min(SATED, block.words * (1 - block.link_share))
        else:
            found[place] = -PRICES["scrap"] if block.words < 8 else 0.0
    return found


def region(score):
    """Bounds of the run with the greatest sum, `(first, last + 1)`, of equal ones the first; `(0, 0)` where none is above 0."""
    best, bounds, total, start = 0.0, (0, 0), 0.0, 0
    for place, value in enumerate(score):
        if total <= 0:
            total, start = 0.0, place
        total += value
        if total > best:
            best, bounds = total, (start, place + 1)
    return bounds


def extract(page, template=None):
    """The main text of a page.

    Args:
        page: the `Page`.
        template: the `Template` of its site; `None` for a page alone.

    Returns:
        An `Extraction`.
    """
    covered = template.covers(page) if template else np.zeros(len(page.blocks), bool)
    first, last = region(scores(page, covered))
    heading = headline(page, first, covered)
    kept, reasons = np.zeros(len(page.blocks), bool), []
    for place, block in enumerate(page.blocks):
        if place == heading:
            reason = "headline"
        elif not first <= place < last:
            reason = "before the text" if place < first else "after the text"
        elif covered[place]:
            reason = "template: other pages of the site show it"
        elif block.link_share >= LINKED and not _in_prose(page.blocks, place):
            reason = "links"
        else:
            reason = "text"
        kept[place] = reason in ("text", "headline")
        reasons.append(reason)
    return Extraction(page, kept, reasons)


def _in_prose(blocks, place):
    """Whether a linked block stands in a row of a table, between cells that are not linked."""
    row = _row(blocks[place].node)
    if row is None:
        return False
    around = [other for other in blocks[max(0, place - 4) : place + 5] if _row(other.node) is row]
    return any(other.link_share < 0.5 for other in around)


def _row(node):
    while node is not None and node.tag not in ("tr", "table"):
        node = node.getparent()
    return node if node is not None and node.tag == "tr" else None


def headline(page, first, covered):
    """Place of the headline before the text: a heading or what the title says, the nearest; -1 where there is none."""
    title = set(words(page.title))
    for place in range(first - 1, max(-1, first - BEFORE - 1), -1):
        block = page.blocks[place]
        if covered[place] or block.link_share > 0.5 or block.words < 2:
            continue
        said = sum(word in title for word in words(block.text)) / block.words
        if block.node.tag in HEADINGS or (said > 0.8 and block.words >= min(4, len(title))):
            return place
    return -1
