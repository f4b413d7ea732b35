import keras
import numpy as np
import pytest
from keras import layers, ops

from common.errors import RunError
from common.generative.adversarial import (
    GAN,
    AdversarialAutoencoder,
    AdversariallyLearnedInference,
    AdversarialTrainer,
)
from common.generative.criteria import CRITERIA
from common.generative.lipschitz import GradientPenalty, SpectralNorm
from common.training import checkpoint as checkpoints
from common.training.gradients import gradient
from tests.conftest import eager

BACKEND = pytest.mark.backend
Adam = keras.optimizers.Adam


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def dense(*sizes, activation="relu", last=None, wrap=lambda layer: layer):
    """A network of dense layers, the first size its inputs'."""
    hidden = [wrap(layers.Dense(size, activation)) for size in sizes[1:-1]]
    return keras.Sequential([keras.Input(sizes[:1]), *hidden, wrap(layers.Dense(sizes[-1], last))])


def draw(generator):
    return generator.normal(2, 0.5, (16, 2)).astype("float32")


def played(game, rounds, every=5, draw=draw, rate=1e-3, critic_steps=1, maker_steps=1, **options):
    trainer = AdversarialTrainer(game, Adam(rate), Adam(rate), critic_steps, maker_steps)
    return trainer, trainer.fit(draw, rounds, every, **options)


def whole(seed=1):
    """A game with all that a state may hold: power iterations, batch statistics, dropout, a snapshot."""
    keras.utils.set_random_seed(seed)
    parts = [layers.Dense(6, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.Dense(2)]
    generator = keras.Sequential([keras.Input((3,)), *parts])
    critic = keras.Sequential([keras.Input((2,)), SpectralNorm(layers.Dense(6, "relu")), layers.Dropout(0.2), layers.Dense(1)])
    return GAN(generator, critic, "hinge", GradientPenalty(sides="one"), stability=1.0, seed=seed)


class Killed(Exception):
    pass


@BACKEND
def test_a_round_moves_all_that_a_game_has():
    game = whole()
    before = [numpy(variable) for variable in game.variables]
    with eager():
        trainer, log = played(game, 1, critic_steps=2, maker_steps=2)
    for variable, old in zip(game.variables, before, strict=True):
        shifts = variable.name in ("bias", "gamma", "beta")  # may have no gradient: both sides of the loss cancel
        assert np.isfinite(numpy(variable)).all() and (shifts or (numpy(variable) != old).any()), variable.path
    assert {"critic_loss", "gap", "penalty", "generator_loss", "moved", "slope", "above_1"} < set(log)
    assert log["moved"][0] > 0 and int(trainer.step) == 2


def test_a_training_that_was_killed_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "EVERY", 0)
    options = {"critic_steps": 2, "maker_steps": 2, "every": 2, "seed": 3}
    unbroken, log = played(whole(), 6, **options)
    drawn = []

    def killed_in_the_fifth_round(generator):
        drawn.append(draw(generator))
        if len(drawn) == 4 * 4 + 2 + 3:  # batches of four rounds, of two rows of the log and some more
            raise Killed
        return drawn[-1]

    path = tmp_path / "checkpoint"
    with pytest.raises(Killed):
        played(whole(), 6, draw=killed_in_the_fifth_round, checkpoint=path, **options)
    assert path.exists()
    resumed, log_again = played(whole(seed=9), 6, checkpoint=path, **options)  # whatever it was before
    exact = {"rtol": 0, "atol": 0}
    for one, other in zip(unbroken.variables, resumed.variables, strict=True):
        np.testing.assert_allclose(numpy(one), numpy(other), **exact)
    assert log["round"].tolist() == [2, 4, 6]
    np.testing.assert_allclose(log[sorted(log)].to_numpy(), log_again[sorted(log)].to_numpy(), **exact)


