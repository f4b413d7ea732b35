"""The organisers' rule: accuracy."""

import numpy as np


def score(truth, prediction):
    """Share of right answers."""
    return float(np.mean(np.asarray(truth) == np.asarray(prediction)))
