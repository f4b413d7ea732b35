import zipfile

import pytest

from common.errors import DataError
from common.images.archive import Files


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_folder_and_a_zip_hold_the_same_files_without_hidden_ones(tmp_path):
    files = {"b.png": b"b", "in/a.png": b"a", "._b.png": b"x", "__MACOSX/b.png": b"x", ".DS_Store": b"x"}
    folder = tmp_path / "folder"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for found in (Files(folder), Files(zipped(tmp_path / "a.zip", files))):
        assert {name: found.read(name) for name in found.names} == {"b.png": b"b", "in/a.png": b"a"}


@pytest.mark.parametrize("name", ["../a.png", "in/../../a.png", "/etc/a.png", "C:/a.png", "..\\a.png"])
def test_a_zip_that_leads_out_of_itself_is_refused(name, tmp_path):
    with pytest.raises(DataError, match="leads out of it"):
        Files(zipped(tmp_path / "a.zip", {name: b"x"}))


def test_damage_is_named(tmp_path, monkeypatch):
    whole = zipped(tmp_path / "a.zip", {"a.png": b"abc" * 100}).read_bytes()
    (tmp_path / "short.zip").write_bytes(whole[:40])
    with pytest.raises(DataError, match=r"short\.zip is no complete zip"):
        Files(tmp_path / "short.zip")
    (tmp_path / "bad.zip").write_bytes(whole[:40] + b"\0\0\0" + whole[43:])
    with pytest.raises(DataError, match=r"bad\.zip: a\.png cannot be unpacked"):
        Files(tmp_path / "bad.zip").read("a.png")
    monkeypatch.setattr("common.images.archive.LARGEST", 100)
    with pytest.raises(DataError, match="has 300 bytes; at most 100"):
        Files(tmp_path / "a.zip").read("a.png")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_chinese_name_without_the_mark_of_utf8_is_read(encoding, tmp_path):
    path = zipped(tmp_path / "a.zip", {"x" * len("五四.png".encode(encoding)): b"x"})
    raw = path.read_bytes().replace(b"x" * len("五四.png".encode(encoding)), "五四.png".encode(encoding))
    path.write_bytes(raw)
    assert Files(path).names == ["五四.png"]
