"""Reads the official files: index CSV, and spectra as a zip or a folder of `<id>.txt`.

Spectra go, in parallel, into one memory-mapped array that is kept, so a second run reads nothing twice and memory does not
grow with their number.
"""

import contextlib
import json
import os
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from common import arrays, paths, run
from common.errors import DataError
from competitions.lamost.grid import POINTS
from competitions.lamost.metric import LABELS

CHUNK = 2_000  # spectra read by one worker at a time: 20 MB
LONGEST = 1 << 20  # bytes of one text: 2,600 numbers with all the digits of a double take 60 KB
VERSION = paths.code_version(__file__)  # of what is read
TOLERATED = 0.02  # share of broken spectra above which the files are taken to be the wrong ones
NAMED = 5  # broken records named on screen

SOURCE = """The official files came with the Tianchi contest of 2018 (raceId 231646, data: LAMOST DR3, National Astronomical
Observatories of China). They can be had by those who entered it; there is no public download. Put into the folder:
  *train_index*.csv   columns id,type        *train_data*.zip   <id>.txt with 2,600 comma-separated numbers (or a folder)
  *test_index*.csv    column id              *test_data*.zip    likewise
  *test_labels*.csv   columns id,type (optional, for `make evaluate`)"""


@dataclass(frozen=True)
class Spectra:
    """Sound spectra of one index, in its order.

    Attributes:
        ids: texts `(rows,)`.
        flux: `(rows, 2600)` float32, memory-mapped, in the unit that the survey delivered.
        labels: class indices `(rows,)`, or `None` for a test set.
        index: all ids of the index, broken ones among them.
        broken: what is wrong with each spectrum that was left out, by id.
        folder: the cache, where `features.py` puts its arrays too.
    """

    ids: np.ndarray
    flux: np.ndarray
    labels: np.ndarray | None
    index: tuple[str, ...]
    broken: dict[str, str]
    folder: Path


@dataclass(frozen=True)
class Dataset:
    """Everything in a data folder.

    Attributes:
        train: labelled spectra.
        test: spectra to classify, `None` where the folder has no test index.
        fingerprint: hash of the content.
    """

    train: Spectra
    test: Spectra | None
    fingerprint: str


def load(folder, choice="", workers=0, report=True):
    """Read the official files of a folder.

    Args:
        folder: where they lie.
        choice: text in the names of the files to take, where a folder holds several rounds.
        workers: processes; 0 for one per processor.
        report: say on screen which spectra are broken.

    Raises:
        DataError: a file is missing, ambiguous or not as described; the message names it and the line.
    """
    train_files = find_part(folder, "train", choice)
    test_files = find_part(folder, "test", choice) if matching(folder, "*test_index*.csv") else None
    return Dataset(
        train=read_part(*train_files, labelled=True, workers=workers, report=report),
        test=read_part(*test_files, labelled=False, workers=workers, report=report) if test_files else None,
        fingerprint=paths.fingerprint([*train_files, *(test_files or ())]),
    )


def find_part(folder, part, choice=""):
    """Paths of the index and of the spectra of `part` ("train" or "test")."""
    index = find(folder, f"*{part}_index*.csv", choice)
    spectra = [path for path in matching(folder, f"*{part}_data*") if path.suffix == ".zip" or path.is_dir()]
    zipped = {path.stem for path in spectra if path.suffix == ".zip"}
    spectra = [path for path in spectra if path.suffix == ".zip" or path.name not in zipped]  # a zip beside what it unpacked to
    return index, choose(spectra, folder, f"*{part}_data*.zip (or a folder of that name)", choice)


def find(folder, pattern, choice=""):
    """The one file of a folder that matches the pattern and holds `choice` in its name."""
    return choose(matching(folder, pattern), folder, pattern, choice)


def matching(folder, pattern):
    """Paths of a folder that match the pattern and are not hidden."""
    return [path for path in Path(folder).glob(pattern) if not hidden(path.name)]


def hidden(name):
    """Whether a path inside a folder or zip is hidden, or what macOS puts beside files (`._1.txt`, `__MACOSX/`)."""
    return any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in name.split("/"))


