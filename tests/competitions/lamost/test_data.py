"""The official files are read in every form they come in, and a bad one is named with its line or record."""

import shutil
import tracemalloc
import zipfile

import numpy as np
import pytest

from common import paths
from common.errors import DataError
from competitions.lamost import data, submit
from tests.competitions.lamost.files import LABELS, spectra, text, write_data, write_folder, write_index, write_zip


def numbers(content):
    return np.array(content.decode().split(","), dtype="float32")


def refuse(*arguments, **keywords):
    raise AssertionError("read a second time")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("inside", "junk"), [("", False), ("first_train_data/", True)])
def test_spectra_come_out_of_a_zip_in_the_order_of_the_index(tmp_path, compression, inside, junk):
    members = spectra(8)
    ids = list(members)[::-1]
    write_index(tmp_path / "first_train_index_20180131.csv", ids)
    write_zip(tmp_path / "first_train_data_20180131.zip", members, compression, inside, junk)
    dataset = data.load(tmp_path)
    assert dataset.train.ids.tolist() == list(dataset.train.index) == ids and dataset.test is None
    assert dataset.train.labels.tolist() == [0, 1, 2, 3] * 2 and dataset.train.broken == {}
    np.testing.assert_array_equal(dataset.train.flux, np.stack([numbers(members[name]) for name in ids]))


def test_a_folder_of_texts_is_as_good_as_a_zip(tmp_path):
    write_data(tmp_path / "zipped")
    expected = data.load(tmp_path / "zipped")
    shutil.copytree(tmp_path / "zipped", tmp_path / "unpacked")
    for part in ("train", "test"):
        archive = tmp_path / "unpacked" / f"{part}_data.zip"
        shutil.unpack_archive(archive, tmp_path / "unpacked" / f"{part}_data")
        archive.unlink()
    read = data.load(tmp_path / "unpacked")
    np.testing.assert_array_equal(read.train.flux, expected.train.flux)
    np.testing.assert_array_equal(read.test.flux, expected.test.flux)
    assert read.test.labels is None and read.test.ids.tolist() == expected.test.ids.tolist()


def test_a_zip_beside_what_it_unpacked_to_is_one_source(tmp_path):
    members = write_data(tmp_path)
    write_folder(tmp_path / "train_data", members)
    assert data.find_part(tmp_path, "train")[1] == tmp_path / "train_data.zip"


def test_a_second_run_reads_nothing_twice(tmp_path, monkeypatch):
    write_data(tmp_path / "data")
    first = data.load(tmp_path / "data")
    monkeypatch.setattr(data, "parse", refuse)
    again = data.load(tmp_path / "data")
    np.testing.assert_array_equal(again.train.flux, first.train.flux)
    shutil.move(tmp_path / "data", tmp_path / "moved")
    assert data.load(tmp_path / "moved").fingerprint == first.fingerprint, "the content counts, not the place"


def test_other_content_is_read_anew(tmp_path):
    members = write_data(tmp_path)
    before = data.load(tmp_path)
    write_zip(tmp_path / "train_data.zip", {**members, "100": text(77)})
    after = data.load(tmp_path)
    assert after.fingerprint != before.fingerprint
    np.testing.assert_array_equal(after.train.flux[0], numbers(text(77)))


def test_chunks_and_processes_change_nothing(tmp_path, monkeypatch):
    members = write_data(tmp_path / "data", count=40)
    broken = {"103": b"1,2", "139": b""}
    write_zip(tmp_path / "data" / "train_data.zip", members | broken)
    expected = data.load(tmp_path / "data").train
    expected_flux = np.array(expected.flux)
    for chunk, workers in ((3, 1), (2, 2)):
        monkeypatch.setattr(data, "CHUNK", chunk)
        shutil.rmtree(paths.cache("lamost"))
        read = data.load(tmp_path / "data", workers=workers).train
        np.testing.assert_array_equal(read.flux, expected_flux)
        assert read.ids.tolist() == expected.ids.tolist() and read.broken == expected.broken
        assert list(read.broken) == ["103", "139"]


def test_the_folder_may_have_been_read_by_another_process_meanwhile(tmp_path, monkeypatch):
    write_data(tmp_path)
    read_spectra = data.read_spectra

    def overtaken(ids, source, folder, workers):
        read_spectra(ids, source, folder, workers)
        shutil.copytree(folder, folder.parents[1] / folder.name)

    monkeypatch.setattr(data, "read_spectra", overtaken)
    assert len(data.load(tmp_path).train.ids) == 8


