"""Labels as people write them, and the message for each kind of bad table."""

import numpy as np
import pytest
from PIL import Image

from common.errors import DataError
from common.images.archive import Files
from common.images.pictures import read_picture
from common.images.writing import labelled


def write(folder, table):
    folder.mkdir()
    for name, content in (("0.png", b""), ("1.png", b""), ("labels.csv", table)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def labels_of(folder):
    files = Files(folder)
    return list(labelled.read_table(files, "labels.csv").values())


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
    assert labels_of(write(tmp_path / "style", table)) == labels


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
        labels_of(write(tmp_path / "style", table))


def test_the_few_labels_of_another_length_are_left_out_and_many_are_not():
    labels, left_out = {f"{number}.png": "abcd" for number in range(99)} | {"slip.png": "abc"}, []
    assert "slip.png" not in labelled.without_slips(labels, left_out) and "'abc' of slip.png" in left_out[0]
    sums = {"0.png": "1+1=", "1.png": "10+1="}
    assert labelled.without_slips(sums, left_out) == sums and len(left_out) == 1


def test_a_picture_keeps_its_aspect_on_the_canvas_and_its_orientation_is_applied(tmp_path):
    shown = labelled.on_canvas(np.full((10, 10, 3), 7, np.uint8), (24, 60))
    assert shown.shape == (24, 60, 3) and (shown == 7).all()
    page = np.full((10, 40, 3), 200, np.uint8)
    page[2:8, 10:30] = 0
    dark = np.argwhere(labelled.on_canvas(page, (24, 60))[..., 0] < 100)
    height, width = np.ptp(dark, axis=0) + 1
    assert abs(width / height - 20 / 6) < 0.4 and abs(dark.mean(axis=0) - (11.5, 29.5)).max() < 1
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(page).rotate(180).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "turned.png", "RGB"), page)
