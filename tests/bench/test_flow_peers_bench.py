import pytest

from bench import flow_peers
from common.errors import ConfigError


def test_every_flow_learns_for_the_same_seconds(monkeypatch, tmp_path, capsys):
    asked = []

    def resumed(path, function, name, config, seconds):
        asked.append((name, config.alpha, seconds, path.name))
        return {"bits": 3.25, "steps": 1234, "weights": 2_500_000}

    monkeypatch.setattr(flow_peers, "RESULTS", tmp_path)
    monkeypatch.setattr(flow_peers, "resumed", resumed)
    flow_peers.main(["seconds=9", "sample_size=120"])
    assert capsys.readouterr().out.split().count("1,234") == 3 and not list(tmp_path.glob("*.md"))
    names, alphas, seconds, _ = zip(*asked, strict=True)
    assert names == ("realnvp", "glow", "flowjax") and set(alphas) == {1e-6} and set(seconds) == {9}
    flow_peers.main(["seconds=8", "sample_size=120"])
    assert len({file for *_, file in asked}) == 6, "rows of other seconds are other rows"
    with pytest.raises(ConfigError, match="seconds=0: expected a whole number"):
        flow_peers.main(["seconds=0"])
