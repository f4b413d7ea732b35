"""Classify spectra of your own: FITS, CSV, text, a folder of them, or a zip of texts.

    python -m competitions.lamost.predict input=star.fits
    make predict COMP=lamost input=spectra/

Reads SDSS and BOSS FITS (a table with `flux` and `loglam`), LAMOST FITS (primary image, row 0 is flux, wavelength
10**(COEFF0 + COEFF1 i)), CSV with columns `wavelength,flux` in Angstrom, and the contest's text of 2,600 numbers.
"""

from pathlib import Path

import numpy as np

from common import experiment, paths
from common import run as command_line
from common.errors import DataError
from competitions.lamost.grid import POINTS, Grid
from competitions.lamost.metric import LABELS

SUFFIXES = (".txt", ".csv", ".fits", ".fit", ".fits.gz", ".fit.gz")
MARGIN = (
    0.003  # of the range may lack at either end: LAMOST's own files end 10 Angstrom short of the range named by the organisers
)
DRAWN = 12  # spectra that get a picture


def main(config, input, run=""):
    """Write label and probabilities of every spectrum in `input`, and a picture of the first few."""
    learnt = experiment.newest("lamost", config.data, run, **({} if run else {"grid": config.grid}))
    grid = Grid.parse(learnt.config.grid)
    names, flux = read_input(Path(input).expanduser(), grid)
    print(f"{len(names)} spectra, answered by {learnt.run.path}", flush=True)
    probability = learnt.predict(flux)
    folder = paths.runs("lamost") / "predictions" / Path(input).name
    write_table(folder / "predictions.csv", names, probability)
    for name, row in list(zip(names, probability, strict=True))[:DRAWN]:
        print(f"{name}: {LABELS[row.argmax()]} ({', '.join(f'{label} {p:.3f}' for label, p in zip(LABELS, row, strict=True))})")
    draw(learnt, grid, names[:DRAWN], flux[:DRAWN], probability, folder)
    print(f"Wrote {folder / 'predictions.csv'} ({len(names)} spectra) with {learnt.run.name}; pictures beside it")


def draw(learnt, grid, names, flux, probability, folder):
    """A picture of each spectrum, with the saliency of a network where there is one."""
    from competitions.lamost import inference, pictures
    from competitions.lamost.features import Prepared

    network, prepared = inference.first_network(learnt), Prepared.of(flux)
    for row, name in enumerate(names):
        shares = None
        if network is not None:
            shares = inference.saliency(network, prepared.normalised[row], int(probability[row].argmax()))
        path, significance = folder / f"{name}.png", prepared.significance(row)
        pictures.single_spectrum(flux[row], grid, probability[row], path, name, significance, shares)


def write_table(path, names, probability):
    """CSV `name,label,star,galaxy,qso,unknown`."""
    import pandas as pd

    frame = pd.DataFrame(probability, columns=LABELS).round(5)
    frame.insert(0, "label", [LABELS[row.argmax()] for row in probability])
    frame.insert(0, "name", names)
    with paths.atomic(path) as temporary:
        frame.to_csv(temporary, index=False)


def read_input(path, grid):
    """Names and fluxes on the grid, `(spectra, 2600)`, of a file, a folder of files or a zip of the contest's texts.

    Raises:
        DataError: nothing to read, or a spectrum cannot be used; the message names the file.
    """
    if path.suffix == ".zip" and path.is_file():
        return read_zip(path)
    files = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES)) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise DataError(f"input={path}: no spectrum there; expected {', '.join(SUFFIXES)}, a folder of them or a zip of .txt")
    names = [file.name.split(".")[0] for file in files]
    if len(set(names)) < len(names):
        names = [file.name for file in files]
    return names, np.stack([read_spectrum(file, grid) for file in files])


