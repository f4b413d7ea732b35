import numpy as np
import pytest

from common.errors import DataError
from common.text import vector_files
from common.text.word_vectors import WordVectors

BLANKS = np.frombuffer(b" \n\n?\r\n > \r?\n", "<f4")  # finite numbers whose bytes are blanks and ends of lines
VECTORS = WordVectors(("</s>", "猫", "New_York", "c++"), np.stack([BLANKS, -BLANKS, 2 * BLANKS, BLANKS[::-1]]))


def binary(words, end=b"\n", count=None, width=3):
    """The binary form of some rows."""
    body = b"".join(word + b" " + row.tobytes() + end for word, row in zip(words, VECTORS.vectors, strict=True))
    return f"{len(words) if count is None else count} {width}\n".encode() + body


WORDS = [word.encode() for word in VECTORS.words]


@pytest.mark.parametrize("form", ["binary", "text", "gensim"])
def test_every_form_keeps_every_bit(form, tmp_path):
    path = tmp_path / "vectors"
    if form == "gensim":
        vector_files.to_gensim(VECTORS).save(str(path))
    else:
        vector_files.write(VECTORS, path, binary=form == "binary")
    found, notes = vector_files.read(path)
    assert found.words == VECTORS.words and notes == []
    np.testing.assert_array_equal(found.vectors, VECTORS.vectors)


def test_gensim_reads_what_is_written(tmp_path):
    from gensim.models import KeyedVectors

    vector_files.write(VECTORS, tmp_path / "vectors.bin", binary=True)
    np.testing.assert_array_equal(KeyedVectors.load_word2vec_format(tmp_path / "vectors.bin", binary=True)["猫"], -BLANKS)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (binary(WORDS, count=3), "goes on at byte .* after the 3 words"),
        (binary(WORDS, width=4), "vector of word|should begin|cut off|holds no numbers"),
        (binary(WORDS)[:-6], "cut off inside the vector of word 4 of 4"),
        (b"2 2\na 1 2\nb 1\n", "line 3: a vector of width 1, where others have 2"),
        (b"a 1 2\nb 1 x\n", "line 2: expected a word and numbers, found 'b 1 x'"),
        (b"", "holds no word vectors"),
        (b"\x80\x04nothing", "begins like a file of gensim"),
    ],
)
def test_what_is_wrong_is_said_and_no_vector_is_shifted(content, says, tmp_path):
    (tmp_path / "vectors").write_bytes(content)
    with pytest.raises(DataError, match=says):
        vector_files.read(tmp_path / "vectors")


@pytest.mark.parametrize(
    ("content", "words", "note"),
    [
        (binary(WORDS, end=b""), 4, ""),  # without a newline behind each vector
        (binary(WORDS, count=9), 4, "promises 9 words, and it holds 4"),
        (binary([b"a", b"\xe7\x8c", b"b", b"c"]), 3, "word 2 .* was left out"),
        (binary([b"a", b"b", b"a", b"c"]), 3, "1 words stand there twice, and the first of each counts: a"),
        (b"a 1 2\nb 3 4\n", 2, ""),  # no first line
    ],
)
def test_what_can_be_read_is_read_and_the_rest_is_named(content, words, note, tmp_path):
    import re

    (tmp_path / "vectors").write_bytes(content)
    found, notes = vector_files.read(tmp_path / "vectors")
    assert len(found.words) == words
    assert re.search(note, " ".join(notes)) and bool(notes) == bool(note)


def test_words_that_the_files_cannot_hold_are_refused(tmp_path):
    with pytest.raises(DataError, match="'New York' is empty or holds a blank"):
        vector_files.write(WordVectors(("New York",), BLANKS[None]), tmp_path / "vectors")
    with pytest.raises(DataError, match="does not exist"):
        vector_files.read(tmp_path / "none")
