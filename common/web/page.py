"""A page as blocks of visible text with their places in the tree. Nothing here recurses: pages nest as deep as they like.

page = read(open("page.html", "rb").read())
[block.text for block in page.blocks]
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

import lxml.etree
import lxml.html

from common.errors import DataError
from common.web.decoding import decode


def _names(text):
    return frozenset(text.split())


LONGEST = 4_000_000  # characters of a page that are read
FEW = 1000  # words; a page of fewer is looked at as browsers without scripts show it
DEEPEST = 500  # levels of the tree that are kept; libxml2 stops at 2,048 and drops what lies deeper
INLINE = _names(  # what does not end a line of text
    "a abbr acronym b bdi bdo big blink cite code data del dfn em font i img input ins kbd label mark "
    "nobr output q rp rt ruby s samp small span strike strong sub sup time tt u var wbr"
)
FORMATS = _names(  # what does not advance the number of a place, kexue.fm 4422; i and span as well: +0.03 recall of posts
    "p br strong b em font u a img h1 h2 h3 h4 h5 sup sub blockquote cite code pre i span"
)
UNSEEN = _names(
    "applet area audio base canvas colgroup datalist embed iframe link map math meta noembed noframes "
    "noscript object option param script select source style svg template textarea title track video"
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
ENDS = re.compile(r"</(?:html|body)\s*>|(?<=>)\s*<!doctype[^>]*>", re.IGNORECASE)  # what follows them is read by browsers too
BEGINNING = re.compile(r"<html\b[^>]*>", re.IGNORECASE)
TITLE = re.compile(r"</?title[^>]*>", re.IGNORECASE)
HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+")
SENTENCE = re.compile(r"[，。！？；：、…,;:!?]|\.(?=\s|$)")
ENDING = tuple('。！？…”」』.!?"')


@dataclass(slots=True, eq=False)
class Block:
    """A line of visible text.

    Attributes:
        number: its place among the blocks of the page.
        text: blanks made one.
        node: the element that holds it, no inline one.
        path: tags from the root to that element, such as `html/body/div/p`.
        depth_first: number of the place as kexue.fm 4422 counts: of elements that begin before it, those that only format
            left out.
        words: of the text; Chinese characters are words.
        linked: how many of its words are those of links.
        marks: commas, full stops and their kin.
        link: address of the first link in it, or an empty text.
    """

    number: int
    text: str
    node: object
    path: str
    depth_first: int
    words: int
    linked: int
    marks: int
    link: str = ""

    @property
    def link_share(self):
        """Share of the words that are linked."""
        return self.linked / self.words if self.words else 0.0

    @property
    def is_sentence(self):
        """Whether it reads like one: long enough and with punctuation."""
        return self.words >= 8 and self.marks > 0 and self.link_share < 0.5


@dataclass(eq=False)
class Page:
    """A parsed page: `title`, `blocks`, the `root` element of its tree, `notes` on what was odd, its `encoding`."""

    root: object
    title: str
    blocks: list = field(repr=False)
    encoding: str = ""
    notes: list = field(default_factory=list)

    @cached_property
    def paths(self):
        """The set of tag paths that hold text: what tells one layout from another."""
        return frozenset(block.path for block in self.blocks)


def words(text):
    """Words of a text, Chinese and Japanese characters one by one."""
    return WORD.findall(text)


def read(source, header="", name="the page"):
    """Parse a page.

    Args:
        source: bytes, or text that was decoded already.
        header: its HTTP `Content-Type`, where it is known.
        name: what messages call it.

    Returns:
        A `Page`.

    Raises:
        DataError: it is empty, no text at all, or shows nothing but frames.
    """
    notes, encoding = [], "text"
    if isinstance(source, bytes):
        if len(source) > 4 * LONGEST:
            source = source[: 4 * LONGEST]
            notes.append("cut: too long")
        decoded = decode(source, header)
        if is_binary(source, decoded):
            raise DataError(f"{name} is no web page: its bytes are no text")
        source, encoding = decoded.text, decoded.encoding
        notes += [decoded.note] if decoded.note else []
    if len(source) > LONGEST:
        source = source[:LONGEST]
        notes.append(f"only the first {LONGEST} characters were read")
    source = DECLARATION.sub("", CONTROLS.sub("", source))
    if not source.strip():
        raise DataError(f"{name} is empty")
    source = ENDS.sub("", source)
    root = parse(source)
    if root is None:
        raise DataError(f"{name} holds no text")
    try:
        blocks = list(visible(root))
    except _TooDeep:
        root = parse(flattened(source))
        blocks = list(visible(root))
    if not blocks:
        root, blocks = mended(root, source, notes)
    frames = [str(frame.get("src", "")) for frame in root.iter("frame", "iframe")]
    title = root.find(".//title")
    title = "" if title is None else " ".join(title.text_content().split())
    shown = sum(block.words for block in blocks)
    if shown < FEW and root.find(".//noscript") is not None:
        unscripted = list(visible(root, UNSEEN - {"noscript"}))
        if sum(block.words for block in unscripted) > 3 * shown:
            blocks = unscripted
            notes.append("a script writes this page: what it shows to readers without scripts was read")
    if not blocks and frames:
        raise DataError(f"{name} shows nothing but frames: {', '.join(frames)}; save and read these pages")
    return Page(root, title, blocks, encoding, notes)


def mended(root, source, notes):
    """Root and blocks of a page that shows nothing, read without the tag that swallows it where there is one."""
    swallowed = "<" in "".join(root.xpath("string(.//title)"))  # as it does in browsers
    without = TITLE.sub("", source) if swallowed else BEGINNING.sub("", source)
    other = parse(without)
    blocks = [] if other is None else list(visible(other))
    if not blocks:
        return root, blocks
    notes.append(f"{'the title is never closed' if swallowed else 'its first tag is broken'}: the page was read without it")
    return other, blocks


def is_binary(source, decoded):
    """Whether bytes are a picture, an archive or the like: full of control characters that no page has."""
    head = source[:4096]
    if decoded.encoding.startswith("utf-16"):
        return False
    odd = len(re.findall(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]", head))
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"%PDF", b"\x1f\x8b")) or odd > len(head) / 50


def parse(source):
    """The root element of a page's text; `None` where it holds nothing."""
    parser = lxml.html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        return lxml.html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None


