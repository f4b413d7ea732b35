"""The posts of a thread: who wrote what, and when, in order.

    for post in find(page):
        print(post.author, post.time, post.text)

Posts repeat: each has a date, and the dates stand at places of one kind. Between two of them the tree parts: what hangs on
either side of that fork is a post each. Where the fork has children between, as in flat tables, they go with the date before
them, or after them where posts end with their date. The body is the kind of place that holds most of the words, the author the
kind of short text, a link to a member rather than not, that stands in every post and changes from one to the next.

Where nothing is dated, rows of one kind are posts if they name their authors.

`peaks` is the original's way (kexue.fm 4422): places numbered depth first, cut where the difference between neighbours peaks.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

import numpy as np

from common.web.page import INLINE, words
from common.web.template import masked
from common.web.times import find as find_date
from common.web.times import moment

DATED = 30  # words of a block at most that a post's date stands in
PASSING = re.compile(r"odd|even|first|last|alt\b|row0|bg0|online|offline")  # classes that change from post to post
NAMED = 40  # characters of an author's name at most
LEAST_NAMED = 0.4  # share of the posts that must show their author in the same way
SURE = 2.0  # points of a short text that is a name by its link or its class
BODY = 0.8  # share of a record's sentences that its body must hold
DEPTH = 4  # nearest ancestors that tell one kind of place from another
MEMBER = re.compile(r"user|member|profile|\buid|space|author|people|nick|/u/|/@|home\.php|showuser|perso", re.IGNORECASE)
AUTHOR = re.compile(r"author|user|name|nick|poster|member|by-?line|pseudo|creator|xw1", re.IGNORECASE)
TITLE = re.compile(r"title|rank|avatar|badge|level|group|status|reput", re.IGNORECASE)
NO_NAME = re.compile(
    r"^\W*$|^#?[\d.,]+(?:\s+\w+)?\W*$|https?:|回复|引用|举报|发表|只看|楼|"
    r"\b(?:repl(?:y|ies)|quote|report|zitat\w*|antwort\w*|citer|link|share|likes?)\b",
    re.IGNORECASE,
)
LABEL = re.compile(r"^(?:(?:作者|楼主|发帖人|author)\s*[:：]?\s*|(?:posted by|by|von|par|由)\s+)", re.IGNORECASE)
EDITED = re.compile(
    r"^(?:本帖最后由|最后编辑|本主题由|last edited|edited by|edit(?:ed)?:? |zuletzt (?:geändert|bearbeitet)|"
    r"dernière modification|modifié)",
    re.IGNORECASE,
)
JOINED = re.compile(r"join|regist|member|dabei|seit|since|inscri|注册|profile", re.IGNORECASE)
QUOTATION = re.compile(r"\bquote|quotation|zitat|引用")
SIGNATURE = re.compile(r"\bsig(?:nature|natur)?\b|signature|签名", re.IGNORECASE)
RE = re.compile(r"(?:re|aw|回复)\s*[:：]", re.IGNORECASE)
HEADINGS = ("h1", "h2", "h3", "h4")
LEAST_ROWS = 3  # that are a thread without dates; two are often teasers
ROWS = ("div", "li", "tr", "table", "article", "section")  # what a post may be
NO_BODY = ("p", "span", "ul", "ol", "li", "tr", "tbody", "b", "i", "blockquote")  # a body may begin with what is none of them
COUNTER = re.compile(
    r"^\W*(?:(?:赞|顶|踩|支持|反对|收藏|like[sd]?|thanks?|gefällt|j'aime)\W*\d*|\d+\W*(?:赞|likes?|votes?|thanks?))\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Post:
    """A post: `text`, `author` and `date` as they stand on the page (empty where not found), the author's `link`, `time` parsed
    or `None`, and the numbers of its `blocks`; `quotes` are the texts of quotations that `text` holds."""

    text: str
    author: str
    link: str
    date: str
    time: datetime | None
    blocks: list
    quotes: tuple = ()

    def to_dict(self):
        """As JSON: the names of the forum benchmark of WEB-FORUM-52, and the time in ISO 8601."""
        return {
            "post_text": self.text,
            "user": self.author,
            "user_link": self.link,
            "datetime": self.date,
            "time": self.time.isoformat() if self.time else None,
            "quotes": list(self.quotes),
        }


def kind_of(node):
    """Tag and class of an element, figures masked: `post-12` and `post-13` are of one kind."""
    return _kind(node.tag, node.get("class") or "", node.get("id") or "")


@lru_cache(maxsize=1 << 16)
def _kind(tag, classes, name):
    named = classes or re.sub(r"[\W_]*\d+.*", "", name)
    names = [one for one in masked(named).lower().split() if not PASSING.search(one)]
    return f"{tag}.{'.'.join(names[:2])}"


def place_of(node):
    """Kinds of an element and of its nearest ancestors."""
    kinds = []
    while node is not None and len(kinds) < DEPTH:
        kinds.append(kind_of(node))
        node = node.getparent()
    return "<".join(kinds)


def places_of(page, node):
    """`(element, place)` of an element and its ancestors, the root first."""
    known = page.__dict__.setdefault("_places", {})
    if node not in known:
        chain = chain_of(node)
        kinds = [kind_of(one) for one in chain]
        known[node] = [(one, "<".join(kinds[max(0, n - DEPTH + 1) : n + 1][::-1])) for n, one in enumerate(chain)]
    return known[node]


def find(page, now=None):
    """The posts of a page in order, a list of `Post`; empty where nothing on it is dated or stands in rows with an author each.

    Args:
        page: the `Page`.
        now: when it was fetched, for dates such as "yesterday".
    """
    dates = dated(page)
    if dates:
        chosen = max(dates.values(), key=lambda places: worth(page, places) * likely(page, places))
        records = [(place, first, last) for place, first, last in bounds(page, chosen) if last > first]
    else:
        records = rows(page)
    labels = repeated(page, records)
    body = body_place(page, records, labels)
    records = [*opening(page, records, dates, body), *records]
    names = authors(page, records)
    found = []
    for (place, first, last), (author, link) in zip(records, names, strict=True):
        numbers = text_blocks(page, first, last, place, body, author)
        numbers = [n for n in numbers if n not in labels] or [n for n in numbers if not is_signature(page.blocks[n])]
        if not numbers:
            continue
        text = "\n".join(page.blocks[one].text for one in numbers)
        date, stamp = ("", "") if place is None else date_of(page, page.blocks[place])
        time = moment(date, now) or moment(stamp, now)
        found.append(Post(text, author, link, date, time, numbers, quotes(page, numbers)))
    return found


def rows(page):
    """Records of a thread without dates: the children of one kind that hold most sentences, where most name their author; else
    none."""
    found, most = [], 0.0
    spans = _spans(page)
    kinds = defaultdict(list)
    for node in spans:
        if node.tag in ROWS and node.get("class"):
            kinds[node.getparent(), kind_of(node)].append(spans[node])
    for bounds_of in kinds.values():
        held = sum(np.sqrt(_prose(page.blocks[first:last])) for first, last in bounds_of)
        if len(bounds_of) >= LEAST_ROWS and held > most:
            found, most = [(None, *bounds) for bounds in sorted(bounds_of)], held
    named = [author for author, link in authors(page, found) if MEMBER.search(link)] if found else []
    return found if len(named) > LEAST_NAMED * len(found) else []


def likely(page, places):
    """How much dates look like those of posts, which follow one another, rather than like those on which members joined."""
    dates = [date_of(page, page.blocks[place]) for place in places]
    times = [time for shown, stamp in dates if (time := moment(stamp) or moment(shown))]
    joined = JOINED.search(place_of(page.blocks[places[0]].node) + page.blocks[places[0]].text)
    ordered = [a <= b for a, b in pairwise(times)]
    share = max(np.mean(ordered), 1 - np.mean(ordered)) if ordered else 0.8
    clock = any(time.hour or time.minute for time in times)
    return (0.5 + share / 2) * (1.0 if clock else 0.9) * (0.3 if joined else 1.0)


def repeated(page, records):
    """Numbers of blocks that stand in several records at a place of one kind: labels, titles, signatures.

    A sentence must stand in a third of them, and what is marked as a quotation is never one: people quote one another.
    """
    known = defaultdict(set)
    keys = {}
    for number, (_, first, last) in enumerate(records):
        for block in page.blocks[first:last]:
            keys[block.number] = (place_of(block.node), masked(block.text))
            known[keys[block.number]].add(number)
    found = set()
    for _, first, last in records:
        for number in range(first, last):
            block, times = page.blocks[number], len(known[keys[number]])
            least = max(2, len(records) / 3) if block.is_sentence and block.words > 3 else 2
            heading = block.node.tag in HEADINGS or RE.match(block.text)
            label = len(records) > 1 and (times >= least or heading) and quotation_of(block) is None
            if label or is_signature(block):
                found.add(number)
    return found


def is_signature(block):
    """Whether the classes around a block call it one."""
    return any(SIGNATURE.search(names_of(node)) for node in chain_of(block.node))


def opening(page, records, dates, body):
    """The post before the others that many forums show in a part of its own, as a list of at most one record.

    It is looked for where a body of the same kind stands before the first record; its date is the nearest one in the tree.
    """
    if body is None or not records:
        return []
    kind, begins = body.split("<")[0], min(first for _, first, _ in records)
    spans = _spans(page)
    bodies = [
        node
        for node, (first, last) in spans.items()
        if last <= begins and kind_of(node) == kind and _prose(page.blocks[first:last]) > 0
    ]
    places = sorted(place for several in dates.values() for place in several if place < begins)
    for node in sorted(bodies, key=lambda node: -_prose(page.blocks[slice(*spans[node])])):
        for above in (node, *node.iterancestors()):
            first, last = spans[above]
            inside = [place for place in places if first <= place < last]
            if last > begins:
                break
            if inside:
                return [(inside[0], first, last)]
    return []


def dated(page):
    """Numbers of blocks that hold a post's date, by the kind of their place, one list each."""
    found = defaultdict(list)
    for block in page.blocks:
        if block.words <= DATED and date_of(page, block):
            found[place_of(block.node)].append(block.number)
    return found


