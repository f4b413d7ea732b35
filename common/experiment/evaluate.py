"""Scores of finished predictions where the truth is at hand. Nothing is chosen here."""

import numpy as np

from common.experiment.metric import bootstrap, flat, interval
from common.report.tables import show_table


def show_scores(title, metric, truth, answers, seed, groups=None, rows=()):
    """Print the score of each prediction with its bootstrap interval, and its other figures.

    Args:
        title: heading.
        metric: the `Metric`.
        truth: of the records.
        answers: `{name: answers}`.
        seed: of the resamples, which all predictions share.
        groups: of the records, see `bootstrap`.
        rows: further rows to print, of as many texts.
    """
    table, names = [], []
    for name, answer in answers.items():
        counts = metric.count(truth, answer)
        low, high = interval(bootstrap(metric, counts, seed, groups))
        more = flat(metric.figures(counts))
        names = list(more)
        table.append([name, f"{metric.score(counts):.4f}", f"{low:.4f} - {high:.4f}", *(f"{v:.3f}" for v in more.values())])
    show_table(title, ["run", metric.name, "95 % interval", *names], [*table, *rows])


def show_rows(title, metric, truth, blended, seed, part="test"):
    """`show_scores` of an ensemble and its members whose predictions are arrays."""
    answers = {run.name: run.load_arrays(part)["probability"] for run in (*blended.members, blended)}
    show_scores(title, metric, truth, answers, seed)


def margin(metric, truth, first, second, seed, groups=None):
    """By how much the score of the first answers is above that of the second, and its paired 95 % interval."""
    counts = [metric.count(truth, answers) for answers in (first, second)]
    draws = [bootstrap(metric, one, seed, groups) for one in counts]
    low, high = interval(np.subtract(*draws))
    return metric.score(counts[0]) - metric.score(counts[1]), low, high
