import pytest

from competitions.power_vocab import metric, submit

TEXT = "检查变压器油，更换母线。SF6"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("变压器油\n母线\n", None),
        ("变压器油\n母线\n母线\n", "line 3: '母线' stands on line 2 already"),
        ("变压器油\n断路器\n", "line 2: '断路器' does not occur in the text"),
        ("变压器油\n母线\nＳＦ6\n", "line 3: 'ＳＦ6' does not occur in the text"),
        ("变压器油\n 母线\n", "line 2: expected a word without blanks around it, found ' 母线'"),
        ("变压器油\n\n母线\n", "line 2: expected a word without blanks around it, found ''"),
        ("变压器油\r\n母线\n", "line 1: expected a word without blanks around it, found '变压器油\r'"),
        ("", "the file is empty"),
        ("母线\n".encode("gb18030"), "not UTF-8: "),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, content, fault):
    path = tmp_path / "power_vocab.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    faults = submit.check(path, [TEXT])
    assert (not faults) if fault is None else len(faults) == 1 and faults[0].startswith(fault)


def test_too_many_words(tmp_path, monkeypatch):
    assert metric.WORDS == 10_000
    monkeypatch.setattr(metric, "WORDS", 1_000)
    path = tmp_path / "power_vocab.csv"
    words = [f"w{number}" for number in range(1_001)]
    path.write_text("\n".join(words) + "\n")
    assert submit.check(path, [" ".join(words)]) == ["1,001 lines; at most 1,000 words are allowed"]
