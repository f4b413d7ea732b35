"""Spectra of one's own, in every form they come in, onto the grid of the models; and what is wrong with a bad one."""

import gzip
import zipfile

import numpy as np
import pytest
from astropy.io import fits

from common.errors import DataError, RunError
from common.experiment.runs import newest_ensemble, open_run
from competitions.lamost import predict
from competitions.lamost.config import Config
from competitions.lamost.grid import Grid
from tests.competitions.lamost.files import spectra, text, write_folder, write_zip

GRID = Grid.parse("linear:3690:9100")


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


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("sdss.fits", write_sdss),
        ("sdss.fit", write_sdss),
        ("sdss.fits.gz", write_sdss),
        ("lamost.fits", write_lamost),
        ("lamost.fits.gz", write_lamost),
        ("mine.csv", write_csv),
    ],
)
def test_a_smooth_spectrum_comes_onto_the_grid_as_it_is(tmp_path, name, write):
    write(tmp_path / name, log_wavelengths())
    names, flux = predict.read_input(tmp_path / name, GRID)
    assert names == [name.split(".")[0]] and flux.shape == (1, 2600) and flux.dtype == "float32"
    np.testing.assert_allclose(flux[0], smooth(GRID.wavelengths), atol=2e-3)


def test_the_contests_text_is_on_the_grid_already(tmp_path):
    (tmp_path / "265131.txt").write_bytes(text(3))
    names, flux = predict.read_input(tmp_path / "265131.txt", GRID)
    assert names == ["265131"]
    np.testing.assert_array_equal(flux[0], np.array(text(3).decode().split(","), dtype="float32"))


def test_a_folder_and_a_zip_hold_many(tmp_path):
    members = spectra(3)
    write_folder(tmp_path / "folder", members)
    write_zip(tmp_path / "spectra.zip", members, zipfile.ZIP_DEFLATED, inside="spectra/", junk=True)
    (tmp_path / "folder" / "notes.md").write_text("not a spectrum")
    expected = np.array([content.decode().split(",") for content in members.values()], dtype="float32")
    for source in ("folder", "spectra.zip"):
        names, flux = predict.read_input(tmp_path / source, GRID)
        assert names == ["100", "101", "102"]
        np.testing.assert_array_equal(flux, expected)


def test_files_of_one_name_and_two_suffixes_keep_their_suffixes(tmp_path):
    (tmp_path / "star.txt").write_bytes(text(0))
    write_csv(tmp_path / "star.csv", log_wavelengths())
    assert predict.read_input(tmp_path, GRID)[0] == ["star.csv", "star.txt"]


def test_order_and_unsound_points_of_a_table_do_no_harm(tmp_path):
    wavelengths = log_wavelengths()
    flux = smooth(wavelengths)
    flux[500:520] = np.nan
    rows = [f"{a},{b}" for a, b in zip(wavelengths, flux, strict=True)]
    (tmp_path / "mine.csv").write_text("\n".join(["wavelength,flux", *rows[::-1]]), encoding="utf-8-sig")
    np.testing.assert_allclose(predict.read_input(tmp_path / "mine.csv", GRID)[1][0], smooth(GRID.wavelengths), atol=2e-3)


@pytest.mark.parametrize(
    ("first", "last", "covers"), [(3900, 9200, "3900 to 9200"), (3600, 8500, "3600 to 8500"), (4000, 5000, "4000 to 5000")]
)
def test_a_spectrum_that_does_not_cover_the_grid_is_refused_with_both_ranges(tmp_path, first, last, covers):
    write_csv(tmp_path / "mine.csv", np.linspace(first, last, 4000))
    with pytest.raises(DataError) as error:
        predict.read_input(tmp_path / "mine.csv", GRID)
    assert f"mine.csv covers {covers} Angstrom, the models need 3690 to 9100 (grid=linear:3690:9100)" in str(error.value)


def test_a_few_points_may_lack_at_either_end(tmp_path):
    write_csv(tmp_path / "mine.csv", np.arange(3700, 9090, 1.0))
    flux = predict.read_input(tmp_path / "mine.csv", GRID)[1][0]
    inside = (GRID.wavelengths > 3700) & (GRID.wavelengths < 9089)
    np.testing.assert_allclose(flux[inside], smooth(GRID.wavelengths[inside]), atol=2e-3)
    assert flux[0] == pytest.approx(smooth(3700), abs=1e-3), "the end is repeated"


def write_cut_gz(path):
    write_lamost(path.with_name("whole.fits"), log_wavelengths())
    path.write_bytes(gzip.compress(path.with_name("whole.fits").read_bytes())[:-3000])


def write_cut_fits(path):
    write_lamost(path.with_name("whole.fits"), log_wavelengths())
    path.write_bytes(path.with_name("whole.fits").read_bytes()[:8000])


def write_image_alone(path):
    fits.PrimaryHDU(np.ones((3, 100), dtype="float32")).writeto(path)


