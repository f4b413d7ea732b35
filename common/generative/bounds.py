"""What likelihoods are trained on and quoted in: nats, bits per dimension, importance-weighted bounds, what a code holds."""

import numpy as np
from scipy.special import logsumexp, softmax


def expected(_, nats):
    """The loss of a network that answers with each sample's own loss, `(batch,)`; targets are not looked at."""
    return nats


def bits_per_dimension(nats, dimensions):
    """Negative log-likelihoods of whole numbers, in nats, as bits of each of their dimensions.

    The likelihood must be one of the numbers as they are, steps of 1: of a density of values scaled by 1/256 it lacks
    `dimensions * log(256)` nats, which `flows.Dequantisation` takes into account.
    """
    return np.asarray(nats) / (dimensions * np.log(2))


def importance_weighted(log_weights):
    """Nats of each sample by the importance-weighted bound, `(samples,)`: never above the mean of `-log_weights` of its row.

    Args:
        log_weights: log p(x, z) - log q(z | x) of several draws of z, `(draws, samples)`.

    Reference: Burda et al. 2015, arXiv 1509.00519.
    """
    return np.log(len(log_weights)) - logsumexp(np.asarray(log_weights, float), axis=0)


def active_units(means, least=0.01):
    """How many units of a code have a posterior mean that varies over the data by more than `least`.

    Args:
        means: of the posterior of each sample, `(samples, units)`.
    """
    return int((np.var(means, axis=0) > least).sum())


def mutual_information(means, log_variances, noise):
    """Nats that a code z tells of the sample it comes from: E KL(q(z|x) | q(z)), q(z) the mean of the posteriors given.

    It is at most the log of the number of samples.

    Args:
        means, log_variances: of the Gaussian posteriors, `(samples, units)`.
        noise: standard normal, `(samples, units)`.

    Reference: Hoffman and Johnson 2016; He et al. 2019, arXiv 1901.05534.
    """
    means, log_variances = np.asarray(means, float), np.asarray(log_variances, float)
    z = means + np.exp(log_variances / 2) * noise
    own = _log_normal(z, means, log_variances)
    among_all = np.stack([_log_normal(one, means, log_variances) for one in z])  # (samples, posteriors)
    return float(np.mean(own - (logsumexp(among_all, axis=1) - np.log(len(z)))))


def categorical_information(logits):
    """The same of independent categorical units, each unit's share exactly and summed: an upper bound of the whole code's.

    Args:
        logits: `(samples, units, classes)`.
    """
    shares = softmax(np.asarray(logits, float), axis=-1)
    mean = shares.mean(axis=0)
    return float((shares * (np.log(shares + 1e-30) - np.log(mean + 1e-30))).sum(axis=-1).mean(axis=0).sum())


def _log_normal(z, means, log_variances):
    """Log density of diagonal Gaussians."""
    return -0.5 * (np.log(2 * np.pi) + log_variances + (z - means) ** 2 / np.exp(log_variances)).sum(axis=-1)
