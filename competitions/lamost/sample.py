"""Makes a small data set in the official layout from the physics of stars, galaxies, quasars and a two-armed spectrograph.

It lets every command run without the official files. Scores on it show that the code learns,
not how well it does in the contest.
"""

import zipfile
from pathlib import Path

import numpy as np

from common import paths
from competitions.lamost import lines
from competitions.lamost.grid import POINTS, Grid

GRID = Grid("linear", 3690, 9100)  # the contest's
SHARES = {"star": 0.60, "galaxy": 0.16, "qso": 0.10, "unknown": 0.14}  # the contest's 92 % stars leave too few of the others
SIGNAL_TO_NOISE = (1.0, 80.0)  # median per point of what the pipeline could classify
LIGHT_SPEED = 299_792.458  # km/s
RADIATION = 1.438777e8  # second radiation constant, Angstrom kelvin
RESOLUTION = 1.4  # Angstrom, standard deviation of the slit image: R = 1800
JOIN = 5900.0  # Angstrom, where the dichroic splits blue and red arm
EQUIVALENT_WIDTHS = {  # Angstrom in the rest frame, mean of bright quasars (Vanden Berk et al. 2001)
    "Ly-beta": 9, "Ly-alpha": 65, "N V": 15, "Si IV": 8, "C IV": 30, "He II": 5, "C III]": 22, "Mg II": 32, "H-delta": 5,
    "H-gamma": 13, "H-beta": 46, "[O III] 5008": 13, "H-alpha": 190,
}  # fmt: skip


