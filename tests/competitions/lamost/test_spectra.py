"""Spectra of one's own, in every form they come in, onto the grid of the models; and what is wrong with a bad one."""

import gzip
import tracemalloc
import zipfile

import numpy as np
import pytest
from astropy.io import fits

from common.errors import DataError
from competitions.lamost import spectra as reader
from competitions.lamost.grid import Grid
from tests.competitions.lamost.files import (
    log_wavelengths,
    smooth,
    spectra,
    text,
    write_csv,
    write_folder,
    write_lamost,
    write_sdss,
    write_zip,
)

GRID = Grid.parse("linear:3690:9100")


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
    names, flux = reader.read_input(tmp_path / name, GRID)
    assert names == [name.split(".")[0]] and flux.shape == (1, 2600) and flux.dtype == "float32"
    np.testing.assert_allclose(flux[0], smooth(GRID.wavelengths), atol=2e-3)


def test_the_contests_text_is_on_the_grid_already(tmp_path):
    (tmp_path / "265131.txt").write_bytes(text(3))
    names, flux = reader.read_input(tmp_path / "265131.txt", GRID)
    assert names == ["265131"]
    np.testing.assert_array_equal(flux[0], np.array(text(3).decode().split(","), dtype="float32"))


def test_a_folder_and_a_zip_hold_many(tmp_path):
    members = spectra(3)
    write_folder(tmp_path / "folder", members)
    write_zip(tmp_path / "spectra.zip", members, zipfile.ZIP_DEFLATED, inside="spectra/", junk=True)
    (tmp_path / "folder" / "notes.md").write_text("not a spectrum")
    expected = np.array([content.decode().split(",") for content in members.values()], dtype="float32")
    for source in ("folder", "spectra.zip"):
        names, flux = reader.read_input(tmp_path / source, GRID)
        assert names == ["100", "101", "102"]
        np.testing.assert_array_equal(flux, expected)


def test_files_of_one_name_and_two_suffixes_keep_their_suffixes(tmp_path):
    (tmp_path / "star.txt").write_bytes(text(0))
    write_csv(tmp_path / "star.csv", log_wavelengths())
    assert reader.read_input(tmp_path, GRID)[0] == ["star.csv", "star.txt"]


def test_order_and_unsound_points_of_a_table_do_no_harm(tmp_path):
    wavelengths = log_wavelengths()
    flux = smooth(wavelengths)
    flux[500:520] = np.nan
    rows = [f"{a},{b}" for a, b in zip(wavelengths, flux, strict=True)]
    (tmp_path / "mine.csv").write_text("\n".join(["wavelength,flux", *rows[::-1]]), encoding="utf-8-sig")
    np.testing.assert_allclose(reader.read_input(tmp_path / "mine.csv", GRID)[1][0], smooth(GRID.wavelengths), atol=2e-3)


@pytest.mark.parametrize(
    ("first", "last", "covers"), [(3900, 9200, "3900 to 9200"), (3600, 8500, "3600 to 8500"), (4000, 5000, "4000 to 5000")]
)
def test_a_spectrum_that_does_not_cover_the_grid_is_refused_with_both_ranges(tmp_path, first, last, covers):
    write_csv(tmp_path / "mine.csv", np.linspace(first, last, 4000))
    with pytest.raises(DataError) as error:
        reader.read_input(tmp_path / "mine.csv", GRID)
    assert f"mine.csv covers {covers} Angstrom, the models need 3690 to 9100 (grid=linear:3690:9100)" in str(error.value)


def test_a_few_points_may_lack_at_either_end(tmp_path):
    write_csv(tmp_path / "mine.csv", np.arange(3700, 9090, 1.0))
    flux = reader.read_input(tmp_path / "mine.csv", GRID)[1][0]
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
        lambda path: path.write_text("frequency,flux\n1,2\n"),
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
        reader.read_input(tmp_path / name, GRID)
    assert str(tmp_path / name) in str(error.value)


