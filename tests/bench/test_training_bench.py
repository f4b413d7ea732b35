import ast

import pytest

from bench import training
from common.errors import ConfigError
from tests.conftest import eager


def test_the_steps_of_a_network_are_timed_as_its_contest_feeds_it(monkeypatch, capsys):
    monkeypatch.setattr(training, "NETWORKS", {"ppd": ("cosine",)})
    monkeypatch.setattr(training, "SETTINGS", {"ppd": ["protocol=content", "sample_size=300", "encoder_width=8"]})
    monkeypatch.setattr(training, "EPOCHS", 2)
    with eager():
        training.main(["steps=2"])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    found = ast.literal_eval(line)
    assert found["network"] == "ppd cosine" and found["waits for batches"].endswith("%")
    assert float(found["ms a step"]) > 0 and float(found["examples/s"].replace(",", "")) > 0


def test_what_has_no_network_is_named():
    with pytest.raises(ConfigError, match="power_vocab: known are only=, steps=, and folders of lamost, webqa"):
        training.main(["only=power_vocab"])
    with pytest.raises(ConfigError, match="epochs: known are"):
        training.main(["epochs=3"])
