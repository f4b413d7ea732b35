"""Blend the runs on their out-of-fold predictions for macro-F1.

    python -m competitions.lamost.ensemble

Four ways to blend, each without and with an offset for every class, are compared by cross-fitting.
"""

from functools import partial

from common import experiment, run
from common.experiment.blend import draw_confusions, of_probabilities
from competitions.lamost import metric, train

NEEDED_GAIN = 0.001  # a blend with more freedom must beat the plain mean by this much, cross-fitted


def main(config):
    """Compare the blends, keep the best, apply it to the test set and return its run."""
    return blend(train.plan(config))


def blend(planned):
    """The finished run of the blend of a plan."""
    draw = partial(draw_confusions, metric.LABELS)
    return experiment.ensemble(planned, of_probabilities(metric.MACRO_F1, planned.config.seed, NEEDED_GAIN, draw))


if __name__ == "__main__":
    run.stage(__spec__)