@pytest.mark.parametrize("name", ["train_index.csv", "train_data.zip", "test_data.zip"])
def test_a_missing_file_is_named(tmp_path, name):
    write_data(tmp_path)
    (tmp_path / name).unlink()
    pattern = name.replace("train", "*train").replace("test", "*test").replace(".csv", "*.csv").replace(".zip", "*.zip")
    with pytest.raises(DataError) as error:
        data.load(tmp_path)
    assert f"{tmp_path} needs {pattern}" in str(error.value) and "found nothing" in str(error.value)
    assert "`make data` says where it comes from" in str(error.value)


def test_several_rounds_need_a_choice(tmp_path):
    write_data(tmp_path, count=8, prefix="first_")
    write_data(tmp_path, count=12, prefix="second_a_")
    with pytest.raises(DataError, match=r"holds several \*train_index\*\.csv: first_train_index\.csv, second_a_.*round=first"):
        data.load(tmp_path)
    assert len(data.load(tmp_path, "first").train.ids) == 8
    assert len(data.load(tmp_path, "second_a").train.ids) == 12
    with pytest.raises(DataError, match=r"with 'third' in its name, found first_train_index\.csv, second_a"):
        data.load(tmp_path, "third")


BAD_INDICES = {
    "no type": (b"id\n100\n", r"has no column 'type'; its first line must hold it, found: id"),
    "no id": (b"number,type\n100,star\n", r"has no column 'id'.*found: number,type"),
    "unknown label": (
        b"id,type\n100,star\n101,planet\n",
        r"line 3: an unknown type \(the four are star, .*: '101,planet' \(1 ",
    ),
    "short line": (b"id,type\n100,star\n101\n", r"line 3: an unknown type.*'101,'"),
    "duplicate": (b"id,type\n100,star\n101,qso\n100,star\n", r"line 4: an id that stands above already: '100,star' \(1 such"),
    "empty id": (b"id,type\n100,star\n,star\n", r"line 3: an empty id: ',star'"),
    "empty file": (b"", r"is empty; expected a header line id,type"),
    "header alone": (b"id,type\n", r"holds no ids below its header"),
    "not UTF-8": ("id,type\n100,星\n".encode("gb18030"), r"is not a UTF-8 CSV file"),
}


@pytest.mark.parametrize("name", BAD_INDICES)
def test_a_bad_index_is_named_with_its_line(tmp_path, name):
    content, message = BAD_INDICES[name]
    write_data(tmp_path)
    (tmp_path / "train_index.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"train_index\.csv {message}"):
        data.load(tmp_path)


def test_windows_line_ends_a_byte_order_mark_and_a_last_empty_line_do_no_harm(tmp_path):
    write_data(tmp_path)
    path = tmp_path / "train_index.csv"
    expected = data.read_index(path, labelled=True)
    plain = path.read_bytes()
    for content in (plain.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + plain, plain.rstrip(b"\n"), plain + b"\n"):
        path.write_bytes(content)
        assert data.read_index(path, labelled=True).equals(expected)


def test_more_columns_than_needed_do_no_harm(tmp_path):
    (tmp_path / "index.csv").write_text("id,plate,type\n007,3,star\n")
    frame = data.read_index(tmp_path / "index.csv", labelled=True)
    assert frame["id"].tolist() == ["007"] and frame["type"].tolist() == ["star"]


def test_a_spectrum_without_a_row_in_the_index_is_reported_and_ignored(tmp_path, capsys):
    members = write_data(tmp_path)
    write_zip(tmp_path / "train_data.zip", members | spectra(2, first=500))
    assert len(data.load(tmp_path).train.ids) == 8
    assert "train_data.zip: 2 spectra are not in the index and are ignored, one of them is 500" in capsys.readouterr().out


GOOD = text(0)
WITHOUT_FIRST = GOOD.partition(b",")[2]
BROKEN_TEXTS = {
    "2,599 numbers": (WITHOUT_FIRST, "2599 numbers instead of 2600"),
    "2,601 numbers": (GOOD + b",1", "2601 numbers instead of 2600"),
    "empty": (b"", "0 numbers instead of 2600"),
    "text": (b"1.0.3," + WITHOUT_FIRST, "'1.0.3' at position 1 is no number"),
    "a truth value": (b"true," + WITHOUT_FIRST, "'true' at position 1 is no number"),
    "null": (b"null," + WITHOUT_FIRST, "'null' at position 1 is no number"),
    "NaN": (WITHOUT_FIRST + b",nan", "NaN or infinite at position 2600"),
    "infinity": (b"-inf," + WITHOUT_FIRST, "NaN or infinite at position 1"),
    "too great for float32": (b"1e39," + WITHOUT_FIRST, "NaN or infinite at position 1"),
    "not text at all": (b"\xff\xfe\x00" + GOOD, "at position 1 is no number"),
}


@pytest.mark.parametrize("name", BROKEN_TEXTS)
def test_a_broken_spectrum_says_what_is_wrong(name):
    content, message = BROKEN_TEXTS[name]
    with pytest.raises(ValueError, match=message):
        data.parse(content)


def test_numbers_may_be_written_as_people_write_them():
    content = b"1.,+2, 3,.5,-4e0\t," + GOOD.split(b",", 5)[5] + b"\r\n"
    assert data.parse(content)[:5].tolist() == [1, 2, 3, 0.5, -4]
    assert data.parse(b"\xef\xbb\xbf" + content)[:5].tolist() == [1, 2, 3, 0.5, -4]


def test_a_zip_that_broke_off_is_named(tmp_path):
    write_data(tmp_path)
    path = tmp_path / "train_data.zip"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"train_data\.zip is no complete zip file .*download that broke off\? Fetch it again"):
        data.load(tmp_path)
    assert not list(paths.cache("lamost").glob("*")), "nothing half read stays"


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_with_damaged_bytes_is_left_out(tmp_path, compression, capsys):
    members = write_data(tmp_path)
    path = tmp_path / "train_data.zip"
    write_zip(path, members, compression)
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("103.txt").header_offset + 200
    content = bytearray(path.read_bytes())
    content[place] = ord("7") if content[place] != ord("7") else ord("8")
    path.write_bytes(content)
    read = data.load(tmp_path).train
    assert list(read.broken) == ["103"] and "damaged in the zip" in read.broken["103"]
    assert "1 of 8 spectra are broken and left out (103: damaged in the zip" in capsys.readouterr().out