def date_of(page, block):
    """The date in a block as it is shown, and the one that its element holds for machines, or the same; `None` without one."""
    stamps = page.__dict__.get("_stamps")
    if stamps is None:
        stamps = page.__dict__["_stamps"] = _stamps(page.root)
    for shown, stamp in stamps.get(block.node, ()):
        if shown in block.text:
            return shown, stamp
    match = find_date(block.text)
    return (match.group().strip(),) * 2 if match else None


def _stamps(root):
    """`(text, date)` of the elements that hold a date in an attribute, by the element that is no inline one around them."""
    found = defaultdict(list)
    for node in root.iter("time", "abbr", "span", "a"):
        stamp = node.get("datetime") or node.get("title") or ""
        shown = " ".join(node.text_content().split())
        if stamp and shown and len(shown) <= NAMED and find_date(stamp):
            holder = node
            while holder.tag in INLINE and holder.getparent() is not None:
                holder = holder.getparent()
            found[holder].append((shown, stamp))
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


def body_place(page, records, labels):
    """The kind of place that holds the bodies of posts: the deepest with most of the words in most records; `None` for none."""
    held, present, depth, total = Counter(), Counter(), {}, 0
    for place, first, last in records:
        seen = set()
        inside = _inside(page, records, first, last)
        for block in page.blocks[first:last]:
            if block.number == place or block.number in labels:
                continue
            weight = min(100, block.words * (1 - block.link_share)) * (1 if block.marks else 0.3)
            total += weight
            own = {}
            for level, (node, kind) in enumerate(places_of(page, block.node)):
                if node in inside and node.tag not in NO_BODY:
                    own[kind] = level
            for kind, level in own.items():
                held[kind] += weight
                depth[kind] = level
            seen |= own.keys()
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
        own = [n for n in inside if any(place == body for _, place in places_of(page, page.blocks[n].node))]
        kind = body.split("<")[0]  # the opening post may lie in another part of the page
        alike = [n for n in inside if any(p.split("<")[0] == kind for _, p in places_of(page, page.blocks[n].node))]
        inside = own or alike or inside
    return [n for n in inside if n != date and not is_label(page.blocks[n], author)]