def test_damage_inside_a_zip_is_named_and_the_rest_is_answered(tmp_path, capsys):
    write_zip(tmp_path / "spectra.zip", spectra(2))
    content = bytearray((tmp_path / "spectra.zip").read_bytes())
    content[300] ^= 1
    (tmp_path / "spectra.zip").write_bytes(content)
    assert reader.read_input(tmp_path / "spectra.zip", GRID)[0] == ["101"]
    assert "spectra.zip, 100.txt: damaged in the zip: wrong checksum" in capsys.readouterr().err


def test_one_bad_file_of_a_folder_is_named_and_the_rest_is_answered(tmp_path, capsys):
    write_folder(tmp_path / "folder", spectra(3) | {"101": b"1,2"})
    (tmp_path / "folder" / "README.txt").write_text("These are\nthree spectra.\n")
    (tmp_path / "folder" / "notes.md").write_text("no spectrum")
    (tmp_path / "folder" / "gone.fits").symlink_to("nowhere")
    names, flux = reader.read_input(tmp_path / "folder", GRID)
    assert names == ["100", "102"] and flux.shape == (2, 2600)
    shown = capsys.readouterr().err
    assert "folder: 4 of 6 are passed over:" in shown
    assert "101.txt: 2 numbers instead of 2600" in shown
    assert "README.txt has no column 'wavelength'" in shown and "notes.md: not a known kind of spectrum" in shown
    assert "gone.fits cannot be read: No such file" in shown


def test_a_folder_without_anything_readable_is_refused_with_what_was_found(tmp_path):
    write_folder(tmp_path / "folder", {f"{number:02d}": b"1,2" for number in range(12)} | {"README": b"no spectrum"})
    with pytest.raises(DataError, match=r"none of 13 can be read:\n.*00\.txt: 2 numbers(.*\n)+  and 3 more$"):
        reader.read_input(tmp_path / "folder", GRID)
    write_folder(tmp_path / "hidden", {".100": text(0)})
    with pytest.raises(DataError, match=r"no spectrum there; .*hidden files do not count"):
        reader.read_input(tmp_path / "hidden", GRID)


@pytest.mark.parametrize(
    "suffix", ["FIT", "FITS", "fts", "FITS.GZ", "Fit.gz", "fz", "CSV", "csv.gz", "TXT", "txt.gz", "DAT", "dat.GZ"]
)
def test_suffixes_in_capitals_and_packed_files_are_read_in_a_folder(tmp_path, suffix):
    name, whole = tmp_path / f"star.{suffix}", tmp_path / "whole"
    kind = suffix.lower().removesuffix(".gz")
    write = {"csv": write_csv, "dat": write_csv, "txt": lambda path, wavelengths: path.write_bytes(text(0))}
    write.get(kind, write_lamost)(whole, log_wavelengths())
    name.write_bytes(gzip.compress(whole.read_bytes()) if suffix.lower().endswith(".gz") else whole.read_bytes())
    whole.unlink()
    names, flux = reader.read_input(tmp_path, GRID)
    assert names == ["star"]
    expected = np.array(text(0).split(b","), dtype="float32") if kind == "txt" else smooth(GRID.wavelengths)
    np.testing.assert_allclose(flux[0], expected, atol=2e-3)


def test_what_the_suffix_says_of_packing_may_be_wrong(tmp_path):
    write_lamost(tmp_path / "whole.fits", log_wavelengths())
    (tmp_path / "unpacked.fits.gz").write_bytes((tmp_path / "whole.fits").read_bytes())
    (tmp_path / "packed.fits").write_bytes(gzip.compress((tmp_path / "whole.fits").read_bytes()))
    names, flux = reader.read_input(tmp_path, GRID)
    assert names == ["packed", "unpacked", "whole"] and (flux == flux[0]).all()


