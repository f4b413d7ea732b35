import gzip
import math
import tracemalloc

import pytest

from common.errors import ConfigError, DataError
from common.text import corpus
from common.text.corpus import blocks, distinct, given_lines, read

LINES = ["变压器油", "", "  母线 110kV", "断路器"]
TEXT = "\n".join(LINES)


def written(path, text=TEXT, encoding="utf-8"):
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_lines_of_a_file_a_gz_and_a_folder(tmp_path):
    first, second = written(tmp_path / "a.txt"), written(tmp_path / "b.txt.gz")
    (tmp_path / "notes.md").write_text("no part of it", encoding="utf-8")
    assert list(read(first)) == list(read(str(first))) == list(read(second)) == LINES
    assert list(read(tmp_path)) == list(read([first, second])) == list(read([str(first), str(second)])) == LINES * 2


def test_strings_come_out_as_they_are():
    assert list(read(LINES)) == list(read(iter(LINES))) == LINES
    assert list(read(["两行\n一个"])) == ["两行\n一个"]
    assert list(read([])) == []
    assert list(read(["\0" * 3, "长" * 10_000])) == ["\0" * 3, "长" * 10_000]


def test_line_ends_of_windows_and_a_byte_order_mark_are_left_out_and_other_separators_stay(tmp_path):
    path = written(tmp_path / "a.txt", "变压器\r\n母\u2028线\x85\r\n", "utf-8-sig")
    assert list(read(path)) == ["变压器", "母\u2028线\x85"]


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_characters_that_lie_across_blocks_are_whole(tmp_path, monkeypatch, size):
    monkeypatch.setattr(corpus, "BLOCK", size)
    path = written(tmp_path / "a.txt", "变压\r\n器𠮷\n")
    assert list(corpus._decoded(path, "utf-8", size)) != []
    assert "".join(blocks(path, size=size)) == "变压\r\n器𠮷\n\n"
    assert "".join(blocks(["变压", "器𠮷"], size=size)) == "变压\n器𠮷\n"
    assert all(size <= len(block) < 2 * size for block in list(blocks(["变压器油" * 9] * 9, size=size))[:-1])


def test_a_long_line_is_read_once(tmp_path):
    line = "变压器油" * 800_000  # 9.6 MB
    assert list(read(written(tmp_path / "a.txt", line + "\n" + line))) == [line, line]


def test_a_gz_that_unpacks_to_more_than_text_does_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, "PLENTY", 1 << 19)
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"\n" * (1 << 22)))
    for lines in (read, blocks):
        with pytest.raises(DataError, match=r"a\.txt\.gz unpacks to more than 524,288 bytes, which no text of its size does"):
            sum(len(line) for line in lines(path))
    monkeypatch.setattr(corpus, "TIMES", 1 << 24)
    assert sum(1 for _ in read(path)) == 1 << 22
    monkeypatch.setattr(corpus, "TIMES", 0)
    path.with_suffix("").write_bytes(b"\n" * (1 << 22))
    assert sum(1 for _ in read(path.with_suffix(""))) == 1 << 22, "what is not packed may be of any size"


def test_a_corpus_is_never_whole_in_memory(tmp_path):
    path = written(tmp_path / "a.txt", ("变压器" * 100 + "\n") * 40_000)
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 40_000
    assert sum(map(len, blocks(path))) == 301 * 40_000 + 1
    assert tracemalloc.get_traced_memory()[1] < 12 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "data, message",
    [
        ("变压器\n母线".encode("gb18030"), r"line 1: not utf-8; it reads as GBK: give encoding=gb18030"),
        ("一\n二\n".encode() + "变压器".encode("gbk"), r"line 3: not utf-8; it reads as GBK: give encoding=gb18030"),
        ("变压器".encode("utf-16"), r"line 1: not utf-8; it begins like utf-16: give encoding=utf-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe", r"no text, for it holds zero bytes"),
        (b"\xff\xff\xff", r"not utf-8; give its encoding"),
        ("变压器".encode()[:-1], r"not utf-8"),
    ],
)
def test_other_encodings_and_binary_files_are_named(tmp_path, data, message):
    (tmp_path / "a.txt").write_text("母线", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(data)
    with pytest.raises(DataError, match=r"b\.txt, " + ".*" + message):
        list(read(tmp_path))


def test_the_line_of_a_fault_is_counted_through_blocks(tmp_path):
    (tmp_path / "a.txt").write_bytes("变压器\n".encode() * 300_000 + "变压器".encode("gbk"))
    with pytest.raises(DataError, match=r"a\.txt, line 300001: .*GBK"):
        list(read(tmp_path / "a.txt"))


def test_a_given_encoding_is_used(tmp_path):
    for encoding in ("gb18030", "utf-16"):
        assert list(read(written(tmp_path / "a.txt", encoding=encoding), encoding)) == LINES
    with pytest.raises(ConfigError, match="encoding=utf-9: there is no such encoding of text"):
        list(read(tmp_path / "a.txt", "utf-9"))


def test_zero_bytes_are_characters(tmp_path):
    assert list(read(written(tmp_path / "a.txt", "变\0压"))) == ["变\0压"]


def test_missing_files_empty_folders_and_broken_archives(tmp_path):
    with pytest.raises(DataError, match=r"none\.txt does not exist"):
        list(read(tmp_path / "none.txt"))
    with pytest.raises(DataError, match="holds no text file"):
        list(read(tmp_path))
    path = written(tmp_path / "a.txt.gz", "变压器油" * 1000)
    with pytest.raises(DataError, match=r"none\.txt does not exist"):
        list(read([str(path), "none.txt"]))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DataError, match=r"a\.txt\.gz cannot be read to its end"):
        list(read(path))


