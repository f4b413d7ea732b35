"""The main text, or the posts, of pages of your own.

    make predict COMP=web_text input=page.html
    python -m competitions.web_text.predict input=folder format=markdown     all pages of it are taken for pages of one site
    python -m competitions.web_text.predict input=- format=posts < page.html
    python -m competitions.web_text.predict input=page.html explain=true way=density

`way=density` needs no training: it is the rule of `common.web.main_text`; no more does `way=original`, which subtracts from a
page what the next one shares with it, and cuts posts at peaks. `format` is text, markdown, html, json or posts.
"""

import json
import sys
from pathlib import Path

import numpy as np

from common import experiment, paths
from common import run as command_line
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.report.tables import show_table
from common.web import main_text, output, posts, subtraction
from common.web.page import read
from common.web.template import Template
from competitions.web_text import features, inference
from competitions.web_text.data import Record

FORMATS = ("text", "markdown", "html", "json", "posts")
WAYS = ("blend", "density", "original")
COLUMNS = ("kept", "the rule says", "words", "links", "tag", "text")


def main(config, input, format="text", way="blend", explain="false", run=""):
    """Print what is kept of a page, or of each page of a folder; returns name, title, text, comments, posts and notes of each.

    Raises:
        ConfigError: an unknown format or way.
        DataError: there is no such file, or it shows nothing.
    """
    for name, value, known in (("format", format, FORMATS), ("way", way, WAYS), ("explain", explain, ("true", "false"))):
        if value not in known:
            raise ConfigError(f"{name}={value}: {unknown_name(value, known, name)}")
    pages = pages_of(input)
    together = list(pages.values())
    template = Template.of(together) if len(pages) > 1 else None
    extractions = {name: main_text.extract(page, template) for name, page in pages.items()}
    kept = {name: found.kept for name, found in extractions.items()}
    if way == "original":
        kept = {name: subtraction.kept_of_site(page, together) for name, page in pages.items()}
        threads = {name: posts.of_peaks(page, kept[name]) for name, page in pages.items()}
    else:
        threads = {name: posts.find(page) for name, page in pages.items()}
    if way == "blend" and format != "posts":
        kept = blended(experiment.newest("web_text", config.data, run), pages, template)
    for name, page in pages.items():
        if len(pages) > 1 or page.notes:
            print(f"--- {name}{': ' if page.notes else ''}{'; '.join(page.notes)}", file=sys.stderr)
        if explain == "true":
            show_table(f"{name}, {page.encoding}", COLUMNS, rows_of(page, extractions[name], kept[name]))
        else:
            print(shown(extractions[name], kept[name], threads[name], format))
    return [
        {"name": name, **article(extractions[name], kept[name]), "posts": [post.to_dict() for post in threads[name]]}
        for name in pages
    ]


def pages_of(given):
    """`{name: Page}` of a page or of a folder; what shows nothing there is named and left out.

    Raises:
        DataError: there is none, or the only one shows nothing.
    """
    pages, sources = {}, listed(given)
    for name, source in sources.items():
        try:
            pages[name] = read(source, name=name)
        except DataError as error:
            if len(sources) == 1:
                raise
            print(f"left out: {error}", file=sys.stderr)
    if not pages:
        raise DataError(f"{given} holds no page that shows text")
    if len(pages) == 1 and Path(given).is_dir():
        print(f"{given} holds one page alone: it is read without a template of its site", file=sys.stderr)
    return pages


def listed(given):
    """`{name: bytes}` of a page or of the pages of a folder."""
    path = Path(given).expanduser()
    if path.is_dir():
        found = [one for one in paths.listed(path, "*.html", "*.htm", "*.shtml", "*.xhtml") if one.is_file()]
        if not found:
            raise DataError(f"{given} holds no page; expected files that end in .html or .htm")
        return {one.name: one.read_bytes() for one in found}
    if not path.is_file():
        raise DataError(f"input={given}: there is no such file or folder; expected a saved page or a folder of them")
    return {path.name: path.read_bytes()}


def blended(learnt, pages, template):
    """What the trained models keep of pages of one site, `{name: booleans (blocks,)}`."""
    together = list(pages.values())
    records = {name: Record("own", name, "own", b"", "text", None) for name in pages}
    sheets = [features.sheet_of(records[name], page, "", template, together) for name, page in pages.items()]
    keep = learnt.way.keep(inference.Gathered(learnt.found(sheets), sheets))
    bounds = np.cumsum([0, *(len(page.blocks) for page in together)])
    return {name: keep[a:b] >= inference.KEPT for name, a, b in zip(pages, bounds, bounds[1:], strict=False)}


def rows_of(page, extraction, kept):
    """A row of `COLUMNS` for every block: whether it is kept, what the rule says, and how it begins."""
    rows = []
    for block, reason, keep in zip(page.blocks, extraction.reasons, kept, strict=True):
        what = str(block.words), f"{block.link_share:.2f}", block.path.split("/")[-1], block.text[:50]
        rows.append(["kept" if keep else "", reason, *what])
    return rows


def article(extraction, kept):
    """Title, main text and, apart from it, readers' comments of a page."""
    page, text = extraction.page, output.text(blocks_of(extraction, kept))
    return {"title": page.title, "text": text, "comments": output.text(extraction.comments), "notes": page.notes}


def blocks_of(extraction, kept):
    """The blocks of a page that are kept."""
    return [block for block, keep in zip(extraction.page.blocks, kept, strict=True) if keep]


def shown(extraction, kept, thread, form):
    """What is kept, in a format."""
    if form == "posts":
        return "\n".join(json.dumps(post.to_dict(), ensure_ascii=False) for post in thread)
    if form == "json":
        return json.dumps(article(extraction, kept), ensure_ascii=False)
    return getattr(output, form)(blocks_of(extraction, kept))


if __name__ == "__main__":
    command_line.stage(__spec__)
