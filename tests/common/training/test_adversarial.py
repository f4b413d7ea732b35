from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from common.training import Trainer
from common.training.adversarial import FastGradient, GradientPenalty, RDrop, VirtualAdversarial, divergence

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


@pytest.mark.parametrize("attack", [FastGradient("vectors", 0.0), GradientPenalty("vectors", 0.0), RDrop(binary=True)])
def test_an_objective_of_no_strength_is_plain_training(attack):
    for found, expected in zip(trained(attack, 3)[0], trained(None, 3)[0], strict=True):
        np.testing.assert_allclose(found, expected, atol=5e-6)


def yes_or_no(attack, dropout=0.0, epochs=1):
    """Weights and losses of the network of `network()` with a sigmoid and a dropout on its way."""
    keras.utils.set_random_seed(0)
    ids = keras.Input((5,), dtype="int32")
    vectors = keras.layers.Embedding(7, 3, name="vectors", weights=[START])(ids)
    pooled = keras.layers.Dropout(dropout)(keras.layers.GlobalAveragePooling1D()(vectors))
    out = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", activation="sigmoid")(pooled)
    model = keras.Model(ids, out)
    trainer = Trainer(model, 0.9, attack)
    trainer.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
    trainer.begin(0.5)
    history = trainer.fit(IDS, (Y > 0).astype("float32"), batch_size=8, epochs=epochs, shuffle=False, verbose=0).history
    return [np.array(ops.convert_to_numpy(weight)) for weight in model.weights], history["loss"]


def test_an_attack_sees_the_dropout_that_the_step_learns_under():
    plain = yes_or_no(None, 0.5, 3)
    for attack in (
        FastGradient("vectors", 0.0),
        GradientPenalty("vectors", 0.0),
        VirtualAdversarial("vectors", 0.0, binary=True),
    ):
        found = yes_or_no(attack, 0.5, 3)
        np.testing.assert_allclose(found[1], plain[1], rtol=1e-5)
        for one, other in zip(found[0], plain[0], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


def test_two_passes_of_r_drop_have_masks_of_their_own_and_pay_for_what_they_differ_in():
    losses = [yes_or_no(RDrop(weight, binary=True), 0.5)[1][0] for weight in (0.0, 1.0, 2.0)]
    assert losses[1] > losses[0] + 1e-4
    assert losses[2] - losses[1] == pytest.approx(losses[1] - losses[0], rel=1e-4)


def test_a_virtual_attack_goes_where_predictions_change_most(monkeypatch):
    def sigmoid(table):
        return 1 / (1 + np.exp(-(COUNTS @ table @ np.ones((3, 1)))))

    def apart(move):
        p, q = sigmoid(START), sigmoid(START + move)
        return (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).mean()

    target, p = (Y > 0).astype(float), sigmoid(START)
    plain = -(target * np.log(p) + (1 - target) * np.log(1 - p)).mean()
    rise = [yes_or_no(VirtualAdversarial("vectors", 0.9, 2.0, 0.1, count, binary=True))[1][0] - plain for count in (0, 1, 8)]
    assert rise[0] < rise[1] < rise[2] * 1.001

    # the greatest change of a sigmoid's predictions, to second order: the first eigenvector of the Fisher information
    slopes = (p * (1 - p)) ** 0.5 * COUNTS  # (8, 7), alike in the three columns of the table
    values, vectors = np.linalg.eigh(slopes.T @ slopes)
    along = np.repeat(vectors[:, -1:], 3, axis=1) / np.sqrt(3)
    most = max(apart(0.9 * along), apart(-0.9 * along))
    assert rise[2] == pytest.approx(2.0 * most, rel=0.2)
    assert values[-1] > values[-2]


@pytest.mark.parametrize(
    ("first", "second", "binary", "weight", "expected"),
    [
        ([[0.5]], [[0.25]], True, None, 0.5 * np.log(2) + 0.5 * np.log(0.5 / 0.75)),
        ([[0.5, 0.5], [0.2, 0.8]], [[0.25, 0.75], [0.2, 0.8]], False, None, (0.5 * np.log(2) + 0.5 * np.log(0.5 / 0.75)) / 2),
        ([[0.5, 0.5], [0.2, 0.8]], [[0.25, 0.75], [0.9, 0.1]], False, [2.0, 0.0], 0.5 * np.log(2) + 0.5 * np.log(0.5 / 0.75)),
        ([[[0.5, 0.5], [0.1, 0.2]]], [[[0.25, 0.25], [0.7, 0.7]]], True, [[1.0, 0.0]], 0.5 * np.log(2) + 0.5 * np.log(2 / 3)),
        ({"a": [[0.5]], "b": [[0.3]]}, {"a": [[0.25]], "b": [[0.3]]}, True, None, 0.5 * np.log(2) + 0.5 * np.log(2 / 3)),
    ],
)
def test_divergences(first, second, binary, weight, expected):
    def tensors(values):
        return (
            {name: ops.convert_to_tensor(one) for name, one in values.items()}
            if isinstance(values, dict)
            else (ops.convert_to_tensor(values))
        )

    weight = None if weight is None else ops.convert_to_tensor(weight)
    assert float(divergence(tensors(first), tensors(second), binary, weight)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("binary", [True, False])
def test_scores_are_compared_as_the_probabilities_that_they_are_of(binary):
    values = RANDOM.normal(size=(2, 3)).astype("float32")
    squash = ops.sigmoid if binary else ops.softmax
    found = SimpleNamespace(y_pred={"scores": ops.convert_to_tensor(values), "sure": ops.convert_to_tensor(values)})
    given = {"binary": binary, "scores": ("scores",)}
    for objective in (RDrop(1.0, **given), VirtualAdversarial("vectors", 1.0, **given)):
        got = objective.probabilities(found)
        np.testing.assert_allclose(ops.convert_to_numpy(got["scores"]), ops.convert_to_numpy(squash(values)), rtol=1e-6)
        assert got["sure"] is found.y_pred["sure"]


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
    with pytest.raises(ValueError, match="There is no layer 'words'"):
        FastGradient("words").table_of(model)


def test_a_table_is_found_in_a_model_within():
    inner = network()
    outer = keras.Model(inner.input, inner(inner.input))
    assert FastGradient("vectors").table_of(outer) is inner.get_layer("vectors").embeddings
