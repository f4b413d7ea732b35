"""What tells text from furniture: figures of every block, of its neighbours, and of the parts of the tree that hold it.

No language is known here: punctuation, links, lengths, places, and what other pages of the site show. Names of classes count
as one figure among many: a body is never dropped because its class holds a word.
"""

import re
from collections import Counter

import numpy as np

from common.web.page import ENDING, HAN, words
from common.web.posts import DATED, kind_of
from common.web.times import find as find_date


def _listed(text):
    return tuple(text.split())


KINDS = _listed("p div td li h1 h2 h3 h4 h5 h6 dd dt blockquote pre th body article section figcaption")
TAGS = {tag: number for number, tag in enumerate(KINDS)}
GOOD = re.compile(r"article|content|post|entry|body|text|story|main|news|detail|zw|nr", re.IGNORECASE)
BAD = re.compile(
    r"foot|nav|menu|side|relat|share|recommend|hot|copyright|crumb|login|widget|sponsor|promo|banner|rank|pager|search|tool|"
    r"links|more|adv|popul|subscri|social|tags?\b",
    re.IGNORECASE,
)
REMARKS = re.compile(r"comment|reply|respon|discuss|feedback|pinglun|disqus", re.IGNORECASE)
ZONES = ("nav", "footer", "aside", "header", "article", "main", "form", "ul", "table", "a", "blockquote", "figure")
HAN_CHARACTER = re.compile(f"[{HAN}]")
DIGIT, UPPER = re.compile(r"\d"), re.compile(r"[A-Z]")
LEVELS = 6  # ancestors that are looked at
NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
OWN = _listed(
    "words characters link_share marks marks_per_word ends digits upper word_length han tag depth "
    "in_title place order share covered witnesses repeats path_blocks path_words sentence score region "
    "to_region dated dates_before dates_after since_date remark"
)
OF_ANCESTORS = ("words", "link_share", "sentences", "blocks", "share_of_page", "alike")
HINTS = ("good", "bad", "remarks", *ZONES)
OF_PAGE = ("page_words", "page_blocks", "page_links", "page_sentences", "region_words")
OF_NEIGHBOURS = ("words", "link_share", "marks", "share", "ends", "same_path", "sentence")
WORDS, REMARK = OWN.index("words"), OWN.index("remark")
NAMES = (
    *OWN,
    *(f"up{level}_{name}" for level in range(LEVELS) for name in OF_ANCESTORS),
    *(f"in_{name}" for name in HINTS),
    *(f"{name}_{step:+d}" for step in NEIGHBOURS for name in OF_NEIGHBOURS),
    *OF_PAGE,
)


def table(page, shares, covered, witnesses):
    """Figures of a page's blocks.

    Args:
        page: the `Page`.
        shares, covered, witnesses: of its site's `Template`; zeros for a page alone.

    Returns:
        float32 `(blocks, len(NAMES))`; NaN beyond the first and the last block.
    """
    from common.web.main_text import region, remarks, scores

    blocks = page.blocks
    if not blocks:
        return np.empty((0, len(NAMES)), "float32")
    count = np.array([block.words for block in blocks], float)
    link = np.array([block.link_share for block in blocks])
    marks = np.array([block.marks for block in blocks], float)
    sentence = np.where([block.is_sentence for block in blocks], count, 0)
    ends = np.array([block.text.endswith(ENDING) for block in blocks], float)
    score = scores(page, covered)
    first, last = region(score)
    figures = np.array([_of_text(block) for block in blocks]).T
    own = [
        *(count, figures[0], link, marks, marks / np.maximum(count, 1), ends, *figures[1:]),
        *_of_places(page, count),
        *(shares, covered, np.full(len(blocks), witnesses)),
        *_of_repeats(blocks, sentence),
        *(sentence, score, *_of_region(len(blocks), first, last)),
        *(*_of_dates(blocks, count), remarks(page)),
    ]
    ancestors, hints = _of_tree(blocks, count, link, sentence)
    paths = _numbered([block.path for block in blocks])
    beside = _beside(np.column_stack([count, link, marks, shares, ends, paths, sentence]))
    of_page = [count.sum(), len(blocks), (count * link).sum() / max(1, count.sum()), sentence.sum(), count[first:last].sum()]
    of_all = np.tile(of_page, (len(blocks), 1))
    return np.column_stack([*own, ancestors, hints, *beside, of_all]).astype("float32")


def _of_places(page, count):
    """Kind and depth of each block's element, how much of it is in the title, and where in the page it stands."""
    return (
        [TAGS.get(block.node.tag, len(TAGS)) for block in page.blocks],
        [block.path.count("/") for block in page.blocks],
        _in_title(page),
        (np.cumsum(count) - count) / max(1, count.sum()),
        np.arange(len(count)) / len(count),
    )


