import pytest

from common.errors import ConfigError
from competitions.webqa import predict
from competitions.webqa.config import Config


def test_an_empty_question_is_refused(tmp_path):
    path = tmp_path / "passages.txt"
    path.write_text("甲\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="question= is empty"):
        predict.main(Config(data=tmp_path), question=" ", input=str(path))
