"""Raw spectra to arrays on disk: normalised spectra for the networks, a table of hand-made features for the trees.

    python -m competitions.lamost.features

Both lie beside the raw spectra in the cache, under a name that changes with this file, so they are made again when it does.
All functions take `(spectra, points)` and work on whole arrays.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter
from tqdm import tqdm

from common import arrays, paths, run

CHUNK = 500  # spectra prepared by one worker at a time: the temporary arrays stay below 100 MB
BLOCKS = 20  # stretches with a noise level of their own: arms and sky differ
BINS = 52  # of 50 points, as in the published solutions
VERSION = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
MAD_TO_SIGMA = 1.4826  # of a normal distribution
ROUGHNESS_WIDTHS = (1, 2, 4, 8, 16, 32, 65, 130, 260)  # points that are averaged first: noise falls, structure stays


def main(config):
    """Read the official files and prepare both arrays."""
    from competitions.lamost import data

    dataset = data.load(config.data, config.round, config.workers)
    prepare(dataset, config.workers)
    for part in filter(None, (dataset.train, dataset.test)):
        for name, array in (("normalised", network_input(part)), ("table", tree_features(part))):
            print(f"Wrote {array_path(part, name)} {array.shape}")


@dataclass(frozen=True)
class Prepared:
    """Spectra with what was made of them, memory-mapped where they come from disk.

    Attributes:
        raw: flux as it was delivered, `(spectra, 2600)`.
        normalised: what the networks see, `(spectra, 2600)`.
        table: hand-made features `(spectra, columns)`.
    """

    raw: np.ndarray
    normalised: np.ndarray
    table: np.ndarray

    @classmethod
    def of(cls, raw):
        """Prepare spectra in memory."""
        normalised = normalise(raw)
        return cls(raw, normalised, table(raw, normalised))

    @classmethod
    def open(cls, part):
        """The arrays of a part that `prepare` has made."""
        return cls(part.flux, network_input(part), tree_features(part))

    def __len__(self):
        return len(self.raw)

    def quality(self, rows):
        """Signal-to-noise ratio of some spectra, `(rows,)`; read a chunk at a time."""
        parts = [signal_to_noise(self.raw[rows[start : start + CHUNK]]) for start in range(0, len(rows), CHUNK)]
        return np.concatenate([np.empty(0), *parts])

    def significance(self, row):
        """Flux of one spectrum above its continuum in units of its noise, `(2600,)`."""
        return line_significance(self.normalised[row : row + 1])[0]


def prepare(dataset, workers=0):
    """Make the arrays of both parts where they are missing."""
    for part in filter(None, (dataset.train, dataset.test)):
        if not all(array_path(part, name).exists() for name in ("table", "normalised")):
            make_arrays(part, workers)


def array_path(part, name):
    """Where an array of a part lies."""
    return part.folder / f"{name}-{VERSION}.npy"


def network_input(part):
    """Normalised spectra `(spectra, 2600)` float32, memory-mapped."""
    return np.load(array_path(part, "normalised"), mmap_mode="r")


def tree_features(part):
    """Hand-made features `(spectra, columns)` float32, memory-mapped."""
    return np.load(array_path(part, "table"), mmap_mode="r")


def make_arrays(part, workers):
    """Prepare all spectra of a part in parallel, chunk by chunk."""
    chunks = [slice(start, start + CHUNK) for start in range(0, len(part.flux), CHUNK)]
    jobs = (delayed(prepare_chunk)(part.folder / "flux.npy", rows) for rows in chunks)
    workers = min(workers or os.cpu_count(), 1 + len(chunks) // 8)
    with paths.atomic(array_path(part, "table")) as table_path, paths.atomic(array_path(part, "normalised")) as normalised_path:
        arrays.create(normalised_path, part.flux.shape)
        with tqdm(total=len(part.flux), desc="features", unit="spectra", mininterval=0.5) as bar:
            for rows, (normalised, chunk) in zip(chunks, Parallel(n_jobs=workers, return_as="generator")(jobs), strict=True):
                if rows.start == 0:  # the number of columns is known now
                    arrays.create(table_path, (len(part.flux), chunk.shape[1]))
                arrays.write_rows(normalised_path, rows.start, normalised)
                arrays.write_rows(table_path, rows.start, chunk)
                bar.update(len(chunk))


def prepare_chunk(path, rows):
    """Normalised spectra and feature table of some rows of the raw array on disk."""
    raw = np.load(path, mmap_mode="r")[rows]
    flux = normalise(raw)
    return flux, table(raw, flux)


def table(raw, flux):
    """All hand-made features `(spectra, columns)` float32 of raw spectra and the same normalised, each `(spectra, 2600)`."""
    lines = line_significance(flux)
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