def choose(found, folder, pattern, choice):
    """The one path of `found` with `choice` in its name; `DataError` where there is none or more than one."""
    chosen = [path for path in found if choice in path.name]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(sorted(path.name for path in (chosen or found))) or "nothing"
    if chosen:
        example = re.split("_(?:train|test)_", sorted(chosen)[0].name)[0]
        raise DataError(f"{folder} holds several {pattern}: {names}. Choose with round=, for example round={example}")
    with_choice = f" with '{choice}' in its name" if choice else ""
    raise DataError(f"{folder} needs {pattern}{with_choice}, found {names}. `make data` says where it comes from")


def read_index(path, labelled):
    """An index CSV as a data frame of texts.

    Raises:
        DataError: a column is missing, an id is repeated or empty, a label is not one of the four; with the line.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty; expected a header line {'id,type' if labelled else 'id'}") from None
    except (UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DataError(f"{path} is not a UTF-8 CSV file: {error}") from None
    blank = (frame == "").all(axis=1)
    frame = frame[~(blank & blank[::-1].cummin()[::-1])]  # but empty lines at the end
    for column in ("id", "type") if labelled else ("id",):
        if column not in frame:
            raise DataError(f"{path} has no column '{column}'; its first line must hold it, found: {','.join(frame.columns)}")
    for wrong, what in (
        (frame["id"].str.strip() == "", "an empty id"),
        (frame["id"].duplicated(), "an id that stands above already"),
        (~frame["type"].isin(LABELS) if labelled else None, f"an unknown type (the four are {', '.join(LABELS)})"),
    ):
        if wrong is not None and wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(f"{path} line {row + 2}: {what}: '{','.join(frame.iloc[row])}' ({int(wrong.sum())} such lines)")
    if frame.empty:
        raise DataError(f"{path} holds no ids below its header")
    return frame


def read_part(index_path, spectra_path, labelled, workers=0, report=True):
    """Read one index and its spectra; from the cache where they were read before."""
    frame = read_index(index_path, labelled)
    folder = paths.cache("lamost") / f"{paths.fingerprint([index_path, spectra_path])}-{VERSION}"
    if not folder.exists():
        with contextlib.suppress(FileExistsError), paths.atomic(folder) as temporary:  # another process may be faster
            temporary.mkdir()
            read_spectra(list(frame["id"]), spectra_path, temporary, workers)
    ids = np.load(folder / "ids.npy")
    broken = json.loads((folder / "broken.json").read_text(encoding="utf-8"))
    paths.require_rows(folder, len(ids) + len(broken), len(frame))
    if report:
        report_broken(spectra_path, broken, len(frame))
    labels = frame.set_index("id")["type"].map({label: i for i, label in enumerate(LABELS)}) if labelled else None
    return Spectra(
        ids=ids,
        flux=np.load(folder / "flux.npy", mmap_mode="r"),
        labels=labels.loc[ids].to_numpy("int32") if labelled else None,
        index=tuple(frame["id"]),
        broken=broken,
        folder=folder,
    )


def read_spectra(ids, source, folder, workers=0):
    """Parse the spectra of `ids` from a zip or folder into `flux.npy`, `ids.npy` and `broken.json` of `folder`."""
    members = zip_members(source) if source.suffix == ".zip" else folder_members(source)
    if extra := members.keys() - set(ids):
        print(f"{source}: {len(extra)} spectra are not in the index and are ignored, one of them is {min(extra)}")
    arrays.create(folder / "flux.npy", (len(ids), POINTS))
    chunks = [range(start, min(start + CHUNK, len(ids))) for start in range(0, len(ids), CHUNK)]
    jobs = (
        delayed(read_chunk)(source, [(ids[row], members.get(ids[row])) for row in rows], folder / "flux.npy", rows.start)
        for rows in chunks
    )
    broken = {}
    workers = min(workers or os.cpu_count(), 1 + len(chunks) // 8)  # a process starts in the time that one needs for 16,000
    with tqdm(total=len(ids), desc=f"reading {source.name}", unit="spectra", mininterval=0.5) as bar:
        for count, found in Parallel(n_jobs=workers, return_as="generator_unordered")(jobs):
            broken |= found
            bar.update(count)
    broken = {name: broken[name] for name in ids if name in broken}
    if len(broken) == len(ids) or len(broken) > max(TOLERATED * len(ids), NAMED):
        report_broken(source, broken, len(ids))
        raise DataError(f"{source}: {len(broken)} of {len(ids)} spectra of the index cannot be used; is it the right file?")
    if broken:
        drop_rows(folder / "flux.npy", np.array([name not in broken for name in ids]))
    np.save(folder / "ids.npy", np.array([name for name in ids if name not in broken]))
    (folder / "broken.json").write_text(json.dumps(broken, ensure_ascii=False), encoding="utf-8")


def zip_members(path):
    """Where each `<id>.txt` lies in a zip, as `zip_files` says, by id.

    Raises:
        DataError: it is no complete zip, or two of its folders hold the same id.
    """
    members, places = {}, {}
    for place, member in zip_files(path).items():
        name = place.rpartition("/")[2]
        if not name.endswith(".txt"):
            continue
        if name in places:
            raise DataError(f"{path} holds {name} twice, as {places[name]} and as {place}; take out the one that is not meant")
        places[name], members[name[:-4]] = place, member
    return members


def zip_files(path):
    """Where each file lies in a zip: `{its path inside: (offset of its header, compressed size, method, checksum)}`.

    The numbers alone, because half a million `ZipInfo` per worker would fill its memory. Hidden files are passed over.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                info.filename: (info.header_offset, info.compress_size, info.compress_type, info.CRC)
                for info in archive.infolist()
                if not info.is_dir() and not hidden(info.filename)
            }
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, struct.error) as error:  # of a damaged directory
        raise DataError(f"{path} is no complete zip file ({error}); a download that broke off? Fetch it again") from None


