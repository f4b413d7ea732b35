"""What a run got right, style by style: a table, confused signs, the worst mistakes as pictures."""

from collections import Counter

import numpy as np

from common import paths
from common.report.tables import show_table
from competitions.captcha import metric

DRAWN = (6, 4)  # rows and columns of mistakes


def answers_of(plan, finished):
    """Rows that were validated, counts of the metric, truth and answers as numbers, and the probability of each answer."""
    rows, probability = finished.validated()
    truth = plan.truth[rows]
    counts = plan.metric.count(truth, probability)
    found, sure = plan.dataset.table.answers(truth[:, 0], probability)
    return rows, counts, truth[:, 1:], found, sure


def lines_of(plan, finished):
    """A `line_of` each style that has validated pictures."""
    _, counts, wanted, found, _ = answers_of(plan, finished)
    lines = []
    for number, style in enumerate(plan.dataset.table.styles):
        inside = counts[:, metric.STYLE] == number
        if inside.any():
            lines.append(line_of(plan.dataset.table, style, counts[inside], wanted[inside], found[inside]))
    return lines


def line_of(table, style, counts, wanted, found):
    """Name of a style, its pictures, full match, the same with case, signs, each position, and what is confused most."""
    signs = counts[:, metric.SIGNS :]
    pairs = Counter(zip(wanted[signs == 0].tolist(), found[signs == 0].tolist(), strict=True))
    confused = " ".join(f"{table.signs[a]}>{table.signs[b] or '-'}:{count}" for (a, b), count in pairs.most_common(5))
    at_positions = (column[column != metric.NO_SIGN] == 1 for column in signs[:, : style.lengths[1]].T)
    positions = " ".join(f"{np.mean(right):.2f}" for right in at_positions)
    shares = (counts[:, metric.RIGHT].mean(), counts[:, metric.EXACT].mean(), metric.sign_accuracy(counts))
    return [style.name, str(len(counts)), *(f"{share:.4f}" for share in shares), positions, confused]


def show_styles(plan, finished):
    """Print them."""
    columns = ("style", "pictures", "full match", "case too", "signs", "signs by position", "confused, true>read:count")
    show_table(f"out of fold by style, {finished.name}", columns, lines_of(plan, finished))


def draw(plan, finished):
    """Write `styles.csv`, and the mistakes that a run was surest of as a picture."""
    import csv

    from common.images.plots import mistakes

    with paths.atomic(finished.path / "styles.csv") as path, open(path, "w", encoding="utf-8", newline="") as file:
        names = ("style", "pictures", "full_match", "case_too", "signs", "positions", "confused")
        csv.writer(file).writerows([names, *lines_of(plan, finished)])
    rows, counts, wanted, found, sure = answers_of(plan, finished)
    table, least = plan.dataset.table, sure.min(axis=1)

    def title(place):
        true, read = table.decode([wanted[place], found[place]])
        return f"{true} read {read} ({least[place]:.2f})"

    path, wrong = finished.plots / "surest_mistakes.png", counts[:, metric.RIGHT] == 0
    mistakes(plan.parts["train"].images, rows, wrong, least, title, path, "The surest mistakes (out of fold)", DRAWN)
