"""Pages as what every model reads: texts of their blocks, figures, what the rules keep, and how much of each block is wanted.

python -m competitions.web_text.features
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from tqdm import tqdm

from common import paths, run
from common.errors import DataError
from common.web import features, main_text, posts, subtraction, truth
from common.web.page import read
from common.web.template import Template
from competitions.web_text import data

VERSION = paths.code_version(__file__, data.__file__, *sorted(Path(features.__file__).parent.glob("*.py")))


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page without its tree.

    Attributes:
        record: the `data.Record`, without its bytes.
        texts: of its blocks.
        words: of each, `(blocks,)`.
        table: figures, `(blocks, features)`.
        rules: `{name: booleans (blocks,)}`, what each rule keeps.
        posts: `{"original": ..., "rule": ...}`, lists of dicts; empty lists where the page is no forum's.
        label: share of each block's words that the truth holds, `(blocks,)`; `None` where the truth is no text.
        notes: what was odd, a list of texts.
    """

    record: data.Record
    texts: list
    words: np.ndarray
    table: np.ndarray
    rules: dict
    posts: dict
    label: np.ndarray | None
    notes: list

    @property
    def set(self):
        """Name of the page's set."""
        return self.record.set


def main(config):
    """Parse all pages, and say what was odd."""
    dataset = data.load(config)
    parts = load(dataset)
    for part, sheets in parts.items():
        odd = [sheet for sheet in sheets if sheet.notes]
        print(f"{part}: {len(sheets)} pages, {sum(len(sheet.texts) for sheet in sheets)} blocks, {len(odd)} pages with notes")
        for sheet in odd[:20]:
            print(f"  {sheet.set}/{sheet.record.id}: {'; '.join(sheet.notes)}")


def load(dataset):
    """`{"train": sheets}`, and `"test"` where there is one; cached."""
    path = paths.cache("web_text") / f"{dataset.fingerprint}-{len(dataset.train)}-{VERSION}.joblib"
    if path.exists():
        parts = joblib.load(path)
        for part, sheets in parts.items():
            paths.require_rows(path, len(sheets), len(getattr(dataset, part)))
        return parts
    parts = {"train": sheets_of(dataset.train)} | ({"test": sheets_of(dataset.test)} if dataset.test else {})
    with paths.atomic(path) as temporary:
        joblib.dump(parts, temporary, compress=1)
    return parts


def sheets_of(records):
    """A `Sheet` of every record, in order; pages of one site are looked at together."""
    sites = defaultdict(list)
    for place, record in enumerate(records):
        sites[record.set, record.site].append(place)
    found = [None] * len(records)
    with tqdm(total=len(records), desc="pages", leave=False, disable=None) as bar:
        for places in sites.values():
            for place, sheet in zip(places, of_site([records[place] for place in places]), strict=True):
                found[place] = sheet
            bar.update(len(places))
    return found


def of_site(records):
    """Sheets of the pages of one site."""
    pages, faults = [], []
    for record in records:
        try:
            pages.append(read(record.html, name=record.id))
            faults.append("")
        except DataError as error:  # of thousands of pages some show nothing; they are answered with nothing
            pages.append(None)
            faults.append(str(error))
    readable = [page for page in pages if page is not None]
    template = Template.of(readable) if len(readable) > 1 else None
    return [
        sheet_of(record, page, fault, template, readable) for record, page, fault in zip(records, pages, faults, strict=True)
    ]


def sheet_of(record, page, fault, template, pages):
    """The sheet of one page of a site's `pages`; an empty one where it could not be read."""
    kept = data.without_bytes(record)
    if page is None:
        nothing = np.zeros(0, bool)
        rules = dict.fromkeys(("original", "template", "density"), nothing)
        table = np.empty((0, len(features.NAMES)), "float32")
        return Sheet(kept, [], np.zeros(0), table, rules, {"original": [], "rule": []}, np.zeros(0), [fault])
    alone = np.zeros(len(page.blocks))
    shares, covered = (template.shares(page), template.covers(page)) if template else (alone, alone.astype(bool))
    original = subtraction.kept_of_site(page, pages)
    rules = {"original": original, "template": ~covered, "density": main_text.extract(page, template).kept}
    forum = record.kind == "posts"
    threads = {
        "original": [post.to_dict() for post in posts.of_peaks(page, original)] if forum else [],
        "rule": [post.to_dict() for post in posts.find(page)] if forum else [],
    }
    texts = [block.text for block in page.blocks]
    label = np.array(truth.shares(texts, record.gold), "float32") if record.kind == "text" and record.gold is not None else None
    table = features.table(page, shares, covered, template.witnesses(page) if template else 0)
    return Sheet(kept, texts, np.array([b.words for b in page.blocks], float), table, rules, threads, label, page.notes)


if __name__ == "__main__":
    run.stage(__spec__)
