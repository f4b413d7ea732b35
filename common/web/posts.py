"""The posts of a thread: who wrote what, and when, in order.

    for post in find(page):
        print(post.author, post.time, post.text)

Posts repeat: each has a date, and the dates stand at places of one kind. Between two of them the tree parts: what hangs on
either side of that fork is a post each. Where the fork has children between, as in flat tables, they go with the date before
them, or after them where posts end with their date. The body is the kind of place that holds most of the words, the author the
kind of short text, a link to a member rather than not, that stands in every post and changes from one to the next.

`peaks` is the original's way (kexue.fm 4422): places numbered depth first, cut where the difference between neighbours peaks.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from common.web.page import words
from common.web.template import masked
from common.web.times import find as find_date
from common.web.times import moment

DATED = 30  # words of a block at most that a post's date stands in
NAMED = 40  # characters of an author's name at most
BODY = 0.8  # share of a record's sentences that its body must hold
DEPTH = 4  # nearest ancestors that tell one kind of place from another
MEMBER = re.compile(r"user|member|profile|\buid|space|author|people|nick|/u/|/@|home\.php|showuser|perso", re.IGNORECASE)
AUTHOR = re.compile(r"author|user|name|nick|poster|member|by-?line|pseudo|creator|xw1", re.IGNORECASE)
NO_NAME = re.compile(
    r"^\W*$|^#?\d+\W*$|https?:|repl(?:y|ies)|quote|report|回复|引用|举报|发表|只看|楼|zitat|antwort|citer|link|share|like",
    re.IGNORECASE,
)
EDITED = re.compile(
    r"^(?:本帖最后由|最后编辑|本主题由|last edited|edited by|edit(?:ed)?:? |zuletzt (?:geändert|bearbeitet)|"
    r"dernière modification|modifié)",
    re.IGNORECASE,
)
COUNTER = re.compile(
    r"^\W*(?:(?:赞|顶|踩|支持|反对|收藏|like[sd]?|thanks?|gefällt|j'aime)\W*\d*|\d+\W*(?:赞|likes?|votes?|thanks?))\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Post:
    """A post: `text`, `author` and `date` as they stand on the page (empty where not found), `time` parsed or `None`, and the
    numbers of its `blocks`. `quotes` are the texts of quotations that `text` holds."""

    text: str
    author: str
    date: str
    time: datetime | None
    blocks: list
    quotes: tuple = ()

    def to_dict(self):
        """As JSON: the names of the forum benchmark of WEB-FORUM-52, and the time in ISO 8601."""
        return {
            "post_text": self.text,
            "user": self.author,
            "datetime": self.date,
            "time": self.time.isoformat() if self.time else None,
            "quotes": list(self.quotes),
        }


def kind_of(node):
    """Tag and class of an element, figures masked: `post-12` and `post-13` are of one kind."""
    name = node.get("class") or re.sub(r"[\W_]*\d+.*", "", node.get("id") or "")
    names = [
        one for one in masked(name).lower().split() if not re.search(r"odd|even|first|last|alt\b|row0|bg0|online|offline", one)
    ]
    return f"{node.tag}.{'.'.join(names[:2])}"


def place_of(node):
    """Kinds of an element and of its nearest ancestors."""
    kinds = []
    while node is not None and len(kinds) < DEPTH:
        kinds.append(kind_of(node))
        node = node.getparent()
    return "<".join(kinds)


def find(page, now=None):
    """The posts of a page in order, a list of `Post`; empty where nothing on it is dated.

    Args:
        page: the `Page`.
        now: when it was fetched, for dates such as "yesterday".
    """
    dates = dated(page)
    if not dates:
        return []
    chosen = max(dates.values(), key=lambda places: worth(page, places))
    records = [(place, first, last) for place, first, last in bounds(page, chosen) if last > first]
    bodies = body_places(page, records)
    names = authors(page, records)
    found = []
    for number, (place, first, last) in enumerate(records):
        numbers = text_blocks(page, first, last, place, bodies, names[number])
        if not numbers:
            continue
        text = "\n".join(page.blocks[one].text for one in numbers)
        match = find_date(page.blocks[place].text)
        date = match.group().strip() if match else ""
        found.append(Post(text, names[number], date, moment(date, now), numbers, quotes(page, numbers)))
    return found


def dated(page):
    """Numbers of blocks that hold a post's date, by the kind of their place, one list each."""
    found = defaultdict(list)
    for block in page.blocks:
        if block.words <= DATED and find_date(block.text):
            found[place_of(block.node)].append(block.number)
    return found


def worth(page, places):
    """How well dated blocks serve as anchors of posts: the words beside them that read like sentences, shared out evenly."""
    held = []
    for place, first, last in bounds(page, places):
        own = sum(min(b.words * (1 - b.link_share), 100) for b in page.blocks[first:last] if b.marks and b.number != place)
        held.append(own)
    filled = sum(1 for own in held if own > 0)
    return sum(np.sqrt(own) for own in held) * filled / max(1, len(held))


