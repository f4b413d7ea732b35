import pytest

from bench import orthogonality
from common.errors import ConfigError
from tests.conftest import eager

QUICK = ["sample_size=50", "widths=4,6", "epochs=1", "batch_size=20"]


def test_every_way_is_trained_from_every_seed_and_kept(monkeypatch, capsys):
    monkeypatch.setattr(orthogonality, "ORTHOGONAL", ("none", "centred"))
    with eager():
        orthogonality.main([*QUICK, "seeds=2"])
    shown = capsys.readouterr().out
    assert shown.count("finished before") == 0 and "mean ± sd of 2 seeds" in shown and shown.count("°") == 2
    orthogonality.main([*QUICK, "seeds=2"])
    assert capsys.readouterr().out.count("finished before") == 4


@pytest.mark.parametrize("wrong, message", [("seeds=1", "expected two or more"), ("epoch=3", "Did you mean epochs")])
def test_impossible_arguments_are_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        orthogonality.main([wrong])
