import keras
import numpy as np
import pytest

from common.generative import bounds, variational
from common.generative.variational import Annealed, BatchNormalisedGaussian, BernoulliAutoencoder, GaussianSampler
from common.training import precision
from tests.common.generative.conftest import numpy
from tests.conftest import check_layer

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("uncompiled")]
GENERATOR = np.random.default_rng(0)
PARAMETERS = GENERATOR.normal(size=(5, 6)).astype("float32")
FEATURES = GENERATOR.normal(size=(64, 7)).astype("float32")


def test_kl_and_densities_agree_with_monte_carlo():
    mean, log_variance = np.split(PARAMETERS.astype(float), 2, axis=1)
    z = mean + np.exp(log_variance / 2) * GENERATOR.normal(size=(20_000, 5, 3))
    own, standard = (
        numpy(density).reshape(20_000, 5)
        for density in (
            variational.gaussian_log_density(z.reshape(-1, 3), np.tile(PARAMETERS, (20_000, 1))),
            variational.standard_log_density(z.reshape(-1, 3)),
        )
    )
    np.testing.assert_allclose(numpy(variational.gaussian_kl(PARAMETERS)), (own - standard).mean(axis=0), rtol=0.02, atol=0.03)
    assert numpy(variational.gaussian_kl(np.zeros((2, 6), "float32"))).tolist() == [0, 0]
    by_unit = variational.gaussian_kl(PARAMETERS, by_unit=True)
    assert float(variational.free_bits(by_unit, 9.0)) == pytest.approx(27)
    assert float(variational.free_bits(by_unit, 0.0)) == pytest.approx(numpy(by_unit).mean(axis=0).sum(), rel=1e-5)


def test_a_sampler_draws_in_training_and_gives_the_mean_in_inference(tmp_path):
    check_layer(GaussianSampler(seed=1), PARAMETERS, tmp_path)
    many = np.repeat(PARAMETERS[:1], 40_000, axis=0)
    drawn = numpy(GaussianSampler(seed=1)(many, training=True))
    np.testing.assert_allclose(drawn.mean(axis=0), PARAMETERS[0, :3], atol=0.03)
    np.testing.assert_allclose(np.log(drawn.var(axis=0)), PARAMETERS[0, 3:], atol=0.03)


@pytest.mark.parametrize("scheme", ["mean", "both"])
def test_the_code_of_a_batch_has_the_moments_and_the_kl_that_were_promised(scheme, tmp_path):
    check_layer(BatchNormalisedGaussian(3, scheme), FEATURES, tmp_path)
    head = BatchNormalisedGaussian(4, scheme, gamma=0.7, tau=0.3)
    head.build(FEATURES.shape)
    if scheme == "both":
        head.theta.assign(np.array([-3, 0, 1, 4], "float32"))
        of_mean, of_deviation = (numpy(scale) for scale in head.scales())
        np.testing.assert_allclose(of_mean**2 + of_deviation**2, 1, rtol=1e-6)
        assert (of_mean**2 >= 0.3).all()
    else:
        head.shift.assign(np.array([0, 1, -1, 0.5], "float32"))
        of_mean = np.full(4, 0.7)
    parameters = numpy(head(FEATURES, training=True))
    mean, log_variance = np.split(parameters, 2, axis=1)
    np.testing.assert_allclose(mean.mean(axis=0), 0 if scheme == "both" else numpy(head.shift), atol=1e-3)
    np.testing.assert_allclose(mean.var(axis=0), of_mean**2, rtol=1e-3)
    if scheme == "both":
        np.testing.assert_allclose(np.exp(log_variance).mean(axis=0), of_deviation**2, rtol=0.02, atol=1e-4)
    kl = numpy(variational.gaussian_kl(parameters)).mean()
    assert kl >= head.least_kl() - 1e-3 > 0
    assert log_variance.min() >= np.log(1e-4) - 1e-4


def test_the_floor_of_the_second_scheme_has_its_known_values():
    head = BatchNormalisedGaussian(32, "both", tau=0.5)
    head.build((None, 3))
    assert head.least_kl() == pytest.approx(0.6931 * 32, rel=1e-3)
    head.theta.assign(np.full(32, -30, "float32"))
    assert head.least_kl() == pytest.approx(0.3466 * 32, rel=1e-3)


