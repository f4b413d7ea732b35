"""The official files and plain-text ones; every fault is named with its file and line."""

import re
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from common.errors import DataError
from competitions.ppd import data, embeddings

FILES = {
    "question.csv": "qid,words,chars\nQ1,W1 W2,L1 L2 L3\nQ2,W2 W3,L3\nQ3,W9 W1,L1 L8 L9\nQ4,W3,L2\n",
    "train.csv": "label,q1,q2\n1,Q1,Q2\n0,Q3,Q1\n",
    "test.csv": "q1,q2\nQ2,Q3\nQ4,Q1\n",
    "word_embed.txt": "W1 0.5 1\nW2 -1 2e-1\nW3 0 0.8\n",
    "char_embed.txt": "L1 1 0 0\nL2 0 1 0\nL3 0 0 1\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_questions_become_rows_of_ids_and_pairs_rows_of_questions(folder, capsys):
    dataset = data.load(folder)
    assert dataset.names.tolist() == ["Q1", "Q2", "Q3", "Q4"]
    assert [dataset.word.ids[row].tolist() for row in range(4)] == [[1, 2], [2, 3], [4, 1], [3]]
    assert [dataset.char.ids[row].tolist() for row in range(4)] == [[1, 2, 3], [3], [1, 4, 5], [2]]
    assert dataset.char.names.tolist() == ["L1", "L2", "L3", "L8", "L9"]
    assert dataset.pairs.tolist() == [[0, 1], [2, 0]] and dataset.labels.tolist() == [1, 0]
    assert dataset.test_pairs.tolist() == [[1, 2], [3, 0]]
    assert dataset.all_pairs.tolist() == [[0, 1], [2, 0], [1, 2], [3, 0]]


def test_ids_without_an_embedding_are_counted_and_share_a_vector(folder, capsys):
    dataset = data.load(folder)
    np.testing.assert_allclose(dataset.word.vectors, [[0, 0], [0.5, 1], [-1, 0.2], [0, 0.8], [-0.5 / 3, 2 / 3]], atol=1e-6)
    np.testing.assert_array_equal(dataset.char.vectors[4], dataset.char.vectors[5])
    shown = capsys.readouterr().out
    assert "word_embed.txt: 1 ids of question.csv have no embedding and share one (1 occurrences; one is W9)" in shown
    assert "char_embed.txt: 2 ids of question.csv have no embedding and share one (2 occurrences; one is L8)" in shown
    data.load(folder, report=False)
    assert not capsys.readouterr().out


def test_a_chunk_of_questions_does_not_show(folder, monkeypatch):
    whole = data.load(folder, report=False)
    monkeypatch.setattr(data, "CHUNK", 2)
    parts = data.load(folder, report=False)
    np.testing.assert_array_equal(whole.char.ids.values, parts.char.ids.values)
    np.testing.assert_array_equal(whole.char.ids.bounds, parts.char.ids.bounds)


def test_zip_windows_line_ends_and_a_byte_order_mark(folder):
    expected = data.load(folder, report=False)
    (folder / "question.csv").write_bytes(("\ufeff" + FILES["question.csv"].replace("\n", "\r\n")).encode())
    (folder / "word_embed.txt").unlink()
    with zipfile.ZipFile(folder / "word_embed.zip", "w") as archive:
        archive.writestr("word_embed.txt", FILES["word_embed.txt"].replace("\n", " \r\n"))
        archive.writestr("__MACOSX/._word_embed.txt", "junk")
        archive.writestr("._word_embed.txt", "junk")
    found = data.load(folder, report=False)
    assert found.names.tolist() == expected.names.tolist()
    np.testing.assert_array_equal(found.word.vectors, expected.word.vectors)
    np.testing.assert_array_equal(found.char.ids.values, expected.char.ids.values)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("word_embed.txt", lambda text: text.replace(" ", "\t", 1)),
        ("word_embed.txt", lambda text: text.replace(" ", "\t")),
        ("word_embed.txt", lambda text: f"3 2\n{text}"),
        ("train.csv", lambda text: text.replace(",", " , ")),
        ("train.csv", lambda text: re.sub("^([01]),", r"\1.0,", text, flags=re.MULTILINE)),
        ("question.csv", lambda text: text.replace(",", ", ")),
    ],
    ids=["tab behind the id", "tabs", "word2vec's first line", "blanks in fields", "labels as floats", "blanks in questions"],
)
def test_what_other_tools_write_is_the_same_data(folder, name, change):
    expected = data.load(folder, report=False)
    text = (folder / name).read_text()
    assert change(text) != text
    (folder / name).write_text(change(text))
    found = data.load(folder, report=False)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(found.pairs, expected.pairs)
    for unit in data.UNITS:
        np.testing.assert_array_equal(getattr(found, unit).vectors, getattr(expected, unit).vectors)
        np.testing.assert_array_equal(getattr(found, unit).ids.values, getattr(expected, unit).ids.values)


