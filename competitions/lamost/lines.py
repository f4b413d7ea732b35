"""Spectral lines by name, vacuum wavelengths in Angstrom.

Values of the SDSS table of spectral lines (spSpec files) or, where that has none, of the NIST Atomic Spectra Database. Heads of
molecular bands and night-sky lines are the customary ones in air, turned to vacuum: good to an Angstrom or two.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

ABSORPTION = {
    "Ca K": 3934.78,
    "Ca H": 3969.59,
    "H-epsilon": 3971.20,
    "H-delta": 4102.89,
    "Ca I 4227": 4227.92,
    "G band": 4305.61,  # CH molecule
    "H-gamma": 4341.68,
    "Fe 4384": 4384.78,
    "H-beta": 4862.68,
    "Mg b": 5176.70,  # centre of three lines
    "Fe 5270": 5271.00,
    "Na D": 5894.57,  # centre of two lines
    "H-alpha": 6564.61,
    "Ca II 8500": 8500.36,
    "Ca II 8544": 8544.44,
    "Ca II 8664": 8664.52,
}

BALMER = ("H-alpha", "H-beta", "H-gamma", "H-delta", "H-epsilon")

TITANIUM_OXIDE = {  # heads: sharp at this wavelength, fading to the red
    "TiO 4762": 4762.3,
    "TiO 4955": 4955.4,
    "TiO 5168": 5168.4,
    "TiO 5449": 5449.5,
    "TiO 5849": 5849.0,
    "TiO 6159": 6159.7,
    "TiO 6653": 6652.8,
    "TiO 7055": 7055.0,
    "TiO 7591": 7591.1,
    "TiO 8434": 8434.3,
}

TELLURIC = {"O2 B": 6869.0, "O2 A": 7595.0}  # heads of the oxygen bands of the Earth's air

GALAXY_EMISSION = {
    "[O II]": 3728.48,  # blend of 3727.09 and 3729.88
    "[Ne III]": 3869.86,
    "H-gamma": 4341.68,
    "H-beta": 4862.68,
    "[O III] 4960": 4960.30,
    "[O III] 5008": 5008.24,
    "[O I]": 6302.05,
    "[N II] 6550": 6549.86,
    "H-alpha": 6564.61,
    "[N II] 6585": 6585.27,
    "[S II] 6718": 6718.29,
    "[S II] 6733": 6732.67,
}

QUASAR_EMISSION = {
    "Ly-beta": 1025.72,
    "Ly-alpha": 1215.67,
    "N V": 1240.81,
    "Si IV": 1399.80,  # blend with O IV]
    "C IV": 1549.48,
    "He II": 1640.40,
    "C III]": 1908.73,
    "Mg II": 2799.12,
    "H-delta": 4102.89,
    "H-gamma": 4341.68,
    "H-beta": 4862.68,
    "[O III] 5008": 5008.24,
    "H-alpha": 6564.61,
}

SKY = {
    "[O I] 5579": 5578.89,  # 5577 in air, the strongest
    "Na 5892": 5891.58,
    "Na 5898": 5897.56,
    "[O I] 6302": 6302.05,
    "[O I] 6366": 6365.54,
    "OH 7278": 7278.4,
    "OH 7343": 7342.9,
    "OH 7753": 7752.8,
    "OH 7796": 7796.3,
    "OH 7824": 7823.7,
    "OH 7916": 7915.9,
    "OH 7967": 7966.8,
    "OH 7996": 7995.5,
    "OH 8347": 8346.9,
    "OH 8402": 8401.5,
    "OH 8433": 8432.5,
    "OH 8830": 8829.5,
    "OH 8888": 8888.3,
    "OH 8922": 8922.1,
}

OF_CLASS = {  # what the eye looks for
    "star": {name: value for name, value in ABSORPTION.items() if name != "H-epsilon"},  # it blends with Ca H
    "galaxy": GALAXY_EMISSION | {name: ABSORPTION[name] for name in ("Ca K", "Ca H", "G band", "Mg b", "Na D")},
    "qso": QUASAR_EMISSION,
}


def fit_redshift(significance, grid, label):
    """The redshift at which the lines of a class fit a spectrum best: a guess for pictures, not a measurement.

    Args:
        significance: flux above the continuum in units of its noise, `(2600,)`.
        grid: the `Grid` of the spectrum.
        label: `"galaxy"` (narrow emission and absorption, up to 0.6) or `"qso"` (broad emission, up to 5).

    Returns:
        Redshift, the greatest mean of the signed significance over the lines that the grid covers.

    Reference: the idea of Tonry and Davis 1979, with a list of lines in the place of a template.
    """
    highest, width = (0.6, 3) if label == "galaxy" else (5.0, 20)
    smoothed = gaussian_filter1d(significance, width)
    names = OF_CLASS[label]
    signs = np.array([-1.0 if label == "galaxy" and name in ABSORPTION and name not in BALMER else 1.0 for name in names])
    factors = np.exp(np.linspace(0, np.log1p(highest), 2_000))
    places = grid.positions(np.outer(factors, list(names.values())))  # (redshifts, lines)
    inside = (places >= 0) & (places <= len(smoothed) - 1)
    found = np.where(inside, signs * smoothed[np.clip(places, 0, len(smoothed) - 1).astype(int)], 0.0)
    fit = found.sum(axis=1) / np.sqrt(np.maximum(inside.sum(axis=1), 1))
    return float(factors[np.argmax(fit)] - 1)