class _TooDeep(Exception):
    """A tree so deep that the parser may have dropped what lies deeper."""


class _Flattener(HTMLParser):
    """Copies a page without the elements that lie too deep; their text stays."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.open, self.kept, self.silent = [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag in ("br", "img", "hr", "input", "meta", "link"):
            self.kept.append(self.get_starttag_text())
            return
        self.open.append(tag)
        if len(self.open) <= DEEPEST or tag in ("p", "script", "style"):
            self.kept.append(self.get_starttag_text())

    def handle_endtag(self, tag):
        deep = len(self.open) > DEEPEST
        if tag in self.open[-8:]:  # a page that closes what it never opened loses nothing
            while self.open.pop() != tag:
                pass
        if not deep or tag in ("p", "script", "style"):
            self.kept.append(f"</{tag}>")

    def handle_data(self, data):
        self.kept.append(data)

    def handle_entityref(self, name):
        self.kept.append(f"&{name};")

    def handle_charref(self, name):
        self.kept.append(f"&#{name};")


def flattened(source):
    """A page whose elements nest no deeper than `DEEPEST`."""
    flattener = _Flattener()
    flattener.feed(source)
    flattener.close()
    return "".join(flattener.kept)


def is_hidden(node, unseen=UNSEEN):
    """Whether a browser shows nothing of an element."""
    tag = node.tag
    if not isinstance(tag, str) or tag in unseen or node.get("hidden") is not None:
        return True
    style = node.get("style")
    return bool(style and HIDDEN.search(style)) and tag not in ("html", "body")


def visible(root, unseen=UNSEEN):
    """The `Block`s of a tree, in order, without what stands in elements of the names `unseen`."""
    stack, pieces, links, number, counted, blank = [], [], [], 0, 0, True
    address, in_link, holder, path, begun = "", 0, root, "", 0

    def flush():
        nonlocal number, pieces, links, address, blank
        text = " ".join("".join(pieces).split())
        linked, link = "".join(links), address
        pieces, links, address, blank = [], [], "", True
        if not text:
            return None
        found = words(text)
        block = Block(
            number,
            text,
            holder,
            path,
            begun,
            len(found),
            len(words(linked)) if linked else 0,
            len(SENTENCE.findall(text)),
            link,
        )
        number += 1
        return block

    def add(text):
        nonlocal begun, blank
        if blank and not text.isspace():
            begun, blank = counted, False
        pieces.append(text)
        if in_link:
            links.append(text)

    walk = lxml.etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        inline = isinstance(tag, str) and (tag in INLINE or ":" in tag)
        if event == "start":
            if is_hidden(node, unseen):
                walk.skip_subtree()
                stack.append((node, None, None))
                continue
            if tag not in FORMATS:
                counted += 1
            if not inline and (block := flush()):
                yield block
            stack.append((node, holder, path))
            if len(stack) > 3 * DEEPEST:
                raise _TooDeep
            if not inline:
                holder, path = node, f"{path}/{tag}" if path else tag
            if tag == "a":
                in_link += 1
                address = address or node.get("href") or ""
                if links:
                    links.append(" ")
            if node.text:
                add(node.text)
        else:
            _, before, path_before = stack.pop()
            if before is not None:
                if not inline and (block := flush()):
                    yield block
                if tag == "a":
                    in_link -= 1
                holder, path = before, path_before
            if node.tail and node is not root:
                add(node.tail)
    if block := flush():
        yield block
