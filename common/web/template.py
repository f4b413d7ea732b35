"""What the pages of a site share: its template, from two pages on.

    template = Template.of(pages)
    template.shares(page)            # of each block the share of the other pages of its layout that show it too

A text is a witness of the template where other pages of the same layout show it; its figures are masked, so that counters and
dates do not hide it. Pages that show one article under two addresses are one witness: else they would delete each other.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

LAYOUT = 0.3  # share of common paths (Jaccard) from which on two pages are of one layout
COPY = 0.8  # share of common long texts from which on two pages are copies
SEVERAL = 4  # long texts that two pages of different titles must have in common to be copies; notices are fewer
LONG = 12  # words of a text that tells one article from another
LEAST = 2  # pages that must show a text
SHARE = 0.25  # of the pages of a layout that must show it
QUOTED = 0.5  # share above which a long text is template too; below, other pages quote it or announce it
FIGURES = re.compile(r"\d+(?:[.,:/-]\d+)*")


def masked(text):
    """A text with its figures masked: "12 comments" and "7 comments" are one."""
    return FIGURES.sub("0", text)


@dataclass(frozen=True, eq=False)
class Template:
    """What pages of a site share.

    Attributes:
        groups: for each layout its paths, how many witnesses it has, and how many of them show each masked text.
        own: `{id(page): (layout, texts of its witness)}` of the pages that it was made of.
    """

    groups: list
    own: dict

    @classmethod
    def of(cls, pages):
        """The template of the pages of one site, whatever their order."""
        layouts = []  # of each the pages
        for page in sorted(pages, key=lambda page: (-len(page.paths), sorted(page.paths))):
            fitting = next((one for one in layouts if jaccard(page.paths, one[0].paths) >= LAYOUT), None)
            if fitting is None:
                layouts.append([page])
            else:
                fitting.append(page)
        groups, own = [], {}
        for number, layout in enumerate(layouts):
            witnesses = copies(layout)
            shown = [frozenset(masked(block.text) for page in alike for block in page.blocks) for alike in witnesses]
            counts = Counter(text for texts in shown for text in texts)
            paths = frozenset().union(*(page.paths for page in layout))
            groups.append((paths, len(witnesses), counts))
            own |= {id(page): (number, texts) for alike, texts in zip(witnesses, shown, strict=True) for page in alike}
        return cls(groups, own)

    def layout(self, page):
        """Number of the layout that fits a page best, and the texts that its own witness contributes to it."""
        if id(page) in self.own:
            return self.own[id(page)]
        likeness = [jaccard(page.paths, paths) for paths, _, _ in self.groups]
        return int(np.argmax(likeness)), frozenset()

    def witnesses(self, page):
        """How many other witnesses a page has."""
        number, texts = self.layout(page)
        return self.groups[number][1] - bool(texts)

    def shares(self, page):
        """Share of the other witnesses that show each block, `(blocks,)`; 0 for a page alone."""
        number, texts = self.layout(page)
        _, witnesses, counts = self.groups[number]
        others = witnesses - bool(texts)
        if not others:
            return np.zeros(len(page.blocks))
        keys = [masked(block.text) for block in page.blocks]
        return np.array([(counts[key] - (key in texts)) / others for key in keys], float)

    def covers(self, page):
        """Whether each block belongs to the template, booleans `(blocks,)`.

        A short text does where at least two pages and a quarter of the layout show it. A long one, which reads like an
        article's sentence, must stand on more than half of the others: a portal announces its articles on the others.
        """
        shares, others = self.shares(page), self.witnesses(page)
        seen = np.round(shares * others) + 1  # itself among them
        short = (seen >= LEAST) & (seen >= SHARE * (others + 1))
        long = np.array([block.is_sentence and block.words >= LONG for block in page.blocks], bool)
        return np.where(long, short & (shares > QUOTED), short)


def jaccard(one, other):
    """Share of what two sets have in common."""
    return len(one & other) / max(1, len(one | other))


def copies(pages):
    """Pages in groups that are one article under several addresses: one title and the same long texts, or several of these and
    no other."""
    groups = []
    for page in pages:
        long = {block.text for block in page.blocks if block.words >= LONG and block.link_share < 0.5}
        for alike, texts in groups:
            titled = page.title == alike[0].title and len(long & texts) >= COPY * max(len(long), len(texts))
            if (long and titled) or (long == texts and len(long) >= SEVERAL):
                alike.append(page)
                break
        else:
            groups.append(([page], long))
    return [alike for alike, _ in groups]
