"""The pictures of a run, in `runs/fashion_mnist/<run>/plots/`."""

import numpy as np

from common.images import plots as sheets
from common.report import plots
from common.report.saliency import integrated_gradients

MISTAKES = 20  # drawn
EXPLAINED = 10  # classes, at most


def draw_run(plan, run, trained):
    """All pictures of a run whose predictions are written, the learning curves apart.

    Args:
        plan: the `Plan`.
        run: the finished `Run`.
        trained: its first fold's `inference.Network`.
    """
    oof, images, names = run.load_arrays("oof"), plan.parts["train"], plan.dataset.names
    rows = np.flatnonzero(oof["fold"] >= 0)
    truth, probability = plan.truth[rows], oof["probability"][rows]
    plots.confusion_matrix(truth, probability.argmax(axis=1), names, run.plots / "confusion_matrix.png")
    confident_mistakes(images, rows, truth, probability, names, run.plots / "confident_mistakes.png")
    first = np.flatnonzero(oof["fold"] == 0)
    drawn = np.random.default_rng(plan.config.seed).permutation(first)[: sheets.MAPPED]
    heading = "Features of validation pictures (t-SNE)"
    path = run.plots / "features.png"
    sheets.feature_map(trained.features(images[drawn]), plan.truth[drawn], names, path, plan.config.seed, heading)
    right = first[oof["probability"][first].argmax(axis=1) == plan.truth[first]]
    examples = [right[plan.truth[right] == label][:1] for label in range(len(names))]
    explain(trained.network, images, np.concatenate(examples)[:EXPLAINED], plan.truth, names, run.plots / "saliency.png")


def confident_mistakes(images, rows, truth, probability, names, path):
    """The pictures that were classified wrongly with the greatest probability."""
    prediction = probability.argmax(axis=1)
    wrong = np.flatnonzero(prediction != truth)
    worst = wrong[np.argsort(-probability[wrong].max(axis=1))][:MISTAKES]
    titles = [f"{names[truth[one]]}, called\n{names[prediction[one]]} ({probability[one].max():.2f})" for one in worst]
    sheets.sheet(images[rows[worst]], titles, path, "Most confident mistakes (out of fold)")


def explain(network, images, rows, truth, names, path):
    """What speaks for the class of a few pictures: integrated gradients from black."""
    shares = [integrated_gradients(network, images[[row]], int(truth[row]))[0] for row in rows]
    heading = "What speaks for the class (red) and against it (blue)"
    sheets.sheet(images[rows], [names[truth[row]] for row in rows], path, heading, shares)