def test_a_cost_that_is_no_number_stops_with_its_round_and_keeps_the_last_finite_state(tmp_path):
    path, game = tmp_path / "checkpoint", whole()
    seen, drawn = [], []

    def spoilt(generator):
        drawn.append(draw(generator))
        return drawn[-1] * (np.nan if len(drawn) == 20 else 1)  # of the seventh round, behind one row of the log

    def watch(trainer):
        seen.append([numpy(variable) for variable in trainer.variables])
        return {"FID": 1.5}

    with eager(), pytest.raises(RunError, match=r"astray in round 7: critic_loss.* after round 5, and so is .*checkpoint"):
        trainer = AdversarialTrainer(game, Adam(1e-3), Adam(1e-3), 1, 2)
        trainer.fit(lambda generator: spoilt(generator)[:8], 20, 5, watch=watch, checkpoint=path)
    assert len(seen) == 1
    for variable, value in zip(trainer.variables, seen[0], strict=True):
        np.testing.assert_array_equal(numpy(variable), value)
    kept = checkpoints.read(path)
    assert [row["round"] for row in kept["epochs"]] == [5] and kept["epochs"][0]["FID"] == 1.5


def test_the_critic_of_two_gaussians_finds_how_far_one_was_shifted():
    generator, critic = dense(1, 1), dense(1, 16, 1, activation="tanh")
    generator.set_weights([np.ones((1, 1)), np.zeros(1)])  # N(0, 1)
    game = GAN(generator, critic, "wasserstein", GradientPenalty(100.0, "one"), seed=0)
    trainer = AdversarialTrainer(game, Adam(0.02, 0.5), Adam(0.0), critic_steps=10)
    log = trainer.fit(lambda random: random.normal(3, 1, (256, 1)).astype("float32"), 30, 10)
    assert log["gap"].iloc[-1] == pytest.approx(3, abs=0.35)
    assert 0.7 < log["slope"].iloc[-1] < 1.2


def test_a_generator_finds_all_eight_places_of_a_ring_and_its_averages_follow():
    angles, spread = np.arange(8) * np.pi / 4, 0.2
    places = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    game = GAN(dense(8, 64, 64, 2), dense(2, 64, 64, 1), "wasserstein", GradientPenalty(1.0), seed=0)
    trainer = AdversarialTrainer(game, Adam(2e-3, 0.5, 0.9), Adam(1e-3, 0.5, 0.9), critic_steps=3, momentum=0.99)

    def ring(random):
        return (places[random.integers(8, size=256)] + spread * random.normal(size=(256, 2))).astype("float32")

    trainer.fit(ring, 1500, 1500)
    made = numpy(trainer.averages["generator"](np.random.default_rng(1).normal(size=(2000, 8)).astype("float32")))
    away = np.linalg.norm(made[:, None] - places, axis=2)  # (samples, places)
    near = away.min(axis=1) < 3 * spread
    assert near.mean() > 0.85
    assert np.bincount(away.argmin(axis=1)[near], minlength=8).min() > 50


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_moves_both_sides(name):
    game = GAN(dense(2, 4, 2), dense(2, 4, 1), name, noise="uniform")
    learnt = [*game.critic.variables[:-1], *game.generator.variables]  # some look at differences alone: the last bias stays
    before = [numpy(variable) for variable in learnt]
    with eager():
        played(game, 2, 2)
    for variable, old in zip(learnt, before, strict=True):
        assert np.isfinite(numpy(variable)).all() and (numpy(variable) != old).any(), variable.path


@BACKEND
def test_the_term_of_stability_is_nothing_at_the_snapshot_and_pulls_back_from_elsewhere():
    class Fixed(GAN):
        def draw(self, count):
            return ops.convert_to_tensor(noise)

    noise = np.random.default_rng(0).normal(size=(16, 2)).astype("float32")
    game = Fixed(dense(2, 3), dense(3, 1), "wasserstein", stability=5.0, seed=0)
    game.critic.set_weights([np.zeros((3, 1)), np.zeros(1)])  # nothing but the term
    game.remember()
    bias, old = game.generator.weights[1], numpy(game.before(noise))

    def of_bias(at):
        bias.assign(numpy(at))
        return numpy(game.maker_loss(noise)[0])

    assert of_bias(np.zeros(3)) == 0
    for step, move in ((1e-3, np.zeros(3)), (1e-2, np.array([1.0, 2.0, -0.5]))):
        slope = [(of_bias(move + step * axis) - of_bias(move - step * axis)) / (2 * step) for axis in np.eye(3)]
        bias.assign(move)
        expected = (2 * 5.0 * (numpy(game.generator(noise)) - old) / old.size).sum(axis=0)
        np.testing.assert_allclose(slope, expected, atol=2e-3)
    with pytest.raises(ValueError, match="two maker_steps at least"):
        AdversarialTrainer(game, Adam(), Adam())