BAD_FILES = {
    "no FITS": ("a.fits", lambda path: path.write_bytes(b"<html>404</html>" * 500), r"is no sound FITS file"),
    "empty FITS": ("a.fits", lambda path: path.write_bytes(b""), r"is no sound FITS file"),
    "cut FITS": ("a.fits", write_cut_fits, r"is no sound FITS file"),
    "cut gz": ("a.fits.gz", write_cut_gz, r"is no sound FITS file"),
    "other FITS": (
        "a.fits",
        write_image_alone,
        r"neither a table with flux and loglam \(SDSS\) nor a primary image with COEFF0",
    ),
    "suffix": ("a.jpg", lambda path: path.write_bytes(b"x"), r"not a known kind of spectrum; expected \.txt, \.csv, \.fits"),
    "column": (
        "a.csv",
        lambda path: path.write_text("lambda,flux\n1,2\n"),
        r"has no column 'wavelength'; its header must hold",
    ),
    "text in CSV": ("a.csv", lambda path: path.write_text("wavelength,flux\n1,x\n"), r"a\.csv: could not convert"),
    "empty CSV": ("a.csv", lambda path: path.write_text(""), r"a\.csv: No columns"),
    "no numbers": ("a.csv", lambda path: path.write_text("wavelength,flux\n"), r"covers nothing Angstrom"),
    "too few": (
        "a.csv",
        lambda path: write_csv(path, np.linspace(3690, 9100, 600)),
        r"fewer than 650 sound points between 3690",
    ),
    "short text": ("a.txt", lambda path: path.write_text("1,2,3"), r"a\.txt: 3 numbers instead of 2600"),
    "bad text in zip": (
        "a.zip",
        lambda path: write_zip(path, {"7": b"1,2,x"}),
        r"a\.zip, 7\.txt: 'x' at position 3 is no number",
    ),
    "empty zip": ("a.zip", lambda path: write_zip(path, {}), r"a\.zip holds no <id>\.txt of the contest"),
    "no zip": ("a.zip", lambda path: path.write_bytes(b"PK"), r"a\.zip is no complete zip file"),
    "empty folder": ("a", lambda path: path.mkdir(), r"no spectrum there; expected \.txt, \.csv"),
    "missing file": ("a.fits", lambda path: None, r"no spectrum there; expected"),
    "missing zip": ("a.zip", lambda path: None, r"no spectrum there; expected"),
}


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_input_is_named_with_what_is_wrong(tmp_path, case):
    name, write, message = BAD_FILES[case]
    write(tmp_path / name)
    with pytest.raises(DataError, match=message) as error:
        predict.read_input(tmp_path / name, GRID)
    assert str(tmp_path / name) in str(error.value)


def test_damage_inside_a_zip_is_named(tmp_path):
    write_zip(tmp_path / "spectra.zip", spectra(2))
    content = bytearray((tmp_path / "spectra.zip").read_bytes())
    content[300] ^= 1
    (tmp_path / "spectra.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"spectra\.zip"):
        predict.read_input(tmp_path / "spectra.zip", GRID)


def test_one_bad_file_of_a_folder_is_named(tmp_path):
    write_folder(tmp_path / "folder", spectra(3) | {"101": b"1,2"})
    with pytest.raises(DataError, match=r"101\.txt: 2 numbers instead of 2600"):
        predict.read_input(tmp_path / "folder", GRID)


def test_the_table_of_predictions_can_be_read_again(tmp_path):
    predict.write_table(tmp_path / "predictions.csv", ["a", "b"], np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.25, 0.5, 0.25]]))
    assert (tmp_path / "predictions.csv").read_text().splitlines() == [
        "name,label,star,galaxy,qso,unknown",
        "a,star,0.7,0.1,0.1,0.1",
        "b,qso,0.0,0.25,0.5,0.25",
    ]


def test_the_newest_finished_ensemble_on_the_same_data_and_grid_is_taken(tmp_path):
    mine, other = Config(data=tmp_path / "mine"), Config(data=tmp_path / "other")
    with pytest.raises(RunError, match=r"No finished ensemble.*make ensemble COMP=lamost"):
        newest_ensemble("lamost", mine.data, grid=mine.grid)
    expected = open_run("lamost", "ensemble", mine, "a")
    expected.write_json("metrics.json", {})
    open_run("lamost", "ensemble", Config(data=tmp_path / "mine", epochs=3), "a")  # newer, not finished
    open_run("lamost", "lightgbm", mine, "a").write_json("metrics.json", {})
    open_run("lamost", "ensemble", other, "b").write_json("metrics.json", {})
    open_run("lamost", "ensemble", Config(data=tmp_path / "mine", grid="log10:3.58:3.95"), "a").write_json("metrics.json", {})
    assert newest_ensemble("lamost", mine.data, grid=mine.grid) == expected


@pytest.mark.real_data
def test_real_survey_files_are_read(real_data):
    files = sorted((real_data / "fits").glob("*.fits*"))
    if not files:
        pytest.skip(f"{real_data / 'fits'} holds no FITS files")
    common = Grid.parse("linear:3900:9000")
    for path in files:
        names, flux = predict.read_input(path, common)
        assert names == [path.name.split(".")[0]] and np.isfinite(flux).all() and flux.std() > 0
    lamost = [path for path in files if path.name.startswith("spec-5")]  # these cover the contest's grid, SDSS's do not
    for path in lamost:
        assert predict.read_input(path, GRID)[1].shape == (1, 2600)
    for path in set(files) - set(lamost):
        with pytest.raises(DataError, match=r"Angstrom, the models need 3690 to 9100"):
            predict.read_input(path, GRID)
