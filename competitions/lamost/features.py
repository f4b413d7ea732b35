"""Raw spectra to arrays on disk: normalised spectra for the networks, hand-made features and fine bins for the trees.

    python -m competitions.lamost.features

They lie beside the raw spectra in the cache, under a name that changes with this file, so they are made again when it does.
All functions take `(spectra, points)` and work on whole arrays.
"""

import contextlib
import os
from dataclasses import dataclass
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter
from tqdm import tqdm

from common import arrays, paths, run

CHUNK = 500  # spectra prepared by one worker at a time: the temporary arrays stay below 100 MB
BLOCKS = 20  # stretches with a noise level of their own: arms and sky differ
BINS = 52  # of 50 points, as in the published solutions
FINE_BINS = 520  # of 5 points, for principal components: finer structure is noise
ARRAYS = ("normalised", "table", "bins")  # of every spectrum, fields of `Prepared`
VERSION = paths.code_version(__file__)
MAD_TO_SIGMA = 1.4826  # of a normal distribution
ROUGHNESS_WIDTHS = (1, 2, 4, 8, 16, 32, 65, 130, 260)  # points that are averaged first: noise falls, structure stays


def main(config):
    """Read the official files and prepare all arrays."""
    from competitions.lamost import data

    dataset = data.load(config.data, config.round, config.workers)
    prepare(dataset, config.workers)
    for part in filter(None, (dataset.train, dataset.test)):
        for name in ARRAYS:
            print(f"Wrote {array_path(part, name)} {open_array(part, name).shape}")


@dataclass(frozen=True)
class Prepared:
    """Spectra with what was made of them, memory-mapped where they come from disk.

    Attributes:
        raw: flux as it was delivered, `(spectra, 2600)`.
        normalised: what the networks see, `(spectra, 2600)`.
        table: hand-made features `(spectra, columns)`.
        bins: means of 520 fine bins of the normalised spectra and of their lines, `(spectra, 2, 520)`.
    """

    raw: np.ndarray
    normalised: np.ndarray
    table: np.ndarray
    bins: np.ndarray

    @classmethod
    def of(cls, raw):
        """Prepare spectra in memory."""
        return cls(raw, **arrays_of(raw))

    @classmethod
    def open(cls, part):
        """The arrays of a part that `prepare` has made."""
        found = {name: open_array(part, name) for name in ARRAYS}
        for name, array in found.items():
            paths.require_rows(array_path(part, name), len(array), len(part.flux))
        return cls(part.flux, **found)

    def __len__(self):
        return len(self.raw)

    def quality(self, rows):
        """Signal-to-noise ratio of some spectra, `(rows,)`; read a chunk at a time."""
        parts = [signal_to_noise(self.raw[rows[start : start + CHUNK]]) for start in range(0, len(rows), CHUNK)]
        return np.concatenate([np.empty(0), *parts])

    def significance(self, row):
        """Flux of one spectrum above its continuum in units of its noise, `(2600,)`."""
        return line_significance(self.normalised[row : row + 1])[0]


@dataclass(frozen=True)
class NoisyCopies:
    """What the trees see of spectra with more noise, memory-mapped; see `Prepared`."""

    table: np.ndarray
    bins: np.ndarray


def prepare(dataset, workers=0):
    """Make the arrays of both parts where they are missing."""
    for part in filter(None, (dataset.train, dataset.test)):
        make_arrays(part, {name: array_path(part, name) for name in ARRAYS}, arrays_of_rows, workers)


def noisy_copies(part, factor, seed, workers=0):
    """The `NoisyCopies` of all spectra of a part, made where they are missing: one copy of each, for all folds.

    Args:
        part: `data.Spectra`.
        factor: of the noise that is added, in units of each spectrum's own.
        seed: of the noise.
        workers: processes; 0 for one per processor.
    """
    files = {name: array_path(part, f"noisy-{factor:g}-{seed}-{name}") for name in ("table", "bins")}
    make_arrays(part, files, partial(noisy_arrays_of_rows, factor, seed), workers, "noisy copies")
    return NoisyCopies(**{name: np.load(path, mmap_mode="r") for name, path in files.items()})


def array_path(part, name):
    """Where an array of a part lies."""
    return part.folder / f"{name}-{VERSION}.npy"


def open_array(part, name):
    """An array of a part, float32, memory-mapped; names are those of the fields of `Prepared`."""
    return np.load(array_path(part, name), mmap_mode="r")