@pytest.mark.parametrize("scheme", ["mean", "both"])
def test_a_head_calculates_in_half_precision_with_whole_statistics(scheme):
    with precision("bfloat16"):
        head = BatchNormalisedGaussian(4, scheme)
    parameters = numpy(head(FEATURES, training=True))
    assert numpy(variational.gaussian_kl(parameters)).mean() > 0.9 * head.least_kl()
    assert {weight.dtype for weight in head.weights} == {"float32"}


def test_inference_comes_to_the_moments_of_the_data_within_an_epoch():
    head = BatchNormalisedGaussian(4, "both")
    for _ in range(80):
        head(FEATURES, training=True)
    mean, log_variance = np.split(numpy(head(FEATURES)), 2, axis=1)
    np.testing.assert_allclose(np.square(mean).mean(axis=0) + np.exp(log_variance).mean(axis=0), 1, atol=0.02)


@pytest.mark.parametrize("wrong", [{"scheme": "all"}, {"tau": 1.0}, {"gamma": 0.0}, {"floor": 0.0}])
def test_impossible_heads_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BatchNormalisedGaussian(4, **wrong)


def test_a_number_follows_the_steps_of_training_and_is_one_in_inference(tmp_path):
    rising = keras.optimizers.schedules.PolynomialDecay(0.0, 4, 1.0)
    layer = Annealed(rising)
    one = np.ones(1, "float32")
    assert [float(layer(one, training=True)[0]) for _ in range(6)] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1])
    assert float(Annealed(rising)(one)[0]) == 1
    again = Annealed.from_config(layer.get_config())
    again.set_weights(layer.get_weights())
    assert float(again(one, training=True)[0]) == 1 and float(again.now()) == 1
    assert float(Annealed(0.25)(one, training=True)[0]) == 0.25


def small_autoencoder(**settings):
    x, z = keras.Input((6,)), keras.Input((2,))
    encoder = keras.Model(x, keras.layers.Dense(4)(x))
    return BernoulliAutoencoder(encoder, keras.Model(z, keras.layers.Dense(6)(z)), seed=1, **settings)


def test_an_autoencoder_learns_is_saved_and_its_bounds_rise_with_draws(tmp_path):
    keras.utils.set_random_seed(1)
    x = (GENERATOR.random((256, 1)) < GENERATOR.random((256, 6)) * 0.3 + 0.35).astype("float32")
    model = small_autoencoder()
    model.compile(keras.optimizers.Adam(0.02), bounds.expected)
    losses = model.fit(x, np.zeros(256), epochs=8, batch_size=64, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and losses[-1] < 6 * np.log(2) + 0.2
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(numpy(loaded(x)), numpy(model(x)), rtol=1e-5)
    parameters, noises = model.encoder(x), GENERATOR.normal(size=(30, 256, 2)).astype("float32")
    weights = np.stack([numpy(model.weights_of(x, parameters, noise)) for noise in noises])
    by_draws = [bounds.importance_weighted(weights[:count]).mean() for count in (1, 5, 30)]
    assert by_draws[2] < by_draws[1] < -weights.mean()


def test_the_weight_of_the_kl_and_free_nats_change_training_alone():
    x = GENERATOR.random((8, 6)).astype("float32")
    plain, without, free = small_autoencoder(), small_autoencoder(kl_weight=0.0), small_autoencoder(free=5.0)
    for other in (without, free):
        plain(x), other(x)
        other.set_weights(plain.get_weights())
        np.testing.assert_allclose(numpy(other(x)), numpy(plain(x)), rtol=1e-6)
    kl = numpy(variational.gaussian_kl(plain.encoder(x)))
    drawn = [numpy(model(x, training=True)) for model in (plain, without, free)]  # one seed, one draw
    np.testing.assert_allclose(drawn[0] - drawn[1], kl, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(drawn[2] - drawn[1], 10, rtol=1e-4)
