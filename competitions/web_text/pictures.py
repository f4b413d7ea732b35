"""Pictures of a run: the score of every set, and how pages spread."""

import matplotlib.pyplot as plt
import numpy as np

from common.report import plots
from competitions.web_text import metric


def draw(plan, run):
    """Write `plots/pages.png`: of each set of texts the pages' F, sorted, so that the bad ones show."""
    kind = plan.kind(run.model)
    oof = run.load_arrays("oof")
    rows = np.flatnonzero(oof["fold"] >= 0)
    found = kind.unpack(oof).take(rows)
    counts = plan.metric.count([plan.truth[row] for row in rows], plan.answer(run.model, found, "train", rows))
    names = tuple(dict.fromkeys(sheet.set for sheet in plan.truth))
    draw_pages(names, counts, run.plots / "pages.png", run.model)


def draw_pages(names, counts, path, title):
    """One line for each set of texts: F of its pages, from the worst to the best."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, score in metric.by_set(names, counts).items():
        own = counts[counts[:, metric.SET] == names.index(name)]
        if own[0, metric.KIND] == metric.TEXT:
            values = np.sort(own[:, metric.BAG])
            axes.plot((np.arange(len(values)) + 0.5) / len(values), values, label=f"{name} {score:.3f}")
        else:
            axes.axhline(score, linestyle=":", color="grey", label=f"{name} {score:.3f} (all pages together)")
    axes.set(xlabel="share of the pages", ylabel="F", ylim=(-0.02, 1.02), title=f"{title}: pages from worst to best")
    axes.legend(fontsize="small")
    plots.save(figure, path)
