"""Blend the runs on their out-of-fold predictions for macro-F1.

    python -m competitions.lamost.ensemble

Four ways to blend, each without and with an offset for every class, are compared by cross-fitting.
"""

from common import experiment, run
from common.experiment.blend import of_probabilities
from common.report import plots
from competitions.lamost import metric, train

NEEDED_GAIN = 0.001  # a blend with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test set and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""
    return experiment.ensemble(planned, of_probabilities(metric.MACRO_F1, planned.config.seed, NEEDED_GAIN, draw))


def draw(finished, found, truth, blended):
    """The confusion matrix of the blend, out of fold."""
    with plots.drawing("confusion matrix"):
        path = finished.plots / "confusion_matrix.png"
        plots.confusion_matrix(truth, blended.nested.argmax(axis=1), metric.LABELS, path)
    return {}


if __name__ == "__main__":
    run.stage(__spec__)
