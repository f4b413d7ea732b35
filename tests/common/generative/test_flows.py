"""Every bijection is undone, has the determinant of its Jacobian, and is itself after it was saved."""

import keras
import numpy as np
import pytest

from common.generative import bounds, flows
from common.generative.bijections import Actnorm, Dequantisation, InvertibleConvolution, Logit, Permutation, Reshape, Squeeze
from common.generative.couplings import Coupling, Split, convolution_network, dense_network, zero_convolution
from common.generative.flows import Flow
from tests.common.generative.conftest import numpy
from tests.conftest import check_layer

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("uncompiled")]
GENERATOR = np.random.default_rng(0)
MAPS = GENERATOR.random((3, 2, 2, 4)).astype("float32")
VECTORS = GENERATOR.random((3, 5)).astype("float32")
IMAGES = GENERATOR.integers(0, 256, (6, 8, 8), dtype=np.uint8)


def jacobian(function, x):
    """Of a function of one sample, `(outputs, inputs)`."""
    if keras.backend.backend() == "jax":
        import jax

        found = jax.jacobian(function)(x)
    else:
        import tensorflow as tf

        at = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at)
        found = tape.jacobian(value, at)
    return numpy(found).reshape(x.size, x.size)


def randomised(layer):
    """The layer with random numbers where it learns, so that nothing is at its beginning."""
    for weight in layer.trainable_weights:
        weight.assign(weight.value + GENERATOR.normal(0, 0.2, weight.shape).astype("float32"))
    return layer


BIJECTIONS = {
    "reshape": (lambda: Reshape((16,)), MAPS),
    "logit": (lambda: Logit(0.05), VECTORS),
    "permutation": (lambda: Permutation("random", seed=3), MAPS),
    "even and odd": (lambda: Permutation("even_odd"), VECTORS),
    "reverse": (lambda: Permutation("reverse"), VECTORS),
    "actnorm": (lambda: Actnorm(), MAPS),
    "scale": (lambda: Actnorm(shift=False), VECTORS),
    "convolution": (lambda: InvertibleConvolution(1), MAPS),
    "squeeze": (Squeeze, MAPS),
    "additive": (lambda: Coupling(dense_network(8, 1, 3)), VECTORS),
    "additive, swapped": (lambda: Coupling(dense_network(8, 1, 2), swapped=True), VECTORS),
    "affine": (lambda: Coupling(convolution_network(8, 4), affine=True), MAPS),
    "affine, swapped": (lambda: Coupling(dense_network(8, 1, 4), affine=True, swapped=True), VECTORS),
    "split": (lambda: Split([Squeeze(), Actnorm()], zero_convolution(4)), MAPS),
}


@pytest.mark.parametrize("name", BIJECTIONS)
def test_a_bijection_is_undone_and_knows_its_determinant(name):
    make, x = BIJECTIONS[name]
    layer = make()
    layer.build((None, *x.shape[1:]))
    randomised(layer)
    y, logdet = layer(x)
    assert y.shape == (len(x), *layer.shape_after(x.shape)[1:]) and logdet.shape == (len(x),)
    np.testing.assert_allclose(numpy(layer.inverse(y)), x, atol=1e-5)
    for sample, own in zip(x, numpy(logdet), strict=True):
        _, expected = np.linalg.slogdet(jacobian(lambda one: layer(one[None])[0][0], sample))
        assert own == pytest.approx(expected, abs=1e-4)
    copy = type(layer).from_config(layer.get_config())
    copy.build((None, *x.shape[1:]))
    copy.set_weights(layer.get_weights())
    np.testing.assert_allclose(numpy(copy(x)[0]), numpy(y), atol=1e-6)


