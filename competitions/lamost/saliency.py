"""Which points of a spectrum speak for a class, to a network."""

import numpy as np


def of_class(network, normalised, label):
    """How much each point of a spectrum speaks for a class, `(2600,)`.

    Integrated gradients from a straight line, a spectrum without features, to the spectrum.

    Args:
        network: a Keras model.
        normalised: the spectrum as the network sees it, `(2600,)`.
        label: index of the class.
    """
    from common.report.saliency import step_shares

    flux = np.asarray(normalised)[None]
    return step_shares(network, flux[..., None], label, vectors=None, baseline=straight_line(flux)[..., None])[0]


def straight_line(flux):
    """The straight line closest to each spectrum, `(spectra, 2600)`."""
    place = np.linspace(-1, 1, flux.shape[1])
    slope = flux @ place / (place @ place)
    return (flux.mean(axis=1, keepdims=True) + slope[:, None] * place).astype("float32")
