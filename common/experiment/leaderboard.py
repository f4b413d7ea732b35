"""All runs of all contests beside the published scores.

A contest keeps what others have published in `published.csv`, columns `score,system,data,source`.
"""

import csv
import math
import sys
from pathlib import Path

from common import paths
from common.errors import RunError
from common.experiment.runs import METRICS, all_runs
from common.report import page
from common.report.tables import show_table


def show(contests):
    """Print, for each contest, one table for each data set and fold count that has runs, then the published scores."""
    for contest in contests:
        for title, columns, rows in tables(contest):
            show_table(f"{contest}: {title}", columns, rows)


def tables(contest):
    """`(title, columns, rows)` of a contest: our runs by data set, then the published scores."""
    for title, runs in groups(finished_runs(contest)).items():
        yield title, ("score", "± folds", "minutes", "run"), [our_row(row) for row in runs]
    if published := [(row["score"], row["system"], row["data"], row["source"]) for row in published_scores(contest)]:
        yield "published scores, on data of their own", ("score", "system", "data", "source"), published


def write(contests, html):
    """Write the same as one HTML file and return its path."""
    sections = []
    for contest in contests:
        shown = [part for title, columns, rows in tables(contest) for part in (page.caption(title), page.table(columns, rows))]
        sections.append(page.section(contest, *(shown or [page.paragraph("No runs yet, and nothing published.", note=True)])))
    said = "Our own runs, the best first, by data set and folds: scores of different data are not to be compared."
    path = Path(html).expanduser()
    with paths.atomic(path) as temporary:
        temporary.write_text(page.page("Leaderboard", sections, page.paragraph(said)), encoding="utf-8")
    return path


def finished_runs(contest):
    """Metrics of the finished runs, the best first, each with its `name` and its `settings`, those of `config.json`."""
    rows = []
    for run in all_runs(contest):
        try:
            if run.complete(METRICS):
                rows.append({"name": run.name, "settings": run.stored, **run.metrics})
        except RunError as error:
            print(f"Left out: {error}", file=sys.stderr)
    return sorted(rows, key=place)


def place(row):
    """Key that sorts the best first, and what there was nothing to score against last."""
    return math.inf if row["score"] is None else -row["score"] if row.get("greater", True) else row["score"]


def groups(rows):
    """Rows by metric, data and fold count: scores of different ones are not to be compared."""
    found = {}
    for row in rows:
        folds = row["settings"]["config"].get("folds")
        of_folds = "" if folds is None else ", one hold-out part" if folds == 1 else f", {folds} folds"
        title = f"{row['metric']} on {row['data']}{of_folds}"
        found.setdefault((row["settings"]["fingerprint"], folds, row["metric"]), (title, []))[1].append(row)
    return {f"{title} [{fingerprint}]": runs for (fingerprint, *_), (title, runs) in found.items()}


def published_scores(contest):
    """Rows of the contest's `published.csv`, as dicts; empty where it has none."""
    path = paths.CONTESTS / contest / "published.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def our_row(row):
    """Score, spread over folds, minutes and name of one of our runs, and whether it learnt what others do without."""
    spread = f"{row['spread']:.4f}" if row.get("spread") is not None else ""
    score = "" if row["score"] is None else f"{row['score']:.4f}"
    name = row["name"] + " (supervised)" * ("supervised" in row)
    return score, spread, f"{row['seconds'] / 60:.1f}", name