def write(folder, size, seed):
    """Write `size` training and `size // 3` test spectra with labels into a new folder, or nothing when interrupted.

    Args:
        folder: is made; must not exist, or be empty.
        size: number of training spectra, at least 30 so that every class is in the test part.
        seed: of every random choice; the same seed gives the same bytes.
    """
    if size < 30:
        raise ValueError(f"size must be at least 30, so that the test part has every class. Received: size={size}")
    if Path(folder).exists() and any(Path(folder).iterdir()):
        raise FileExistsError(f"{folder} holds files already; remove it to make the sample anew")
    names = np.random.default_rng(seed).permutation(900_000)[: size + size // 3] + 100_000
    parts = {"train": names[:size], "test": names[size:]}
    with paths.atomic(folder) as temporary:
        temporary.mkdir()
        for number, (part, ids) in enumerate(parts.items()):
            labels, flux, _ = spectra(len(ids), (seed, number))
            labelled = [f"{name},{label}" for name, label in zip(ids, labels, strict=True)]
            write_table(temporary / f"sample_{part}_index.csv", *(("id,type", labelled) if part == "train" else ("id", ids)))
            if part == "test":
                write_table(temporary / "sample_test_labels.csv", "id,type", labelled)
            write_spectra(temporary / f"sample_{part}_data.zip", ids, flux)


def write_table(path, header, rows):
    """Write a header and one line per row."""
    Path(path).write_text("\n".join([header, *map(str, rows)]) + "\n", encoding="utf-8", newline="\n")


def write_spectra(path, ids, flux):
    """Write a zip of `<id>.txt`, each one line of comma-separated numbers with four digits."""
    form = ",".join(["%.4g"] * POINTS) + "\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, row in zip(ids, flux.tolist(), strict=True):
            member = zipfile.ZipInfo(f"{name}.txt", date_time=(2018, 1, 31, 0, 0, 0))  # not now: bytes depend on the seed alone
            archive.writestr(member, form % tuple(row), zipfile.ZIP_DEFLATED, compresslevel=1)


def spectra(count, seed):
    """Labelled spectra in random order.

    Args:
        count: how many; the shares of the classes are exact up to rounding.
        seed: number or tuple of numbers.

    Returns:
        class names `(count,)`, flux `(count, 2600)` float32 in arbitrary unit, median signal to noise per point `(count,)`.
    """
    random = np.random.default_rng(seed)
    counts = {label: round(count * share) for label, share in SHARES.items()}
    counts["star"] += count - sum(counts.values())
    labels, flux, quality = [], [], []
    for label, rows in counts.items():
        if label == "unknown":
            observed, signal_to_noise = unknown(random, rows)
        else:
            signal_to_noise = log_uniform(random, *SIGNAL_TO_NOISE, rows)
            observed = observe(random, SOURCES[label](random, rows), signal_to_noise)
        labels += [label] * rows
        flux.append(observed)
        quality.append(signal_to_noise)
    order = random.permutation(count)
    scale = log_uniform(random, 10, 30_000, (count, 1))  # fibre, magnitude and exposure; must tell nothing
    return np.array(labels)[order], (np.concatenate(flux)[order] * scale).astype("float32"), np.concatenate(quality)[order]


def log_uniform(random, low, high, shape):
    """Random numbers whose logarithm is uniform."""
    return np.exp(random.uniform(np.log(low), np.log(high), shape))


def planck(wavelengths, temperature):
    """Black body per unit wavelength with mean 1; Angstrom `(..., points)` and kelvin `(rows, 1)` give `(rows, points)`."""
    radiance = wavelengths**-5.0 / np.expm1(RADIATION / (wavelengths * temperature))
    return radiance / radiance.mean(axis=-1, keepdims=True)


def profile(wavelengths, centre, width):
    """Gaussian of height 1; `width` is its standard deviation in Angstrom, widened by the instrument."""
    return np.exp(-0.5 * (wavelengths - centre) ** 2 / (width**2 + RESOLUTION**2))


def band(wavelengths, head, length=90.0):
    """Molecular band of height 1: sharp at its head, fading to the red over `length` Angstrom."""
    distance = wavelengths - head
    return np.where(distance > 0, np.exp(-np.maximum(distance, 0) / length), np.exp(-0.5 * (distance / RESOLUTION) ** 2))


def step(x):
    """Smooth step from 0 to 1."""
    return 0.5 * (1 + np.tanh(x / 2))


def absorbed(wavelengths, temperature, metals):
    """Transmission of a stellar atmosphere.

    Args:
        wavelengths: in the star's rest frame, Angstrom `(rows, 2600)`.
        temperature: kelvin `(rows, 1)`.
        metals: strength of the lines of metals, 1 for the Sun `(rows, 1)`.
    """
    hydrogen = np.exp(-0.5 * (np.log(temperature / 9_500) / 0.4) ** 2)  # second level filled, not yet ionised
    cool = metals * step((6_900 - temperature) / 600)  # neutral metals and Ca II fade from F to A stars
    molecules = metals * step((3_900 - temperature) / 130)  # TiO forms in M stars
    depths = dict.fromkeys(lines.BALMER, (0.03 + 0.62 * hydrogen, 2 + 9 * hydrogen))  # pressure broadens the wings
    depths |= {"Ca K": (0.65 * cool, 7), "Ca H": (0.60 * cool, 7), "G band": (0.30 * cool, 9), "Ca I 4227": (0.35 * cool**2, 3)}
    depths |= {"Mg b": (0.35 * cool**2, 11), "Na D": (0.30 * cool**2, 4)}
    depths |= {"Fe 4384": (0.22 * cool, 4), "Fe 5270": (0.18 * cool, 5)}
    depths |= {"Ca II 8500": (0.20 * cool, 3), "Ca II 8544": (0.35 * cool, 4), "Ca II 8664": (0.30 * cool, 4)}
    transmission = 1 - 0.35 * cool * step((4_100 - wavelengths) / 120)  # crowded lines of iron dim the blue end
    for name, (depth, width) in depths.items():
        transmission *= 1 - np.clip(depth, 0, 0.95) * profile(wavelengths, lines.ABSORPTION[name], width)
    for head in lines.TITANIUM_OXIDE.values():
        transmission *= 1 - np.clip(0.35 * molecules, 0, 0.7) * band(wavelengths, head)
    return transmission


def star(random, count, temperature=None, velocity=None):
    """Stars `(count, 2600)` with mean 1: black body, absorption lines, radial velocity, dust.

    Args:
        temperature: kelvin, by default 3,500 to 30,000 with most near the Sun's.
        velocity: km/s away from us, by default that of the Galaxy's stars.
    """
    if temperature is None:
        temperature = 10 ** random.triangular(3.544, 3.74, 4.477, count)
    if velocity is None:
        velocity = random.normal(0, 60, count)
    temperature = np.broadcast_to(temperature, count)[:, None]
    rest = GRID.wavelengths / (1 + np.broadcast_to(velocity, count)[:, None] / LIGHT_SPEED)
    flux = planck(rest, temperature) * absorbed(rest, temperature, random.uniform(0.5, 1.3, (count, 1)))
    dust = random.exponential(0.25, (count, 1))  # optical depth at 5500 Angstrom
    return unit_mean(flux * np.exp(-dust * 5_500 / GRID.wavelengths))


def galaxy(random, count, redshift=None):
    """Galaxies `(count, 2600)` with mean 1: old and young stars, 4000 Angstrom break, narrow emission; redshift 0 to 0.4."""
    if redshift is None:
        redshift = 0.4 * random.beta(1.5, 3, count)  # a flux-limited survey thins out with distance
    rest = GRID.wavelengths / (1 + np.broadcast_to(redshift, count)[:, None])
    young = 0.8 * random.beta(0.8, 1.2, (count, 1))  # share of the light; an old bulge always shines through
    metals = random.uniform(0.8, 1.3, (count, 1))
    old = planck(rest, 4_700) * absorbed(rest, np.full((count, 1), 4_900.0), metals)
    old *= 1 - 0.4 * step((3_990 - rest) / 25)  # the break
    hot = planck(rest, 9_000) * absorbed(rest, np.full((count, 1), 16_000.0), metals) * (1 - 0.3 * step((3_700 - rest) / 30))
    flux = (1 - young) * old + young * hot
    width = rest * random.uniform(80, 220, (count, 1)) / LIGHT_SPEED
    strength = young * log_uniform(random, 0.2, 8, (count, 1))  # H-alpha over the continuum: gas comes with young stars
    excitation = log_uniform(random, 0.2, 3, (count, 1))  # [O III] over H-beta
    heights = {"[O II]": 0.7, "[Ne III]": 0.1 * excitation, "H-gamma": 0.13, "H-beta": 0.3, "[O III] 4960": 0.1 * excitation,
               "[O III] 5008": 0.3 * excitation, "[O I]": 0.04, "[N II] 6550": 0.11, "H-alpha": 1.0, "[N II] 6585": 0.33,
               "[S II] 6718": 0.2, "[S II] 6733": 0.16}  # fmt: skip
    for name, height in heights.items():
        flux += strength * height * profile(rest, lines.GALAXY_EMISSION[name], width)
    return unit_mean(flux)


def quasar(random, count, redshift=None):
    """Quasars `(count, 2600)` with mean 1: power law, broad emission, forest blueward of Ly-alpha; redshift 0 to 4.5."""
    if redshift is None:
        redshift = 4.5 * random.beta(1.6, 2.4, count)
    redshift = np.broadcast_to(redshift, count)[:, None]
    rest = GRID.wavelengths / (1 + redshift)
    continuum = (rest / 3_000) ** -random.normal(1.4, 0.35, (count, 1))
    emission = np.ones_like(rest)
    velocity = np.clip(random.lognormal(8.5, 0.35, (count, 1)), 2_000, 10_000) / 2.355  # km/s, from full width at half maximum
    for name, equivalent_width in EQUIVALENT_WIDTHS.items():
        speed = 300 if name.startswith("[") else velocity  # forbidden lines come from calm gas far out
        width = lines.QUASAR_EMISSION[name] * speed / LIGHT_SPEED
        area = equivalent_width * random.lognormal(-0.1, 0.35, (count, 1))
        emission += area / (width * np.sqrt(2 * np.pi)) * profile(rest, lines.QUASAR_EMISSION[name], width)
    absorber = GRID.wavelengths / lines.QUASAR_EMISSION["Ly-alpha"]  # 1 + redshift of the hydrogen absorbing here
    # mean depth after Faucher-Giguere et al. 2008, a third more because light leaks between the clouds
    depth = 1.33 * 0.0018 * absorber**3.92 * random.lognormal(-0.5, 1.0, rest.shape)
    forest = np.where(rest < lines.QUASAR_EMISSION["Ly-alpha"], np.exp(-depth), 1)
    limit = np.where(rest < 911.75, 0.15, 1)  # ionising light hardly comes through
    return unit_mean(continuum * emission * forest * limit)


SOURCES = {"star": star, "galaxy": galaxy, "qso": quasar}


def unit_mean(flux):
    """Flux `(rows, 2600)` with mean 1 in each row."""
    return flux / flux.mean(axis=1, keepdims=True)


def unknown(random, count):
    """Observed spectra that a pipeline gives up on `(count, 2600)`, and their signal to noise `(count,)`."""
    kinds = random.choice(["faint", "dead arm", "bad join", "fringes", "sky"], count, p=[0.5, 0.12, 0.14, 0.12, 0.12])
    sources = np.concatenate([source(random, count) for source in SOURCES.values()])  # any class can fail
    flux = sources[random.choice(3, count, p=[0.5, 0.3, 0.2]) * count + np.arange(count)]
    # faint ones overlap with the worst of the other classes, as the pipeline's decision does
    signal_to_noise = np.where(kinds == "faint", log_uniform(random, 0.1, 2.0, count), log_uniform(random, 1, 20, count))
    red = GRID.wavelengths > JOIN
    join = np.where(red, log_uniform(random, 1.5, 4, (count, 1)) ** random.choice([-1, 1], (count, 1)), 1)
    flux = np.where((kinds == "bad join")[:, None], flux * join, flux)
    period = random.uniform(60, 500, (count, 1)) * (GRID.wavelengths / 6_000) ** 2  # Angstrom; interference in a thin layer
    waves = 1 + random.uniform(0.1, 0.5, (count, 1)) * np.sin(2 * np.pi * GRID.wavelengths / period)
    waves *= drift(random, count, 0.5)
    flux = np.where((kinds == "fringes")[:, None], unit_mean(waves), flux)
    observed = observe(random, flux, signal_to_noise, sky=np.where(kinds == "sky", 25, 1))
    dead = (kinds == "dead arm")[:, None] & (red == random.choice([False, True], (count, 1)))
    level = random.choice([0.0, 0.1, 1.0], (count, 1))  # switched off, stray light, filled in
    return np.where(dead, level + 0.01 * random.normal(size=observed.shape), observed), signal_to_noise


def drift(random, count, size):
    """Smooth positive curves around 1 `(count, 2600)`, as an imperfect flux calibration leaves them."""
    x = np.linspace(-1, 1, POINTS)
    waves = np.polynomial.chebyshev.chebvander(x, 4)[:, 1:]  # (2600, 4)
    return np.exp(random.normal(0, size, (count, 4)) / np.arange(1, 5) @ waves.T)


def throughput(wavelengths):
    """Share of the light that the spectrograph detects, relative to its best; falls to both ends and at the dichroic."""
    ends = step((wavelengths - 4_000) / 180) * step((9_050 - wavelengths) / 150)
    return 0.08 + 0.92 * ends * (1 - 0.55 * profile(wavelengths, JOIN, 90))


def observe(random, flux, signal_to_noise, sky=1.0):
    """What the survey delivers of a source: calibrated, with noise, sky residuals and cosmic rays.

    Args:
        flux: `(rows, 2600)` with mean 1.
        signal_to_noise: median per point `(rows,)`.
        sky: strength of the sky residuals, 1 for a usual night, number or `(rows,)`.

    Returns:
        `(rows, 2600)`, in the unit of `flux`.
    """
    rows = len(flux)
    air = np.ones(POINTS)
    for (name, head), depth in zip(lines.TELLURIC.items(), (0.25, 0.5), strict=True):
        air -= depth * band(GRID.wavelengths, head, 30 if name == "O2 B" else 40)
    flux = flux * air * drift(random, rows, 0.12)
    detected = throughput(GRID.wavelengths)
    background = 0.6 + sum(4 * profile(GRID.wavelengths, centre, 0.8) for centre in lines.SKY.values())
    noise = np.sqrt((np.maximum(flux, 0) + background) / detected)  # photons of source and sky, after the flux calibration
    noise *= np.median(flux / noise, axis=1, keepdims=True) / signal_to_noise[:, None]
    observed = flux + noise * random.normal(size=flux.shape)
    for name, centre in lines.SKY.items():
        size = np.broadcast_to(sky, rows) * random.normal(0, 2.5 if name.startswith("[O I] 5579") else 0.8, rows)
        observed += size[:, None] * np.median(noise, axis=1, keepdims=True) * profile(GRID.wavelengths, centre, 0.8)
    hits = random.random(flux.shape) < 1.0 / POINTS  # one cosmic ray per spectrum that the reduction missed
    return observed + hits * noise * log_uniform(random, 4, 30, flux.shape)