def folder_members(path):
    """Paths of the spectra in a folder, by id; hidden files are passed over."""
    return {entry.name[:-4]: entry.path for entry in os.scandir(path) if entry.name.endswith(".txt") and not hidden(entry.name)}


def read_chunk(source, members, target, start):
    """Parse some spectra and write them from row `start` of `target` on; returns how many there were, and what is broken."""
    rows, broken = np.zeros((len(members), POINTS), dtype="float32"), {}
    with open(source, "rb") if source.suffix == ".zip" else contextlib.nullcontext() as archive:
        for row, (name, member) in enumerate(members):
            try:
                if member is None:
                    raise ValueError(f"no {name}.txt")
                rows[row] = parse(read_member(archive, member) if archive else read_text(member))
            except ValueError as error:
                broken[name] = str(error)
    arrays.write_rows(target, start, rows)
    return len(members), broken


def read_text(path):
    """Bytes of a text file, of which a spectrum takes no more than `LONGEST`."""
    if os.path.getsize(path) > LONGEST:
        raise ValueError(f"longer than {LONGEST:,} bytes, which no spectrum is")
    return Path(path).read_bytes()


def read_member(archive, member, limit=LONGEST):
    """Bytes of one member of an open zip, found by its place rather than through its directory.

    Args:
        archive: the zip, a binary file.
        member: its entry of `zip_files`.
        limit: bytes; a longer member is not unpacked any further, because some KB may hold GB.

    Raises:
        ValueError: it is damaged or too long.
    """
    offset, size, method, checksum = member
    archive.seek(max(offset, 0))
    header = archive.read(30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30 or method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("damaged in the zip, or compressed in an uncommon way")
    if header[6] & 1:
        raise ValueError("locked with a password; unpack the zip")
    archive.seek(sum(struct.unpack("<HH", header[26:30])), os.SEEK_CUR)  # its name and extra field
    content = archive.read(min(size, limit + 1))
    try:
        if method == zipfile.ZIP_DEFLATED:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, limit + 1)
    except zlib.error as error:
        raise ValueError(f"damaged in the zip: {error}") from None
    if max(size, len(content)) > limit:
        raise ValueError(f"longer than {limit:,} bytes, which no spectrum is")
    if zlib.crc32(content) != checksum:
        raise ValueError("damaged in the zip: wrong checksum")
    return content