def test_all_kinds_lie_in_a_zip_too(tmp_path):
    write_lamost(tmp_path / "whole", log_wavelengths())
    write_csv(tmp_path / "table", log_wavelengths())
    with zipfile.ZipFile(tmp_path / "MINE.ZIP", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.txt", text(1))
        archive.write(tmp_path / "whole", "a/star.FITS")
        archive.writestr("b/star.fits.gz", gzip.compress((tmp_path / "whole").read_bytes()))
        archive.write(tmp_path / "table", "mine.csv")
        archive.writestr("a/._star.fits", b"\x00\x05\x16\x07")
        archive.writestr("__MACOSX/a/star.fits", b"\x00\x05\x16\x07")
    names, flux = reader.read_input(tmp_path / "MINE.ZIP", GRID)
    assert names == ["1", "star.FITS", "star.fits.gz", "mine"]
    np.testing.assert_array_equal(flux[0], np.array(text(1).split(b","), dtype="float32"))
    np.testing.assert_allclose(flux[1:], np.tile(smooth(GRID.wavelengths), (3, 1)), atol=2e-3)


def test_hidden_files_are_passed_over_without_a_word(tmp_path, capsys):
    write_folder(tmp_path / "folder", spectra(1) | {"._100": b"\x00\x05\x16\x07", ".hidden": text(5)})
    write_folder(tmp_path / "folder" / "__MACOSX", {"100": b"\x00\x05\x16\x07"})
    write_folder(tmp_path / "folder" / ".cache", {"200": text(6)})
    (tmp_path / "folder" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    assert reader.read_input(tmp_path / "folder", GRID)[0] == ["100"]
    assert capsys.readouterr().out == ""


def test_a_folder_is_read_with_the_folders_in_it_and_every_spectrum_has_a_name_of_its_own(tmp_path):
    for place, seed in {"a": 1, "b": 2, "b/c": 3}.items():
        write_folder(tmp_path / place, {"star": text(seed), f"only {seed}": text(9)})
    (tmp_path / "b" / "STAR.csv").write_text("1,2")  # no spectrum: takes no name
    (tmp_path / "b" / "back").symlink_to(tmp_path)
    names, flux = reader.read_input(tmp_path, GRID)
    assert names == ["only 1", "a-star", "only 3", "b-c-star", "only 2", "b-star"]
    by_name = dict(zip(names, flux, strict=True))
    for name, seed in {"a-star": 1, "b-star": 2, "b-c-star": 3}.items():
        np.testing.assert_array_equal(by_name[name], np.array(text(seed).split(b","), dtype="float32"))


def test_a_folder_that_is_linked_to_is_read_once(tmp_path):
    write_folder(tmp_path / "elsewhere", {"star": text(1)})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "mine")
    assert reader.read_input(tmp_path / "mine", GRID)[0] == ["star"]


def test_spectra_of_one_file_are_numbered_by_their_rows(tmp_path, capsys):
    wavelengths = log_wavelengths()
    rows = np.stack([smooth(wavelengths)] * 3).astype("float32")
    rows[1] = np.nan
    plate = fits.PrimaryHDU(rows)
    plate.header.update({"COEFF0": np.log10(wavelengths[0]), "COEFF1": 1e-4})
    for name in ("plate.fits", "PLATE.fit"):
        plate.writeto(tmp_path / name)
    names, flux = reader.read_input(tmp_path, GRID)
    assert names == ["PLATE.fit-0001", "PLATE.fit-0003", "plate.fits-0001", "plate.fits-0003"] and flux.shape == (4, 2600)
    shown = capsys.readouterr().err
    assert "2 of 6 are passed over" in shown and "plate.fits, spectrum 2 of 3, covers nothing Angstrom" in shown
    assert reader.read_input(tmp_path / "plate.fits", GRID)[0] == ["plate-0001", "plate-0003"]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["a.txt", "b.txt"], ["a", "b"]),
        (["STAR.txt", "star.dat"], ["STAR.txt", "star.dat"]),
        (["v.1.txt", "v.2.txt"], ["v.1", "v.2"]),
        (["a/s.txt", "b/s.txt", "c.txt"], ["a-s", "b-s", "c"]),
        (["a/s.txt", "a/s.dat", "b/s.txt"], ["a-s", "s.dat", "b-s"]),
        (["a/b-s.txt", "a-b/s.txt", "s.txt", "b-s.txt"], ["a-b-s.txt", "a-b-s.txt-2", "s", "b-s"]),
        (["a-s.txt", "a/s.txt", "s.txt"], ["a-s.txt", "a-s.txt-2", "s"]),
    ],
)
def test_names_are_short_and_differ_also_where_capitals_do_not_count(tmp_path, places, expected):
    with zipfile.ZipFile(tmp_path / "spectra.zip", "w") as archive:
        for place in places:
            archive.writestr(place, text(0))
    names = reader.read_input(tmp_path / "spectra.zip", GRID)[0]
    assert len({name.lower() for name in names}) == len(places) and not any("/" in name for name in names)
    assert names == expected


