import keras
import numpy as np
import pytest
from keras import ops

from common.training import Trainer
from common.training.adversarial import FastGradient, GradientPenalty

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
IDS, Y = RANDOM.integers(0, 7, (8, 5)).astype("int32"), RANDOM.normal(size=(8, 1)).astype("float32")
START = RANDOM.normal(size=(7, 3)).astype("float32")


def network():
    """The mean vector of a row, times given numbers, so that every gradient can be had by hand."""
    ids = keras.Input((5,), dtype="int32")
    vectors = keras.layers.Embedding(7, 3, name="vectors", weights=[START])(ids)
    return keras.Model(
        ids, keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(keras.layers.GlobalAveragePooling1D()(vectors))
    )


def trained(attack, steps=1, rate=0.5):
    model = network()
    trainer = Trainer(model, 0.9, attack)
    trainer.compile(keras.optimizers.SGD(rate), "mse")
    trainer.begin(rate)
    history = trainer.fit(IDS, Y, batch_size=8, epochs=steps, shuffle=False, verbose=0).history["loss"]
    return [np.array(ops.convert_to_numpy(weight)) for weight in model.weights], history


COUNTS = np.stack([(word == IDS).mean(axis=1) for word in range(7)], axis=1)  # (8, 7)


def gradients(table, kernel):
    """Of the loss for table and kernel, and the loss."""
    error = COUNTS @ table @ kernel - Y
    return COUNTS.T @ (2 * error / 8) @ kernel.T, table.T @ COUNTS.T @ (2 * error / 8), (error**2).mean()


def test_a_fast_gradient_step_is_that_of_the_table_moved_by_epsilon():
    kernel = np.ones((3, 1))
    direction = gradients(START, kernel)[0]
    of_table, of_kernel, loss = gradients(START + 0.7 * direction / np.linalg.norm(direction), kernel)
    (table, found_kernel), (found_loss,) = trained(FastGradient("vectors", 0.7))
    np.testing.assert_allclose(table, START - 0.5 * of_table, atol=1e-5)
    np.testing.assert_allclose(found_kernel, kernel - 0.5 * of_kernel, atol=1e-5)
    assert found_loss == pytest.approx(loss, rel=1e-5)


def test_a_penalty_has_the_gradient_of_its_formula():
    def penalised(table, kernel):
        of_table, _, loss = gradients(table, kernel)
        return loss + 0.5 * 0.7 * (of_table**2).sum()

    kernel, small = np.ones((3, 1)), 1e-5
    (table, found_kernel), (found_loss,) = trained(GradientPenalty("vectors", 0.7))
    assert found_loss == pytest.approx(penalised(START, kernel), rel=1e-5)
    for found, start, change in (
        (table, START.astype("float64"), lambda move: penalised(START + move, kernel)),
        (found_kernel, kernel, lambda move: penalised(START.astype("float64"), kernel + move)),
    ):
        slope = np.empty(start.shape)
        for place in np.ndindex(start.shape):
            move = np.zeros(start.shape)
            move[place] = small
            slope[place] = (change(move) - change(-move)) / (2 * small)
        np.testing.assert_allclose(found, start - 0.5 * slope, atol=1e-4)


@pytest.mark.parametrize(("attack", "expected"), [(FastGradient, 6.750842), (GradientPenalty, 6.627263)])
def test_both_backends_agree(attack, expected):
    found, _ = trained(attack("vectors", 0.5), steps=3, rate=0.2)
    assert float(found[0].astype("float64").sum()) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("attack", [FastGradient, GradientPenalty])
def test_an_attack_of_no_strength_is_plain_training(attack):
    for found, expected in zip(trained(attack("vectors", 0.0), 3)[0], trained(None, 3)[0], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_table_is_put_back_to_the_bit():
    model = network()
    trainer = Trainer(model, 0.9, FastGradient("vectors", 0.5))
    trainer.compile(keras.optimizers.SGD(0.0), "mse")
    trainer.begin(0.0)
    trainer.fit(IDS, Y, batch_size=8, epochs=3, verbose=0)
    np.testing.assert_array_equal(model.get_layer("vectors").get_weights()[0], START)


def test_a_frozen_table_cannot_be_attacked():
    model = network()
    model.get_layer("vectors").trainable = False
    with pytest.raises(ValueError, match="'vectors' is frozen"):
        FastGradient("vectors").table_of(model)
