import pytest

from competitions.power_vocab import metric, submit

TEXT = "检查变压器油，更换母线。"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("变压器油\n母线\n", None),
        ("变压器油\n母线\n母线\n", "line 3: '母线' stands on line 2 already"),
        ("变压器油\n断路器\n", "line 2: '断路器' does not occur in the text"),
        ("变压器油\n 母线\n", "line 2: expected a word without blanks"),
        ("变压器油\n\n母线\n", "line 2: expected a word without blanks"),
        ("变压器油\r\n母线\n", "line 1: expected a word without blanks"),
        ("", "the file is empty"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, content, fault):
    path = tmp_path / "power_vocab.csv"
    path.write_bytes(content.encode())
    faults = submit.check(path, TEXT)
    assert (not faults) if fault is None else any(fault in found for found in faults)


def test_too_many_words(tmp_path):
    path = tmp_path / "power_vocab.csv"
    words = [f"w{number}" for number in range(metric.WORDS + 1)]
    path.write_text("\n".join(words) + "\n")
    assert submit.check(path, " ".join(words)) == ["10,001 lines; at most 10,000 words are allowed"]


def test_another_encoding(tmp_path):
    path = tmp_path / "power_vocab.csv"
    path.write_bytes("母线\n".encode("gb18030"))
    assert submit.check(path, TEXT)[0].startswith("not UTF-8")
