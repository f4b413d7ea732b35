"""The pictures of a run, in `runs/sentiment/<run>/plots/`."""

import numpy as np

from common.report import coloured, plots
from competitions.sentiment import explain
from competitions.sentiment.config import NETWORKS

LONGEST = 400  # characters of a text that is drawn


def draw_run(plan, run, trained):
    """All pictures of a run whose predictions are written, the learning curves apart.

    Args:
        plan: the `Plan`.
        run: the finished `Run`.
        trained: the model of its first fold.
    """
    oof, names, texts = run.load_arrays("oof"), plan.dataset.classes, plan.parts["train"]
    rows = np.flatnonzero(oof["fold"] >= 0)
    answers = oof["probability"][rows].argmax(axis=1)
    plots.confusion_matrix(plan.truth[rows], answers, names, run.plots / "confusion_matrix.png")
    if run.model not in NETWORKS:
        return
    short = [row for row in np.flatnonzero(oof["fold"] == 0) if 0 < len(texts[row]) <= LONGEST]
    chosen = np.random.default_rng(plan.config.seed).permutation(short)[: plan.config.explained]
    recurrent = run.model != "convolution"
    for way in ("integrated", "signed" if recurrent else "leave_one_out") if len(chosen) else ():
        pages = []
        for row in chosen:
            probability = oof["probability"][row]
            label = int(probability.argmax())
            heading = f"is {names[plan.truth[row]]}, called {names[label]} ({probability[label]:.2f})"
            pages.append(coloured.Coloured(heading, texts[row], explain.of_network(trained, texts[row], label, way)))
        title = f"What speaks for the class it is called (red) and against it (blue): {way}"
        coloured.draw(run.plots / f"words_{way}.png", title, pages)
        coloured.write_html(run.plots / f"words_{way}.html", title, pages)
