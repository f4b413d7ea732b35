"""What a run got right, style by style: a table, confused signs, the worst mistakes as pictures."""

from collections import Counter

import numpy as np

from common import paths
from common.report.tables import show_table
from competitions.captcha import metric

DRAWN = 24  # mistakes in a picture


def answers_of(plan, finished):
    """Rows that were validated, counts of the metric, truth and answers as numbers, and the probability of each answer."""
    rows, probability = finished.validated()
    truth = plan.truth[rows]
    counts = plan.metric.count(truth, probability)
    found, sure = plan.dataset.table.answers(truth[:, 0], probability)
    return rows, counts, truth[:, 1:], found, sure


def lines_of(plan, finished):
    """For each style: its name, pictures, full match, the same with case, signs, each position, and what is confused most."""
    _, counts, wanted, found, _ = answers_of(plan, finished)
    table, lines = plan.dataset.table, []
    for number, style in enumerate(table.styles):
        inside = counts[:, metric.STYLE] == number
        if not inside.any():
            continue
        own, signs = counts[inside], counts[inside, metric.SIGNS :]
        wrong = signs == 0
        pairs = Counter(zip(wanted[inside][wrong].tolist(), found[inside][wrong].tolist(), strict=True))
        confused = " ".join(f"{table.signs[a]}>{table.signs[b] or '-'}:{count}" for (a, b), count in pairs.most_common(5))
        positions = " ".join(
            f"{np.mean(column[column != metric.NO_SIGN] == 1):.2f}" for column in signs[:, : style.lengths[1]].T
        )
        shares = (own[:, metric.RIGHT].mean(), own[:, metric.EXACT].mean(), metric.sign_accuracy(own))
        lines.append([style.name, str(len(own)), *(f"{share:.4f}" for share in shares), positions, confused])
    return lines


def show_styles(plan, finished):
    """Print them."""
    columns = ("style", "pictures", "full match", "case too", "signs", "signs by position", "confused, true>read:count")
    show_table(f"out of fold by style, {finished.name}", columns, lines_of(plan, finished))


def draw(plan, finished):
    """Write `styles.csv`, and the mistakes that a run was surest of as a picture."""
    import csv

    from common.images.plots import sheet

    with paths.atomic(finished.path / "styles.csv") as path, open(path, "w", encoding="utf-8", newline="") as file:
        names = ("style", "pictures", "full_match", "case_too", "signs", "positions", "confused")
        csv.writer(file).writerows([names, *lines_of(plan, finished)])
    rows, counts, wanted, found, sure = answers_of(plan, finished)
    wrong = np.flatnonzero(counts[:, metric.RIGHT] == 0)
    worst = wrong[np.argsort(-sure[wrong].min(axis=1))][:DRAWN]
    if not len(worst):
        return
    texts = plan.dataset.table
    read = zip(texts.decode(wanted[worst]), texts.decode(found[worst]), sure[worst].min(axis=1), strict=True)
    titles = [f"{true} read {answer} ({share:.2f})" for true, answer, share in read]
    sheet(plan.parts["train"].images[rows[worst]], titles, finished.plots / "surest_mistakes.png", columns=4)
