"""The one model."""

from sklearn.linear_model import LogisticRegression


def logistic(config):
    """Logistic regression."""
    return LogisticRegression(C=config.regularisation)
