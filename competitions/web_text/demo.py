"""The tab of `make demo`: a saved page and its main text, or its posts."""

from pathlib import Path

import numpy as np

from common.demo import File, Given, Tab
from common.report import page as html
from common.web import main_text, output, posts
from common.web.page import read
from competitions.web_text import predict


def tab(learnt, sample):
    """A page."""

    def answer(saved):
        ((name, source),) = predict.listed(saved).items()
        page = read(source, name=name)
        extraction = main_text.extract(page)
        kept = predict.blended(learnt, {name: page}, None)[name]
        thread = [post.to_dict() for post in posts.find(page)]
        pieces = [html.caption(page.title)] if page.title else []
        blocks = predict.blocks_of(extraction, kept)
        lines = output.text(blocks).split("\n") if blocks else ["Nothing of this page is kept."]
        pieces += [html.paragraph(text) for text in lines if text.strip()]
        pieces += [html.paragraph(note, note=True) for note in page.notes]
        if thread:
            columns = list(dict.fromkeys(name for post in thread for name in post))
            rows = [[post.get(name) or "" for name in columns] for post in thread]
            pieces += [html.caption("posts"), html.table(columns, rows)]
        rows = predict.rows_of(page, extraction, kept)
        return [*pieces, html.folded("all blocks of the page", html.table(predict.COLUMNS, rows, np.flatnonzero(kept)))]

    pages = [sample / "page.html", *sorted(Path(sample / "test" / "forum" / "html").glob("*.html"))[:2]]
    fields = {"saved": File("A saved page", (".html", ".htm", ".shtml", ".xhtml"))}
    return Tab(fields, answer, [{"saved": Given.of(path)} for path in pages])
