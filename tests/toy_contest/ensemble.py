"""Blend the runs: python -m competitions.toy.ensemble"""

from common import experiment
from common.experiment.blend import of_probabilities
from competitions.toy import train
from competitions.toy.metric import ACCURACY


def main(config):
    """The finished run of the blend."""
    return experiment.ensemble(train.plan(config), of_probabilities(ACCURACY, config.seed, gain=0.01))