def is_label(block, author):
    """Whether a block within a post is none of its words: its author, who edited it, what others think of it."""
    return block.text == author or bool(EDITED.match(block.text)) or bool(COUNTER.match(block.text))


def quotes(page, numbers):
    """Texts of the quotations among blocks of a post."""
    found = defaultdict(list)
    for number in numbers:
        if (node := quotation_of(page.blocks[number])) is not None:
            found[node].append(page.blocks[number].text)
    return tuple("\n".join(texts) for texts in found.values())


def quotation_of(block):
    """The outermost element around a block that is a quotation, by its tag or its class; `None` where none is."""
    return next((node for node in chain_of(block.node) if node.tag == "blockquote" or QUOTATION.search(names_of(node))), None)


def names_of(node):
    """Class and id of an element."""
    return f"{node.get('class', '')} {node.get('id', '')}"


def authors(page, records):
    """The author of each record and the link to him, a list of pairs of texts, empty where none is found.

    It is the kind of short text that stands in most records and looks most like names; a record that lacks it, as the one that
    opens a thread may, has its own best text of a kindred element, or a link to a member.
    """
    kinds = defaultdict(dict)  # kind of short text: its first text in each record, with its distance from the date
    hints, links = Counter(), [{} for _ in records]
    for number, (_, first, last) in enumerate(records):
        for kind, text, link, hint in short_texts(page, first, last):
            if number not in kinds[kind]:
                kinds[kind][number] = text, link
                hints[kind] += hint
            links[number].setdefault("member" if MEMBER.search(link) else "", (text, link))
            links[number].setdefault(kind.split("<")[0], (text, link))
    best, most = None, 0.0
    for kind, texts in kinds.items():
        share, hint = len(texts) / len(records), hints[kind] / len(texts)
        varied = len(set(texts.values())) / len(texts)
        if share < LEAST_NAMED or (len(records) > 2 and len(set(texts.values())) < 2 and hint < SURE):
            continue
        value = share * (0.3 + 0.7 * min(1, varied * 2)) * (0.2 + hint)
        if value > most:
            best, most = kind, value
    if best is None:
        return [("", "")] * len(records)
    kin = (best.split("<")[0], *(["member"] if hints[best] >= SURE * len(kinds[best]) else []))
    return [
        kinds[best].get(number) or next((own[name] for name in kin if name in own), ("", ""))
        for number, own in enumerate(links)
    ]


