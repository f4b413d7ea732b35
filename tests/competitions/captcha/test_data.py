"""Styles as people keep them, alphabets and sizes from the data, and the message for each kind of bad input."""

import zipfile

import pytest

from common.errors import ConfigError, DataError
from common.images.pictures import same_pixels
from competitions.captcha import data
from competitions.captcha.config import Config
from tests.common.images.writing.styles import picture, write


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
    groups = dict(zip(train.names, same_pixels(train.images), strict=True))
    assert groups["style/ab.png"] == groups["style/ab_2.png"] != groups["style/ba.png"]
