"""Tiny files in the official LAMOST layout, for the tests of this folder."""

import zipfile

import numpy as np
from astropy.io import fits

LABELS = ("star", "galaxy", "qso", "unknown")


def text(seed):
    """One spectrum of 2,600 numbers with four digits, as bytes."""
    flux = 1 + np.random.default_rng(seed).normal(size=2600)
    return ",".join(f"{value:.4f}" for value in flux).encode()


def spectra(count, first=100):
    """`{id: bytes}` of some spectra."""
    return {str(first + number): text(number) for number in range(count)}


def write_index(path, ids, labelled=True):
    """An index CSV; the labels of the four classes take turns."""
    rows = [f"{name},{LABELS[number % 4]}" if labelled else name for number, name in enumerate(ids)]
    path.write_text("\n".join(["id,type" if labelled else "id", *rows]) + "\n", encoding="utf-8")


def write_zip(path, members, compression=zipfile.ZIP_STORED, inside="", junk=False):
    """A zip of `<id>.txt`, if wanted in a folder inside it and with what macOS adds."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{inside}{name}.txt", content)
            if junk:
                archive.writestr(f"__MACOSX/{inside}._{name}.txt", b"\x00\x05\x16\x07")


def write_folder(path, members):
    """A folder of `<id>.txt`."""
    path.mkdir(parents=True)
    for name, content in members.items():
        (path / f"{name}.txt").write_bytes(content)


def write_data(folder, count=8, test_count=4, prefix=""):
    """Everything that a data folder needs; returns the training spectra by id."""
    folder.mkdir(parents=True, exist_ok=True)
    train, test = spectra(count), spectra(test_count, first=900)
    for part, members in (("train", train), ("test", test)):
        write_index(folder / f"{prefix}{part}_index.csv", members, labelled=part == "train")
        write_zip(folder / f"{prefix}{part}_data.zip", members)
    return train


def smooth(wavelengths):
    return 2 + np.sin(np.asarray(wavelengths) / 300) + 1e-4 * np.asarray(wavelengths)


def log_wavelengths(first=3600, last=9200, step=1e-4):
    return 10 ** np.arange(np.log10(first), np.log10(last), step)


def write_sdss(path, wavelengths):
    columns = [
        fits.Column("flux", "E", array=smooth(wavelengths)),
        fits.Column("loglam", "E", array=np.log10(wavelengths)),
    ]
    other = fits.BinTableHDU.from_columns([fits.Column("plate", "J", array=[266])])
    fits.HDUList([fits.PrimaryHDU(), other, fits.BinTableHDU.from_columns(columns)]).writeto(path)


def write_lamost(path, wavelengths):
    image = fits.PrimaryHDU(np.stack([smooth(wavelengths), np.ones_like(wavelengths), wavelengths]).astype("float32"))
    image.header["COEFF0"], image.header["COEFF1"] = np.log10(wavelengths[0]), 1e-4
    image.writeto(path)


def write_csv(path, wavelengths):
    rows = [f"{wavelength},{flux}" for wavelength, flux in zip(wavelengths, smooth(wavelengths), strict=True)]
    path.write_text("\n".join(["wavelength,flux", *rows]) + "\n")
