"""Blend the runs on their out-of-fold predictions.

python -m competitions.sentiment.ensemble
"""

from common import experiment, run
from common.experiment.blend import of_probabilities
from common.experiment.metric import ACCURACY
from common.report import plots
from competitions.sentiment import train

NEEDED_GAIN = 0.001  # a blend with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test texts and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""

    def draw(finished, found, truth, blended):
        with plots.drawing("confusion matrix"):
            path = finished.plots / "confusion_matrix.png"
            plots.confusion_matrix(truth, blended.nested.argmax(axis=1), planned.dataset.classes, path)
        return {}

    return experiment.ensemble(planned, of_probabilities(ACCURACY, planned.config.seed, NEEDED_GAIN, draw))


if __name__ == "__main__":
    run.stage(__spec__)
