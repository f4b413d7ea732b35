"""Our main texts and posts beside their peers', set by set, on the same pages: words, 4-grams, and milliseconds a page.

    make bench COMP=web_text data=DATA
    python -m bench.web_text data=DATA pages=60 peers=trafilatura,readability-lxml

Ours is one setting for all sets: the rule on a page alone, the rule with the pages of its site, and the classifier of the fold
that has seen no truth of the page's site. Peers get the page's decoded text and their default
settings; jusText no stop list, so that it knows no language. The first `pages=` of every set are read (100), every system in
one process, page by page; what a peer has answered is kept, so that the command goes on where it stopped. The table goes to
bench/results/web_text.md with a picture of quality against time, unless the data is the built-in sample.
"""

import hashlib
import importlib.metadata
import importlib.util
import shlex
import sys
import time
import warnings
from collections import defaultdict
from functools import partial
from pathlib import Path

import joblib
import matplotlib
import numpy as np
from tqdm import tqdm

from bench import measure
from common import experiment, locate, paths, run
from common.errors import DataError
from common.report import plots
from common.web import features, main_text, posts, scorers
from common.web.decoding import decode
from common.web.page import read
from common.web.template import Template
from competitions.web_text import inference, train
from competitions.web_text.config import Config

matplotlib.use("Agg")

import matplotlib.pyplot as plt

RESULTS = Path(__file__).parent / "results" / "web_text.md"
OURS = "ours, classifier", "ours, rule, site", "ours, rule, page alone"
NOTES = """F of words is the mean over pages; 4-gram F is that of the article-extraction benchmark; CleanEval the F of its own
scorer on truths of at most 25,000 characters. Chinese characters are words. An answer that a system fails to give counts as
empty. ms: mean milliseconds of processor time for a page, parsing included. They compare the systems of one machine and mean
nothing elsewhere."""


def main(arguments):
    """Read the pages with every system, and print and write the tables."""
    own = {name: value for name, _, value in (argument.partition("=") for argument in arguments) if name in ("pages", "peers")}
    settings = [argument for argument in arguments if argument.partition("=")[0] not in ("pages", "peers")]
    config = locate.locate_data("web_text", "train", Config, ["model=classifier", *settings])
    plan = train.plan(config)
    models = models_of(plan)
    answerable = [record for record in plan.dataset.train if (record.set, record.id) in models]  # with folds=1 a fifth
    chosen = first_pages(answerable, int(own.get("pages", 100)))
    systems = {OURS[2]: rule_alone, OURS[1]: of_site(chosen, kept_by_rule), OURS[0]: of_site(chosen, partial(kept_by, models))}
    for name, (package, make) in PEERS.items():
        if own.get("peers") and name not in own["peers"].split(","):
            continue
        try:
            systems[f"{name} {importlib.metadata.version(package)}"] = make()
        except ImportError as error:
            print(f"{name}: not run, {error}; pip install -e '.[bench-web]'")
    folder = paths.home() / "bench" / "web_text"
    texts = [record for record in chosen if record.kind == "text"]
    threads = [record for record in chosen if record.kind == "posts"]
    answered = {name: answers_of(name, system, texts, folder) for name, system in systems.items()}
    tables = text_tables(texts, answered)
    if threads:
        forums = {"ours": our_posts} | ({"harvest-webforum": harvest_posts} if has("harvest") else {})
        tables.append(post_table(threads, {name: answers_of(name, way, threads, folder) for name, way in forums.items()}))
    command = f"make bench COMP=web_text {shlex.join(map(measure.without_path, arguments))}"
    sample = paths.is_sample(config.data)
    if not sample:
        draw(points_of(texts, answered), RESULTS.with_suffix(".png"))
    measure.report(RESULTS, "Web text: ours beside its peers", tables, NOTES, command, sample)


def has(package):
    """Whether a package can be imported."""
    return importlib.util.find_spec(package) is not None


def first_pages(records, count):
    """The first pages of each set, whole sites as long as they fit."""
    found = defaultdict(list)
    for record in records:
        if len(found[record.set]) < count:
            found[record.set].append(record)
    return [record for own in found.values() for record in own]