def _of_repeats(blocks, sentence):
    """How often the page has each block's text, how often its path, and which share of the sentences that path holds."""
    paths = [block.path for block in blocks]
    return _counts([block.text for block in blocks]), _counts(paths), _sums(paths, sentence) / max(1, sentence.sum())


def _of_region(count, first, last):
    """Whether each block is in the region of the main text, and how far from it: below 0 before, above 0 behind."""
    number = np.arange(count)
    inside = (number >= first) & (number < last)
    return inside, np.where(number < first, number - first, np.maximum(0, number - last + 1))


def _beside(around):
    """What stands in the columns of the blocks at each of `NEIGHBOURS`; of the path, whether it is the same."""
    path = OF_NEIGHBOURS.index("same_path")
    for step in NEIGHBOURS:
        moved = np.full(around.shape, np.nan)
        to = slice(max(0, -step), len(around) - max(0, step))
        at = slice(max(0, step), len(around) - max(0, -step))
        if len(around) > abs(step):
            moved[to] = around[at]
            moved[to, path] = around[to, path] == around[at, path]
        yield moved


def _of_text(block):
    text, length = block.text, len(block.text)
    return (
        length,
        len(DIGIT.findall(text)) / length,
        len(UPPER.findall(text)) / length,
        length / max(1, block.words),
        len(HAN_CHARACTER.findall(text)) / length,
    )


def _of_dates(blocks, count):
    """Whether each block is short and dated, how many of those stand before and after it, and how far back the last is."""
    dated = np.array([words <= DATED and find_date(block.text) is not None for block, words in zip(blocks, count, strict=True)])
    number = np.arange(len(blocks))
    last = np.maximum.accumulate(np.where(dated, number, -len(blocks)))
    return dated, np.cumsum(dated) - dated, dated.sum() - np.cumsum(dated), number - last


def _in_title(page):
    """Share of each block's words that the title holds."""
    title = set(words(page.title))
    return [sum(word in title for word in words(b.text)) / max(1, b.words) if b.words < 40 else 0 for b in page.blocks]


def _numbered(keys):
    known = {}
    return np.array([known.setdefault(key, len(known)) for key in keys])


def _counts(keys):
    numbers = _numbered(keys)
    return np.bincount(numbers)[numbers]


def _sums(keys, values):
    numbers = _numbered(keys)
    return np.bincount(numbers, weights=values)[numbers]


def _of_tree(blocks, count, link, sentence):
    """Sums over the nearest ancestors of each block, and what their names hint at: how far up, 0 where nowhere."""
    chains, sums = [], {}
    chain_of = {}
    for row, block in enumerate(blocks):
        chain = chain_of.get(block.node)
        if chain is None:
            chain = chain_of[block.node] = [block.node, *block.node.iterancestors()]
        chains.append(chain)
        values = (count[row], count[row] * link[row], sentence[row], 1)
        for node in chain[: LEVELS + 4]:
            held = sums.get(node)
            if held is None:
                sums[node] = list(values)
            else:
                for place, value in enumerate(values):
                    held[place] += value
    total = max(1, sentence.sum())
    names, seen, kinds, of_node = {}, {}, {}, {}
    ancestors = np.full((len(blocks), LEVELS * len(OF_ANCESTORS)), np.nan)
    hints = np.zeros((len(blocks), len(HINTS)))
    for row, (block, chain) in enumerate(zip(blocks, chains, strict=True)):
        if block.node not in seen:
            figures = []
            for node in chain[:LEVELS]:
                if node not in of_node:
                    held, linked, sentences, number = sums[node]
                    of_node[node] = held, linked / max(1, held), sentences, number, sentences / total, _alike(node, kinds)
                figures += of_node[node]
            found = [0] * len(HINTS)
            for level, node in enumerate(chain, start=1):
                known = names.get(node)
                if known is None:
                    name = f"{node.get('class', '')} {node.get('id', '')}"
                    known = [bool(pattern.search(name)) for pattern in (GOOD, BAD, REMARKS)] if len(name) > 1 else [False] * 3
                    known = names[node] = [*known, *(node.tag == zone for zone in ZONES)]
                for place, hit in enumerate(known):
                    if hit and not found[place]:
                        found[place] = level
            seen[block.node] = figures, found
        figures, found = seen[block.node]
        ancestors[row, : len(figures)] = figures
        hints[row] = found
    return ancestors, hints


def _alike(node, known):
    """How many children of its parent are of an element's kind: posts, comments and teasers come in rows."""
    if node not in known:
        above = node.getparent()
        kinds = {child: kind_of(child) for child in ([node] if above is None else above) if isinstance(child.tag, str)}
        counts = Counter(kinds.values())
        known.update((child, counts[kind]) for child, kind in kinds.items())
    return known[node]
