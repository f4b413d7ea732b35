import pytest

from common.errors import ConfigError, DataError
from competitions.word_similarity import data
from competitions.word_similarity.config import Config


def test_texts_that_hold_odd_characters_or_another_encoding(tmp_path):
    (tmp_path / "text.txt").write_text("猫 狗\u2028鱼 😀 ＡＢ\n单\n。 ，\n", encoding="utf-8")
    config = Config(data=tmp_path, segmented=True)
    assert list(data.segmented(config, [tmp_path / "text.txt"])) == [["猫", "狗", "鱼", "ab"]]
    (tmp_path / "text.txt").write_bytes("猫 狗\n".encode("gb18030"))
    with pytest.raises(DataError, match="give encoding=gb18030"):
        list(data.segmented(config, [tmp_path / "text.txt"]))
    with_name = Config(data=tmp_path, segmented=True, encoding="gb18030")
    assert list(data.segmented(with_name, [tmp_path / "text.txt"])) == [["猫", "狗"]]


def test_missing_files_and_impossible_settings_are_named(tmp_path):
    with pytest.raises(DataError, match="train holds no rated pairs"):
        data.load(Config(data=tmp_path))
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "pairs.tsv").write_text("a\tb\t1\n")
    with pytest.raises(DataError, match="text holds no text"):
        data.load(Config(data=tmp_path))
    with pytest.raises(ConfigError, match="model=given needs vectors=FILE"):
        Config(model=("given",))
    assert Config(shared_table=True).shared_table
    with pytest.raises(ConfigError, match="shared_table=true: subword_skip_gram has parts of words as input"):
        Config(shared_table=True, model=("counted", "subword_skip_gram"))
    with pytest.raises(ConfigError, match="steps=10: a block must be longer than two windows"):
        Config(steps=10)
