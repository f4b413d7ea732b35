"""The fitted model of a fold at work."""

from common.experiment import Estimator


def load(folder, name, config):
    """The model, as it was saved."""
    return Estimator.load(folder)
