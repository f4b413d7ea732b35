"""The pictures of a run, in `runs/fashion_mnist/<run>/plots/`."""

import numpy as np

from common.images import plots as sheets
from common.report import plots
from common.report.saliency import integrated_gradients

EXPLAINED = 10  # classes, at most


def draw_run(plan, run, trained):
    """All pictures of a run whose predictions are written, the learning curves apart.

    Args:
        plan: the `Plan`.
        run: the finished `Run`.
        trained: its first fold's `inference.Network`.
    """
    images, names = plan.parts["train"], plan.dataset.names
    rows, probability = run.validated()
    truth, prediction, sure = plan.truth[rows], probability.argmax(axis=1), probability.max(axis=1)
    plots.confusion_matrix(truth, prediction, names, run.plots / "confusion_matrix.png")

    def title(place):
        return f"{names[truth[place]]}, called\n{names[prediction[place]]} ({sure[place]:.2f})"

    path, heading = run.plots / "confident_mistakes.png", "Most confident mistakes (out of fold)"
    sheets.mistakes(images, rows, prediction != truth, sure, title, path, heading)
    first = run.load_arrays("oof")["fold"][rows] == 0  # of the fold whose network this is
    drawn = np.random.default_rng(plan.config.seed).permutation(rows[first])[: sheets.MAPPED]
    path, heading = run.plots / "features.png", "Features of validation pictures (t-SNE)"
    sheets.feature_map(trained.features(images[drawn]), plan.truth[drawn], names, path, plan.config.seed, heading)
    right = rows[first & (prediction == truth)]
    examples = [right[plan.truth[right] == label][:1] for label in range(len(names))]
    explain(trained.network, images, np.concatenate(examples)[:EXPLAINED], plan.truth, names, run.plots / "saliency.png")


def explain(network, images, rows, truth, names, path):
    """What speaks for the class of a few pictures: integrated gradients from black."""
    shares = [integrated_gradients(network, images[[row]], int(truth[row]))[0] for row in rows]
    heading = "What speaks for the class (red) and against it (blue)"
    sheets.sheet(images[rows], [names[truth[row]] for row in rows], path, heading, shares)
