import gzip

import pytest

from common.errors import DataError
from competitions.power_vocab import data
from competitions.power_vocab.config import Config


def write(folder, **files):
    for name, content in files.items():
        (folder / f"{name}.txt").write_text(content, encoding="utf-8")
    return folder


def test_all_parts(tmp_path):
    write(tmp_path, data="变压器\n母线\n", background="天气\n", seeds="变压器\n", gold="母线\n", gold_more="绕组\n母线\n")
    found = data.load(tmp_path)
    assert found.domain_text() == "变压器\n母线" and found.background_text() == "天气"
    assert found.seeds == ("变压器",) and found.gold == ("母线", "绕组")


def test_zipped_and_folders(tmp_path):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", a="变压器\n", b="母线\n")
    with gzip.open(tmp_path / "background.txt.gz", "wt", encoding="utf-8") as file:
        file.write("天气\n")
    found = data.load(tmp_path)
    assert found.domain_text() == "变压器\n母线" and found.background_text() == "天气"


def test_only_the_text_is_needed(tmp_path):
    found = data.load(write(tmp_path, data="变压器\n"))
    assert found.background_text() == "" and found.seeds == found.gold == ()


def test_another_encoding_is_offered_and_read(tmp_path):
    (tmp_path / "data.txt").write_bytes("变压器母线断路器绝缘子\n".encode("gb18030"))
    with pytest.raises(DataError, match="encoding="):
        data.load(tmp_path).domain_text()
    assert data.load(tmp_path, "gb18030").domain_text() == "变压器母线断路器绝缘子"


def test_nothing_there_is_named(tmp_path):
    write(tmp_path, other="变压器\n")
    with pytest.raises(DataError, match=r"needs data\.txt.*found other\.txt"):
        data.load(tmp_path)


def test_two_texts_are_one_too_many(tmp_path):
    write(tmp_path, data="变压器\n")
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match=r"holds data\.txt and data"):
        data.load(tmp_path)


def test_a_list_with_columns_is_refused_with_its_line(tmp_path):
    write(tmp_path, data="变压器\n", gold="母线\n绕组\t12\n")
    with pytest.raises(DataError, match=r"gold\.txt line 2: expected one word a line"):
        data.load(tmp_path)


def test_what_make_data_prints(tmp_path, capsys):
    write(tmp_path, data="变压器\n母线\n", gold="母线\n绕组\n")
    data.main(Config(data=tmp_path))
    shown = capsys.readouterr().out
    assert "background.txt    general text" in shown and "gold: 2 words, 1 of which do not occur" in shown
