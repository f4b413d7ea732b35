import numpy as np
import pytest

from common import run
from common.config import override
from common.errors import ConfigError
from competitions.generation import train
from competitions.generation.config import CRITERIA, DIVERGENCES, GAMES, SIDES, SLOPES, SMOKE, Config
from tests.conftest import eager

TINY = ("rounds=2", "every=1", "game_batch=6", "filters=2", "noise=3", "latent=2")


def settings(*more):
    given = {one.partition("=")[0]: one for one in (*SMOKE, *TINY, *more)}
    return list(given.values())


def test_a_game_of_each_kind_is_played_scored_by_its_samples_and_loaded_from_its_files(in_home, capsys):
    kinds = ("gan_mlp", "sngan", "ali")
    with eager():
        run.run_stage("generation", "train", settings(f"model={','.join(kinds)}"))
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in kinds) and "FID of the validation part" in shown
    for name in kinds:
        (found,) = (in_home / "runs" / "generation").glob(f"{name}-*")
        with_codes = {"reconstructions.png", "interpolations.png"} if name == "ali" else set()
        drawn = {path.name for path in (found / "plots").iterdir()}
        assert drawn == {"learning_curves.png", "samples.png", "samples.gif"} | with_codes
        header = (found / "log.csv").read_text().splitlines()[0].split(",")
        assert {"round", "gap", "slope", "above_1", "FID"} < set(header)
    run.run_stage("generation", "evaluate", settings("model=ali"))
    again = capsys.readouterr().out
    for text in (shown, again):
        rows = [line.split() for line in text.split("samples beside")[1].splitlines() if line.strip().startswith("ali")]
        assert np.isfinite(float(rows[0][1]))


@pytest.mark.parametrize("name", GAMES)
def test_every_game_moves_its_networks(name):
    from competitions.generation import games
    from competitions.generation.batches import played_with

    trainer = getattr(games, name)((6, 7), override(Config, settings("filters=1")))
    before = [np.array(value) for maker in trainer.game.makers.values() for value in maker.get_weights()]
    pictures = np.random.default_rng(0).integers(0, 256, (20, 6, 7), dtype=np.uint8)
    with eager():
        log = trainer.fit(lambda random: played_with(random.permutation(pictures)[:6]), 1, 1)
    assert np.isfinite(log.to_numpy(float)).all()
    after = [value for maker in trainer.game.makers.values() for value in maker.get_weights()]
    assert sum(np.any(one != other) for one, other in zip(before, after, strict=True)) > len(before) / 2


def test_the_settings_of_a_game_reach_its_networks(in_home):
    from competitions.generation import games

    def played(name, *more):
        return getattr(games, name)((9, 10), override(Config, settings(*more)))

    trainer = played("dcgan", "batch_norm=false", "stability=5", "maker_steps=3")
    assert trainer.game.stability == 5 and trainer.maker_steps == 3 and trainer.critic_steps == 1
    assert not any("batch_normalization" in layer.name for layer in trainer.game.generator.layers)
    assert trainer.game.generator.output_shape == (None, 9, 10, 1)
    trainer = played("wgan_gp", "slope=difference", "sides=one", "critic_steps=2", "game_rate=0.5")
    assert (trainer.game.penalty.slope, trainer.game.penalty.sides, trainer.critic_steps) == ("difference", "one", 2)
    assert float(trainer.critic_optimizer.learning_rate) == 0.5
    assert played("wgan_gp").critic_steps == 5
    assert played("ali", "derived=true").game.derived


def test_names_of_settings_are_those_of_the_parts():
    from common.generative import criteria, lipschitz

    assert tuple(criteria.PLAIN) == CRITERIA
    assert tuple(criteria.DIVERGENCES) == DIVERGENCES
    assert tuple(lipschitz.SIDES) == SIDES and lipschitz.SLOPES == SLOPES


@pytest.mark.parametrize(
    "wrong, message",
    [
        ("divergence=kll", "Did you mean kl"),
        ("stability=5", "maker_steps=2 at least"),
        ("sides=both", "sides=both"),
        ("rounds=0", "at least 1"),
    ],
)
def test_settings_that_no_game_can_have_are_refused(wrong, message):
    with pytest.raises(ConfigError, match=message):
        override(Config, [wrong])


def test_only_the_models_that_read_a_setting_change_with_it():
    assert set(train.FITS) >= set(GAMES)
    from common.config import identity

    plain, other = override(Config, []), override(Config, ["divergence=kl", "rounds=7"])
    assert identity(plain, "vae") == identity(other, "vae") and identity(plain, "f_gan") != identity(other, "f_gan")
