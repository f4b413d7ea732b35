import pytest

from bench import f_gan
from common.errors import ConfigError


def test_estimates_stand_beside_what_is_known(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(f_gan, "RESULTS", tmp_path)
    monkeypatch.setattr(f_gan, "FRESH", 20_000)
    monkeypatch.setattr(f_gan, "DIVERGENCES", {name: f_gan.DIVERGENCES[name] for name in ("kl", "total_variation")})
    monkeypatch.setattr(f_gan, "GAUSSIANS", {"N(1, 1)": (1.0, 1.0)})
    f_gan.main(["seeds=1", "steps=60"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if "N(1, 1)" in line]
    assert [row[3] for row in rows] == ["0.5000", "0.3829"]
    assert all(float(row[-1].rstrip("%")) < 12 for row in rows)
    assert "| kl | N(1, 1) | 0.5000 |" in (tmp_path / "generation_f_gan.md").read_text()


def test_an_infinite_divergence_is_called_so_and_arguments_are_checked():
    assert f_gan.row("chi_square_over_real", "N(0, 2)", 1e9, [7.0])[2:] == ["infinite", "7.0000", "", ""]
    with pytest.raises(ConfigError, match="expected seeds= or steps="):
        f_gan.main(["step=3"])
