"""Reads the spectra in one file, FITS or text, onto the grid of the models.

- FITS: a table with flux beside loglam (SDSS, BOSS), wavelength, wave or lambda; numbers in the cells are one spectrum, arrays
  (LAMOST since DR8) are one in each row. Or an image with COEFF0 and COEFF1, packed or not: LAMOST until DR7 and SDSS's spSpec
  have the flux in row 0, plate files have a spectrum in each row.
- Text: the contest's line of 2,600 numbers; or columns named as above, or without names wavelength and flux, in Angstrom.

All of them may be packed with gzip.
"""

import codecs
import gzip
import io
import math
import re
import zlib

import numpy as np

from common.errors import DataError
from competitions.lamost.data import LONGEST, parse
from competitions.lamost.grid import POINTS

TEXTS = (".txt", ".csv", ".dat", ".tsv")
SUFFIXES = (".txt", ".csv", ".fits", ".fit", ".fts", ".fz", ".dat", ".tsv")  # in capitals, too, and each also with .gz
KIND = re.compile(rf"((?:{'|'.join(map(re.escape, SUFFIXES))})+)(?:\.gz)?$", re.IGNORECASE)
WAVELENGTHS = ("wavelength", "wave", "lambda", "loglam")  # names of the column, in Angstrom; of the last one log10 of it
MARGIN = (
    0.003  # of the range may lack at either end: LAMOST's own files end 10 Angstrom short of the range named by the organisers
)
LONGEST_TEXT = 1 << 24  # bytes: 500,000 points; what gzip or zip packed is not unpacked any further, for some KB may hold GB
LONGEST_FITS = 1 << 28  # bytes unpacked: twice a plate of BOSS with all that belongs to it
LONGEST_LINE = 1 << 14  # bytes of a line of a table
MOST_NUMBERS = 1 << 25  # in an image or a column: 5,000 fibres of 6,000 points, more than any plate holds
MOST_SPECTRA = 10_000  # in an image or a table
MOST_POINTS = 1 << 21  # in a spectrum
GZIP = b"\x1f\x8b"  # what gzip begins with
BLOCK = 1 << 20  # bytes unpacked at a time
WITH_MASKS = 5  # rows of LAMOST's and spSpec's image of one spectrum: the flux, then its errors, masks and the like
SHORT = 100  # bytes in which a line names columns, and which are shown of it
COMMENTS = re.compile(rb"(?:[ \t]*+(?:#[^\n]*+)?+\n)*+")  # and empty lines, at the head of a text
NEITHER = (
    "neither a table with flux and loglam (SDSS) nor a primary image with COEFF0 and COEFF1 (LAMOST); "
    "in the place of loglam may stand wavelength, wave or lambda in Angstrom"
)


def expected():
    """The suffixes in words."""
    return f"{', '.join(SUFFIXES)}, each also with .gz"


def kind_of(name):
    """Suffix of a file in small letters, without `.gz`; `None` where it is none of a spectrum."""
    found = KIND.search(name)
    return found and f".{found[1].lower().rpartition('.')[2]}"


def read_file(where, name, file, grid):
    """Spectra of one file on the grid, float32 `(2600,)`, or in the place of one that cannot be used the `DataError` of it.

    Args:
        where: what errors call it.
        name: its suffix tells the kind.
        file: an open binary file.
        grid: a `Grid`.
    """
    kind = kind_of(name)
    if kind is None:
        raise DataError(f"{where}: not a known kind of spectrum; expected {expected()}")
    try:
        file = unpacked(file, LONGEST_TEXT if kind in TEXTS else LONGEST_FITS)
    except ValueError as error:
        raise DataError(f"{where} is no sound {'text' if kind in TEXTS else 'FITS'} file: {error}") from None
    if kind in TEXTS:
        yield read_text(where, file, grid)
        return
    for place, wavelengths, flux in read_fits(where, file):
        try:
            yield resample(place, wavelengths, flux, grid)
        except DataError as error:
            yield error


def unpacked(file, limit):
    """A binary file, or what gzip packed in it, of which there may be `limit` bytes."""
    packed = file.read(2) == GZIP
    file.seek(0)
    if not packed:
        return file
    content = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            while block := stream.read(BLOCK):
                content.write(block)
                if content.tell() > limit:
                    raise ValueError(f"it unpacks to more than {limit:,} bytes, which no spectrum does")
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"damaged, or cut off: {error}") from None
    content.seek(0)
    return content