def chain_of(node):
    """An element and its ancestors, the root first."""
    return [node, *node.iterancestors()][::-1]


def bounds(page, places):
    """For each date `(its block, first block of its post, last + 1)`."""
    blocks = page.blocks
    chains = [chain_of(blocks[place].node) for place in places]
    under = _spans(page)
    if len(places) == 1:
        return [(places[0], *alone(page, places[0], under))]
    forks = []  # between each date and the next: the children of the fork on either side
    for chain, following in pairwise(chains):
        level = next((n for n, (a, b) in enumerate(zip(chain, following, strict=False)) if a is not b), None)
        forks.append((None, None) if level is None else (chain[level], following[level]))
    outer = min(
        (
            chain[: next((n for n, (a, b) in enumerate(zip(chain, chains[-1], strict=False)) if a is not b), len(chain))]
            for chain in chains[:1]
        ),
        key=len,
    )
    whole = under.get(outer[-1], (0, len(blocks))) if outer else (0, len(blocks))
    left = [places[n] if a is None else under[a][1] for n, (a, _) in enumerate(forks)]  # where the post before a fork ends
    right = [places[n + 1] if b is None else under[b][0] for n, (_, b) in enumerate(forks)]
    between = sum(_prose(blocks[a:b]) for a, b in zip(left, right, strict=True))
    first_child = forks[0][0]
    head = under[first_child][0] if first_child is not None else places[0]
    tail_child = forks[-1][1]
    tail = under[tail_child][1] if tail_child is not None else places[-1] + 1
    if between > 0.3 * sum(_prose(blocks[a:b]) for a, b in zip([head, *right], [*left, tail], strict=True)):
        # flat: the text stands beside the date's own branch, after it or before
        gap = [b - a for a, b in zip(left, right, strict=True)]
        step = int(np.median(gap)) if gap else 0
        ending = _prose(blocks[max(whole[0], head - step) : head]) > _prose(blocks[tail : min(whole[1], tail + step)])
        cuts = left if ending else right
        starts = [max(whole[0], head - step) if ending else head, *cuts]
        ends = [*cuts, tail if ending else _flat_end(page, tail_child, whole[1], step, tail, under)]
    else:
        starts, ends = [head, *right], [*left, tail]
    return list(zip(places, starts, ends, strict=True))


def _flat_end(page, child, last, step, tail, under):
    """Where the last post of a flat row ends: as many blocks later as posts have, at the end of its parent at most."""
    if child is None or child.getparent() is None:
        return min(last, tail + step)
    end = under.get(child.getparent(), (0, last))[1]
    return min(end, max(tail + 3 * step, tail + 10))


def alone(page, place, under):
    """Bounds of the one post of a page: the nearest part of the tree around its date that holds most of the sentences."""
    total = _prose(page.blocks)
    for node in chain_of(page.blocks[place].node)[::-1]:
        first, last = under[node]
        if _prose(page.blocks[first:last]) >= 0.5 * total:
            return first, last
    return 0, len(page.blocks)


def _prose(blocks):
    return sum(block.words * (1 - block.link_share) for block in blocks if block.marks)


def _spans(page):
    """First block and last + 1 below every element that holds text."""
    known = page.__dict__.get("_spans")
    if known is None:
        known = {}
        for block in page.blocks:
            for node in (block.node, *block.node.iterancestors()):
                first, _ = known.get(node, (block.number, 0))
                known[node] = (first, block.number + 1)
        page.__dict__["_spans"] = known
    return known


def body_places(page, records):
    """The kind of place that holds the bodies of posts: the deepest with most of the words in most records; `None` for none."""
    held, present = Counter(), Counter()
    depth, total = {}, 0
    for place, first, last in records:
        seen = set()
        for block in page.blocks[first:last]:
            if block.number == place:
                continue
            weight = block.words * (1 - block.link_share) if block.marks else block.words * 0.2
            total += weight
            own = set()
            for level, node in enumerate(chain_of(block.node)):
                if node in _inside(page, records, first, last):
                    kind = place_of(node)
                    if kind not in own:
                        own.add(kind)
                        held[kind] += weight
                        depth[kind] = level
            seen |= own
        present.update(seen)
    fitting = [kind for kind in held if held[kind] >= BODY * total and present[kind] >= 0.7 * len(records)]
    return max(fitting, key=lambda kind: depth[kind], default=None)


def _inside(page, records, first, last):
    """Elements that hold blocks of one record alone."""
    key = ("_inside", first, last)
    known = page.__dict__.setdefault("_known", {})
    if key not in known:
        spans = _spans(page)
        nodes = set()
        for block in page.blocks[first:last]:
            for node in (block.node, *block.node.iterancestors()):
                if spans[node][0] < first or spans[node][1] > last:
                    break
                nodes.add(node)
        known[key] = nodes
    return known[key]


