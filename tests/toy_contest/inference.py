"""The fitted model at work on new points."""

import numpy as np

from common.experiment import Estimator
from common.experiment.blend import Stacked


def load(folder, name, config):
    """The model of one fold."""
    return Estimator.load(folder)


def predict(learnt, points):
    """Probabilities `(rows, 2)` of points `(rows, 2)`."""
    return learnt.way(Stacked(np.stack(learnt.found(points))))
