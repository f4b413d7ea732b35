"""Draws from categories and gradients through draws: exact values, on both backends."""

import keras
import numpy as np
import pytest
from keras import ops

from common.generative import bounds, categorical
from common.generative.categorical import GumbelAutoencoder, GumbelSoftmax, MovingBaseline
from common.training.gradients import gradient
from tests.common.generative.conftest import numpy
from tests.conftest import check_layer

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("uncompiled")]
GENERATOR = np.random.default_rng(0)
LOGITS = np.array([[0.0, 1.0, -1.0, 2.0]], "float32")
SHARES = np.exp(LOGITS[0]) / np.exp(LOGITS[0]).sum()
VALUES = np.array([1.0, -2.0, 0.5, 3.0], "float32")
EXACT = SHARES * (VALUES - SHARES @ VALUES)  # gradient of the expected value with respect to the logits
DRAWS = 100_000


def slopes(function, x):
    """Gradient of the sum of `function(x)`."""
    return numpy(gradient(lambda at: (ops.sum(function(at)), ()), ops.convert_to_tensor(x))[0])


def test_gumbel_noise_has_its_moments_and_its_largest_is_a_draw():
    noise = numpy(categorical.gumbel((DRAWS, 4), seed=1))
    assert np.isfinite(noise).all()
    assert noise.mean() == pytest.approx(0.5772, abs=0.01) and noise.var() == pytest.approx(1.6449, abs=0.03)
    found = np.bincount((LOGITS + noise).argmax(axis=1), minlength=4) / DRAWS
    assert (np.abs(found - SHARES) < 4 * np.sqrt(SHARES * (1 - SHARES) / DRAWS)).all()


def test_a_soft_draw_is_hard_when_cold_and_one_hot_in_inference(tmp_path):
    logits = GENERATOR.normal(size=(6, 3, 4)).astype("float32")
    check_layer(GumbelSoftmax(0.5, seed=1), logits, tmp_path)
    warm, cold = (numpy(GumbelSoftmax(t, seed=1)(logits, training=True)) for t in (5.0, 0.01))
    np.testing.assert_allclose(warm.sum(axis=-1), 1, rtol=1e-5)
    assert warm.max() < 0.9 < np.median(cold.max(axis=-1))
    hard = numpy(GumbelSoftmax(5.0, straight_through=True, seed=1)(logits, training=True))
    np.testing.assert_allclose(hard, np.eye(4)[warm.argmax(axis=-1)], atol=1e-6)
    np.testing.assert_array_equal(numpy(GumbelSoftmax()(logits)), np.eye(4)[logits.argmax(axis=-1)])


def test_the_temperature_follows_the_steps_and_is_carried_by_the_weights():
    falling = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    layer = GumbelSoftmax(falling)
    for expected in (1.0, 0.5, 0.25):
        assert float(layer.now()) == pytest.approx(expected)
        layer(LOGITS[:, None], training=True)
    again = GumbelSoftmax.from_config(layer.get_config())
    again.set_weights(layer.get_weights())
    assert float(again.now()) == pytest.approx(0.125)
    with pytest.raises(ValueError, match="temperature"):
        GumbelSoftmax(0.0)


@pytest.mark.parametrize("baseline", [0.0, 0.9, "others"])
def test_the_score_function_is_unbiased_with_and_without_a_baseline(baseline):
    drawn = np.argmax(LOGITS + numpy(categorical.gumbel((DRAWS, 4), seed=3)), axis=1)
    values = VALUES[drawn]
    other = numpy(categorical.others_mean(values)).astype("float32") if baseline == "others" else np.float32(baseline)

    def surrogate(logits):
        log_probability = ops.take_along_axis(ops.log_softmax(logits, axis=-1), drawn[:, None], axis=-1)[:, 0]
        return categorical.score_function(values, log_probability, other)

    each = slopes(surrogate, np.repeat(LOGITS, DRAWS, axis=0))
    error = each.std(axis=0) / np.sqrt(DRAWS)
    assert (np.abs(each.mean(axis=0) - EXACT) < 4 * error).all()


