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
    assert list(found.domain_lines()) == ["变压器", "母线"] and list(found.background_lines()) == ["天气"]
    assert found.seeds == ("变压器",) and found.gold == ("母线", "绕组")


def test_zipped_and_folders(tmp_path):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", a="变压器\n", b="母线\n")
    with gzip.open(tmp_path / "background.txt.gz", "wt", encoding="utf-8") as file:
        file.write("天气\n")
    found = data.load(tmp_path)
    assert list(found.domain_lines()) == ["变压器", "母线"] and list(found.background_lines()) == ["天气"]


def test_only_the_text_is_needed(tmp_path):
    found = data.load(write(tmp_path, data="变压器\n"))
    assert list(found.background_lines()) == [] and found.seeds == found.gold == ()


def test_another_encoding_is_offered_and_read(tmp_path):
    (tmp_path / "data.txt").write_bytes("变压器母线断路器绝缘子\n".encode("gb18030"))
    with pytest.raises(DataError, match="encoding="):
        list(data.load(tmp_path).domain_lines())
    assert list(data.load(tmp_path, "gb18030").domain_lines()) == ["变压器母线断路器绝缘子"]


def test_nothing_there_is_named(tmp_path):
    write(tmp_path, other="变压器\n")
    with pytest.raises(DataError, match=r"needs data\.txt.*found other\.txt"):
        data.load(tmp_path)


def fingerprints(folder):
    found = data.load(folder)
    return found.fingerprint, found.texts


def test_every_text_of_a_folder_counts(tmp_path):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data", a="变压器\n", b="母线\n")
    before = fingerprints(tmp_path)
    write(tmp_path / "data", b="绕组\n")
    after = fingerprints(tmp_path)
    assert before[0] != after[0] and before[1] != after[1]
    (tmp_path / "data" / "notes.md").write_text("no text of the domain")
    assert fingerprints(tmp_path) == after


def test_word_lists_leave_the_texts_what_they_are(tmp_path):
    write(tmp_path, data="变压器\n", background="天气\n")
    before = fingerprints(tmp_path)
    write(tmp_path, gold="母线\n", seeds="绕组\n")
    after = fingerprints(tmp_path)
    assert before[0] != after[0] and before[1] == after[1]
    (tmp_path / "seeds.txt").rename(tmp_path / "gold_more.txt")
    assert fingerprints(tmp_path)[0] != after[0], "the same words in another part are other data"


def test_two_texts_are_one_too_many(tmp_path):
    write(tmp_path, data="变压器\n")
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match=r"holds data\.txt and data"):
        data.load(tmp_path)


@pytest.mark.parametrize("line", ["绕组\t12", "绕组,12"])
def test_a_list_with_columns_is_refused_with_its_line(tmp_path, line):
    write(tmp_path, data="变压器\n", gold=f"母线\n{line}\n")
    with pytest.raises(DataError, match=r"gold\.txt line 2: expected one word a line"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        *(("主变压器 1000 n", "主变压器"), ("SF6 3 eng", "SF6"), ("合闸线圈 3", "合闸线圈"), ("绕组  nz", "绕组")),
        *(
            ("Edu Trust认证 2000", "Edu Trust认证"),
            ("gas meter", "gas meter"),
            ("变压器 GIS", "变压器 GIS"),
            ("1000 n", "1000 n"),
        ),
    ],
)
def test_a_line_of_a_jieba_dictionary_is_its_word(tmp_path, capsys, line, word):
    (tmp_path / "gold").mkdir()
    write(tmp_path, data="变压器\n", seeds=f"母线\n{line} \n{line}\n")
    write(tmp_path / "gold", a="断路器\n", b=f"{line}\n")
    found = data.load(tmp_path)
    assert found.seeds == ("母线", word) and found.gold == ("断路器", word)
    says = "line {}: '{}' is a line of jieba's dictionaries, read as its word alone ({} such lines)\n"
    said = [f"{tmp_path / 'seeds.txt'} {says.format(2, line, 2)}", f"{tmp_path / 'gold' / 'b.txt'} {says.format(1, line, 1)}"]
    assert capsys.readouterr().out == ("" if word == line else "".join(said))


def test_hidden_files_are_passed_over(tmp_path):
    for name in ("data", "gold"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, a="变压器\n")
    before = data.load(tmp_path)
    for name in ("._data.txt", "._gold.txt", "._seeds.txt", "data/._a.txt", "gold/._a.txt", "gold/.DS_Store"):
        (tmp_path / name).write_bytes(b"\0\5\x16\7\xff")
    assert data.load(tmp_path) == before
    assert list(before.domain_lines()) == ["变压器"] and before.gold == ("变压器",)


def test_what_make_data_prints(tmp_path, capsys):
    write(tmp_path, data="变压器\n母线㶲𬌗Ⅱ\n", gold="母线\n绕组\n")
    data.main(Config(data=tmp_path))
    shown = capsys.readouterr().out
    assert "background.txt    general text" in shown and "gold: 2 words, 1 of which do not occur" in shown
    assert shown.partition("Chinese")[2].split()[1:7] == ["domain", "data.txt", "2", "2", "8", "7"]
