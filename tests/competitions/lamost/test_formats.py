"""Every layout of a spectrum in FITS and text, and what is said of those that are none."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from common.errors import DataError
from competitions.lamost import formats
from competitions.lamost.grid import Grid
from tests.competitions.lamost.files import log_wavelengths, smooth, text

GRID = Grid.parse("linear:3690:9100")
WAVELENGTHS = log_wavelengths()
FLUX = smooth(WAVELENGTHS).astype("float32")
EXPECTED = smooth(GRID.wavelengths)


def packed(*parts):
    """Bytes of a FITS file."""
    file = io.BytesIO()
    fits.HDUList(list(parts)).writeto(file)
    return file.getvalue()


def read(content, name="a.fits"):
    return list(formats.read_file("a file", name, io.BytesIO(content), GRID))


def image(rows, kind=fits.PrimaryHDU, **header):
    made = kind(np.asarray(rows))
    made.header.update({"COEFF0": np.log10(WAVELENGTHS[0]), "COEFF1": 1e-4, **header})
    return made


def table(name=None, **columns):
    return fits.BinTableHDU.from_columns(
        [fits.Column(key, form, array=array) for key, (form, array) in columns.items()], name=name
    )


def check(spectra, *factors):
    """Each is the smooth spectrum, times a factor."""
    assert len(spectra) == len(factors)
    for spectrum, factor in zip(spectra, factors, strict=True):
        assert spectrum.dtype == "float32"
        np.testing.assert_allclose(spectrum, factor * EXPECTED, atol=2e-3 * factor)


@pytest.mark.parametrize("name", ["wavelength", "WAVELENGTH", "wave", "WAVE", "Lambda", "loglam", "LOGLAM"])
@pytest.mark.parametrize("flux", ["flux", "FLUX"])
def test_a_table_names_its_wavelengths_in_several_ways(name, flux):
    values = np.log10(WAVELENGTHS) if name.lower() == "loglam" else WAVELENGTHS
    check(read(packed(fits.PrimaryHDU(), table(ivar=("E", FLUX), **{name: ("D", values), flux: ("E", FLUX)}))), 1)
    rows = [f"{a},{b}" for a, b in zip(values, FLUX, strict=True)]
    check(read("\n".join([f"{name},{flux}", *rows]).encode(), "a.csv"), 1)


def test_cells_of_arrays_are_a_spectrum_in_each_row():
    points = len(FLUX)
    coadd = table("COADD", FLUX=(f"{points}E", FLUX[None]), WAVELENGTH=(f"{points}E", WAVELENGTHS[None]))
    empty = fits.PrimaryHDU()
    empty.header.update({"COEFF0": 3.5682, "COEFF1": 0.0001})
    check(read(packed(empty, coadd)), 1)
    two = table(flux=(f"{points}E", np.stack([FLUX, 3 * FLUX])), loglam=(f"{points}D", np.log10([WAVELENGTHS] * 2)))
    check(read(packed(fits.PrimaryHDU(), two)), 1, 3)
    ragged = np.empty(2, dtype=object)
    ragged[:] = [FLUX, 2 * FLUX[:-9]]
    where = np.empty(2, dtype=object)
    where[:] = [WAVELENGTHS, WAVELENGTHS[:-9]]
    check(read(packed(fits.PrimaryHDU(), table(flux=("PE()", ragged), wave=("QD()", where)))), 1, 2)


def test_exposures_behind_their_sum_are_no_spectra_but_tables_alone_are():
    first, second = (
        table(name, flux=("E", factor * FLUX), wave=("D", WAVELENGTHS)) for name, factor in (("B1-7", 2), ("R1-7", 3))
    )
    check(read(packed(fits.PrimaryHDU(), table("COADD", flux=("E", FLUX), wave=("D", WAVELENGTHS)), first, second)), 1)
    check(read(packed(fits.PrimaryHDU(), first, second)), 2, 3)


@pytest.mark.parametrize("kind", [fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU])
def test_a_plate_holds_a_spectrum_in_each_row(kind, capsys):
    before = [] if kind is fits.PrimaryHDU else [fits.PrimaryHDU()]
    for count in (2, 3, 5, 7):
        rows = np.outer(np.arange(1, count + 1), FLUX).astype("float32")
        check(
            read(packed(*before, image(rows, kind), fits.ImageHDU(np.ones(rows.shape, "int16"), name="IVAR"))),
            *range(1, count + 1),
        )
    check(read(packed(*before, image(np.stack([FLUX, 2 * FLUX]), kind))), 1, 2)
    assert capsys.readouterr().out == ""


def test_a_row_of_a_plate_that_cannot_be_used_is_named():
    rows = np.stack([FLUX, np.full_like(FLUX, np.nan), 3 * FLUX])
    first, second, third = read(packed(image(rows), fits.ImageHDU(np.ones(rows.shape, "int16"))))
    check([first, third], 1, 3)
    assert isinstance(second, DataError) and str(second).startswith("a file, spectrum 2 of 3, covers nothing Angstrom")


@pytest.mark.parametrize("kind", [fits.PrimaryHDU, fits.CompImageHDU])
def test_an_image_of_one_spectrum_has_its_flux_in_the_first_row(kind, capsys):
    before = [] if kind is fits.PrimaryHDU else [fits.PrimaryHDU()]
    with_wavelengths = np.stack([FLUX, FLUX, WAVELENGTHS, FLUX, FLUX]).astype("float32")
    for made in (
        image(FLUX, kind),
        image(FLUX[None], kind),
        image(with_wavelengths, kind),
        image([9 * FLUX] * 5, kind, FIBERID=3),
    ):
        check(read(packed(*before, made)), 9 if "FIBERID" in made.header else 1)
    assert capsys.readouterr().out == ""
    check(read(packed(*before, image([FLUX] * 5, kind))), 1)
    assert "a file: an image of 5 rows is taken for one spectrum" in capsys.readouterr().out


def test_further_images_are_named(capsys):
    check(read(packed(image(FLUX), image(2 * FLUX, fits.ImageHDU))), 1)
    assert "a file: the first image with COEFF0 is taken, 1 more are passed over" in capsys.readouterr().out


def lines(form="{:.3f} {:.5f}", first="", last=""):
    return (first + "\n".join(form.format(a, b) for a, b in zip(WAVELENGTHS, FLUX, strict=True)) + last).encode()


@pytest.mark.parametrize("name", ["a.txt", "a.dat", "a.csv", "a.tsv"])
@pytest.mark.parametrize(
    "content",
    [
        lines(),
        lines("{:.3f}\t{:.5f}"),
        lines("{:.3f},{:.5f}"),
        lines("{:.3f}; {:.5f};"),
        lines("  {:.3f}   {:.5f}  ", last="\n\n"),
        lines("{:.3f}, {:.5f},"),
        lines("{:.3f} {:.5f} 0.1 7"),
        lines(first="# a star\n\n#  of my own\n"),
        lines(first="# wavelength flux\n"),
        lines("{1:.5f} {0:.3f}", first="# taken at night\n#flux wave\n"),
        lines("7,{1:.5f},{0:.3f}", first='"id","Flux (erg/s)"," LAMBDA [A]"\n'),
        lines("{:.3f} {:.5f}", first="Wavelength\tFLUX\n"),
        lines().replace(b"\n", b"\r\n"),
        lines().replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + lines("{:.3f},{:.5f}", first="wavelength,flux\n"),
        "# \u6ce2\u957f\n".encode("gb18030") + lines(),
    ],
)
def test_columns_of_text_are_read_as_people_write_them(name, content):
    check(read(content, name), 1)
    check(read(gzip.compress(content), f"{name}.gz"), 1)


@pytest.mark.parametrize("form", ["{}", "{},", "{},\n", "# a star\n{}\n", "{}\r\n"])
@pytest.mark.parametrize("name", ["7.txt", "7.csv", "7.dat"])
def test_the_contests_line_may_end_in_a_comma_and_stand_below_a_comment(form, name):
    np.testing.assert_array_equal(
        read(form.format(text(3).decode()).encode(), name)[0], np.array(text(3).split(b","), dtype="float32")
    )


def ragged_bomb():
    """A table of 50 rows, of which each says that it is the same million numbers."""
    length = 1 << 20
    places = np.tile(np.array([length, 0], "int32"), (50, 1))
    content = packed(fits.PrimaryHDU(), table(flux=("2J", places), wave=("2J", places)))
    content = content.replace(b"'2J      '", b"'PE(9)   '")
    return content.replace(b"PCOUNT  =                    0", f"PCOUNT  = {4 * length:20d}".encode()) + bytes(2880 * 1456)


def tile_bomb():
    """A packed image of three rows, a tile of which unpacks to 300 MB."""
    tiles = np.empty(3, dtype=object)
    tiles[:] = [np.frombuffer(gzip.compress(bytes(300 << 20), 1), "uint8"), np.zeros(1, "uint8"), np.zeros(1, "uint8")]
    made = table(COMPRESSED_DATA=("PB()", tiles))
    sizes = {"ZBITPIX": -32, "ZNAXIS": 2, "ZNAXIS1": len(FLUX), "ZNAXIS2": 3, "ZTILE1": len(FLUX), "ZTILE2": 1}
    made.header.update({"ZIMAGE": True, **sizes, "ZCMPTYPE": "GZIP_1", "COEFF0": 3.56, "COEFF1": 1e-4})
    return packed(fits.PrimaryHDU(), made)


def huge_tiles():
    content = packed(fits.PrimaryHDU(), image(np.zeros((3, 4000), "int16"), fits.CompImageHDU))
    return content.replace(b"ZNAXIS1 =                 4000", b"ZNAXIS1 =           2000000000")


def packed_table():
    cells = np.empty(1, dtype=object)
    cells[:] = [np.zeros(9, "uint8")]
    made = table(flux=("PB()", cells), wave=("PB()", cells))
    made.header["ZTABLE"] = True
    return packed(fits.PrimaryHDU(), made)


def one_byte_plate(rows, points):
    return packed(image(np.zeros((rows, points), "uint8")))


REFUSED = {
    "a packed table": (packed_table, "a file: fpack packed its table; unpack it with funpack"),
    "a tile that is a bomb": (tile_bomb, "is no sound FITS file: ValueError: it unpacks to more than 268,435,456 bytes"),
    "a packed image of any size": (huge_tiles, "3 x 2,000,000,000 numbers, more than any plate holds"),
    "cells that lie upon each other": (ragged_bomb, "50 x 1,048,576 numbers, more than any plate holds"),
    "too many rows": (
        lambda: one_byte_plate(10_001, 700),
        "10,001 x 700 numbers, more than any plate holds; cut it into parts",
    ),
    "too many numbers": (lambda: one_byte_plate(9_000, 4_000), "9,000 x 4,000 numbers, more than any plate holds"),
    "too many points": (lambda: one_byte_plate(1, 3_000_000), "1 x 3,000,000 numbers, more than any plate holds"),
    "a cube": (lambda: packed(image(np.zeros((2, 3, 4000), "float32"))), "its image has 3 axes"),
    "words": (
        lambda: packed(fits.PrimaryHDU(), table(flux=("3A", ["abc"]), wave=("E", [1.0]))),
        "its column flux holds no numbers",
    ),
    "flux alone": (lambda: packed(fits.PrimaryHDU(), table(flux=("E", FLUX))), "neither a table with flux and loglam"),
    "another archive": (lambda: b"PK\x03\x04" + bytes(9000), "is no sound FITS file: it does not begin with SIMPLE"),
    "gzip in gzip": (lambda: gzip.compress(gzip.compress(bytes(9000))), "is no sound FITS file: it does not begin with SIMPLE"),
    "cut gzip": (lambda: gzip.compress(packed(image(FLUX)))[:-900], "is no sound FITS file: damaged, or cut off"),
    "lengths that differ": (
        lambda: packed(fits.PrimaryHDU(), table(flux=("4000E", np.ones((1, 4000))), wave=("E", [1.0]))),
        "wave and flux are of different lengths",
    ),
    "a lost keyword": (
        lambda: packed(fits.PrimaryHDU(), table(flux=("E", FLUX), wave=("E", FLUX))).replace(b"TFIELDS ", b"TFIELDZ "),
        "is no sound FITS file: KeyError",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_fits_file_that_cannot_be_used_is_refused_in_words(case):
    make, message = REFUSED[case]
    with pytest.raises(DataError) as error:
        read(make())
    assert str(error.value).startswith("a file") and message in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "No columns"),
        (b"# nothing\n\n", "No columns"),
        (b"1\n2\n3\n", "1 numbers in a line; expected wavelength and flux beside each other"),
        (b"wavelength,error\n1,2\n", "has no column 'flux'; its header must hold flux and one of wavelength, wave, lambda"),
        (b"x flux\n1 2\n", "has no column 'wavelength'; its header must hold flux"),
        (b"wave,flux\n1,2\n1,2,3\n", "Expected 2 fields"),
        ("\u2028\n1 2\n".encode(), "has no column 'wavelength'"),
    ],
)
def test_a_text_that_is_no_table_is_refused_in_words(content, message):
    with pytest.raises(ValueError, match=message):
        read(content, "a.txt")


def test_a_flux_of_nans_that_signal_is_as_one_of_others():
    flux = FLUX.astype("float32")
    flux.view("uint32")[:3] = 0x7F800001
    quiet = np.where(np.isnan(flux), np.float32("nan"), flux)
    found, expected = (
        read(packed(fits.PrimaryHDU(), table(flux=("E", one), wave=("D", WAVELENGTHS)))) for one in (flux, quiet)
    )
    assert np.isnan(flux[:3]).all() and len(found) == 1
    np.testing.assert_array_equal(found, expected)


def test_a_flux_that_float32_cannot_hold_is_refused():
    (error,) = read(packed(fits.PrimaryHDU(), table(flux=("D", 1e300 * smooth(WAVELENGTHS)), wave=("D", WAVELENGTHS))))
    assert "a flux too great for float32" in str(error)
