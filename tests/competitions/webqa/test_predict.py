import pytest

from common.errors import ConfigError, DataError
from competitions.webqa import predict
from competitions.webqa.config import Config


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "holds no passage"), (b" \n\n", "holds no passage"), ("甲".encode("gbk"), "not UTF-8")]
)
def test_unusable_passages_are_refused(tmp_path, content, message):
    path = tmp_path / "passages.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        predict.read_passages(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        predict.read_passages(tmp_path / "none.txt")


def test_passages_are_lines_whatever_their_ends(tmp_path):
    path = tmp_path / "passages.txt"
    path.write_bytes("\ufeff甲\r\n\n乙\u2028丙\n".encode())
    assert [passage.text for passage in predict.read_passages(path)] == ["甲", "乙\u2028丙"]


def test_an_empty_question_is_refused(tmp_path):
    path = tmp_path / "passages.txt"
    path.write_text("甲\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="question= is empty"):
        predict.main(Config(data=tmp_path), question=" ", input=str(path))
