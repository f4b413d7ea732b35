import keras
import numpy as np
import pytest
from keras import layers, ops

from common.generative import lipschitz
from common.generative.lipschitz import GradientPenalty, SpectralNorm, SpectralRegularizer
from common.training.gradients import gradients
from tests.conftest import check_layer, eager

BACKEND = pytest.mark.backend
RANDOM = np.random.default_rng(0)
LAYERS = {
    "dense": (lambda: layers.Dense(3, "relu"), (4, 5)),
    "convolution": (lambda: layers.Conv2D(4, 3, 2, padding="same"), (2, 6, 6, 3)),
    "transposed": (lambda: layers.Conv2DTranspose(4, 3, 2, padding="same"), (2, 3, 3, 2)),
}


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def test_power_iterations_find_the_greatest_singular_value_from_below():
    for _ in range(20):
        left, values, right = np.linalg.svd(normal(*RANDOM.integers(2, 30, 2)), full_matrices=False)
        values[0] *= 1.5
        matrix = (left * values @ right).astype("float32")

        def found(iterations, start, matrix=matrix):
            return float(lipschitz.singular_value(matrix, *lipschitz.iterated(matrix, lipschitz.unit(start), iterations)))

        assert found(5, np.ones(matrix.shape[1], "float32")) <= values[0] * (1 + 1e-5)
        assert found(25, normal(matrix.shape[1])) == pytest.approx(values[0], rel=1e-5)


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=() if kind == "convolution" else BACKEND) for kind in LAYERS])
def test_a_layer_with_a_normalised_kernel_keeps_what_layers_keep(kind, tmp_path):
    make, shape = LAYERS[kind]
    with eager():
        check_layer(SpectralNorm(make(), iterations=20), normal(*shape), tmp_path)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_kernel_that_is_used_has_norm_one_whatever_its_scale(kind, tmp_path):
    make, shape = LAYERS[kind]
    x, layer = normal(*shape), SpectralNorm(make(), iterations=60)
    layer(x, training=True)
    kernel = numpy(layer.layer.kernel)
    matrix = kernel if kind != "transposed" else kernel.swapaxes(-1, -2)
    sigma = np.linalg.svd(matrix.reshape(-1, matrix.shape[-1]), compute_uv=False)[0]
    before, plain = numpy(layer(x)), make()
    plain.build(shape)
    plain.kernel.assign(kernel / sigma)
    np.testing.assert_allclose(before, numpy(plain(x)), atol=1e-5)
    layer.layer.kernel.assign(10 * kernel)
    np.testing.assert_allclose(numpy(layer(x)), before, atol=1e-5)
    np.testing.assert_array_equal(numpy(layer.layer.kernel), 10 * kernel)
    model = keras.Sequential([keras.Input(shape[1:]), layer])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(numpy(loaded.layers[0].u), numpy(layer.u))
    np.testing.assert_allclose(numpy(loaded(x)), before, atol=1e-6)


def test_a_network_of_such_layers_moves_no_two_points_further_apart():
    network = keras.Sequential([keras.Input((6,)), *[SpectralNorm(layers.Dense(9, "relu"), 100) for _ in range(3)]])
    network(normal(4, 6), training=True)
    x, y = normal(1000, 6), normal(1000, 6)
    moved = np.linalg.norm(numpy(network(x)) - numpy(network(y)), axis=1)
    assert (moved <= np.linalg.norm(x - y, axis=1) * (1 + 1e-4)).all()


def kernel_gradient(layer, x, weights):
    """Gradient by the kernel of the sum of weighted outputs in training."""

    def function():
        return ops.sum(layer(x, training=True) * weights), ()

    (slope,), _ = gradients(function, [layer.layer.kernel], layer.variables)
    return numpy(slope)


@BACKEND
def test_the_gradient_goes_through_sigma():
    x, weights = normal(7, 5), normal(7, 3)
    ours = SpectralNorm(layers.Dense(3, use_bias=False), iterations=60)
    ours.build(x.shape)
    kernel = numpy(ours.layer.kernel)
    left, values, right = np.linalg.svd(kernel)
    normalised, outer = kernel / values[0], np.outer(left[:, 0], right[0])
    plain = x.T @ weights  # gradient by the kernel that is used
    expected = (plain - (plain * normalised).sum() * outer) / values[0]
    np.testing.assert_allclose(kernel_gradient(ours, x, weights), expected, atol=1e-4)
    np.testing.assert_array_equal(numpy(ours.layer.kernel), kernel)
    # a step along the kernel changes nothing, so the gradient has nothing of it
    assert abs((kernel_gradient(ours, x, weights) * kernel).sum()) < 1e-4


def test_the_gradient_of_kerass_own_layer_does_not_and_its_kernel_is_overwritten():
    x, weights = normal(7, 5), normal(7, 3)
    kernel = normal(5, 3)
    normalised = kernel / np.linalg.svd(kernel, compute_uv=False)[0]
    keras_own = layers.SpectralNormalization(layers.Dense(3, use_bias=False), power_iterations=60)
    keras_own.build(x.shape)
    keras_own.layer.kernel.assign(kernel)
    with eager():
        found = kernel_gradient(keras_own, x, weights)
    np.testing.assert_allclose(found, x.T @ weights, atol=1e-3)  # that by the kernel that is used, as if it were free
    assert abs((found * kernel).sum()) > 0.01
    keras_own(x, training=True)
    np.testing.assert_allclose(numpy(keras_own.layer.kernel), normalised, atol=1e-4)  # overwritten