def test_embeddings_of_other_ids_are_refused(folder):
    path = folder / "word_embed.txt"
    path.write_text(path.read_text().lower())
    with pytest.raises(DataError, match=r"word_embed.txt has embeddings for 0.0% of the tokens.*such as w1.*such as W"):
        data.load(folder, report=False)


def test_without_test_pairs(folder):
    (folder / "test.csv").unlink()
    dataset = data.load(folder, report=False)
    assert dataset.test_pairs is None and dataset.all_pairs is dataset.pairs


def test_a_pair_of_a_question_with_itself_is_reported(folder, capsys):
    (folder / "train.csv").write_text("label,q1,q2\n1,Q1,Q2\n1,Q4,Q4\n0,Q3,Q1\n")
    (folder / "test.csv").write_text("q1,q2\nQ2,Q2\nQ4,Q1\n")
    dataset = data.load(folder)
    assert dataset.pairs.tolist() == [[0, 1], [2, 0]] and dataset.labels.tolist() == [1, 0]
    assert dataset.test_pairs.tolist() == [[1, 1], [3, 0]], "a test row needs its answer"
    shown = capsys.readouterr().out
    assert "train.csv line 3: a pair of a question with itself, left out (1 such lines)" in shown
    assert "test.csv line 2: a pair of a question with itself, kept, for it needs an answer (1 such lines)" in shown


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "question.csv",
            "qid,words,chars\nQ1,W1,L1\nQ2,W2,L2\nQ1,W3,L3\n",
            "question.csv line 4: a qid that stands above",
        ),
        ("question.csv", "qid,words,chars\nQ1,W1,L1\nQ2, ,L2\n", "question.csv line 3: no words"),
        ("question.csv", "qid,words,chars\nQ1,W1,\nQ2,W1,L2\n", "question.csv line 2: no chars"),
        ("question.csv", "qid,words\nQ1,W1\n", "question.csv line 1: no column 'chars'"),
        ("question.csv", "", "question.csv is empty; expected a header line qid,words,chars"),
        ("question.csv", "qid,words,chars\n", "question.csv holds nothing below its header"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2\n0,Q3,Q9\n", r"train.csv line 3: a qid that question.csv does not have: '0,Q3,Q9'"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2\n2,Q3,Q1\n", "train.csv line 3: a label other than 0 and 1: '2,Q3,Q1'"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2\n,Q3,Q1\n", "train.csv line 3: a label other than 0 and 1"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2,Q3,Q4\n0,Q1,Q2,Q3,Q4,Q4\n", "train.csv is no CSV file with label,q1,q2"),
        ("train.csv", "q1,q2\nQ1,Q2\n", "train.csv line 1: no column 'label'"),
        ("train.csv", "label,q1,q2\n7,1,Q1,Q2\n", "train.csv line 2: more fields than the header label,q1,q2 names: '7,...'"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2\n\n0,Q3,Q1\n", "train.csv line 3: a qid that question.csv does not have"),
        ("train.csv", "label,q1,q2\n1,Q1,Q2\n1,Q3,Q1\n\n\n", "train.csv: 2 pairs with label 1 and 0 with 0; both are needed"),
        ("test.csv", "q1,q2\nQ1,\n", "test.csv line 2: a qid that question.csv does not have"),
        ("word_embed.txt", "W1 0.5 1\nW2 -1\n", "word_embed.txt line 2: 1 numbers after 'W2', expected 2 as on line 1"),
        ("word_embed.txt", "W1 0.5 1\nW2 -1 2 3\n", "word_embed.txt line 2: 3 numbers after 'W2', expected 2"),
        ("word_embed.txt", "W1\nW2 -1 2 3\n", "word_embed.txt line 1: 0 numbers after 'W1', expected 1"),
        ("word_embed.txt", "W1 0.5 1\n\nW2 -1 2\n", "word_embed.txt line 2: 0 numbers after ''"),
        ("word_embed.txt", "W1 0.5 1\nW2 -1 x\n", "word_embed.txt line 2: not a number"),
        ("word_embed.txt", "W1 0.5 1\nW2 １ 2\n", "word_embed.txt line 2: not a number"),  # full-width
        ("word_embed.txt", "W1 0.5 1\nW2 1_0 2\n", "word_embed.txt line 2: not a number"),
        ("word_embed.txt", "W1 0.5 1\nW2 -1 nan\n", "word_embed.txt line 2: a number that is not finite"),
        ("word_embed.txt", "W1 0.5 1\nW1 -1 1\n", "word_embed.txt line 2: the id 'W1' stands above already"),
        ("word_embed.txt", "", "word_embed.txt line 1: 0 numbers"),
    ],
)
def test_a_bad_file_is_named_with_its_line(folder, name, text, message):
    (folder / name).write_text(text)
    with pytest.raises(DataError, match=message):
        data.load(folder, report=False)


