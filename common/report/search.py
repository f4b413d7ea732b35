"""The picture of a search of settings."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker

from common.report import plots

COLUMNS = 3


def draw(trials, values, logarithmic, importance, metric, path):
    """Scores in the order of the trials with the best so far, importance, and a panel for each setting.

    Args:
        trials: list of `(number, score)`, by number.
        values: of each trial, in that order, by setting.
        logarithmic: settings whose axis is.
        importance: share by setting, the greatest first; may be empty.
        metric: has `name` and `greater`.
        path: PNG file to write.
    """
    numbers, scores = np.array([number for number, _ in trials]), np.array([score for _, score in trials])
    names = [*importance, *(name for name in values if name not in importance)]
    panels = 1 + bool(importance) + len(names)
    rows = -(-panels // COLUMNS)
    figure, grid = plt.subplots(rows, COLUMNS, figsize=(4.4 * COLUMNS, 3.4 * rows), layout="constrained", squeeze=False)
    first, *axes = grid.flat
    best = (np.maximum if metric.greater else np.minimum).accumulate(scores)
    first.scatter(numbers, scores, color="tab:blue", label="trial")
    first.step(numbers, best, where="post", color="tab:orange", label="best so far")
    first.set(xlabel="trial", ylabel=metric.name, title="Score by trial")
    first.legend(fontsize="small")
    if importance:
        bars, *axes = axes
        bars.barh(list(importance)[::-1], list(importance.values())[::-1])
        bars.set(xlabel="share of the variance", title="Importance", xlim=(0, 1))
    for axis, name in zip(axes, names, strict=False):
        points = axis.scatter(values[name], scores, c=numbers, cmap="viridis_r", edgecolors="grey")
        axis.set(xlabel=name, ylabel=metric.name)
        if name in logarithmic:
            axis.set_xscale("log")
            axis.xaxis.set(major_locator=ticker.LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}", minor_formatter="")
    figure.colorbar(points, ax=axes[: len(names)], label="trial", aspect=40, ticks=ticker.MaxNLocator(integer=True))
    for axis in axes[len(names) :]:
        axis.remove()
    plots.save(figure, path)
