import keras
import numpy as np
import pytest

from common.report.saliency import gradient_times_input, input_gradient, integrated_gradients

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def softmax_model(points=6, classes=3):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((points,)),
            keras.layers.Dense(8, activation="tanh"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def test_the_gradient_of_a_linear_model_is_its_kernel():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    inputs = RANDOM.normal(size=(5, 4))
    for target in range(3):
        expected = np.tile(model.get_weights()[0][:, target], (5, 1))
        np.testing.assert_allclose(input_gradient(model, inputs, target), expected, rtol=1e-5)
        np.testing.assert_allclose(gradient_times_input(model, inputs, target), expected * inputs, rtol=1e-5)
        np.testing.assert_allclose(integrated_gradients(model, inputs, target, steps=2), expected * inputs, rtol=1e-5)


def test_the_gradient_of_a_softmax_is_its_derivative():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    kernel = model.get_weights()[0]
    inputs = RANDOM.normal(size=(5, 4)).astype("float32")
    p = keras.ops.convert_to_numpy(model(inputs))
    expected = p[:, [1]] * (kernel[:, 1] - p @ kernel.T)
    np.testing.assert_allclose(input_gradient(model, inputs, 1), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("baseline", [None, 0.5, np.linspace(-1, 1, 6)], ids=["zeros", "number", "row"])
def test_integrated_gradients_sum_to_the_difference_of_the_probabilities(baseline):
    model = softmax_model()
    inputs = RANDOM.normal(size=(4, 6)).astype("float32")
    start = np.broadcast_to(0.0 if baseline is None else baseline, inputs.shape).astype("float32")
    shares = integrated_gradients(model, inputs, 2, baseline=baseline, steps=64)
    difference = keras.ops.convert_to_numpy(model(inputs) - model(start))[:, 2]
    assert np.abs(difference).max() > 0.05
    np.testing.assert_allclose(shares.sum(axis=1), difference, atol=1e-3)


def test_a_point_that_does_not_leave_the_baseline_has_no_share():
    inputs = RANDOM.normal(size=(2, 6))
    inputs[:, 3] = 0
    np.testing.assert_array_equal(integrated_gradients(softmax_model(), inputs, 0, steps=4)[:, 3], 0)


@pytest.mark.parametrize("saliency", [input_gradient, gradient_times_input, integrated_gradients])
def test_every_saliency_has_the_shape_of_the_inputs(saliency):
    model = keras.Sequential(
        [
            keras.Input((10, 2)),
            keras.layers.Conv1D(3, 3),
            keras.layers.GlobalMaxPooling1D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    inputs = RANDOM.normal(size=(3, 10, 2))
    shares = saliency(model, inputs, 1)
    assert isinstance(shares, np.ndarray)
    assert shares.shape == inputs.shape
    assert np.isfinite(shares).all()
    np.testing.assert_array_equal(saliency(model, inputs, 1), shares)
