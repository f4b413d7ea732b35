"""Blend the runs: make ensemble COMP=toy"""

from common import experiment
from common.experiment.blend import of_probabilities
from common.experiment.metric import ACCURACY
from competitions.toy import train


def main(config):
    """The finished run of the blend."""
    return experiment.ensemble(train.plan(config), of_probabilities(ACCURACY, config.seed, gain=0.01))