def answers_of(name, system, records, folder):
    """Answer and milliseconds of each record; from the folder where they were found before."""
    key = hashlib.sha256(repr([name, system.__module__, [(one.set, one.id) for one in records]]).encode()).hexdigest()[:12]
    path = folder / f"{key}.joblib"
    if path.exists() and not name.startswith("ours"):
        return joblib.load(path)
    found = []
    for record in tqdm(records, desc=name, leave=False, disable=None):
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a peer's, of its own libraries
            try:
                answer = system(record) or ""
            except Exception:  # whatever breaks a peer: its answer is empty, and the table counts those
                answer = ""
        found.append((answer, 1000 * (time.process_time() - started)))
    with paths.atomic(path) as temporary:
        joblib.dump(found, temporary)
    return found


def rule_alone(record):
    """The rule on a page alone."""
    return "\n".join(block.text for block in main_text.extract(read(record.html)).blocks)


def models_of(plan):
    """For each validated page, by set and id, the classifier that has seen nothing of its site."""
    (learnt,) = experiment.train(plan)
    folds = [inference.load(learnt.path / f"fold{number}", learnt.model, plan.config) for number in range(plan.config.folds)]
    valid = learnt.load_arrays("oof")["fold"]
    return {(one.set, one.record.id): folds[fold] for one, fold in zip(plan.truth, valid, strict=True) if fold >= 0}


def kept_by_rule(record, page, template):
    """What the rule keeps of a page, booleans `(blocks,)`."""
    return main_text.extract(page, template).kept


def kept_by(models, record, page, template):
    """What the page's own classifier keeps of it, booleans `(blocks,)`."""
    nothing = np.zeros(len(page.blocks))
    seen = (template.shares(page), template.covers(page), template.witnesses(page)) if template else (nothing, nothing > 0, 0)
    return models[record.set, record.id].keep(features.table(page, *seen)) >= inference.KEPT


def of_site(records, kept):
    """A way that knows what the pages of a site share; the first page of a site pays for parsing all of them."""
    sites, known = defaultdict(list), {}
    for record in records:
        sites[record.set, record.site].append(record)

    def answer(record):
        key = record.set, record.site
        if key not in known:
            pages = {}
            for one in sites[key]:
                try:
                    pages[one.id] = read(one.html)
                except DataError:
                    continue
            known.clear()
            known[key] = pages, Template.of(list(pages.values())) if len(pages) > 1 else None
        pages, template = known[key]
        page = pages.get(record.id)
        if page is None:
            return ""
        return "\n".join(block.text for block, keep in zip(page.blocks, kept(record, page, template), strict=True) if keep)

    return answer


def our_posts(record):
    """Our posts."""
    return [post.to_dict() for post in posts.find(read(record.html))]


def harvest_posts(record):
    """Those of harvest-webforum, by the names of our scorer."""
    from harvest import extract
    from harvest import posts as harvest

    source, address = decode(record.html).text, f"https://{record.site}/"
    paths_found = harvest.extract_posts(source, address)
    places = (paths_found[f"{part}_xpath_pattern"] for part in ("text", "url", "date", "user"))
    found = extract.extract_posts(source, address, *places, result_as_datetime=False)
    return [{"post_text": str(one.post), "user": str(one.user), "datetime": str(one.date)} for one in found]


def _trafilatura():
    import trafilatura

    return lambda record: trafilatura.extract(decode(record.html).text, include_comments=False)


def _readability():
    import html_text
    from readability import Document

    return lambda record: html_text.extract_text(Document(decode(record.html).text).summary())


def _justext():
    import justext

    def answer(record):
        found = justext.justext(
            decode(record.html).text, frozenset(), stopwords_low=0, stopwords_high=0, length_low=15, length_high=60
        )
        return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)

    return answer


def _resiliparse():
    from resiliparse.extract.html2text import extract_plain_text

    return lambda record: extract_plain_text(decode(record.html).text, main_content=True)


def _boilerpy3():
    from boilerpy3.extractors import ArticleExtractor

    extractor = ArticleExtractor(raise_on_failure=False)
    return lambda record: extractor.get_content(decode(record.html).text)


def _gne():
    from gne import GeneralNewsExtractor

    extractor = GeneralNewsExtractor()
    return lambda record: extractor.extract(decode(record.html).text)["content"]


PEERS = {  # package and how its function is made
    "trafilatura": ("trafilatura", _trafilatura),
    "readability-lxml": ("readability-lxml", _readability),
    "jusText": ("jusText", _justext),
    "resiliparse": ("resiliparse", _resiliparse),
    "boilerpy3": ("boilerpy3", _boilerpy3),
    "GNE": ("gne", _gne),
}