def test_the_codes_of_an_adversarial_autoencoder_become_standard_normal():
    encoder, decoder = dense(2, 2), dense(2, 2)
    game = AdversarialAutoencoder(encoder, decoder, dense(2, 16, 1), weight=0.1, seed=0)

    def data(random):
        return random.normal([2, -1], [1.5, 0.7], (128, 2)).astype("float32")

    trainer = AdversarialTrainer(game, Adam(0.01, 0.5), Adam(0.01, 0.5))
    log = trainer.fit(data, 300, 100)
    x = data(np.random.default_rng(1))
    codes = numpy(trainer.averages["encoder"](x))
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=0.4)
    np.testing.assert_allclose(codes.std(axis=0), 1, atol=0.4)
    assert log["error"].iloc[-1] < 0.3 < log["error"].iloc[0]


@pytest.mark.parametrize("derived", [False, True])
def test_the_encoder_of_inference_works_against_the_critic_or_with_it(derived):
    x, z = keras.Input((2,)), keras.Input((3,))
    critic = keras.Model([x, z], layers.Dense(1)(layers.Concatenate()([x, z])))
    critic.set_weights([np.array([[0.0], [0], [1], [0], [0]]), np.zeros(1)])  # the first unit of the code
    game = AdversariallyLearnedInference(dense(2, 3), dense(3, 2), critic, derived, seed=0)
    batch = ops.convert_to_tensor(draw(np.random.default_rng(0)))
    code, bias = numpy(game.makers["encoder"](batch))[:, 0], game.makers["encoder"].weights[1]
    _, figures = game.maker_loss(batch)
    sign = -1 if derived else 1
    assert float(figures["encoder_loss"]) == pytest.approx(np.log1p(np.exp(sign * code)).mean(), rel=1e-4)
    with eager():
        trainer = AdversarialTrainer(game, Adam(0.0), keras.optimizers.SGD(0.1))
        trainer.fit(lambda _: batch, 1, 1)
    assert np.sign(numpy(bias)[0]) == -sign  # the score of its pairs falls, or rises
    assert set(trainer.averages) == {"encoder", "generator"}


def test_penalties_and_slopes_take_pairs():
    x, z = keras.Input((2,)), keras.Input((3,))
    critic = keras.Model([x, z], layers.Dense(1, use_bias=False)(layers.Concatenate()([x, z])))
    game = AdversariallyLearnedInference(dense(2, 3), dense(3, 2), critic, penalty=GradientPenalty(), seed=0)
    length = np.linalg.norm(critic.get_weights()[0])
    batch = ops.convert_to_tensor(draw(np.random.default_rng(0)))
    _, figures = game.critic_loss(batch)
    assert float(figures["penalty"]) == pytest.approx(10 * (length - 1) ** 2, rel=1e-3)
    found = game.slopes(batch)
    assert float(found["slope"]) == pytest.approx(length, rel=1e-4) and float(found["above_1"]) == (length > 1)


@BACKEND
def test_a_gradient_has_the_structure_of_where_it_is_taken():
    at = [ops.convert_to_tensor([1.0, 2.0]), ops.convert_to_tensor([3.0])]
    slope, more = gradient(lambda at: (ops.sum(at[0] ** 2), "more"), at)
    assert more == "more"
    np.testing.assert_allclose(numpy(slope[0]), [2, 4])
    np.testing.assert_allclose(numpy(slope[1]), [0])
