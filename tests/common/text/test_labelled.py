"""Sets of labelled texts in every layout, with what people's programs make of them."""

import bz2

import pytest

from common.errors import DataError
from common.text import labelled

ROWS = [
    ("0", '"The lid is loose, they say'),
    ("1", "很好用，\u2028推荐😀"),
    ("0", "屏幕坏了；不值"),
    ("1", 'a 7" screen; fine'),
] * 3
CSV_ROWS = [*ROWS, ("1", "two lines\nof 𠮷")]


def write(folder, name, content):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def csv_text(separator=",", end="\r\n"):
    quoted = [(label, '"' + text.replace('"', '""').replace("\n", end) + '"') for label, text in CSV_ROWS]
    return end.join(separator.join(row) for row in [("label", "text"), *quoted]) + end


def test_a_table_keeps_quotes_and_line_separators_that_end_no_line(tmp_path):
    lines = "".join(f"{label}\t{text}\n" for label, text in ROWS)
    write(tmp_path, "train.tsv.bz2", bz2.compress(lines.encode()))
    write(tmp_path, "test.tsv", "t0\tquite good\nt1\t不好\n")
    write(tmp_path, "unlabelled.txt", "who knows\n\n谁知道\ttab\n")
    found = labelled.load(tmp_path)
    assert found.train.texts == tuple(text for _, text in ROWS) and found.classes == ("0", "1")
    assert [found.classes[label] for label in found.train.labels] == [label for label, _ in ROWS]
    assert found.test.ids == ("t0", "t1") and found.test.labels is None
    assert found.unlabelled.texts == ("who knows", "谁知道\ttab")


@pytest.mark.parametrize(
    ("content", "noted"),
    [
        (csv_text().encode(), ""),
        (b"\xef\xbb\xbf" + csv_text().encode(), ""),
        (csv_text(";").encode(), ""),
        (csv_text(end="\r").encode(), ""),
        (csv_text("\t").encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + csv_text().encode("utf-16-be"), "utf-16"),
        (csv_text().encode("gb18030"), "gb18030"),
    ],
    ids=["plain", "mark", "semicolon", "old mac", "utf-16 tabs", "utf-16-be", "gb18030"],
)
def test_what_spreadsheets_write_is_the_same_set(content, noted, tmp_path):
    found = labelled.load(write(tmp_path / "set", "train.csv", content))
    assert [text.replace("\r\n", "\n").replace("\r", "\n") for text in found.train.texts] == [text for _, text in CSV_ROWS]
    assert found.classes == ("0", "1")
    assert all(noted in note for note in found.notes) and bool(noted) == bool(found.notes)


def test_folders_of_classes_with_what_lies_about_in_them(tmp_path):
    for part in ("train", "test"):
        for label in ("neg", "pos"):
            (tmp_path / part / label).mkdir(parents=True)
            for number in range(3):
                (tmp_path / part / label / f"{number}_7.txt").write_text(f"{label} {number}")
    (tmp_path / "train" / "unsup").mkdir()
    (tmp_path / "train" / "unsup" / "0_0.txt").write_text("neither")
    place = tmp_path / "train" / "pos"
    (place / "10_9.txt").write_bytes("caf\xe9 \x93fine\x94".encode("latin-1"))
    (place / "2_7.txt").write_text(" ")
    for name in (".DS_Store", "._0_7.txt", "Thumbs.db", "0_7.txt~"):
        (place / name).write_bytes(b"\0\1")
    found = labelled.load(tmp_path)
    assert found.classes == ("neg", "pos") and len(found.unlabelled.texts) == 1 and len(found.test.texts) == 6
    assert found.train.ids == tuple(
        f"train/{one}" for one in ("neg/0_7", "neg/1_7", "neg/2_7", "pos/0_7", "pos/1_7", "pos/10_9")
    )
    assert found.train.texts[-1] == "café “fine”"
    notes = " ".join(found.notes)
    assert "cp1252" in notes and "passed over: 4 files" in notes and "1 training texts that are empty" in notes


def test_a_file_for_each_class(tmp_path):
    write(tmp_path, "pos.txt", "好\n\n很好\n")
    write(tmp_path, "neg.txt", "差\n很差\n")
    write(tmp_path, "test_neg.txt", "坏\n")
    found = labelled.load(tmp_path)
    assert found.train.texts == ("差", "很差", "好", "很好") and found.train.labels.tolist() == [0, 0, 1, 1]
    assert found.test.labels.tolist() == [0]


def test_a_text_without_end_is_cut(tmp_path):
    long = "好" * 150_000
    found = labelled.load(write(tmp_path / "set", "train.tsv", f"0\t{long}\n" + "1\tb\n0\tc\n1\td\n"))
    assert len(found.train.texts[0]) == labelled.LONGEST and "1 texts were cut" in found.notes[0]


FAULTS = {
    "one column": ("train.tsv", "0\ta\nb\n1\tc\n", r"train\.tsv, line 2: one column"),
    "no labels": ("train.tsv", "".join(f"{n}\ttext {n}\n" for n in range(60)), "60 different labels"),
    "header without label": ("train.tsv", "id\ttext\n1\ta\n2\tb\n", "no column of labels"),
    "one class": ("train.tsv", "1\ta\n1\tb\n", "only the class '1'"),
    "stray label": ("train.tsv", "0\ta\n1\tb\n" * 3 + "?\te\n", r"line 7: the label '\?' stands nowhere else"),
    "open quote": ("train.csv", 'label,text\n0,"a\n1,b\n', r"train\.csv, line 2: not CSV"),
    "a comma too many": ("train.csv", "label,text\n0,a, b\n1,c\n0,d\n", r"line 2: 3 columns"),
    "no text at all": ("train.tsv", b"0\t\x00\xff\xfe\n1\t\x81\n", r"train\.tsv, line 1: not UTF-8"),
    "empty": ("train.tsv", "\n\n", "holds no text"),
    "nothing": ("readme.md", "hello", "holds no labelled texts; expected one of"),
}


@pytest.mark.parametrize(("name", "content", "message"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_read_is_named(name, content, message, tmp_path):
    with pytest.raises(DataError, match=message):
        labelled.load(write(tmp_path / "set", name, content))


def test_faults_of_a_test_part_are_named(tmp_path):
    write(tmp_path, "train.tsv", "0\ta\n1\tb\n0\tc\n1\td\n")
    write(tmp_path, "test.tsv", "0\ta\n2\tb\n0\tc\n")
    with pytest.raises(DataError, match=r"test\.tsv, line 2: the label '2' is none of those in training: 0, 1"):
        labelled.load(tmp_path)
    write(tmp_path, "test.tsv", "id\ttext\n7\ta\n7\tb\n")
    with pytest.raises(DataError, match="the id '7' stands there 2 times"):
        labelled.load(tmp_path)
    write(tmp_path, "test.tsv", "id\ttext\n7\t\n8\tb\n")
    assert labelled.load(tmp_path).test.texts == ("", "b")