def scores_of(records, answers):
    """Of each set `(mean F of words, F of 4-grams, F of CleanEval's scorer or NaN)`."""
    found = {}
    for name in dict.fromkeys(record.set for record in records):
        own = [(record, answer) for record, (answer, _) in zip(records, answers, strict=True) if record.set == name]
        words = np.mean([scorers.f1(*scorers.overlap(answer, record.gold)) for record, answer in own])
        runs = [np.array(scorers.overlap(answer, record.gold, size=4), float) for record, answer in own]
        f, _, _ = scorers.precision_recall([tuple(one / max(1, one.sum())) for one in runs])
        marked = [(r.marked, answer) for r, answer in own if scorers.MARK.search(r.marked) and len(r.marked) <= 25_000]
        if not name.startswith("cleaneval"):
            marked = []
        clean = np.mean([scorers.cleaneval(answer, gold)[0] for gold, answer in marked]) if marked else np.nan
        found[name] = words, f, clean
    return found


def text_tables(records, answered):
    """Tables of both scores, a column for each set."""
    scored = {name: scores_of(records, answers) for name, answers in answered.items()}
    names = list(next(iter(scored.values())))
    order = sorted(scored, key=lambda name: -np.mean([row[0] for row in scored[name].values()]))
    tables = []
    for place, heading in enumerate(("F of words", "4-gram F")):
        rows = []
        for system in order:
            values = [scored[system][name][place] for name in names]
            milliseconds = np.mean([spent for _, spent in answered[system]])
            empty = sum(not answer for answer, _ in answered[system])
            shown = [f"{value:.4f}" for value in (np.mean(values), *values)]
            rows.append([system, *shown, f"{milliseconds:.1f}", str(empty)])
        tables.append((f"{heading}, {len(records)} pages", ["system", "mean of sets", *names, "ms", "empty"], rows))
    scored_by = [name for name in names if name.startswith("cleaneval")]
    if scored_by:
        rows = [[system, *(f"{scored[system][name][2]:.2f}" for name in scored_by)] for system in order]
        tables.append(("F by CleanEval's scorer, marks in the truth", ["system", *scored_by], rows))
    return tables


def post_table(records, answered):
    """Scores of posts."""
    rows = []
    for name, answers in answered.items():
        matched = [scorers.match_posts(answer or [], r.gold) for r, (answer, _) in zip(records, answers, strict=True)]
        right, found, gold = (sum(values) for values in zip(*((len(m.pairs), m.found, m.gold) for m in matched), strict=True))
        shares = [sum(getattr(m, part) for m in matched) / gold for part in ("author", "date", "time")]
        whole = sum(m.all_right for m in matched)
        figures = [right / max(1, found), right / gold, scorers.f1(right, found - right, gold - right), *shares]
        milliseconds = np.mean([spent for _, spent in answers])
        rows.append([name, *(f"{value:.3f}" for value in figures), f"{whole} of {len(records)}", f"{milliseconds:.0f}"])
    columns = ["system", "P", "R", "F", "author", "date text", "time", "threads all right", "ms"]
    return f"posts at Dice 0.8, {sum(len(r.gold) for r in records)} on {len(records)} pages", columns, rows


def points_of(records, answered):
    """Mean milliseconds and mean F of words of each system."""
    return {
        name: (np.mean([spent for _, spent in answers]), np.mean([row[0] for row in scores_of(records, answers).values()]))
        for name, answers in answered.items()
    }


def draw(points, path):
    """Quality against time: a point `{system: (milliseconds, score)}` for each."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, (spent, score) in points.items():
        axes.scatter(spent, score, color="tab:red" if name.startswith("ours") else "tab:blue")
        crowded = any(1 < other / spent < 1.9 and abs(height - score) < 0.02 for other, height in points.values())
        place = {"xytext": (-5, -10), "ha": "right"} if crowded else {"xytext": (5, 4)}
        axes.annotate(name, (spent, score), textcoords="offset points", fontsize="small", **place)
    axes.set(xscale="log", xlabel="milliseconds of processor time a page", ylabel="F of words, mean of sets")
    axes.set_title("Main text: quality and time, one run")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter("")
    axes.set_xticks([1, 2, 5, 10, 20, 50, 100])
    axes.margins(0.2)
    plots.save(figure, path)


if __name__ == "__main__":
    sys.exit(run.guarded(main, sys.argv[1:]))
