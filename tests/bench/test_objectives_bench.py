import re

from bench import objectives
from common.config import ATTACKS
from tests.conftest import eager


def test_every_part_of_a_step_has_a_row(capsys):
    small = ["sample_size=60", "width=8", "batch_size=4", "word_epochs=1", "cloze_questions=0"]
    with eager():
        objectives.main(["steps=1", "rounds=1", *small])
    rows = dict(re.findall(r"^ +(.+?) {2,}[\d,.]+ {2,}([\d.]+) *$", capsys.readouterr().out, re.MULTILINE))
    assert set(rows) == {"plain", "without averages", "Keras's AdamW", "rates by layer", *ATTACKS[1:]}
    assert rows["plain"] == "1.00"