def test_variances_of_the_gradient_of_a_square_have_their_known_order():
    noise = GENERATOR.normal(size=DRAWS).astype("float32")
    mean = np.full(DRAWS, 0.5, "float32")
    z = mean + noise
    values = (z - 2) ** 2
    through = slopes(lambda at: ops.square(at + noise - 2), mean)

    def log_density(at):
        return -0.5 * ops.square(z - at)

    plain = slopes(lambda at: categorical.score_function(values, log_density(at)), mean)
    based = slopes(lambda at: categorical.score_function(values, log_density(at), np.float32(values.mean())), mean)
    for found, variance in ((through, 4.0), (based, 27.8), (plain, 51.4)):
        assert found.mean() == pytest.approx(-3, abs=4 * np.sqrt(variance / DRAWS))
        assert found.var() == pytest.approx(variance, rel=0.06)


def test_cold_gumbel_gradients_are_less_biased_and_vary_more():
    logits = np.repeat(LOGITS, DRAWS, axis=0)
    noise = numpy(categorical.gumbel((DRAWS, 4), seed=5)).astype("float32")
    found = {
        t: slopes(lambda at, t=t: ops.sum(ops.softmax((at + noise) / t, axis=-1) * VALUES, axis=-1), logits) for t in (2.0, 0.3)
    }
    bias = {t: np.abs(each.mean(axis=0) - EXACT).sum() for t, each in found.items()}
    assert bias[0.3] < 0.5 * bias[2.0]
    assert found[0.3].var(axis=0).sum() > 2 * found[2.0].var(axis=0).sum()


def test_the_baseline_is_the_mean_of_batches_before(tmp_path):
    check_layer(MovingBaseline(), GENERATOR.normal(size=(4, 1)).astype("float32"), tmp_path)
    layer = MovingBaseline(0.5)
    found = [float(layer(np.full(3, value, "float32"), training=True)[0]) for value in (4.0, 1.0, 1.0)]
    assert found == pytest.approx([0, 4, 2])  # the second mean: (0.25 * 4 + 0.5 * 1) / 0.75
    assert float(layer(np.zeros(2, "float32"))[0]) == float(layer(np.zeros(2, "float32"))[1]) == pytest.approx(1.25 / 0.875)


def test_the_kl_of_categories_is_exact_and_the_discrete_bound_is_a_bound(tmp_path):
    keras.utils.set_random_seed(0)
    assert float(categorical.categorical_kl(np.zeros((1, 5, 3), "float32"))[0]) == pytest.approx(0, abs=1e-6)
    sharp = np.where(np.eye(3)[None], 50.0, 0).astype("float32")
    assert float(categorical.categorical_kl(sharp)[0]) == pytest.approx(3 * np.log(3), rel=1e-5)
    x, code = keras.Input((5,)), keras.Input((2, 3))
    encoder = keras.Model(x, keras.layers.Reshape((2, 3))(keras.layers.Dense(6)(x)))
    decoder = keras.Model(code, keras.layers.Dense(5)(keras.layers.Flatten()(code)))
    rising = keras.optimizers.schedules.ExponentialDecay(1.0, 10, 0.9)
    model = GumbelAutoencoder(encoder, decoder, rising, seed=1)
    data = (GENERATOR.random((64, 5)) < 0.3).astype("float32")
    model.compile(keras.optimizers.Adam(0.03), bounds.expected)
    losses = model.fit(data, np.zeros(64), epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(numpy(loaded(data)), numpy(model(data)), rtol=1e-5)
    logits, noises = encoder(data), GENERATOR.gumbel(size=(200, 64, 2, 3)).astype("float32")
    weights = [numpy(model.weights_of(data, logits, noise)) for noise in noises]
    codes = np.stack([np.eye(3)[[i, j]] for i in range(3) for j in range(3)]).astype("float32")  # all that there are
    each = np.stack([numpy(model.log_likelihood(data, np.repeat(one[None], 64, axis=0))) for one in codes])
    truth = -np.log(np.exp(each).mean(axis=0))
    np.testing.assert_allclose(bounds.importance_weighted(weights), truth, atol=0.15)
    assert -np.mean(weights) >= truth.mean()