def test_broken_spectra_are_left_out_counted_and_named_and_labels_follow(tmp_path, capsys):
    members = write_data(tmp_path)
    kept = {name: content for name, content in members.items() if name != "101"}
    write_zip(tmp_path / "train_data.zip", kept | {"104": WITHOUT_FIRST, "106": WITHOUT_FIRST + b",nan"})
    for _ in range(2):  # the second time from the cache
        read = data.load(tmp_path).train
        assert read.broken == {
            "101": "no 101.txt",
            "104": "2599 numbers instead of 2600",
            "106": "NaN or infinite at position 2600",
        }
        assert read.ids.tolist() == ["100", "102", "103", "105", "107"]
        assert read.labels.tolist() == [0, 2, 3, 1, 3]
        np.testing.assert_array_equal(read.flux, np.stack([numbers(members[name]) for name in read.ids]))
        shown = capsys.readouterr().out
        assert "train_data.zip: 3 of 8 spectra are broken and left out (101: no 101.txt; 104: 2599 numbers" in shown


def test_what_macos_adds_is_no_official_file(tmp_path, capsys):
    members = write_data(tmp_path, count=8)
    expected = np.array(data.load(tmp_path).train.flux)
    write_zip(tmp_path / "train_data.zip", members, inside="./train_data/", junk=True)
    for name in ("._train_index.csv", "._train_data.zip", "._test_index.csv", "._test_data.zip"):
        (tmp_path / name).write_bytes(b"\x00\x05\x16\x07")
    read = data.load(tmp_path)
    np.testing.assert_array_equal(read.train.flux, expected)
    assert read.test.ids.tolist() == ["900", "901", "902", "903"]
    (tmp_path / "train_data.zip").unlink()
    write_folder(tmp_path / "train_data", members | {f"._{name}": b"\x00\x05\x16\x07" for name in members})
    write_folder(tmp_path / "train_data" / "__MACOSX", {"100": b"\x00\x05\x16\x07"})
    capsys.readouterr()
    np.testing.assert_array_equal(data.load(tmp_path).train.flux, expected)
    assert "not in the index" not in capsys.readouterr().out


def test_a_zip_passes_over_hidden_files_without_a_word(tmp_path, capsys):
    members = write_data(tmp_path)
    with zipfile.ZipFile(tmp_path / "train_data.zip", "a") as archive:
        for place in ("._100.txt", "a/._100.txt", "a/__MACOSX/100.txt", ".trash/100.txt"):
            archive.writestr(place, b"\x00\x05\x16\x07")
    assert list(data.zip_members(tmp_path / "train_data.zip")) == list(members)
    data.load(tmp_path)
    assert "not in the index" not in capsys.readouterr().out


def test_a_test_index_that_is_hidden_makes_no_test_set(tmp_path):
    write_data(tmp_path)
    (tmp_path / "test_index.csv").rename(tmp_path / "._test_index.csv")
    assert data.load(tmp_path).test is None