def test_repeated_texts_are_left_out():
    assert list(distinct(["一", "二", "一", "\ud800", "\ud800", ""])) == ["一", "二", "\ud800", ""]


@pytest.mark.parametrize("name", ["none/变压器.txt", "变压器.txt.gz", "/none/变压器", "none/", "变" * 300 + ".txt"])
def test_names_of_missing_files_are_no_text(name):
    with pytest.raises(DataError, match=f"{name.rstrip('/')} does not exist"):
        list(read([name] * 50))


@pytest.mark.parametrize("text", ["10/35kV变压器", "变压器\n油.txt", "变压器.txt。", "变" * 5000 + ".txt"])
def test_text_that_does_not_look_like_a_path_is_text(text):
    assert list(read([text, "母线.txt"])) == [text, "母线.txt"]


@pytest.mark.parametrize("item", [None, ["变压器"], b"\xe5\x8f\x98", 7, math.nan])
def test_what_is_no_string_is_named_with_its_number(item, tmp_path):
    path = written(tmp_path / "a.txt")
    for before in ([], ["母线", "油"], [path]):
        for reader in (read, blocks):
            with pytest.raises(DataError, match=f"Item {len(before) + 1} of the corpus is of type {type(item).__name__}"):
                list(reader([*before, item]))


@pytest.mark.parametrize("corpus_given", [None, 7, "变压器".encode()])
def test_what_is_no_corpus_is_refused(corpus_given):
    with pytest.raises(DataError, match=f"The corpus is of type {type(corpus_given).__name__}; expected a path"):
        list(read(corpus_given))


@pytest.mark.parametrize(
    "data, message",
    [
        ("变压器油".encode("utf-16-le"), r"a\.txt: not utf-16 .* give its encoding, for example utf-16-le"),
        ("变压器".encode("utf-16")[:-1], r"a\.txt, line 1: it begins like utf-16, and does not go on so"),
    ],
)
def test_a_file_that_is_not_in_the_encoding_that_was_given(tmp_path, data, message):
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(DataError, match=message):
        list(read(tmp_path / "a.txt", "utf-16"))


@pytest.mark.parametrize("encoding", ["hex", "base64", "rot13", "zlib", "utf-\0", None, 8])
def test_what_is_no_encoding_of_text_is_refused(tmp_path, encoding):
    with pytest.raises(ConfigError, match=r"encoding=.*: there is no such encoding of text"):
        list(read(written(tmp_path / "a.txt"), encoding))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no passage; expected one a line"),
        (b" \n\n", "holds no passage"),
        ("甲".encode("gbk"), "byte 1: not UTF-8; convert it"),
        (None, "does not exist; expected a text with one passage a line"),
    ],
)
def test_a_text_of_ones_own_that_cannot_be_read_is_named(tmp_path, content, message):
    path = tmp_path / "mine.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=f"input={path}.*{message}"):
        given_lines(str(path), "passage")
    with pytest.raises(DataError, match="is a folder"):
        given_lines(tmp_path, "passage")


def test_lines_of_ones_own_end_at_newlines_only(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes("\ufeff甲\r\n\n 乙\u2028丙\n丁".encode())
    assert given_lines(path, "sentence") == ["甲", "乙\u2028丙", "丁"]
