"""The main text of a page: the run of blocks that holds most of what reads like sentences, without links and template.

    found = extract(page, template)          # or extract(page): a page alone
    found.text()

Every block has a score: its words where it reads like a sentence, a price where it is a link, a scrap or the site's template.
The main text is the run of blocks with the greatest sum (Pasternack and Roth 2009, "Extracting article text from the web with
maximum subsequence segmentation"), its headline before it, and of what stands within, all but links and template.
"""

import re
from dataclasses import dataclass

import numpy as np

from common.web import posts
from common.web.page import words

SATED = 60  # words from which on a block's score grows no more: one endless notice must not outweigh an article
PRICES = {"link": 15.0, "scrap": 1.0, "template": 10.0, "shared sentence": 30.0, "remark": 10.0}
LINKS = 0.5  # share of links from which on a block has no score of its words
LINKED = 0.5  # share of links from which on a block within the text goes
BEFORE = 12  # blocks before the text in which its headline is looked for
REMARKS = re.compile(r"comment|repl(?:y|ies)|respon[sd]|discuss|feedback|pinglun|disqus", re.IGNORECASE)
COMMENT = "readers' comments"  # why a block was dropped
MOST_REMARKS = 0.6  # share of the page's sentences
THREAD = 3  # posts from which on they are a thread
LISTS = ("ul", "ol", "dl", "table")
MENU = 0.9  # share of links from which on a list is no part of the text beside it
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

    @property
    def comments(self):
        """The blocks of readers' comments, their links left out, kept or not: those that the names of elements call so, and the
        posts of a thread on the page."""
        thread = posts.find(self.page)
        found = set(np.flatnonzero(named_remarks(self.page)))
        found |= {number for post in thread for number in post.blocks if len(thread) >= THREAD}
        return [block for block in self.page.blocks if block.number in found and block.link_share < LINKED]


def named_remarks(page):
    """Whether the names of the elements around each block say that it is a reader's comment, booleans `(blocks,)`."""
    known = {}

    def named(node):
        passed = []
        while node is not None and node not in known:
            passed.append(node)
            node = node.getparent()
        inside = node is not None and known[node]
        for one in reversed(passed):
            name = f"{one.get('class') or ''} {one.get('id') or ''}"
            inside = known[one] = inside or (one.tag not in ("html", "body") and bool(REMARKS.search(name)))
        return inside

    return np.array([named(block.node) for block in page.blocks], bool)


def remarks(page):
    """Whether each block is no text since it is a reader's comment, booleans `(blocks,)`.

    Where comments hold most of the page's sentences, they are what people come for, and none is.
    """
    found = named_remarks(page)
    held = np.array([block.words if block.is_sentence else 0 for block in page.blocks])
    return found if held[found].sum() <= MOST_REMARKS * held.sum() else np.zeros(len(found), bool)


def scores(page, covered):
    """Score of each block, `(blocks,)`."""
    found = np.empty(len(page.blocks))
    for place, (block, template, remark) in enumerate(zip(page.blocks, covered, remarks(page), strict=True)):
        if remark:
            found[place] = -PRICES["remark"]
        elif template:
            found[place] = -PRICES["shared sentence" if block.is_sentence else "template"]
        elif block.link_share >= LINKS:
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
    first, last = grown(page, covered, *region(scores(page, covered)))
    heading = headline(page, first, covered)
    remark = remarks(page)
    kept, reasons = np.zeros(len(page.blocks), bool), []
    for place, block in enumerate(page.blocks):
        if place == heading:
            reason = "headline"
        elif covered[place]:
            reason = "template: other pages of the site show it"
        elif remark[place]:
            reason = COMMENT
        elif not first <= place < last:
            reason = "before the text" if place < first else "after the text"
        elif block.link_share >= LINKED and not _in_prose(page.blocks, place):
            reason = "links"
        else:
            reason = "text"
        kept[place] = reason in ("text", "headline")
        reasons.append(reason)
    return Extraction(page, kept, reasons)


def grown(page, covered, first, last):
    """Bounds of the text with the lists and tables of data that stand right before and after it, in the same part of the tree.

    Their items are too short to have a score of their own.
    """
    blocks = page.blocks
    if first == last:
        return first, last
    chains = [[*blocks[n].node.iterancestors()] for n in (first, last - 1)]
    around = next((node for node in chains[0] if node in set(chains[1])), None)
    while around is not None and around.tag in ("ul", "ol", "dl"):
        around = around.getparent()

    def belongs(number):
        if not 0 <= number < len(blocks) or covered[number]:
            return None
        node = blocks[number].node
        while node is not None and node.getparent() is not around:
            node = node.getparent()
        return node if node is not None and node.tag in LISTS else None

    for step, at in ((1, last), (-1, first - 1)):
        while (whole := belongs(at)) is not None:
            end = at
            while belongs(end) is whole:
                end += step
            held = blocks[at:end] if step > 0 else blocks[end + 1 : at + 1]
            if sum(block.linked for block in held) >= MENU * sum(block.words for block in held):
                break
            at = end
        first, last = (first, at) if step > 0 else (at + 1, last)
    return first, last


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
