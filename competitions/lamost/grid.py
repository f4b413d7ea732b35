"""The wavelength of each of the 2,600 points of a spectrum."""

from dataclasses import dataclass

import numpy as np

POINTS = 2600  # the organisers resampled every spectrum to this many points


@dataclass(frozen=True)
class Grid:
    """Evenly spaced wavelengths, or evenly spaced logarithms of them.

    Args:
        spacing: `"linear"` (Angstrom) or `"log10"` (log10 of Angstrom, the survey's own sampling, on which a redshift
            is a shift).
        first: wavelength of the first point, in the unit of `spacing`.
        last: wavelength of the last point, in the same unit.
    """

    spacing: str
    first: float
    last: float

    @classmethod
    def parse(cls, text):
        """Read `spacing:first:last`, for example `linear:3690:9100` or `log10:3.5911:3.851`.

        Raises:
            ValueError: the text has another form, or its range is empty or no wavelength of light in Angstrom.
        """
        try:
            spacing, first, last = text.split(":")
            grid = cls(spacing, float(first), float(last))
        except ValueError:
            grid = None
        if grid is None or grid.spacing not in ("linear", "log10"):
            raise ValueError(
                f"grid={text}: expected linear:FIRST:LAST in Angstrom or log10:FIRST:LAST in log10 Angstrom, "
                "for example grid=linear:3690:9100"
            )
        if not grid.first < grid.last or not grid.wavelengths[0] > 100 or not grid.wavelengths[-1] < 1e5:
            raise ValueError(
                f"grid={text}: FIRST must be below LAST and both must lie between 100 and 100,000 Angstrom; "
                "with log10 write the logarithm, for example grid=log10:3.5911:3.851"
            )
        return grid

    @property
    def wavelengths(self):
        """Wavelengths in Angstrom, shape `(2600,)`."""
        points = np.linspace(self.first, self.last, POINTS)
        with np.errstate(over="ignore"):
            return points if self.spacing == "linear" else 10.0**points

    def positions(self, wavelengths):
        """Fractional index of each wavelength (Angstrom); outside 0 .. 2599 for those the grid does not cover."""
        wavelengths = np.asarray(wavelengths, dtype="float64")
        points = wavelengths if self.spacing == "linear" else np.log10(wavelengths)
        return (points - self.first) / (self.last - self.first) * (POINTS - 1)

    def redshifted(self, flux, redshift):
        """Spectra as seen at another redshift, by linear interpolation; the ends are repeated.

        Args:
            flux: `(spectra, 2600)`.
            redshift: added to each spectrum's own, positive to the red, `(spectra,)`.

        Returns:
            A new float32 array `(spectra, 2600)`.
        """
        source = self.positions(self.wavelengths / (1 + np.asarray(redshift)[:, None]))  # (spectra, 2600)
        source = np.clip(source, 0, POINTS - 1)
        left = np.minimum(source.astype("int32"), POINTS - 2)
        share = (source - left).astype("float32")
        rows = np.arange(len(flux))[:, None]
        return (1 - share) * flux[rows, left] + share * flux[rows, left + 1]

    def __str__(self):
        return f"{self.spacing}:{self.first:g}:{self.last:g}"
