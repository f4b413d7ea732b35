"""Keyness: how much more frequent a word is in the domain's text than in the background, several ways.

Every function takes the counts of the words in either text, float or int `(words,)`, and the number of characters of either,
and gives a float `(words,)`, the greater the more the word belongs to the domain. A word that the background lacks counts 0.
"""

import numpy as np


def scaled(background, domain_size, background_size):
    """Counts that a background text of the domain's size would have."""
    return np.asarray(background, float) * (domain_size / background_size if background_size else 0.0)


def ratio(domain, background, domain_size, background_size):
    """Frequency ratio, one occurrence added to both: `(f + 1) / (g + 1)`, g scaled to the domain's size."""
    return (np.asarray(domain, float) + 1) / (scaled(background, domain_size, background_size) + 1)


def smoothed(domain, background, domain_size, background_size):
    """The original's: `(f + m / 2) / (f + g + m)`, g scaled to the domain's size, m the mean of f + g over all words.

    In the original a word that one text lacks got no number at all and came last, the most specific words among them.
    """
    f, g = np.asarray(domain, float), scaled(background, domain_size, background_size)
    mean = (f + g).mean() if len(f) else 0.0
    return (f + mean / 2) / np.maximum(f + g + mean, 1e-300)


def log_likelihood(domain, background, domain_size, background_size):
    """Dunning's G2 of one frequency for both texts against one each; negative where the background has more of the word.

    Reference: Dunning 1993, Accurate Methods for the Statistics of Surprise and Coincidence; Rayson and Garside 2000.
    """
    f, g = np.asarray(domain, float), np.asarray(background, float)
    expected = (f + g) / max(domain_size + background_size, 1)
    sides = [
        count * np.log(np.divide(count, expected * size, out=np.ones_like(count), where=(count > 0) & (expected * size > 0)))
        for count, size in ((f, domain_size), (g, background_size))
    ]
    more = f * background_size >= g * domain_size
    return np.where(more, 2, -2) * (sides[0] + sides[1])


def odds(domain, background, domain_size, background_size, prior=0.5):
    """Log odds ratio over its standard error, with a little prior count: great only where it is sure.

    Reference: Monroe et al. 2008, Fightin' Words.
    """
    f, g = np.asarray(domain, float) + prior, np.asarray(background, float) + prior
    rest_f, rest_g = np.maximum(domain_size - f, 1), np.maximum(background_size - g, 1)
    return (np.log(f / rest_f) - np.log(g / rest_g)) / np.sqrt(1 / f + 1 / g)