def text_blocks(page, first, last, date, body, author):
    """Numbers of the blocks of a record that are its text."""
    inside = range(first, last)
    if body is not None:
        own = [n for n in inside if any(place_of(node) == body for node in chain_of(page.blocks[n].node))]
        inside = own or inside
    return [n for n in inside if n != date and not is_label(page.blocks[n], author)]


def is_label(block, author):
    """Whether a block within a post is none of its words: its author, who edited it, what others think of it."""
    return block.text == author or bool(EDITED.match(block.text)) or bool(COUNTER.match(block.text))


def quotes(page, numbers):
    """Texts of the quotations among blocks of a post."""
    found = defaultdict(list)
    for number in numbers:
        block = page.blocks[number]
        for node in chain_of(block.node):
            if node.tag == "blockquote" or re.search(
                r"\bquote|quotation|zitat|引用", f"{node.get('class', '')} {node.get('id', '')}"
            ):
                found[node].append(block.text)
                break
    return tuple("\n".join(texts) for texts in found.values())


def authors(page, records):
    """The author of each record, a list of texts, empty where none is found."""
    kinds = defaultdict(dict)  # kind of short text: its first text in each record, with its distance from the date
    hints = Counter()
    for number, (_, first, last) in enumerate(records):
        for kind, text, hint in short_texts(page, first, last):
            if number not in kinds[kind]:
                kinds[kind][number] = text
                hints[kind] += hint
    best, most = None, 0.0
    for kind, texts in kinds.items():
        share = len(texts) / len(records)
        varied = len(set(texts.values())) / len(texts)
        if share < 0.5 or (len(records) > 2 and len(set(texts.values())) < 2):
            continue
        value = share * (0.3 + 0.7 * min(1, varied * 2)) * (0.2 + hints[kind] / len(texts))
        if value > most:
            best, most = kind, value
    return [kinds[best].get(number, "") if best else "" for number in range(len(records))]


def short_texts(page, first, last):
    """`(kind, text, hint)` of the short texts of a record that may be names, links among them, in order."""
    seen = set()
    for block in page.blocks[first:last]:
        if block.words > DATED:
            continue
        for node in (block.node, *(below for below in block.node.iterdescendants() if isinstance(below.tag, str))):
            if node in seen:
                continue
            seen.add(node)
            text = " ".join(node.text_content().split())
            if not text or len(text) > NAMED or len(words(text)) > 5 or NO_NAME.search(text) or find_date(text):
                continue
            own = f"{node.get('class', '')} {node.get('itemprop', '')} {node.get('rel', '')} {node.get('id', '')}"
            above = node.getparent()
            around = "" if above is None else f"{above.get('class', '')} {above.get('itemprop', '')}"
            link = node.get("href") or ""
            hint = 2.0 * bool(MEMBER.search(link)) + 1.5 * bool(AUTHOR.search(own)) + 0.7 * bool(AUTHOR.search(around))
            yield f"{place_of(node)}{'@' if link else ''}", text, hint


def peaks(page, effective):
    """The original's blocks: numbers of the effective blocks of the page, cut where the difference of their places peaks.

    Args:
        page: the `Page`.
        effective: booleans `(blocks,)`, such as what `subtraction.kept` gives.

    Returns:
        A list of lists of block numbers. A difference is a peak where it is above its neighbour before and not below the one
        after: of a plateau the first.
    """
    numbers = [int(number) for number in np.flatnonzero(effective)]
    if len(numbers) < 2:
        return [numbers] if numbers else []
    steps = np.diff([page.blocks[number].depth_first for number in numbers])
    padded = np.concatenate([[-1], steps, [-1]])
    cuts = np.flatnonzero((padded[1:-1] > padded[:-2]) & (padded[1:-1] >= padded[2:])) + 1
    return [numbers[a:b] for a, b in zip([0, *cuts], [*cuts, len(numbers)], strict=True)]


def of_peaks(page, effective, now=None):
    """The original's posts: the blocks between peaks, the first date of each, and of its two sides the more Chinese one."""
    found = []
    for numbers in peaks(page, effective):
        texts = [page.blocks[number].text for number in numbers]
        place = next((n for n, text in enumerate(texts) if find_date(text)), None)
        if place is None:
            found.append(Post("\n".join(texts), "", "", None, numbers))
            continue
        match = find_date(texts[place])
        sides = texts[:place], texts[place + 1 :]
        side = max(sides, key=lambda side: (chinese_share("".join(side)), len("".join(side))))
        found.append(Post("\n".join(side), "", match.group().strip(), moment(match.group(), now), numbers))
    return found


def chinese_share(text):
    """Share of Chinese characters among the words of a text."""
    found = words(text)
    return sum("\u3400" <= word <= "\u9fff" for word in found) / max(1, len(found))
