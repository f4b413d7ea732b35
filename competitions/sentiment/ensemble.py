"""Blend the runs on their out-of-fold predictions.

python -m competitions.sentiment.ensemble
"""

from functools import partial

from common import experiment, run
from common.experiment.blend import draw_confusions, of_probabilities
from common.experiment.metric import ACCURACY
from competitions.sentiment import train

NEEDED_GAIN = 0.001  # a blend with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test texts and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""
    draw = partial(draw_confusions, planned.dataset.classes)
    return experiment.ensemble(planned, of_probabilities(ACCURACY, planned.config.seed, NEEDED_GAIN, draw))


if __name__ == "__main__":
    run.stage(__spec__)
