"""Reads sets of pages: `SET.tar.xz` or `SET/` with `index.tsv`, `html/ID.html` and their truth; or CleanEval's layout.

python -m competitions.web_text.data
"""

import html
import json
import lzma
import re
import tarfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from common import paths, run
from common.errors import DataError
from common.text.corpus import most_unpacked
from common.web.decoding import decode

SOURCE = """Sets of pages with their text; put into the folder each as SET.tar.xz or SET/ that holds
  index.tsv      a header, then a page a line, separated by tabs: id, site, whatever else
  html/ID.html   the bytes of the page
  text/ID.txt    its main text; or posts/ID.json, a list of posts; or segments/ID.json, {"with": [...], "without": [...]}
and into test/ the same without truth, where there is something to answer. CleanEval's folders of pages and cleaned texts
(en_original and en_cleaned, or any two of which one has ID.html and the other ID-cleaned.txt) are read as they are. Sources:
  CleanEval 2007   https://cleaneval.sigwac.org.uk            article benchmark  https://github.com/scrapinghub/article-extraction-benchmark
  DAnIEL           https://github.com/rundimeco/waddle        WEB-FORUM-52       https://github.com/fhgr/harvest
  L3S-GN1          https://github.com/geodrome/page-signal    dragnet            https://github.com/dragnet-org/dragnet"""
GOLDS = {"text": ".txt", "posts": ".json", "segments": ".json"}
WRAPPED = re.compile(rb"^\s*<text\b([^>]*)>(.*?)(?:</text>\s*)?$", re.DOTALL)  # what CleanEval puts around a page
MARKUP = re.compile(r"</?[phl]>", re.IGNORECASE)
CLEANED = re.compile(r"(?:-cleaned)?\.txt$")


@dataclass(frozen=True)
class Record:
    """A page.

    Attributes:
        set: name of its set.
        id: of the page in its set.
        site: registrable domain, or whatever tells one site from another.
        html: bytes.
        kind: "text", "posts" or "segments", what its truth is.
        gold: the truth: a text, a list of dicts or a dict of two lists; `None` where it is not known.
        marked: a text's truth as it was read, with `<p> <h> <l>`, for CleanEval's scorer.
    """

    set: str
    id: str
    site: str
    html: bytes
    kind: str
    gold: object
    marked: str = ""


@dataclass(frozen=True)
class Dataset:
    """What a data folder holds: lists of `Record`; `test` is empty where there is no such folder; `notes` say what is odd."""

    train: list
    test: list
    notes: list
    fingerprint: str


class Files:
    """Files of a folder or of a tar archive, by name below it."""

    def __init__(self, path):
        self.path = path
        if path.is_dir():
            self.contents = None
            self.names = {entry.relative_to(path).as_posix() for entry in path.rglob("*") if entry.is_file()}
        else:
            self.contents = _unpacked(path)
            self.names = set(self.contents)
        self.names = {name for name in self.names if not any(map(paths.hidden, name.split("/")))}

    def read(self, name):
        """Bytes of a file."""
        return (self.path / name).read_bytes() if self.contents is None else self.contents[name]

    def text(self, name):
        """Its text; some of CleanEval's truth is not UTF-8."""
        return as_text(self.read(name))


def as_text(content):
    """Text of a file's bytes: UTF-8, else as a browser would read it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return decode(content).text


def _unpacked(path):
    """Contents of a tar archive by name, without the folder that holds them all. Names are keys: nothing is written."""
    found, total, longest = {}, 0, most_unpacked(path)
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                total += member.size
                if total > longest:
                    raise tarfile.TarError(f"it unpacks to more than {longest:,} bytes, which no pages of its size do")
                if member.isfile():
                    found[member.name] = archive.extractfile(member).read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        raise DataError(f"{path} is no sound tar archive: {error}") from None
    index = next((PurePosixPath(name) for name in found if PurePosixPath(name).name == "index.tsv"), None)
    top = f"{index.parent}/" if index and index.parent.name else ""
    return {name.removeprefix(top): content for name, content in found.items() if name.startswith(top)}


def load(config):
    """The pages of a data folder.

    Raises:
        DataError: there are none, or a set is not as described; the file, the line and what was expected.
    """
    notes = []
    sources = found_sets(config.data)
    if not sources:
        raise DataError(f"{config.data} holds no sets of pages. {SOURCE}")
    unknown = [name for name in config.sets if name not in sources]
    if unknown:
        raise DataError(f"sets={','.join(unknown)}: {config.data} has {', '.join(sources)}")
    chosen = {name: path for name, path in sources.items() if not config.sets or name in config.sets}
    train = [record for name, path in chosen.items() for record in read_set(name, path, notes)]
    without = [record for record in train if record.gold is None]
    if without:
        one = without[0]
        raise DataError(
            f"{chosen[one.set]}: page {one.id} and {len(without) - 1} others have no truth; expected {one.kind}/{one.id}"
            f"{GOLDS[one.kind]}, or the set in {config.data / 'test'}"
        )
    kinds = {record.set: record.kind for record in train}
    tests = found_sets(config.data / "test")
    test = [
        record
        for name, path in tests.items()
        if not config.sets or name in config.sets
        for record in read_set(name, path, notes, kinds.get(name))
    ]
    return Dataset(train, test, notes, paths.fingerprint([*chosen.values(), *tests.values()]))


def found_sets(folder):
    """Paths of the sets in a folder, by name; the folder itself where it is one."""
    if not folder.is_dir():
        return {}
    if (folder / "index.tsv").exists() or cleaneval_folders(folder):
        return {folder.resolve().name: folder}
    found = {}
    for path in paths.listed(folder, "*"):
        name = re.sub(r"\.(?:tar(?:\.\w+)?|tgz|txz)$", "", path.name)
        if path.is_dir() and path.name != "test" and ((path / "index.tsv").exists() or cleaneval_folders(path)):
            found[path.name] = path  # a folder wins over its archive
        elif path.is_file() and name != path.name:
            found.setdefault(name, path)
    return found


def cleaneval_folders(folder):
    """The folder of pages and that of cleaned texts, where a folder is in CleanEval's layout; else `None`."""
    below = [path for path in paths.listed(folder, "*") if path.is_dir()]
    pages = [path for path in below if any(path.glob("*.html"))]
    texts = [path for path in below if any(path.glob("*.txt"))]
    return (pages[0], texts[0]) if len(pages) == len(texts) == 1 and pages != texts else None


