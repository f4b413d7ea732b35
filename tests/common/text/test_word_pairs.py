import numpy as np
import pytest

from common.errors import DataError
from common.text.word_pairs import read_analogies, read_pairs

ROWS = [("king", "queen", 8.1), ("猫", "狗", 7.0), ("北京", "中国", 5.5)]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{one}\t{other}\t{rating}\n" for one, other, rating in ROWS),
        "".join(f"{one} {other}   {rating}\n" for one, other, rating in ROWS),
        "\ufeff" + "".join(f"{one}\t{other}\t{rating}\n" for one, other, rating in ROWS),
        "Word 1,Word 2,Human (mean)\r\n" + "".join(f'{one},"{other}",{rating}\r\n' for one, other, rating in ROWS),
        "# made up\n% too\n\n" + "".join(f"{one}\t{other}\t{rating}\n" for one, other, rating in ROWS) + "\n#end\n",
    ],
    ids=["tabs", "blanks", "mark", "commas", "comments"],
)
def test_pairs_in_every_layout(text, tmp_path):
    (tmp_path / "pairs.tsv").write_text(text, encoding="utf-8", newline="")
    pairs, ratings = read_pairs(tmp_path / "pairs.tsv", rated=True)
    assert [(*pair[1:], rating) for pair, rating in zip(pairs, ratings, strict=True)] == ROWS


def test_bad_lines_are_named_and_a_missing_rating_is_no_fault_of_a_test_pair(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\t8\nc\td\t7,5\ne\tf\ng\th\t\ni\tj\tn/a\nk\tl\t8\tmore\n")
    with pytest.raises(DataError) as error:
        read_pairs(path, rated=True)
    assert [f"line {number}:" in str(error.value) for number in range(1, 7)] == [False, *[True] * 5]
    path.write_text("word1\tword2\nqueen\tking\nking\tqueen\nqueen\tking\n")
    pairs, ratings = read_pairs(path, rated=False)
    assert [pair[1:] for pair in pairs] == [("queen", "king"), ("king", "queen"), ("queen", "king")] and np.isnan(ratings).all()


def test_questions_by_section_and_lines_that_are_none(tmp_path):
    text = "a b c d\n: royal\r\na b c d\r\n\r\na b c\n: empty\n"
    (tmp_path / "questions.txt").write_text(text, newline="")
    questions, faults = read_analogies(tmp_path)
    assert {section: len(asked) for section, asked in questions.items()} == {
        "questions: (before the first section)": 1,
        "questions: royal": 1,
        "questions: empty": 0,
    }
    assert len(faults) == 1 and "line 5: expected four words" in faults[0]
