"""What a flow must beat: the bits per dimension of densities in closed form.

Of Gaussians, with the same noise and the same logit; and of the histogram of each pixel, which needs neither and knows nothing
of any other pixel.
"""

import numpy as np
import scipy.linalg

from common.generative.bounds import bits_per_dimension


def of_all(train, test, alphas):
    """Bits per dimension by name, of Gaussians for each alpha; a full one needs more pictures than they have pixels."""
    kinds = {"diagonal": False} | ({"full": True} if len(train) > train[0].size else {})
    gaussians = {
        f"{kind} Gaussian, alpha {alpha:g}": gaussian_bits(train, test, alpha, full)
        for alpha in sorted(alphas)
        for kind, full in kinds.items()
    }
    return gaussians | {"histogram of each pixel": histogram_bits(train, test)}


def gaussian_bits(train, test, alpha, full, seed=0):
    """Bits per dimension of test pictures under a Gaussian with the training pictures' moments.

    Args:
        train, test: bytes `(pictures, height, width)`.
        alpha: of the logit, 0 for none.
        full: whether it has all covariances, or the variances alone.
        seed: of the noise that fills the steps between whole numbers.
    """
    generator = np.random.default_rng(seed)
    known, _ = prepared(train, alpha, generator)
    mean = known.mean(axis=0)
    covariance = np.cov(known, rowvar=False) if full else np.diag(known.var(axis=0))
    root = scipy.linalg.cholesky(covariance, lower=True)
    x, logdet = prepared(test, alpha, generator)
    z = scipy.linalg.solve_triangular(root, (x - mean).T, lower=True)
    dimensions = x.shape[1]
    log_density = -0.5 * (np.square(z).sum(axis=0) + dimensions * np.log(2 * np.pi)) - np.log(np.diag(root)).sum()
    return float(bits_per_dimension(-(log_density + logdet).mean(), dimensions))


def histogram_bits(train, test):
    """Bits per dimension of test pictures where a pixel's 256 values have their shares in training, each seen once more."""
    train, test = (images.reshape(len(images), -1) for images in (train, test))
    pixels = np.arange(train.shape[1])
    counts = np.ones((train.shape[1], 256))
    np.add.at(counts, (pixels, train), 1)
    return float(-np.log2(counts / (len(train) + 256))[pixels, test].mean())


def prepared(images, alpha, generator):
    """Pictures with noise, from 0 to 1 or through the logit, `(pictures, pixels)`, and the log determinants `(pictures,)`."""
    flat = images.reshape(len(images), -1)
    x = (flat + generator.random(flat.shape)) / 256
    logdet = np.full(len(x), -flat.shape[1] * np.log(256))
    if not alpha:
        return x, logdet
    t = alpha + (1 - 2 * alpha) * x
    return np.log(t) - np.log1p(-t), logdet + (np.log(1 - 2 * alpha) - np.log(t) - np.log1p(-t)).sum(axis=1)