def read_set(name, path, notes, kind=None):
    """Records of one set.

    Args:
        name: of the set.
        path: its archive or folder.
        notes: a list to add to.
        kind: what its answers are, where no truth says so.
    """
    if path.is_dir() and not (path / "index.tsv").exists():
        return read_cleaneval(name, *cleaneval_folders(path), notes)
    files = Files(path)
    if "index.tsv" not in files.names:
        raise DataError(f"{path} has no index.tsv; expected a header with id and site, then a page a line")
    lines = [line.removesuffix("\r") for line in files.text("index.tsv").split("\n")]
    header = lines[0].split("\t")
    if header[:2] != ["id", "site"]:
        raise DataError(f"{path}: index.tsv line 1 is '{lines[0][:60]}'; expected id and site first, separated by tabs")
    kind = next((one for one in GOLDS if any(entry.startswith(f"{one}/") for entry in files.names)), kind or "text")
    records, seen = [], set()
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) < 2 or fields[0] in seen:
            raise DataError(f"{path}: index.tsv line {number}: expected a new id and a site, found '{line[:60]}'")
        seen.add(fields[0])
        page, gold = f"html/{fields[0]}.html", f"{kind}/{fields[0]}{GOLDS[kind]}"
        if page not in files.names:
            raise DataError(f"{path}: index.tsv line {number} names {fields[0]}, but there is no {page}")
        truth = files.text(gold) if gold in files.names else None
        records.append(record_of(name, fields[0], fields[1], files.read(page), kind, truth, f"{path}: {gold}"))
    strays = sorted(one for one in files.names if one.startswith(f"{kind}/") and PurePosixPath(one).stem not in seen)
    if strays:
        notes.append(f"{path}: {len(strays)} files of truth belong to no page of index.tsv, the first is {strays[0]}")
    return records


def read_cleaneval(name, pages, texts, notes):
    """Records of two folders as CleanEval gives them; the address in the page tells its site."""
    golds = {CLEANED.sub("", path.name): path for path in paths.listed(texts, "*.txt")}
    records = []
    for path in paths.listed(pages, "*.html"):
        gold = golds.pop(path.stem, None)
        truth = None if gold is None else as_text(gold.read_bytes())
        source = path.read_bytes()
        address = re.search(rb"""<text[^>]*?\bid\s*=\s*["']([^"']+)""", source[:2000])
        host = urlsplit(address[1].decode("utf-8", "replace")).hostname if address else None
        records.append(record_of(name, path.stem, host or f"unknown-{path.stem}", source, "text", truth, str(gold)))
    alone = [record for record in records if record.gold is None]
    if alone and len(alone) < len(records):
        notes.append(f"{pages}: {len(alone)} pages have no cleaned text and are left out, the first is {alone[0].id}")
        records = [record for record in records if record.gold is not None]
    if golds:
        notes.append(f"{texts}: {len(golds)} texts have no page, the first is {next(iter(golds.values())).name}")
    return records


def record_of(name, page, site, source, kind, truth, place):
    """A `Record` with its truth parsed; `place` is what messages call that."""
    wrapped = WRAPPED.match(source)
    source = wrapped[2] if wrapped else source
    if truth is None or kind == "text":
        return Record(name, page, site, source, kind, None if truth is None else plain(truth), truth or "")
    try:
        gold = json.loads(truth)
        if kind == "posts":
            gold = [{"post_text": "", **post} for post in gold]
        elif not all(isinstance(gold[key], list) for key in ("with", "without")):
            raise TypeError("with and without are lists")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{place} is no JSON of {kind}: {error}") from None
    return Record(name, page, site, source, kind, gold)


def without_bytes(record):
    """A record whose page was parsed."""
    return replace(record, html=b"")


def plain(marked):
    """A truth without its marks, its line `URL: ...` and its entities."""
    lines = marked.split("\n")
    if lines[0].lstrip().startswith("URL"):
        lines = lines[1:]
    return html.unescape(MARKUP.sub(" ", "\n".join(lines)))


def main(config):
    """Say what there is."""
    if not found_sets(Path(config.data)):
        print(SOURCE)
    dataset = load(config)
    print("\n".join(dataset.notes), end="\n" if dataset.notes else "")
    for part, records in (("train", dataset.train), ("test", dataset.test)):
        for name in dict.fromkeys(record.set for record in records):
            own = [record for record in records if record.set == name]
            sites = Counter(record.site for record in own)
            several = sum(count for count in sites.values() if count > 1)
            print(f"{part} {name}: {len(own)} pages of {own[0].kind}, {len(sites)} sites, {several} pages on sites with others")


if __name__ == "__main__":
    run.stage(__spec__)