def read_zip(path):
    """Names and fluxes of the contest's texts in a zip."""
    from competitions.lamost.data import parse, read_member, zip_members

    members, rows = zip_members(path), []
    if not members:
        raise DataError(f"{path} holds no <id>.txt of the contest; put other kinds into a folder")
    with open(path, "rb") as archive:
        for name, member in members.items():
            try:
                rows.append(parse(read_member(archive, member)))
            except ValueError as error:
                raise DataError(f"{path}, {name}.txt: {error}") from None
    return list(members), np.stack(rows)


def read_spectrum(path, grid):
    """Flux of one file on the grid, float32 `(2600,)`."""
    if path.name.endswith(".txt"):
        from competitions.lamost.data import parse

        try:
            return parse(path.read_bytes())  # already on the grid, as the organisers made it
        except ValueError as error:
            raise DataError(f"{path}: {error}") from None
    if path.name.endswith(".csv"):
        wavelengths, flux = read_csv(path)
    elif path.name.endswith(SUFFIXES):
        wavelengths, flux = read_fits(path)
    else:
        raise DataError(f"{path}: not a known kind of spectrum; expected {', '.join(SUFFIXES)}")
    return resample(path, wavelengths, flux, grid)


def read_csv(path):
    """Wavelengths in Angstrom and fluxes from the columns `wavelength` and `flux`."""
    import pandas as pd

    try:
        frame = pd.read_csv(path, encoding="utf-8-sig")
        return frame["wavelength"].to_numpy("float64"), frame["flux"].to_numpy("float64")
    except KeyError as error:
        raise DataError(f"{path} has no column {error}; its header must hold wavelength,flux") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from None


def read_fits(path):
    """Wavelengths in Angstrom and fluxes of an SDSS, BOSS or LAMOST FITS file."""
    from astropy.io import fits

    try:
        with fits.open(path) as file:
            for extension in file[1:]:
                if extension.is_image or not {"flux", "loglam"} <= {name.lower() for name in extension.columns.names}:
                    continue
                return 10.0 ** extension.data["loglam"].astype("float64"), extension.data["flux"].astype("float64")
            header, image = file[0].header, file[0].data
            if image is None or not {"COEFF0", "COEFF1"} <= set(header):
                raise DataError(
                    f"{path}: neither a table with flux and loglam (SDSS) nor a primary image with COEFF0 and COEFF1 (LAMOST)"
                )
            flux = np.atleast_2d(image)[0].astype("float64")
            return 10.0 ** (header["COEFF0"] + header["COEFF1"] * np.arange(flux.size)), flux
    except DataError:
        raise
    except (OSError, TypeError, ValueError) as error:  # astropy says all three of a file that was cut off
        raise DataError(f"{path} is no sound FITS file: {error}") from None


def resample(path, wavelengths, flux, grid):
    """Flux at the grid's wavelengths by linear interpolation, float32 `(2600,)`.

    Raises:
        DataError: the spectrum does not cover the grid, or has too few sound points on it.
    """
    sound = np.isfinite(wavelengths) & np.isfinite(flux)
    order = np.argsort(wavelengths[sound])
    wavelengths, flux = wavelengths[sound][order], flux[sound][order]
    wanted = grid.wavelengths
    margin = MARGIN * (wanted[-1] - wanted[0])
    if wavelengths.size == 0 or wavelengths[0] > wanted[0] + margin or wavelengths[-1] < wanted[-1] - margin:
        covers = f"{wavelengths[0]:.0f} to {wavelengths[-1]:.0f}" if wavelengths.size else "nothing"
        raise DataError(
            f"{path} covers {covers} Angstrom, the models need {wanted[0]:.0f} to {wanted[-1]:.0f} (grid={grid}). "
            "They cannot guess the rest: take a spectrum that covers it, or train on another grid"
        )
    if np.sum((wavelengths >= wanted[0]) & (wavelengths <= wanted[-1])) < POINTS // 4:
        raise DataError(f"{path}: fewer than {POINTS // 4} sound points between {wanted[0]:.0f} and {wanted[-1]:.0f} Angstrom")
    return np.interp(wanted, wavelengths, flux).astype("float32")


if __name__ == "__main__":
    command_line.stage(__spec__)
