from collections import defaultdict

import pytest

from bench import generation
from common.errors import ConfigError
from tests.competitions.generation.test_games import settings
from tests.conftest import eager


@pytest.fixture(autouse=True)
def results(monkeypatch, tmp_path):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(generation, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def test_estimators_have_their_known_bias_and_variance(results, capsys):
    generation.main(["part=estimators"])
    lines = {line.split("  ")[1].strip(): line.split() for line in capsys.readouterr().out.splitlines() if ":" in line}
    variances = {name: float(words[-1]) for name, words in lines.items()}
    biases = {name: float(words[-3]) for name, words in lines.items()}
    assert variances["Gaussian: reparametrised"] == pytest.approx(4, rel=0.02)
    assert variances["Gaussian: score function"] == pytest.approx(51.4, rel=0.05)
    assert variances["Gaussian: score function, mean as baseline"] == pytest.approx(27.8, rel=0.05)
    assert all(bias < 0.02 for name, bias in biases.items() if "score" in name)
    soft = [biases[f"categories: Gumbel softmax, temperature {one}"] for one in ("2", "1", "0.5", "0.1")]
    assert soft == sorted(soft, reverse=True)
    assert (results / "generation_estimators.md").exists()


def test_rows_are_the_median_and_the_worst_of_the_seeds_and_stand_beside_gaussians(monkeypatch, results, capsys):
    def figures(settings, seed, name):
        assert settings["model"] == name and settings["epochs"] == "3"
        bits = (5.0, 3.0, 4.5)[seed] - (name == "glow")
        return defaultdict(float) | {"bits per dimension": bits}

    monkeypatch.setattr(generation, "figures", figures)
    generation.main(["part=flows", "rows=nice,glow", "epochs=3", "sample_size=120"])
    shown = capsys.readouterr().out
    assert "4.500 (5.000)" in shown and "3.500 (4.000)" in shown
    assert "diagonal Gaussian, alpha 0 " in shown and "diagonal Gaussian, alpha 0.05" in shown
    assert "full Gaussian" not in shown, "there are fewer pictures than pixels"
    assert "no file was written" in shown and not list(results.iterdir()), "the sample says nothing"


PARTS = {"heads": generation.HEADS, "codes": generation.CODES, "games": generation.PLAYERS, "stability": generation.STABILITY}


@pytest.mark.parametrize("part, ways", PARTS.items())
def test_every_way_is_set_as_its_row_says(part, ways, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(generation, "figures", lambda settings, seed, name: asked.append(settings) or defaultdict(float))
    generation.main([f"part={part}", "sample_size=120", "seeds=1"])
    assert len(asked) == len(ways)
    shown = capsys.readouterr().out
    assert all(title in shown for title in ways)
    for given, more in zip(asked, ways.values(), strict=True):
        assert {one.partition("=")[0]: one.partition("=")[2] for one in more}.items() <= given.items()


def test_collapse_is_of_few_classes_or_of_a_score_far_from_the_others():
    found = [{"FID": fid, "classes": classes} for fid, classes in ((1, 10), (2, 7), (7, 10))]
    assert generation.collapsed(found, middle=2) == 2


def test_a_game_is_trained_once_and_its_samples_are_scored_on_the_test_part(monkeypatch, capsys):
    monkeypatch.setattr("competitions.generation.judge.LEAST_ACCURACY", 0.1)
    monkeypatch.setattr(generation, "resumed", lambda path, function, *arguments: function(*arguments))
    given = [one for one in settings("judge_epochs=1") if not one.startswith(("model=", "seed="))]
    with eager():
        for _ in range(2):
            generation.main([*given, "part=stability", "rows=stability 0", "seeds=1"])
    shown = capsys.readouterr().out
    assert shown.count("finished before") == 1 and shown.count(" of 1") == 2


@pytest.mark.parametrize(
    "wrong, message",
    [
        (["part=all"], "part=all: expected one of"),
        (["part=flows", "seeds=0"], "seeds=0"),
        (["part=games", "rows=dcgan,gan"], "rows=gan: expected some of vae, gan_mlp, dcgan"),
        (["part=estimators", "epochs=1"], "epochs: part=estimators has no settings"),
        (["part=flows", "epoch=1"], "Did you mean epochs"),
    ],
)
def test_impossible_arguments_are_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        generation.main(wrong)
