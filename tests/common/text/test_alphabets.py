import pytest

from common.errors import DataError
from common.text.alphabets import alphabet_of


def test_alphabets():
    assert len(alphabet_of("gb2312")) == 3755 + 62 == len(set(alphabet_of("gb2312")))
    with pytest.raises(DataError, match="alphabet=latni: expected"):
        alphabet_of("latni")


def test_an_alphabet_may_be_a_text(tmp_path):
    (tmp_path / "own.txt").write_text("一 二\n三一\n")
    assert alphabet_of(str(tmp_path / "own.txt")) == tuple("一二三")
    (tmp_path / "blank.txt").write_text(" \n")
    with pytest.raises(DataError, match="holds no character"):
        alphabet_of(str(tmp_path / "blank.txt"))
