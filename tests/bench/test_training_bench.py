import pytest

from bench import training
from common.errors import ConfigError
from tests.conftest import eager


def test_the_steps_of_a_network_are_timed_as_its_contest_feeds_it(capsys):
    with eager():
        training.main(["only=ppd", "steps=2"])
    shown = capsys.readouterr().out
    for name in training.NETWORKS["ppd"]:
        (line,) = [line for line in shown.splitlines() if line.startswith("{") and f"ppd {name}" in line]
        found = eval(line)
        assert float(found["ms a step"]) > 0 and found["waits for batches"].endswith("%")
        assert float(found["examples/s"].replace(",", "")) > 0


def test_what_has_no_network_is_named():
    with pytest.raises(ConfigError, match="power_vocab: known are only=, steps=, and folders of lamost, webqa"):
        training.main(["only=power_vocab"])
    with pytest.raises(ConfigError, match="epochs: known are"):
        training.main(["epochs=3"])
