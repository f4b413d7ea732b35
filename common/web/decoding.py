"""Bytes of a page to text as browsers decode them, and past what they do where the declaration lies.

    decode(data).text

Names of encodings mean what browsers take them for (WHATWG Encoding): gb2312 is gb18030, Big5 is Big5-HKSCS, Latin-1 is
windows-1252. Where declarations and bytes contradict each other, the bytes that decode win, and `note` says so.
"""

import codecs
import contextlib
import re
from dataclasses import dataclass

SEARCHED = 1 << 16  # bytes in which a declaration is looked for; browsers look through 1,024, real pages put it later
BROKEN = 0.02  # share of characters that may be broken in a page that is still of this encoding
CERTAIN = 0.9  # share of common Chinese characters from which on bytes that were declared Western are Chinese
MARKS = (("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE))
BROWSERS = {  # Python's name of what a browser takes an encoding's name for
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "xgbk", "csgb2312", "csgb231280", "gb231280", "hzgb2312", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "csbig5", "xxbig5", "big5hkscs", "cnbig5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("iso88591", "latin1", "usascii", "ascii", "windows1252", "cp1252", "xcp1252"), "cp1252"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "windows31j"), "cp932"),
    **dict.fromkeys(("euckr", "ksc5601", "ksc56011987", "windows949"), "cp949"),
    **dict.fromkeys(("utf8", "unicode", "utf16", "utf16le", "utf16be"), "utf-8"),  # a meta that could be read is no UTF-16
    "iso88599": "cp1254",
    "tis620": "cp874",
}
CHINESE = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5hkscs": ("big5", 0xA4, 0xC6)}  # standard, and its rows of common characters
WESTERN = re.compile("cp125|iso8859")
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
DECLARED = re.compile(
    rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE
)


@dataclass(frozen=True)
class Decoded:
    """Text of a page, the encoding that it was read in, and what was odd about it (empty where nothing was)."""

    text: str
    encoding: str
    note: str = ""


def decode(data, header=""):
    """The text of a page.

    Args:
        data: bytes.
        header: value of the HTTP header `Content-Type`, where it is known; it stands above what the page says.

    Returns:
        A `Decoded`. Never fails: a byte that fits no encoding becomes U+FFFD.
    """
    for name, mark in MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(name, "replace")
            declared = declarations(text[:SEARCHED].encode(), header)
            note = f"declares {declared[0]}, its byte order mark says {name}" if declared and declared[0] != name else ""
            return Decoded(text, name, note)
    declared = declarations(data, header)
    if data.isascii():
        return Decoded(data.decode("ascii"), declared[0] if declared else "ascii")
    choices = list(dict.fromkeys(["utf-8", *declared, "gb18030", "big5hkscs", "cp1252"]))
    text = data.decode("utf-8", "replace")
    faults = text.count("\ufffd") - data.count("\ufffd".encode())
    if faults <= BROKEN * sum(map(str.isprintable, NOT_ASCII.findall(text))):
        respelled = (_respelled(text, name) for name in declared if name in CHINESE)
        return next(filter(None, respelled), _chosen(text, "utf-8", declared))
    sharing = {name: _common_chinese(data, name) for name in CHINESE}
    for name in declared:
        if name in CHINESE:
            rival = max(sharing, key=sharing.get)
            believed = sharing[name] >= 0.5 or sharing[name] >= sharing[rival]
        else:
            believed = name != "utf-8" and not (WESTERN.match(name) and max(sharing.values()) > CERTAIN and _paired(data))
        if believed and (text := _tried(data, name)) is not None:
            return _chosen(text, name, declared)
    best = max(sharing, key=sharing.get)
    if sharing[best] > 0.5 and (text := _tried(data, best)) is not None:
        return _chosen(text, best, declared)
    for name in [one for one in choices if one not in CHINESE and one != "utf-8"]:
        if (text := _tried(data, name)) is not None:
            return _chosen(text, name, declared)
    return _chosen(data.decode("cp1252", "replace"), "cp1252", declared)


NOT_ASCII = re.compile(r"[^\x00-\x7f]")
HAN_CHARACTER = re.compile("[\u4e00-\u9fff]")
MISTAKEN = ("iso8859-15", "latin-1", "cp1252")  # what Chinese bytes are taken for


def declarations(data, header=""):
    """Python's names of the encodings that header and page name, in the order in which browsers believe them."""
    found = re.findall(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", header, re.IGNORECASE)
    head = COMMENT.sub(b"", data[:SEARCHED])
    found += [(one or other).decode("ascii", "replace") for one, other in DECLARED.findall(head)]
    return list(dict.fromkeys(name for name in map(known, found) if name))


def known(label):
    """Python's name of what a browser takes a label for; `None` where nobody knows it."""
    plain = re.sub(r"[^a-z0-9]", "", label.lower())
    if plain in BROWSERS:
        return BROWSERS[plain]
    try:
        return codecs.lookup(label).name
    except (LookupError, ValueError):
        return None


def _chosen(text, name, declared):
    note = f"declares {declared[0]}, its bytes are {name}" if declared and declared[0] != name else ""
    return Decoded(text, name, note)


def _tried(data, name):
    """The text, or `None` where too much of it is broken."""
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError):  # a codec that makes no text, such as base64
        return None
    faults = text.count("\ufffd")
    return text if faults <= max(1, BROKEN * len(NOT_ASCII.findall(text))) else None


def _respelled(text, name):
    """The page, where somebody took its Chinese bytes for Western ones and wrote them as UTF-8, once or twice; else `None`."""
    if HAN_CHARACTER.search(text):
        return None
    texts = [text, *(undone for data in _mistaken(text).values() if (undone := _tried(data, "utf-8")))]
    for way, data in ((way, data) for one in texts for way, data in _mistaken(one).items()):
        undone = _tried(data, name)
        if undone and _common_chinese(data, name) > CERTAIN:
            return Decoded(undone, name, f"its bytes are {name}, taken for {way} and written as utf-8")
    return None


def _mistaken(text):
    """The bytes that a text may have been by what they may have been taken for."""
    found = {}
    for way in MISTAKEN:
        with contextlib.suppress(UnicodeEncodeError):
            found[way] = text.encode(way)
    return found


def _common_chinese(data, name):
    """Share of the characters beyond ASCII that are Chinese ones in common use or their punctuation, decoded as `name`."""
    standard, first, last = CHINESE[name]
    found = NOT_ASCII.findall(data[:SEARCHED].decode(name, "replace"))
    common = 0
    for character in found:
        try:
            lead = character.encode(standard)[0]
        except UnicodeEncodeError:
            continue
        common += first <= lead <= last or 0xA1 <= lead <= 0xA3
    return common / max(1, len(found))


def _paired(data):
    """Whether bytes beyond ASCII stand together, as those of Chinese do; in Western words they stand alone."""
    runs = re.findall(rb"[\x80-\xff]+", data[:SEARCHED])
    return sum(len(run) for run in runs if len(run) > 1) > 0.8 * sum(map(len, runs))