def test_missing_and_broken_files(folder):
    (folder / "train.csv").unlink()
    with pytest.raises(DataError, match=r"train.csv is missing. `make data COMP=ppd`"):
        data.load(folder, report=False)
    (folder / "char_embed.txt").rename(folder / "char_embed.zip")
    with pytest.raises(DataError, match=r"char_embed.zip is no complete zip file"):
        data.load(folder, report=False)
    (folder / "question.csv").write_bytes(b"qid,words,chars\nQ1,\xff,L1\n")
    with pytest.raises(DataError, match=r"question.csv is not UTF-8 text"):
        data.load(folder, report=False)
    (folder / "char_embed.zip").unlink()
    with pytest.raises(DataError, match=r"needs char_embed.txt or char_embed.zip"):
        data.load(folder, report=False)


def test_a_zip_of_several_texts_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "word_embed.zip", "w") as archive:
        archive.writestr("a.txt", "W1 1\n")
        archive.writestr("b.txt", "W2 1\n")
    with pytest.raises(DataError, match=r"must hold one .txt file, found a.txt, b.txt"):
        embeddings.read(tmp_path / "word_embed.zip")


def test_a_zip_that_unpacks_to_more_than_numbers_do_is_refused_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "word_embed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word_embed.txt", b"W1 1\n" * (20 << 20))
    assert path.stat().st_size < 1 << 18
    tracemalloc.start()
    try:
        with pytest.raises(
            DataError, match=r"word_embed\.zip unpacks to more than [\d,]+ bytes, which no embeddings of its size do"
        ):
            embeddings.read(path)
        assert tracemalloc.get_traced_memory()[1] < 40 << 20
    finally:
        tracemalloc.stop()


def test_embeddings_as_wide_as_the_contest_s_are_read_at_once(tmp_path):
    row = " ".join(["-0.1234"] * 300)
    path = tmp_path / "word_embed.txt"
    path.write_text("".join(f"W{number:05d} {row}\n" for number in range(2000)))
    started = time.process_time()
    names, vectors = embeddings.read(path)
    assert time.process_time() - started < 1
    assert len(names) == 2000 and vectors.shape == (2000, 300) and vectors.dtype == np.float32


def test_plain_text_pairs(tmp_path, capsys):
    lines = ["怎么还款\t如何还款\t1", "怎么还款\t怎么借款\t0", "如何还款\t怎么还款\t1", "ＡＰＰ在哪\tapp在哪\t1"]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\r\n")
    dataset = data.load(tmp_path)
    assert dataset.names.tolist() == ["怎么还款", "如何还款", "app在哪", "怎么借款"]
    assert dataset.pairs.tolist() == [[0, 1], [0, 3], [1, 0]] and dataset.labels.tolist() == [1, 0, 1]
    assert "line 4: a pair of a question with itself, left out" in capsys.readouterr().out, "the same in half width"
    assert dataset.char.ids.lengths.tolist() == [4, 4, 5, 4]
    assert dataset.char.vectors.shape == (len(dataset.char.names) + 1, data.OWN_WIDTH)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\t1\na\tb\n", "pairs.tsv line 2: expected 3 fields with tabs between, found 'a\tb'"),
        ("a\tb\t1\na\t\t1\n", "pairs.tsv line 2: expected 3 fields"),
        ("a\tb\t1\na\tb\t2\n", "pairs.tsv line 2: a label other than 0 and 1"),
        ("", "pairs.tsv line 1: expected 3 fields"),
    ],
)
def test_bad_plain_text(tmp_path, text, message):
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(DataError, match=message):
        data.load(tmp_path)


def test_groups(tmp_path):
    path = tmp_path / "groups.tsv"
    path.write_text("7\t怎么还款\n7\t如何还款\n3\tＡ借款\n")
    groups, texts = data.read_groups(path)
    assert groups.tolist() == [0, 0, 1] and texts == ["怎么还款", "如何还款", "a借款"]
    path.write_text("7\t怎么还款\n如何还款\n")
    with pytest.raises(DataError, match=r"groups.tsv line 2: expected 2 fields"):
        data.read_groups(path)
    with pytest.raises(DataError, match=r"is missing"):
        data.read_groups(tmp_path / "none.tsv")
