"""Pictures of rankings: precision against recall, and what the head looks like where no gold list is at hand."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

from common.report import plots
from competitions.power_vocab import metric

HIDDEN = 50  # first places, whose precision jumps between 0 and 1
MARKED = (200, 1_000, 10_000)  # places that are marked on a curve


def precision_recall(rankings, dataset, path):
    """Precision against recall of the first 10,000 words but the very first, a curve for each ranking.

    Args:
        rankings: `{name: words, best first}`.
        dataset: `Dataset` with a gold list.
        path: PNG file to write.
    """
    figure, axes = plt.subplots(figsize=(10, 5), layout="constrained")
    axes.set_prop_cycle(plt.cycler(linestyle=["-", "--", ":"]) * plt.rcParams["axes.prop_cycle"])
    for name, words in rankings.items():
        found, total = metric.hits(words, dataset.gold, dataset.seeds)
        found = found[: metric.WORDS]
        hits, places = np.cumsum(found), np.arange(1, len(found) + 1)
        recall, precision = hits / max(1, total), hits / places
        (line,) = axes.plot(recall[HIDDEN:], precision[HIDDEN:], label=name, linewidth=1.2)
        marked = [place - 1 for place in MARKED if place <= len(found)]
        axes.plot(recall[marked], precision[marked], "o", color=line.get_color(), markersize=4)
    shown = ", ".join(f"{place:,}" for place in MARKED)
    axes.set(xlabel="recall", ylabel="precision", ylim=(0, None), title=f"Against {total:,} known words (dots: {shown} places)")
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    plots.save(figure, path)


def counts(ranking, path):
    """Count by place, where there is nothing to score against.

    Args:
        ranking: DataFrame with column `count`, best first.
        path: PNG file to write.
    """
    figure, axes = plt.subplots(figsize=(7.5, 4), layout="constrained")
    axes.semilogy(
        np.arange(1, len(ranking) + 1)[: metric.WORDS], ranking["count"].to_numpy()[: metric.WORDS], ".", markersize=2
    )
    axes.set(xlabel="place", ylabel="occurrences", title="How frequent the words of the ranking are")
    plots.save(figure, path)