def parse(text):
    """The 2,600 numbers of one spectrum.

    A line of plain numbers is a JSON list without its brackets, and orjson is the fastest parser at hand.

    Args:
        text: bytes, comma-separated; a comma may stand behind the last number.

    Returns:
        float32 `(2600,)`.

    Raises:
        ValueError: says what is wrong with it.
    """
    text = text.rstrip().removesuffix(b",")
    try:
        if b"u" in text or b"l" in text:
            raise ValueError("null, true and false are JSON, too, but no numbers")
        numbers = np.array(orjson.loads(b"[" + text + b"]"), dtype="float64")
    except (ValueError, TypeError):
        numbers = np.array(list(parse_leniently(text)), dtype="float64")
    if numbers.shape != (POINTS,):
        raise ValueError(f"{numbers.size} numbers instead of {POINTS}")
    with np.errstate(over="ignore"):
        numbers = numbers.astype("float32")
    if not np.isfinite(numbers).all():
        raise ValueError(f"NaN or infinite at position {int(np.flatnonzero(~np.isfinite(numbers))[0]) + 1}")
    return numbers


def parse_leniently(text):
    """Numbers as Python reads them (`nan`, `1.`, `+2`), which JSON does not allow; names the first that is none."""
    for position, part in enumerate(text.decode("utf-8-sig", errors="replace").strip().split(","), start=1):
        try:
            yield float(part)
        except ValueError:
            raise ValueError(f"{part.strip()[:20]!r} at position {position} is no number") from None


def drop_rows(path, keep):
    """Rewrite an array on disk without the rows where `keep` is false, a chunk at a time."""
    source = np.load(path, mmap_mode="r")
    with paths.atomic(path) as temporary:
        arrays.create(temporary, (int(keep.sum()), POINTS))
        place = 0
        for start in range(0, len(keep), CHUNK):
            rows = source[start : start + CHUNK][keep[start : start + CHUNK]]
            arrays.write_rows(temporary, place, rows)
            place += len(rows)


def report_broken(source, broken, total):
    """Say on screen how many spectra were left out, and name the first."""
    if broken:
        named = "; ".join(f"{name}: {reason}" for name, reason in list(broken.items())[:NAMED])
        named += "; ..." if len(broken) > NAMED else ""
        print(f"{source}: {len(broken)} of {total} spectra are broken and left out ({named})")


def read_labels(folder, choice=""):
    """Class index of each test id, from `*test_labels*.csv`."""
    frame = read_index(find(folder, "*test_labels*.csv", choice), labelled=True)
    return {name: LABELS.index(label) for name, label in zip(frame["id"], frame["type"], strict=True)}


def test_labels(dataset, config):
    """Class indices of the sound test spectra, `(spectra,)`.

    Raises:
        DataError: there is no test set, or a spectrum of it has no label.
    """
    if dataset.test is None:
        raise DataError(f"{config.data} has no test set; the out-of-fold scores stand in `make leaderboard`")
    known = read_labels(config.data, config.round)
    if unlabelled := [name for name in dataset.test.ids if name not in known]:
        raise DataError(f"{config.data}: {len(unlabelled)} test ids have no label, the first is {unlabelled[0]}")
    return np.array([known[name] for name in dataset.test.ids])


def main(config):
    """Say where the official files come from, and check those that are there."""
    print(SOURCE)
    dataset = load(config.data, config.round, config.workers)
    counts = {label: int((dataset.train.labels == number).sum()) for number, label in enumerate(LABELS)}
    print(f"{config.data}: {len(dataset.train.ids)} training spectra ({', '.join(f'{k} {v}' for k, v in counts.items())})")
    print(f"{config.data}: {len(dataset.test.ids) if dataset.test else 'no'} test spectra")


if __name__ == "__main__":
    run.stage(__spec__)
