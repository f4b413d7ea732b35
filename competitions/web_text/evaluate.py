"""Score the runs and their blend against the truth of the test pages, where it lies beside them. Nothing is chosen here.

python -m competitions.web_text.evaluate
"""

import numpy as np

from common import experiment, paths, run
from common.errors import DataError
from common.report.tables import show_table
from common.web import scorers
from competitions.web_text import ensemble, metric, train

LONGEST = 25_000  # characters of a truth that CleanEval's scorer is asked for: its time grows with their square


def main(config):
    """Print each set's score with its interval, and the figures of the other scorers."""
    plan = train.plan(config)
    test = plan.parts.get("test", [])
    rows = [row for row, sheet in enumerate(test) if sheet.record.gold is not None]
    if not rows:
        raise DataError(
            f"{config.data / 'test'} holds no truth (text/, posts/ or segments/ beside html/); the out-of-fold scores stand in "
            "`make leaderboard`"
        )
    blended = ensemble.blend(plan)
    sheets = [test[row] for row in rows]
    answers = {}
    for member in blended.members:
        found = plan.kind(member.model).unpack(member.load_arrays("test")).take(rows)
        answers[member.name] = plan.answer(member.model, found, "test", rows)
    saved = ensemble.saved(blended, "test")
    answers[blended.name] = [saved[sheet.set, sheet.record.id] for sheet in sheets]
    names = tuple(dict.fromkeys(sheet.set for sheet in plan.truth))
    sites = np.array([sheet.record.site for sheet in sheets])
    title = f"test pages of {paths.data_name(config.data)}; intervals over whole sites"
    experiment.show_scores(title, plan.metric, sheets, answers, config.seed, groups=sites)
    show_details(names, sheets, answers[blended.name])


def show_details(names, sheets, answers):
    """Print what the other scorers say of one prediction, set by set."""
    counts = metric.count(names, sheets, answers)
    rows = [
        [name, ", ".join(f"{key} {value:.4f}" for key, value in figures.items()), cleaneval(name, sheets, answers)]
        for name, figures in metric.details(names, counts).items()
    ]
    show_table("other scorers, of the blend", ["set", "figures", "CleanEval's scorer: F, P, R; of all pages' sums"], rows)


def cleaneval(name, sheets, answers):
    """Means of CleanEval's scorer over the pages of a set with marks in their truth, and of their sums; no text for others."""
    counts = [
        scorers.cleaneval_counts(answer, sheet.record.marked)[0]
        for sheet, answer in zip(sheets, answers, strict=True)
        if sheet.set == name and scorers.MARK.search(sheet.record.marked) and len(sheet.record.marked) <= LONGEST
    ]
    if not counts:
        return ""
    means, of_sums = np.mean([scorers.percent(*one) for one in counts], axis=0), scorers.percent(*np.sum(counts, axis=0))
    return "; ".join(", ".join(f"{value:.2f}" for value in figures) for figures in (means, of_sums))


if __name__ == "__main__":
    run.stage(__spec__)
