"""The same object as another night would have shown it: changes of a spectrum that leave its class alone."""

import math

import keras
from keras import ops

from common.layers.distortion import Distortion
from competitions.lamost.grid import POINTS, Grid

NARROWEST, WIDEST = 20, 200  # points that a lost stretch has


@keras.saving.register_keras_serializable(package="lamost")
class AnotherNight(Distortion):
    """Noise, a small redshift, a tilt and a lost stretch, while training, inside the compiled step.

    Args:
        grid: text of the `Grid` of the spectra.
        redshift: greatest redshift either way.
        noise: greatest standard deviation of the noise that every second spectrum gets, in its own standard deviations.
        slope: standard deviation of a linear tilt, the share by which an end rises or falls.
        mask: share of the spectra that lose a run of 20 to 199 points.

    Input and output: normalised spectra `(batch, 2600, 1)`.
    """

    SETTINGS = ("grid", "redshift", "noise", "slope", "mask")

    def __init__(self, grid, redshift=0.0, noise=0.0, slope=0.0, mask=0.0, **kwargs):
        super().__init__(**kwargs)
        self.grid, self.redshift, self.noise, self.slope, self.mask = grid, redshift, noise, slope, mask

    def change(self, spectra):
        flux = spectra[..., 0]
        if self.redshift:
            flux = self.shifted(flux, self.uniform(flux, 1, low=-self.redshift, high=self.redshift))
        if self.noise:
            every_second = ops.cast(self.uniform(flux, 1) < 0.5, "float32")
            scale = self.noise * every_second * self.uniform(flux, 1) * ops.std(flux, axis=1, keepdims=True)
            flux = flux + scale * keras.random.normal(ops.shape(flux), seed=self.generator)
        if self.slope:
            flux = flux * (1 + self.normal(flux, 1, stddev=self.slope) * ops.linspace(-1.0, 1.0, POINTS))
        if self.mask:
            point = ops.arange(POINTS, dtype="float32")
            width = ops.floor(self.uniform(flux, 1, low=NARROWEST, high=WIDEST))
            start = ops.floor(self.uniform(flux, 1) * (POINTS - width))
            lost = (self.uniform(flux, 1) < self.mask) & (point >= start) & (point < start + width)
            flux = ops.where(lost, 0.0, flux)
        return flux[..., None]

    def shifted(self, flux, redshift):
        """`Grid.redshifted` with `keras.ops`: spectra `(batch, 2600)` at another redshift `(batch, 1)`."""
        grid = Grid.parse(self.grid)
        points_of_unit = (POINTS - 1) / (grid.last - grid.first)
        point = ops.arange(POINTS, dtype="float32")
        if grid.spacing == "linear":
            shift = -(point + grid.first * points_of_unit) * redshift / (1 + redshift)
        else:
            shift = -ops.log1p(redshift) * (points_of_unit / math.log(10)) + 0 * point
        whole = ops.floor(shift)  # apart from the place, of which float32 would leave a share of 1e-4
        left = ops.cast(whole + point, "int32")
        first, last = (ops.clip(place, 0, POINTS - 1) for place in (left, left + 1))  # the ends are repeated
        here, beside = ops.take_along_axis(flux, first, axis=1), ops.take_along_axis(flux, last, axis=1)
        return here + (shift - whole) * (beside - here)
