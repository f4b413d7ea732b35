"""Labels as people write them, alphabets and sizes from the data, and the message for each kind of bad input."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from common.errors import ConfigError, DataError
from competitions.captcha import data
from competitions.captcha.config import Config
from tests.competitions.captcha.files import picture, write


def labels_of(folder):
    files = data.Files(folder)
    return list(data.read_labels(files, "labels.csv").values())


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        ('\ufeff"File";"Label"\r\n"0.png";"0012"\r\n"1.png";"1e05"\r\n', ["0012", "1e05"]),
        ("file,label\r\n0.png,8224 \r\n1.png,null\r\n\r\n", ["8224", "null"]),
        ('file,label\n0.png,"a,b2"\n1.png,"""q""x"\n', ["a,b2", '"q"x']),
        ("file,label\n0.png,x;y1\n1.png,+123", ["x;y1", "+123"]),
        ("label,file\nTrue,0\n1_00,1\n", ["True", "1_00"]),
        ("file\tlabel\n0.png\t五四吃\n1.png\t5x1=\n", ["五四吃", "5x1="]),
    ],
)
def test_labels_are_texts_however_the_table_is_written(table, labels, tmp_path):
    assert labels_of(write(tmp_path / "style", {"0.png": b"", "1.png": b"", "labels.csv": table})) == labels


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("name,text\n0.png,ab\n", r"labels\.csv line 1: expected the header file,label, found 'name,text'"),
        ("file,label\n0.png,ab\n2.png,ab\n", r"line 3: there is no picture '2\.png'"),
        ("file,label\n0.png,ab\n0.png,ab\n", r"line 3: the picture '0\.png' stands on an earlier line"),
        ("file,label\n0.png,\n", r"line 2: the picture '0\.png' has no label"),
        ("file,label\n0.png,a,b\n", "line 2: expected file and label, found 3 fields"),
        ("file,label\n0.png,五四\n".encode("gb18030"), "is not UTF-8"),
        ("", "line 1: expected the header file,label, found ''"),
    ],
)
def test_a_bad_table_is_named_with_its_line(table, message, tmp_path):
    with pytest.raises(DataError, match=message):
        labels_of(write(tmp_path / "style", {"0.png": b"", "1.png": b"", "labels.csv": table}))


def test_styles_come_as_folders_and_zips_with_labels_in_tables_or_names(tmp_path, capsys):
    names = {"ab_1.png": picture(0), "ab (2).jpg": picture(1, format="JPEG"), "Ba.webp": picture(2, (10, 40), "WEBP")}
    write(tmp_path / "names", names | {"notes.txt": "no picture", "._ab.png": b""})
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.writestr("inside/labels.csv", "file,label\n0.png,12\n1.png,345\n")
        for number in range(3):
            archive.writestr(f"inside/{number}.png", picture(number))
    write(tmp_path / "test" / "table", {"5.png": picture(5)})
    found = data.load(Config(data=tmp_path))
    names, table = found.table.styles
    assert sorted(found.train.labels) == ["12", "345", "Ba", "ab", "ab"]
    assert (names.signs, names.lengths, names.size) == (("B", "a", "b"), (2, 2), (20, 40))
    assert (table.signs, table.lengths) == (("1", "2", "3", "4", "5"), (2, 3))
    assert found.test.names == ["table/5.png"] and found.test.labels is None
    shown = capsys.readouterr().out
    assert "names: 3 pictures, 40 x 20, 40 x 10; labels: 3 of 2 signs; alphabet of 3: Bab" in shown
    assert "notes.txt is no picture by its suffix" in shown and "1 pictures without a label are left out" in shown
    assert data.load(Config(data=tmp_path, styles=("table",))).table.styles == (table,)
    with pytest.raises(ConfigError, match=r"no style .tabel.\. Did you mean table"):
        data.load(Config(data=tmp_path, styles=("tabel",)))


def test_the_few_labels_of_another_length_are_left_out_and_many_are_not():
    labels, left_out = {f"{number}.png": "abcd" for number in range(99)} | {"slip.png": "abc"}, []
    assert "slip.png" not in data.without_slips(labels, left_out) and "'abc' of slip.png" in left_out[0]
    sums = {"0.png": "1+1=", "1.png": "10+1="}
    assert data.without_slips(sums, left_out) == sums and len(left_out) == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"ab.png": b"no picture"}, r"style: ab\.png is no picture"),
        ({"ab.png": b""}, r"style: ab\.png is no picture"),
        ({"ab.jpg": picture(format="JPEG")[:-300]}, r"ab\.jpg is no picture that can be read"),
        ({"_1.png": picture()}, r"_1\.png no label in its name"),
        ({"readme.txt": b""}, "holds no labelled picture"),
    ],
)
def test_bad_pictures_are_named(files, message, tmp_path):
    write(tmp_path / "style", files)
    with pytest.raises(DataError, match=message):
        data.load(Config(data=tmp_path))
    assert not list((tmp_path / "home").rglob("images.npy")), "nothing half is kept"


def test_what_shows_the_same_pixels_shares_a_fold(tmp_path):
    write(tmp_path / "style", {"ab.png": picture(0), "ba.png": picture(1), "ab_2.png": picture(0)})
    train = data.load(Config(data=tmp_path)).train
    groups = dict(zip(train.names, data.same_pixels(train), strict=True))
    assert groups["style/ab.png"] == groups["style/ab_2.png"] != groups["style/ba.png"]


def test_a_picture_keeps_its_aspect_on_the_canvas_and_its_orientation_is_applied(tmp_path):
    shown = data.on_canvas(np.full((10, 10, 3), 7, np.uint8), (24, 60))
    assert shown.shape == (24, 60, 3) and (shown == 7).all()
    page = np.full((10, 40, 3), 200, np.uint8)
    page[2:8, 10:30] = 0
    dark = np.argwhere(data.on_canvas(page, (24, 60))[..., 0] < 100)
    height, width = np.ptp(dark, axis=0) + 1
    assert abs(width / height - 20 / 6) < 0.4 and abs(dark.mean(axis=0) - (11.5, 29.5)).max() < 1
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(page).rotate(180).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(data.read_picture(tmp_path / "turned.png", "RGB"), page)