def short_texts(page, first, last):
    """`(kind, text, link, hint)` of the short texts of a record that may be names, links among them, in order."""
    seen = set()
    for block in page.blocks[first:last]:
        if block.words > DATED:
            continue
        for node in (block.node, *(below for below in block.node.iterdescendants() if isinstance(below.tag, str))):
            if node in seen:
                continue
            seen.add(node)
            pieces = [piece for piece in node.itertext() if piece.strip()]
            if len(pieces) != 1:  # a name and something else
                continue
            said = " ".join(pieces[0].split())
            text = LABEL.sub("", said)
            if not 2 <= len(text) <= NAMED or len(words(text)) > 5 or NO_NAME.search(text) or find_date(text):
                continue
            own = f"{node.get('class', '')} {node.get('itemprop', '')} {node.get('rel', '')} {node.get('id', '')}"
            above = node.getparent()
            around = "" if above is None else f"{above.get('class', '')} {above.get('itemprop', '')}"
            link = node.get("href") or next((str(a.get("href")) for a in node.iterdescendants("a") if a.get("href")), "")
            if TITLE.search(own):
                continue
            hint = (
                0.05 * bool(link)
                + (text != said)
                + 2.0 * bool(MEMBER.search(link))
                + 1.5 * bool(AUTHOR.search(own))
                + 0.7 * bool(AUTHOR.search(around))
            )
            yield f"{place_of(node)}{'@' if link else ''}", text, link, hint


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
            found.append(Post("\n".join(texts), "", "", "", None, numbers))
            continue
        match = find_date(texts[place])
        sides = texts[:place], texts[place + 1 :]
        side = max(sides, key=lambda side: (chinese_share("".join(side)), len("".join(side))))
        found.append(Post("\n".join(side), "", "", match.group().strip(), moment(match.group(), now), numbers))
    return found


def chinese_share(text):
    """Share of Chinese characters among the words of a text."""
    found = words(text)
    return sum("\u3400" <= word <= "\u9fff" for word in found) / max(1, len(found))