def test_the_norm_of_a_convolution_is_at_most_the_root_of_its_places_times_that_of_its_matrix():
    layer = SpectralNorm(layers.Conv2D(2, 3, padding="same", use_bias=False), iterations=100)
    unit_pictures = np.eye(8 * 8 * 2, dtype="float32").reshape(-1, 8, 8, 2)
    jacobian = numpy(layer(unit_pictures, training=True)).reshape(len(unit_pictures), -1)
    norm = np.linalg.svd(jacobian, compute_uv=False)[0]
    assert 1.001 < norm <= 3


@BACKEND
def test_the_regulariser_is_half_the_squared_norm_even_where_rows_sum_to_zero():
    kernel = normal(3, 3, 2, 4)
    kernel -= kernel.mean(axis=-1, keepdims=True)
    sigma = np.linalg.svd(kernel.reshape(-1, 4), compute_uv=False)[0]
    regulariser = SpectralRegularizer(0.3, iterations=50)
    assert float(regulariser(ops.convert_to_tensor(kernel))) == pytest.approx(0.15 * sigma**2, rel=1e-4)
    restored = SpectralRegularizer.from_config(regulariser.get_config())
    assert restored.get_config() == {"factor": 0.3, "iterations": 50}
    layer = layers.Dense(2, kernel_regularizer=regulariser)
    layer.build((None, 2))
    layer.kernel.assign([[2.0, 0.0], [0.0, 1.0]])
    (slope,), _ = gradients(lambda: (sum(layer.losses), ()), [layer.kernel], layer.variables)
    np.testing.assert_allclose(numpy(slope), [[0.6, 0], [0, 0]], atol=1e-5)


def linear(weights):
    """A critic w'x."""
    x = keras.Input(weights.shape)
    critic = keras.Model(x, layers.Dense(1, use_bias=False)(layers.Flatten()(x)))
    critic.set_weights([weights.reshape(-1, 1)])
    return critic


FORMS = {"two": lambda s: (s - 1) ** 2, "one": lambda s: np.maximum(s - 1, 0) ** 2, "linear": lambda s: np.maximum(s - 1, 0)}


@pytest.mark.parametrize("sides", FORMS)
@pytest.mark.parametrize("length", [0.3, 2.0])
def test_the_penalty_of_a_linear_critic_is_known(sides, length):
    weights = normal(2, 3)
    weights *= length / np.linalg.norm(weights)
    critic, real, fake, epsilon = linear(weights), normal(5, 2, 3), normal(5, 2, 3), RANDOM.random((2, 5)).astype("float32")
    along = np.abs(((fake - real) * weights).sum(axis=(1, 2))) / np.linalg.norm((fake - real).reshape(5, -1), axis=1)
    for slope, expected in (("gradient", length), ("difference", along), ("directional", along)):
        penalty = GradientPenalty(7.0, sides, slope)
        found = float(penalty(critic, real, fake, epsilon))
        assert found == pytest.approx(7 * np.mean(FORMS[sides](expected)), rel=1e-3, abs=1e-5), slope
    if sides == "two":
        of_weights, _ = gradients(
            lambda: (GradientPenalty(7.0)(critic, real, fake, epsilon), ()), critic.trainable_variables, critic.variables
        )
        np.testing.assert_allclose(
            numpy(of_weights[0]).reshape(2, 3), 7 * 2 * (length - 1) * weights / length, rtol=1e-3, atol=1e-5
        )


@BACKEND
def test_points_between_lie_on_the_line_and_all_tensors_of_a_sample_move_together():
    real, fake = [normal(3, 2), normal(3, 4, 1)], [normal(3, 2), normal(3, 4, 1)]
    first, second = lipschitz.between(real, fake, np.array([0, 1, 0.25], "float32"))
    for found, a, b in ((first, real[0], fake[0]), (second, real[1], fake[1])):
        np.testing.assert_allclose(numpy(found), np.stack([a[0], b[1], 0.75 * a[2] + 0.25 * b[2]]), atol=1e-6)


@pytest.mark.parametrize("slope", [pytest.param(s, marks=BACKEND if s == "directional" else ()) for s in lipschitz.SLOPES])
def test_the_gradient_of_the_penalty_is_that_of_its_differences(slope):
    critic = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    real, fake, epsilon = normal(6, 3), normal(6, 3), RANDOM.random((2, 6)).astype("float32")
    penalty = GradientPenalty(10.0, slope=slope)

    def cost():
        return penalty(critic, real, fake, epsilon), ()

    found, _ = gradients(cost, critic.trainable_variables, critic.variables)
    kernel, values, step = critic.weights[0], critic.get_weights()[0], 1e-2
    for place in ((0, 0), (2, 3)):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[place] += sign * step
            kernel.assign(moved)
            ends.append(float(cost()[0]))
        kernel.assign(values)
        assert numpy(found[0])[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=0.02, abs=2e-3)


def test_a_critic_without_any_slope_has_a_penalty_and_a_finite_gradient():
    critic = linear(np.zeros((2, 3), "float32"))
    for slope in lipschitz.SLOPES:
        (found,), _ = gradients(
            lambda slope=slope: (
                GradientPenalty(10.0, slope=slope)(critic, normal(4, 2, 3), normal(4, 2, 3), normal(2, 4)),
                (),
            ),
            critic.trainable_variables,
            critic.variables,
        )
        assert np.isfinite(numpy(found)).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="must be one of two, one, linear"):
        GradientPenalty(sides="both")
    with pytest.raises(ValueError, match="Flatten has no kernel"):
        SpectralNorm(layers.Flatten()).build((None, 3))
