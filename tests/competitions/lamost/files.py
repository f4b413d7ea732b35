"""Tiny files in the official LAMOST layout, for the tests of this folder."""

import zipfile

import numpy as np

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
