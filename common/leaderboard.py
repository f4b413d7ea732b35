"""All runs of all contests beside the published scores.

A contest keeps what others have published in `published.csv`, columns `score,system,data,source`.
"""

import csv

from common import paths
from common.runs import all_runs
from common.tables import show_table


def show(contests):
    """Print one table for each contest that has runs or published scores: ours first, then the published ones."""
    for contest in contests:
        runs, published = finished_runs(contest), published_scores(contest)
        rows = [our_row(row) for row in runs] + [published_row(row) for row in published]
        if rows:
            metric = runs[0]["metric"] if runs else "score"
            show_table(
                f"{contest}: {metric}", ("score", "± folds", "minutes", "run or system", "data and source"), rows, len(runs)
            )


def finished_runs(contest):
    """Metrics of the finished runs, the best first, each with its `name`."""
    rows = [{"name": run.name, **run.read_json("metrics.json")} for run in all_runs(contest) if run.finished]
    return sorted(rows, key=lambda row: row["score"], reverse=not rows or rows[0].get("greater", True))


def published_scores(contest):
    """Rows of the contest's `published.csv`, as dicts; empty where it has none."""
    path = paths.CONTESTS / contest / "published.csv"
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def our_row(row):
    """Score, spread over folds, minutes, run and data of one of our runs."""
    spread = f"{row['spread']:.4f}" if row.get("spread") is not None else ""
    return f"{row['score']:.4f}", spread, f"{row['seconds'] / 60:.1f}", row["name"], row["data"]


def published_row(row):
    """The same columns for a published score."""
    return row["score"], "", "", row["system"], f"{row['data']}; {row['source']}"