def make_arrays(part, files, function, workers, description="features"):
    """Make arrays of all spectra of a part in parallel, chunk by chunk, unless they are all there.

    Args:
        part: `data.Spectra`.
        files: where each array is written, `{name: path}`.
        function: `function(path of the raw array, rows)` gives these arrays of some rows, a dict.
        workers: processes; 0 for one per processor.
        description: of the progress bar.
    """
    if all(path.exists() for path in files.values()):
        return
    chunks = [slice(start, start + CHUNK) for start in range(0, len(part.flux), CHUNK)]
    jobs = (delayed(function)(part.folder / "flux.npy", rows) for rows in chunks)
    workers = min(workers or os.cpu_count(), 1 + len(chunks) // 8)
    with contextlib.ExitStack() as stack:
        written = {name: stack.enter_context(paths.atomic(path)) for name, path in files.items()}
        with tqdm(total=len(part.flux), desc=description, unit="spectra", mininterval=0.5) as bar:
            for rows, made in zip(chunks, Parallel(n_jobs=workers, return_as="generator")(jobs), strict=True):
                for name, path in written.items():
                    if rows.start == 0:  # the number of columns is known now
                        arrays.create(path, (len(part.flux), *made[name].shape[1:]))
                    arrays.write_rows(path, rows.start, made[name])
                bar.update(len(made[name]))


def arrays_of_rows(path, rows):
    """`arrays_of` some rows of the raw array on disk."""
    return arrays_of(np.load(path, mmap_mode="r")[rows])


def noisy_arrays_of_rows(factor, seed, path, rows):
    """The same of these rows with more noise, which hangs on the seed and the first row alone."""
    generator = np.random.default_rng([seed, rows.start])
    return arrays_of(with_noise(np.load(path, mmap_mode="r")[rows], factor, generator))


def arrays_of(raw):
    """Normalised spectra, feature table and fine bins of raw spectra `(spectra, 2600)`, a dict of float32 arrays."""
    flux = normalise(raw)
    lines = line_significance(flux)
    bins = np.stack([bin_means(flux, FINE_BINS), bin_means(lines, FINE_BINS)], axis=1)
    return {"normalised": flux, "table": table(raw, flux, lines), "bins": bins.astype("float32")}


def table(raw, flux, lines):
    """All hand-made features `(spectra, columns)` float32.

    Args:
        raw: spectra `(spectra, 2600)`.
        flux: the same normalised.
        lines: `line_significance` of these.
    """
    groups = [bin_statistics(smooth(flux)), bin_means(flux, 130), signal_and_noise(flux, raw), matched_lines(lines)]
    return np.hstack(groups).astype("float32")


def normalise(raw, cut=6.0):
    """Spectra without spikes, of root mean square 1; the absolute flux says nothing about the class.

    A point further than `cut` noise sigmas from the median of its neighbours (a cosmic ray) takes that median.
    """
    flux = unit_rms(np.asarray(raw, dtype="float32"))
    local = median_of_three(median_of_three(flux))
    sigma = np.repeat(pixel_noise(flux), flux.shape[1] // BLOCKS, axis=1)
    return unit_rms(np.where(np.abs(flux - local) > cut * np.maximum(sigma, 1e-6), local, flux))


def unit_rms(flux):
    """Each spectrum divided by its root mean square; a spectrum of zeros stays one."""
    return flux / np.maximum(np.sqrt(np.mean(np.square(flux, dtype="float64"), axis=1, keepdims=True)), 1e-20).astype("float32")


def median_of_three(values):
    """Running median of three points; the ends are repeated."""
    padded = np.pad(values, ((0, 0), (1, 1)), mode="edge")
    left, middle, right = padded[:, :-2], padded[:, 1:-1], padded[:, 2:]
    return np.maximum(np.minimum(left, middle), np.minimum(np.maximum(left, middle), right))


def pixel_noise(flux):
    """Standard deviation of the noise in each of 20 blocks, `(spectra, 20)`: what differs from the mean of both neighbours.

    Reference: the DER_SNR algorithm, Stoehr et al. 2008.
    """
    width = flux.shape[1] // BLOCKS
    difference = np.zeros_like(flux)
    difference[:, 1:-1] = np.abs(flux[:, 1:-1] - 0.5 * (flux[:, :-2] + flux[:, 2:]))
    blocks = difference[:, : width * BLOCKS].reshape(len(flux), BLOCKS, width)
    return MAD_TO_SIGMA / np.sqrt(1.5) * np.median(blocks, axis=2)


def signal_to_noise(raw):
    """Median over the blocks of mean flux by noise, `(spectra,)`."""
    noise = np.maximum(pixel_noise(raw), 1e-20)
    return np.median(np.abs(bin_means(raw, BLOCKS)) / noise, axis=1)


def with_noise(raw, factor, generator):
    """Raw spectra with `factor` times their own noise added once more; dead points stay dead.

    What a slightly shorter exposure would have given, so the class is the same.
    """
    noise = np.repeat(pixel_noise(raw), raw.shape[1] // BLOCKS, axis=1)
    return raw + factor * noise * generator.standard_normal(raw.shape, dtype="float32") * (raw != 0)


def smooth(flux, window=7):
    """Savitzky-Golay smoothing of order 2; windows of 5, 9 and 11 were published as worse."""
    return savgol_filter(flux, window, 2, axis=1)


def bin_means(flux, bins):
    """Mean of each bin, `(spectra, bins)`."""
    return blocks_of(flux, bins).mean(axis=2)


def blocks_of(flux, bins):
    """Spectra cut into bins, `(spectra, bins, points of a bin)`; what does not fill a bin at the red end is left out."""
    width = flux.shape[1] // bins
    return flux[:, : width * bins].reshape(len(flux), bins, width)


def bin_statistics(flux, bins=BINS):
    """Nine numbers of each bin, `(spectra, 9 * bins)`: moments, extremes and their places, slope.

    Reference: the team ranked 7th in Astrodata 2019.
    """
    block = blocks_of(flux, bins)
    mean = block.mean(axis=2)
    centred = block - mean[..., None]
    square = centred * centred
    variance = np.maximum(square.mean(axis=2), 1e-12)
    ramp = np.arange(block.shape[2], dtype="float32") - (block.shape[2] - 1) / 2
    skewness = (square * centred).mean(axis=2) / variance**1.5
    kurtosis = (square * square).mean(axis=2) / variance**2
    extremes = [block.min(axis=2), block.max(axis=2), block.argmin(axis=2), block.argmax(axis=2)]
    return np.hstack([mean, np.sqrt(variance), skewness, kurtosis, *extremes, centred @ ramp / (ramp @ ramp)])


def signal_and_noise(flux, raw):
    """How good a spectrum is: noise and signal by block, roughness at nine scales, dead points, steps of the continuum."""
    noise = pixel_noise(flux)
    level = np.abs(bin_means(flux, BLOCKS)) / np.maximum(noise, 1e-6)
    roughness = [
        np.sqrt(np.mean(np.diff(bin_means(flux, flux.shape[1] // width), axis=1) ** 2, axis=1)) for width in ROUGHNESS_WIDTHS
    ]
    roughness = np.log(np.stack(roughness, axis=1) + 1e-6)
    dead = (raw == 0).astype("float32")
    steps = np.abs(np.diff(bin_means(flux, BINS), axis=1))
    return np.hstack(
        [
            np.log(noise + 1e-6),
            level,
            np.percentile(level, (10, 50, 90), axis=1).T,
            roughness,
            np.diff(roughness, axis=1),
            bin_means(dead, 13),
            np.mean(raw < 0, axis=1, keepdims=True),
            np.sort(steps, axis=1)[:, -4:],
            steps.argmax(axis=1)[:, None],
        ]
    )


def continuum(flux, bins=BINS):
    """Medians of bins, smoothed over about three of them, joined by straight lines; same shape as `flux`."""
    block = blocks_of(flux, bins)
    knots = gaussian_filter1d(np.median(block, axis=2), 1.0, axis=1)
    place = np.clip((np.arange(flux.shape[1]) - (block.shape[2] - 1) / 2) / block.shape[2], 0, bins - 1)
    left = np.minimum(place.astype(int), bins - 2)
    return knots[:, left] + (place - left).astype("float32") * (knots[:, left + 1] - knots[:, left])


def line_significance(flux, limit=20.0):
    """Flux above the continuum in units of the local noise, clipped to +-20; same shape as `flux`."""
    noise = pixel_noise(flux)
    noise = np.maximum(noise, 0.2 * np.median(noise, axis=1, keepdims=True))  # a dead block has no noise of its own
    noise = np.repeat(gaussian_filter1d(noise, 1.0, axis=1), flux.shape[1] // BLOCKS, axis=1)
    return np.clip((flux - continuum(flux)) / np.maximum(noise, 1e-4), -limit, limit)


def matched_lines(lines, widths=(3, 6, 12, 25, 50), peaks=3):
    """Strongest emission and absorption lines at each width, with their places, by a Gaussian matched filter.

    Args:
        lines: from `line_significance`.
        widths: standard deviation of the line in points, from narrow lines to a quasar's.
        peaks: lines of either sign.

    Returns:
        `(spectra, widths * (1 + 4 * peaks))`.
    """
    columns, rows = [], np.arange(len(lines))
    for width in widths:
        response = gaussian_filter1d(lines, width, axis=1, truncate=3.0) * np.sqrt(2 * np.sqrt(np.pi) * width)
        columns.append(response.std(axis=1))
        for sign in (1, -1):
            rest = sign * response
            for _ in range(peaks):
                place = rest.argmax(axis=1)
                columns += [rest[rows, place], place]
                near = np.clip(place[:, None] + np.arange(-4 * width, 4 * width + 1), 0, rest.shape[1] - 1)
                rest[rows[:, None], near] = -np.inf  # the next line is another one
    return np.stack(columns, axis=1)


if __name__ == "__main__":
    run.stage(__spec__)