def test_squeeze_and_a_permutation_make_a_chessboard():
    x = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    y, _ = Squeeze()(x)
    y, _ = Permutation([0, 3, 1, 2])(y)
    black, white = (numpy(half).astype(int) for half in np.split(numpy(y), 2, axis=-1))
    assert set(((black // 4 + black % 4) % 2).flat) == {0} and set(((white // 4 + white % 4) % 2).flat) == {1}


def test_dequantisation_fills_steps_alike_for_every_batch_and_is_undone():
    layer = Dequantisation(seed=5)
    bytes_ = IMAGES.astype("float32")
    y, logdet = layer(bytes_)
    assert ((bytes_ / 256 <= numpy(y)) & (numpy(y) < (bytes_ + 1) / 256)).all()
    np.testing.assert_array_equal(numpy(layer.inverse(y)), bytes_)
    np.testing.assert_allclose(numpy(logdet), -64 * np.log(256), rtol=1e-6)
    np.testing.assert_array_equal(numpy(layer(bytes_[2:3])[0])[0], numpy(y)[2])
    first, again = (numpy(layer(bytes_, training=True)[0]) for _ in range(2))
    assert np.abs(first - again).max() > 0 and np.abs(first[0] - bytes_[0] / 256 - (first[1] - bytes_[1] / 256)).max() > 0


@pytest.mark.parametrize("alpha", [0.0, 1e-6, 0.05])
def test_who_knows_nothing_has_eight_bits_through_a_logit_too(alpha):
    flow = Flow(flows.from_bytes((64,), alpha), prior="logistic")
    flow.build((None, 8, 8))
    z, logdet = flow.forward(IMAGES)
    z = numpy(z)
    of_logit = (-z - 2 * np.logaddexp(0, -z) - np.log(1 - 2 * alpha)).sum(
        axis=1
    )  # of uniform numbers, stretched to 1 - 2 alpha
    log_density = of_logit if alpha else 0.0
    bits = bounds.bits_per_dimension(-(log_density + numpy(logdet)), 64)
    np.testing.assert_allclose(bits, 8, atol=1e-3)


def small(name):
    shape = (8, 8)
    layers = {
        "nice": lambda: flows.nice(shape, couplings=2, width=8, depth=1),
        "realnvp": lambda: flows.realnvp(shape, depth=2, width=4),
        "glow": lambda: flows.glow(shape, depth=2, width=4),
    }[name]()
    flow = Flow(layers, prior="logistic" if name == "nice" else "normal")
    flow.build((None, *shape))
    return flow


WHOLE = ("nice", "realnvp", "glow") if keras.backend.backend() == "tensorflow" else ("glow",)  # JAX compiles every shape


@pytest.mark.parametrize("name", WHOLE)
def test_a_flow_is_calibrated_once_undone_and_the_same_after_it_was_saved(name, tmp_path):
    flow = randomised(small(name))
    flow.calibrate(IMAGES)
    pixels = keras.Input((8, 8))
    model = keras.Model(pixels, -flow(pixels))
    before = numpy(flow(IMAGES))
    np.testing.assert_array_equal(numpy(flow.inverse(flow.forward(IMAGES)[0])), IMAGES)
    model.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras", compile=False)
    other = next(layer for layer in loaded.layers if isinstance(layer, Flow))
    drawn = other.draw(2, seed=0, temperature=0.5)
    np.testing.assert_allclose(numpy(other.inverse(drawn)), numpy(flow.inverse(drawn)), atol=1)  # bytes, rounded
    other(np.full((4, 8, 8), 200, np.uint8))  # the first batch that a loaded one sees is quite another
    np.testing.assert_allclose(numpy(loaded(IMAGES)), -before, rtol=1e-5)
    np.testing.assert_allclose(numpy(flow(IMAGES[::-1])), before[::-1], rtol=1e-5)
    np.testing.assert_allclose(numpy(flow(IMAGES[3:4])), before[3:4], rtol=1e-5)
    model.compile(keras.optimizers.Adam(0.01), bounds.expected)
    losses = model.fit(IMAGES, np.zeros(6), epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and np.isfinite(losses).all()


def test_what_begins_at_zero_is_the_identity():
    flow = Flow([Coupling(convolution_network(4, 4), affine=True), Split([Actnorm()], zero_convolution(4))])
    flow.build((None, 2, 2, 4))
    z, logdet = flow.forward(MAPS)
    np.testing.assert_allclose(np.sort(numpy(z)), np.sort(MAPS.reshape(3, -1)), atol=1e-6)
    np.testing.assert_allclose(numpy(logdet), 0, atol=1e-6)


def test_actnorm_takes_the_moments_of_its_first_batch_and_bears_a_channel_without_spread():
    layer = Actnorm()
    layer.build((None, 4, 4, 3))
    x = GENERATOR.normal(3, 2, (16, 4, 4, 3)).astype("float32")
    x[..., 1] = 7
    y = numpy(layer.calibrate(x))
    np.testing.assert_allclose(y.mean(axis=(0, 1, 2)), 0, atol=1e-2)
    np.testing.assert_allclose(y.std(axis=(0, 1, 2))[[0, 2]], 1, rtol=1e-4)
    assert np.isfinite(y).all()


def test_the_density_of_a_flow_of_the_plane_integrates_to_one():
    flow = Flow(
        [Actnorm(), Coupling(dense_network(8, 1, 2), affine=True), InvertibleConvolution(), Coupling(dense_network(8, 1, 1))]
    )
    flow.build((None, 2))
    randomised(flow)
    side = np.linspace(-12, 12, 301)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2).astype("float32")
    assert np.exp(numpy(flow(grid))).sum() * (side[1] - side[0]) ** 2 == pytest.approx(1, abs=0.01)


def test_a_flow_passes_what_every_layer_must(tmp_path):
    layers = [Permutation("random"), Actnorm(), Coupling(dense_network(8, 1, 6), affine=True)]
    x = GENERATOR.normal(size=(8, 6)).astype("float32")
    check_layer(Flow(layers), x, tmp_path)


def test_linear_flows_reach_the_entropy_of_a_gaussian():
    keras.utils.set_random_seed(0)
    mix = np.array([[2, 0, 0], [1, 0.5, 0], [-1, 0.3, 1]])
    x = (GENERATOR.normal(size=(4000, 3)) @ mix.T + 3).astype("float32")
    entropy = 1.5 * np.log(2 * np.pi * np.e) + np.log(abs(np.linalg.det(mix)))
    steps = [layer for seed in range(2) for layer in (Actnorm(), InvertibleConvolution(seed), Coupling(keras.layers.Dense(2)))]
    flow = Flow([*steps, Actnorm()])
    flow.build((None, 3))
    flow.calibrate(x[:500])
    data = keras.Input((3,))
    model = keras.Model(data, -flow(data))
    model.compile(keras.optimizers.Adam(0.02), bounds.expected)
    model.fit(x, np.zeros(4000), batch_size=500, epochs=10, verbose=0)
    assert float(numpy(model(x)).mean()) == pytest.approx(entropy, abs=0.05)
    drawn = numpy(flow.inverse(flow.draw(20_000, seed=1)))
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), mix @ mix.T, atol=0.4)
    own_entropy = 1.5 * np.log(2 * np.pi * np.e) + np.linalg.slogdet(np.cov(drawn, rowvar=False))[1] / 2
    assert -numpy(flow(drawn.astype("float32"))).mean() == pytest.approx(own_entropy, abs=0.02)
    assert flow.draw(1000, 0, temperature=0.5).std() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Flow([], prior="uniform"), "prior"),
        (lambda: Logit(0.0), "alpha"),
        (lambda: Permutation([0, 0, 1]).build((None, 3)), "each of 3 channels once"),
        (lambda: Squeeze().build((None, 3, 4, 1)), "even sides"),
        (lambda: Coupling(dense_network(2, 1, 1)).build((None, 1)), "two channels"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