def columns_of(names):
    """Places of the wavelengths and of the flux among the names of a table's columns; `None` for one that lacks."""
    names = [re.sub(r"[\[(].*", "", name).strip(" \t#\"'").lower() for name in names]  # without units
    wavelengths = next((names.index(name) for name in WAVELENGTHS if name in names), None)
    return wavelengths, names.index("flux") if "flux" in names else None


def angstrom(name, values):
    """The wavelengths of a column in Angstrom."""
    with np.errstate(over="ignore"):
        return 10.0**values if "loglam" in name.lower() else values


def separator_of(line):
    """What stands between the fields of a line; `None` for blanks and tabs."""
    return next((mark for mark in (",", ";") if mark.encode() in line), None)


def fields_of(line):
    """Fields of a line of a table."""
    return line.lstrip(b"# \t").decode("utf-8", errors="replace").strip().split(separator_of(line))


def is_number(text):
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_text(where, file, grid):
    """Flux on the grid, of the contest's line or of a table of text.

    The line above the numbers, which may be a comment, names the columns. Without names they are wavelength and flux.
    """
    import pandas as pd

    content = file.read(LONGEST_TEXT + 1)
    if len(content) > LONGEST_TEXT:
        raise DataError(f"{where}: longer than {LONGEST_TEXT:,} bytes, which no spectrum is")
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    comments = COMMENTS.match(content)[0]
    rows = content[len(comments) :]
    line, _, others = rows.partition(b"\n")
    if not rows.strip():
        raise DataError(f"{where}: No columns, no numbers: it is empty")
    if len(line) > (LONGEST_LINE if others.strip() else LONGEST):
        raise DataError(f"{where}: a line of {len(line):,} bytes, which is longer than any of a spectrum")
    if not others.strip() and b"flux" not in line[:SHORT].lower():
        return parse(line)  # which is on the grid already, as the organisers made it
    names = fields_of(line)
    if not names or not is_number(names[0]):
        rows = others
    else:
        names = fields_of(comments.rstrip().rpartition(b"\n")[2][:LONGEST_LINE])
        names = ["wavelength", "flux"] if None in columns_of(names) else names
    places = columns_of(names)
    if None in places:
        lacks = "wavelength" if places[0] is None else "flux"
        needs = f"its header must hold flux and one of {', '.join(WAVELENGTHS)}"
        raise DataError(f"{where} has no column '{lacks}'; {needs}, found '{', '.join(names)[:SHORT]}'")
    line = rows.lstrip().partition(b"\n")[0][:LONGEST_LINE]
    if not line:
        return resample(where, np.empty(0), np.empty(0), grid)
    if len(fields_of(line)) <= max(places):
        raise DataError(f"{where}: {len(fields_of(line))} numbers in a line; expected wavelength and flux beside each other")
    frame = pd.read_csv(
        io.BytesIO(rows),
        sep=separator_of(line) or r"\s+",
        header=None,
        comment="#",
        encoding_errors="replace",
        low_memory=False,
    )
    wavelengths, flux = (frame[place].to_numpy("float64") for place in places)
    return resample(where, angstrom(names[places[0]], wavelengths), flux, grid)


def read_fits(where, file):
    """What errors call it, wavelengths in Angstrom, and flux, of every spectrum in a FITS file.

    Raises:
        DataError: the file is damaged, too large, or holds no spectrum in a known place.
    """
    from astropy.io import fits

    if file.read(6) != b"SIMPLE":  # astropy would unpack other things, too, and however much is in them
        raise DataError(f"{where} is no sound FITS file: it does not begin with SIMPLE")
    file.seek(0)
    try:
        with fits.open(file) as parts:
            if any(isinstance(part, fits.CompImageHDU) for part in parts):
                file.seek(0)
                check_tiles(fits.open(file, disable_image_compression=True))
            rows = rows_of_tables(parts) or rows_of_image(where, parts)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    except Exception as error:  # of a damaged file astropy says nearly everything
        raise DataError(f"{where} is no sound FITS file: {type(error).__name__}: {error}") from None
    if not rows:
        raise DataError(f"{where}: {NEITHER}")
    for number, (name, wavelengths, flux) in enumerate(rows, start=1):
        place = where if len(rows) == 1 else f"{where}, spectrum {number} of {len(rows)},"
        with np.errstate(invalid="ignore"):  # of a NaN that signals
            wavelengths, flux = wavelengths.astype("float64"), flux.astype("float64")
        yield place, angstrom(name, wavelengths), flux