def test_predictions_of_two_inputs_of_one_name_lie_in_two_folders(tmp_path):
    for place in ("first", "second"):
        (tmp_path / place).mkdir()
        write_zip(tmp_path / place / "test_data.zip", {"1": text(0)})
    first, second = (reader.predictions_folder(tmp_path / place / "test_data.zip") for place in ("first", "second"))
    assert first != second and first.name.startswith("test_data.zip-") and first.is_dir() and second.is_dir()
    (first / "9.png").write_bytes(b"stale")
    (first / "predictions.csv").write_text("name")
    assert reader.predictions_folder(tmp_path / "second" / ".." / "first" / "test_data.zip") == first
    assert [path.name for path in first.iterdir()] == ["predictions.csv"]
    write_zip(tmp_path / "first" / "test_data.zip", {"1": text(3)})
    assert reader.predictions_folder(tmp_path / "first" / "test_data.zip") != first, "other content"


def test_predictions_of_a_folder_lie_elsewhere_when_a_file_in_it_is_another(tmp_path):
    write_folder(tmp_path / "a" / "inner", spectra(2))
    before = reader.predictions_folder(tmp_path / "a")
    (tmp_path / "a" / "gone.fits").symlink_to("nowhere")
    (tmp_path / "a" / "inner" / "notes.md").write_text("no spectrum")
    (tmp_path / "a" / "gone.fits").unlink()
    assert reader.predictions_folder(tmp_path / "a") == before
    (tmp_path / "a" / "inner" / "100.txt").write_bytes(text(1))
    assert reader.predictions_folder(tmp_path / "a") != before


BOMB = b"1," * (1 << 25)  # 64 MiB, packed 65 KB


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("a.zip", lambda path: write_zip(path, {"7": BOMB}, zipfile.ZIP_DEFLATED), r"7\.txt: longer than 16,777,216 bytes"),
        ("a.txt.gz", lambda path: path.write_bytes(gzip.compress(BOMB)), r"unpacks to more than 16,777,216 bytes"),
        (
            "a.fits.gz",
            lambda path: path.write_bytes(gzip.compress(b"SIMPLE" + bytes(300 << 20), 1)),
            r"more than 268,435,456 b",
        ),
        ("a.txt", lambda path: path.write_bytes(BOMB), r"longer than 16,777,216 bytes"),
        ("a.dat", lambda path: path.write_bytes(BOMB[: 1 << 21]), r"a line of 2,097,152 bytes, which is longer"),
        ("a.csv", lambda path: path.write_bytes(BOMB[: 1 << 15] + b"\n1,2\n"), r"a line of 32,768 bytes, which is longer"),
    ],
)
def test_what_unpacks_to_more_than_a_spectrum_is_refused_before_it_fills_the_memory(tmp_path, name, write, message):
    write(tmp_path / name)
    limit = (300 if "fits" in name else 60) << 20
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message):
            reader.read_input(tmp_path / name, GRID)
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


@pytest.mark.real_data
def test_real_survey_files_are_read(real_data):
    files = sorted((real_data / "fits").glob("*.fits*"))
    if not files:
        pytest.skip(f"{real_data / 'fits'} holds no FITS files")
    common = Grid.parse("linear:3900:9000")
    for path in files:
        names, flux = reader.read_input(path, common)
        assert names == [path.name.split(".")[0]] and np.isfinite(flux).all() and flux.std() > 0
    lamost = [path for path in files if path.name.startswith("spec-5")]  # these cover the contest's grid, SDSS's do not
    for path in lamost:
        assert reader.read_input(path, GRID)[1].shape == (1, 2600)
    for path in set(files) - set(lamost):
        with pytest.raises(DataError, match=r"Angstrom, the models need 3690 to 9100"):
            reader.read_input(path, GRID)
