"""Pictures that a person hands in: alone, in a folder or zip; what cannot be read is named."""

import zipfile

import numpy as np
import pytest
from PIL import Image

from common.errors import DataError
from common.images.given import read_given


def of_one_colour(name, picture):
    if name == "grey.png":
        raise DataError("grey.png shows nothing")
    return picture.shape


def test_pictures_come_alone_or_in_a_folder_or_zip(tmp_path, capsys):
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("a.png", "b.JPG", "grey.png"):
        Image.fromarray(np.zeros((20, 40, 3), np.uint8)).save(folder / name)
    (folder / "notes.txt").write_text("x")
    (folder / "torn.png").write_bytes((folder / "a.png").read_bytes()[:40])
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    for place in (folder, tmp_path / "own.zip"):
        assert read_given(str(place), of_one_colour, "RGB") == {"a.png": (20, 40, 3), "b.JPG": (20, 40, 3)}
        told = capsys.readouterr().err
        assert "left out: grey.png shows nothing" in told and "torn.png is no picture that can be read" in told
    assert read_given(str(folder / "a.png"), of_one_colour) == {"a.png": (20, 40)}


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    for path, message in (
        (tmp_path / "none.png", "no such picture, folder or zip"),
        (tmp_path / "notes.txt", "is no picture"),
        (tmp_path, "holds no picture that could be answered"),
    ):
        with pytest.raises(DataError, match=message):
            read_given(str(path), of_one_colour)