def rows_of_tables(parts):
    """Name and values of the wavelengths, and the flux, of each spectrum in the tables of a FITS file."""
    tables = [part for part in parts if hasattr(part, "columns") and None not in columns_of(part.columns.names)]
    summed = [table for table in tables if table.name.startswith("COADD")]  # behind it are the exposures that it is the sum of
    rows = []
    for table in summed or tables:
        if "ZTABLE" in table.header:
            raise DataError("fpack packed its table; unpack it with funpack")
        names = [table.columns.names[place] for place in columns_of(table.columns.names)]
        for wavelengths, flux in zip(*(cells(table, name) for name in names), strict=True):
            if wavelengths.shape != flux.shape or flux.ndim != 1:
                raise DataError(f"{names[0]} and {names[1]} are of different lengths, {wavelengths.shape} and {flux.shape}")
            rows.append((names[0], wavelengths, flux))
    return rows


def cells(table, name):
    """The arrays in the cells of a column, or, where a cell holds a number, one array of them all."""
    raw = np.asarray(table.data)[name]
    ragged = table.columns[name].format.lstrip("0123456789")[0] in "PQ"  # arrays of any lengths, which may lie upon each other
    check_size((len(raw), int(raw[:, 0].max())) if ragged else raw.shape)
    values = table.data[name]
    if not ragged and values.dtype.kind not in "iuf":
        raise DataError(f"its column {name} holds no numbers")
    return [values] if values.ndim == 1 and not ragged else list(values)


def rows_of_image(where, parts):
    """The same of each spectrum in the first image that has COEFF0 and COEFF1."""
    images = [part for part in parts if part.is_image and part.shape]
    found = [part for part in images if {"COEFF0", "COEFF1"} <= set(part.header)]
    if not found:
        return []
    part = found[0]
    check_size(part.shape)
    if len(part.shape) > 2:
        raise DataError(f"its image has {len(part.shape)} axes; expected a spectrum in each row")
    image = np.atleast_2d(part.data)  # (rows, points)
    with np.errstate(over="ignore"):
        wavelengths = 10.0 ** (part.header["COEFF0"] + part.header["COEFF1"] * np.arange(image.shape[1]))
    has_errors = any(other is not part and other.shape == part.shape for other in images)  # of each row its own: a plate
    marked = "FIBERID" in part.header or (len(image) > 2 and np.allclose(image[2], wavelengths, rtol=1e-3))
    single = not has_errors and (marked or len(image) == WITH_MASKS)
    if single and not marked:
        print(
            f"{where}: an image of {WITH_MASKS} rows is taken for one spectrum, its flux in the first row, as LAMOST writes it"
        )
    if len(found) > 1:
        print(f"{where}: the first image with COEFF0 is taken, {len(found) - 1} more are passed over")
    return [("wavelength", wavelengths, row) for row in (image[:1] if single else image)]


def check_tiles(parts):
    """Refuse a packed image with a tile that unpacks to more than any plate, before astropy unpacks it.

    Args:
        parts: of a FITS file, opened with `disable_image_compression`.
    """
    for part in parts:
        if "ZIMAGE" in part.header:
            for name in {"COMPRESSED_DATA", "GZIP_COMPRESSED_DATA"} & set(part.columns.names):
                for tile in cells(part, name):
                    unpacked(io.BytesIO(tile.tobytes()), LONGEST_FITS)


def check_size(shape):
    """Refuse what holds more numbers or more spectra than any plate, or longer ones than any spectrum."""
    if math.prod(shape) > MOST_NUMBERS or math.prod(shape[:-1]) > MOST_SPECTRA or shape[-1] > MOST_POINTS:
        raise DataError(
            f"{' x '.join(f'{length:,}' for length in shape)} numbers, more than any plate holds; cut it into parts"
        )


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
    with np.errstate(over="ignore"):
        flux = np.interp(wanted, wavelengths, flux).astype("float32")
    if not np.isfinite(flux).all():
        raise DataError(f"{path}: a flux too great for float32")
    return flux