def test_an_id_in_two_folders_of_a_zip_is_named(tmp_path):
    write_data(tmp_path)
    with zipfile.ZipFile(tmp_path / "train_data.zip", "a") as archive:
        archive.writestr("old/103.txt", text(9))
    with pytest.raises(DataError, match=r"train_data\.zip holds 103\.txt twice, as 103\.txt and as old/103\.txt; take out"):
        data.load(tmp_path)


def test_a_comma_may_end_the_line(tmp_path):
    members = write_data(tmp_path)
    expected = np.array(data.load(tmp_path).train.flux)
    ends = (b",", b",\n", b", \r\n", b"\n", b"", b"\t", b" ,", b",")
    changed = {name: content + end for (name, content), end in zip(members.items(), ends, strict=True)}
    write_zip(tmp_path / "train_data.zip", changed)
    read = data.load(tmp_path).train
    assert read.broken == {}
    np.testing.assert_array_equal(read.flux, expected)
    with pytest.raises(ValueError, match="'' at position 2601 is no number"):
        data.parse(GOOD + b",,")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_longer_than_any_spectrum_is_left_out_before_it_fills_the_memory(tmp_path, compression):
    members = write_data(tmp_path)
    write_zip(tmp_path / "train_data.zip", members | {"103": b"1," * (1 << 25)}, compression)
    tracemalloc.start()
    try:
        read = data.load(tmp_path).train
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    assert read.broken == {"103": "longer than 1,048,576 bytes, which no spectrum is"}


def test_a_text_in_a_folder_may_not_be_longer_either(tmp_path):
    members = write_data(tmp_path)
    (tmp_path / "train_data.zip").unlink()
    write_folder(tmp_path / "train_data", members | {"103": GOOD + bytes(1 << 20)})
    assert data.load(tmp_path).train.broken == {"103": "longer than 1,048,576 bytes, which no spectrum is"}


def test_the_longest_text_is_read_to_its_end(tmp_path):
    members = write_data(tmp_path)
    longest = GOOD + b" " * ((1 << 20) - len(GOOD))
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        write_zip(tmp_path / "train_data.zip", members | {"103": longest}, compression)
        assert data.load(tmp_path).train.broken == {}


@pytest.mark.parametrize(
    ("place", "byte", "message"),
    [
        (6, 1, "locked with a password; unpack the zip"),
        (0, 0, "damaged in the zip, or compressed in an uncommon way"),
    ],
)
def test_a_member_that_cannot_be_unpacked_says_why(tmp_path, place, byte, message):
    members = write_data(tmp_path)
    path = tmp_path / "train_data.zip"
    write_zip(path, members, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path) as archive:
        place += archive.getinfo("103.txt").header_offset
    content = bytearray(path.read_bytes())
    content[place] = byte
    path.write_bytes(content)
    assert data.load(tmp_path).train.broken == {"103": message}


def test_too_many_broken_spectra_stop(tmp_path, capsys):
    members = write_data(tmp_path, count=8)
    write_zip(tmp_path / "train_data.zip", members | dict.fromkeys(list(members)[:6], b"nothing"))
    with pytest.raises(DataError, match=r"6 of 8 spectra of the index cannot be used; is it the right file\?"):
        data.load(tmp_path)
    assert "'nothing' at position 1 is no number" in capsys.readouterr().out
    assert not list(paths.cache("lamost").glob("*")), "nothing half read stays"


def test_nothing_but_broken_spectra_stops_however_few_they_are(tmp_path):
    members = write_data(tmp_path, count=4)
    write_zip(tmp_path / "train_data.zip", dict.fromkeys(members, b"nothing"))
    with pytest.raises(DataError, match=r"4 of 4 spectra of the index cannot be used"):
        data.load(tmp_path)


def test_a_broken_test_spectrum_is_submitted_as_unknown(tmp_path):
    write_data(tmp_path)
    write_zip(tmp_path / "test_data.zip", spectra(4, first=900) | {"901": b"1,2"})
    test = data.load(tmp_path).test

    class Blended:
        def load_arrays(self, name):
            return {"probability": np.eye(4)[[0, 1, 2]]}

    ids, answers = submit.test_answers(Blended(), test)
    assert ids == ["900", "901", "902", "903"]
    assert [LABELS[answer] for answer in answers] == ["star", "unknown", "galaxy", "qso"]


def test_labels_of_the_test_set_are_read_for_evaluate(tmp_path):
    write_index(tmp_path / "first_test_labels.csv", ["900", "901"])
    assert data.read_labels(tmp_path) == {"900": 0, "901": 1}


def test_flux_stays_on_disk(tmp_path):
    write_data(tmp_path)
    flux = data.load(tmp_path).train.flux
    assert isinstance(flux, np.memmap) and flux.dtype == "float32"
