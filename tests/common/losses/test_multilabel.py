import keras
import numpy as np
import pytest

from common.losses import MultilabelCrossentropy, PartialBinaryCrossentropy
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def probabilities(*shape):
    return RANDOM.uniform(0.05, 0.95, size=shape).astype("float32")


def scores(*shape):
    return RANDOM.normal(scale=2, size=shape).astype("float32")


def labels(*shape, least=-1):
    return RANDOM.integers(least, 2, size=shape).astype("float32")


def values(loss, y_true, y_pred):
    return keras.ops.convert_to_numpy(loss.call(keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred)))


def gradient(loss, y_true, y_pred):
    """Of the whole loss with regard to the predictions: one step of gradient descent on a table that holds them."""
    table = keras.layers.Embedding(len(y_pred), int(np.prod(y_pred.shape[1:])))
    model = keras.Sequential([keras.Input((), dtype="int32"), table, keras.layers.Reshape(y_pred.shape[1:])])
    table.set_weights([y_pred.reshape(len(y_pred), -1)])
    model.compile(keras.optimizers.SGD(1.0), loss)
    model.fit(np.arange(len(y_pred)), y_true, batch_size=len(y_pred), shuffle=False, verbose=0)
    return y_pred - table.get_weights()[0].reshape(y_pred.shape)


def slopes(loss, y_true, y_pred, step=2e-3):
    """The same by central differences."""
    result = np.zeros_like(y_pred)
    for place in np.ndindex(y_pred.shape):
        up, down = y_pred.copy(), y_pred.copy()
        up[place] += step
        down[place] -= step
        result[place] = (float(loss(y_true, up)) - float(loss(y_true, down))) / (2 * step)
    return result


def log_one_more(terms):
    return np.log1p(np.exp(terms.astype("float64")).sum())


def multilabel(y_true, y_pred):
    """The formula, row by row and class by class."""
    result = np.zeros(len(y_true))
    for row in range(len(y_true)):
        for label in range(y_true.shape[-1]):
            known, guess = y_true[row, ..., label], y_pred[row, ..., label]
            result[row] += log_one_more(guess[known == 0]) + log_one_more(-guess[known == 1])
    return result


BOTH = pytest.mark.parametrize(
    ("loss", "predictions"), [(PartialBinaryCrossentropy(), probabilities), (MultilabelCrossentropy(), scores)]
)


def test_partial_crossentropy_keeps_what_every_loss_keeps():
    check_loss(PartialBinaryCrossentropy(), labels(8, 5), probabilities(8, 5))


def test_multilabel_crossentropy_keeps_what_every_loss_keeps():
    check_loss(MultilabelCrossentropy(), labels(8, 4, 3), scores(8, 4, 3))


@pytest.mark.parametrize("loss", [PartialBinaryCrossentropy(axes=2, name="objects"), MultilabelCrossentropy(name="links")])
def test_a_saved_loss_comes_back(loss):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(copy) is type(loss) and copy.get_config() == loss.get_config()
    y_true, y_pred = labels(2, 3, 4, 2), probabilities(2, 3, 4, 2)
    np.testing.assert_array_equal(values(copy, y_true, y_pred), values(loss, y_true, y_pred))


@pytest.mark.parametrize("axes", [1, 2])
def test_where_all_is_known_it_is_the_sum_of_kerass_crossentropy(axes):
    y_true, y_pred = labels(2, 3, 4, 2, least=0), probabilities(2, 3, 4, 2)
    terms = keras.ops.convert_to_numpy(keras.ops.binary_crossentropy(y_true, y_pred))
    expected = terms.sum(axis=tuple(range(-axes, 0)))
    np.testing.assert_allclose(values(PartialBinaryCrossentropy(axes=axes), y_true, y_pred), expected, rtol=1e-4)
    whole = keras.losses.BinaryCrossentropy()(y_true, y_pred) * np.prod(y_true.shape[-axes:])
    assert float(PartialBinaryCrossentropy(axes=axes)(y_true, y_pred)) == pytest.approx(float(whole), rel=1e-4)


def test_partial_crossentropy_by_hand():
    y_true, y_pred = np.array([[[1, 0, -1], [-1, -1, -1]]]), np.array([[[0.5, 0.75, 0.9], [0.1, 0.2, 0.3]]], dtype="float32")
    np.testing.assert_allclose(values(PartialBinaryCrossentropy(), y_true, y_pred), [[np.log(8), 0]], rtol=1e-5)


def test_the_mean_is_over_the_steps_with_a_weight():
    loss, y_true, y_pred = PartialBinaryCrossentropy(), labels(2, 4, 3), probabilities(2, 4, 3)
    real = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], dtype="float32")
    expected = values(loss, y_true, y_pred)[real > 0].mean()
    assert float(loss(y_true, y_pred, sample_weight=real)) == pytest.approx(expected, rel=1e-5)
    padding = np.where(real[..., None] > 0, y_pred, 0.5).astype("float32")
    assert float(loss(y_true, padding, sample_weight=real)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("shape", [(3, 4, 2), (2, 3, 3, 2), (3, 4)])
def test_multilabel_crossentropy_is_what_the_formula_says(shape):
    y_true, y_pred = labels(*shape), scores(*shape)
    np.testing.assert_allclose(values(MultilabelCrossentropy(), y_true, y_pred), multilabel(y_true, y_pred), rtol=1e-4)


def test_multilabel_crossentropy_by_hand():
    y_true, y_pred = np.array([[[1], [0], [0], [-1]]]), np.array([[[np.log(2)], [0.0], [np.log(2)], [5.0]]], dtype="float32")
    np.testing.assert_allclose(
        values(MultilabelCrossentropy(), y_true, y_pred), [np.log(1 + 1 / 2) + np.log(1 + 1 + 2)], rtol=1e-5
    )


@BOTH
def test_unknown_labels_change_nothing(loss, predictions):
    y_true, y_pred = labels(3, 4, 2), predictions(3, 4, 2)
    other = np.where(y_true < 0, 1 - y_pred, y_pred).astype("float32")
    assert (y_true < 0).any()
    np.testing.assert_array_equal(values(loss, y_true, other), values(loss, y_true, y_pred))
    np.testing.assert_array_equal(values(loss, np.full_like(y_true, -1), y_pred), 0)


@BOTH
def test_known_labels_get_the_slope_of_the_loss_and_unknown_ones_none(loss, predictions):
    y_true, y_pred = labels(2, 4, 2), predictions(2, 4, 2)
    found = gradient(loss, y_true, y_pred)
    np.testing.assert_allclose(found, slopes(loss, y_true, y_pred), rtol=1e-2, atol=2e-3)
    assert (found[y_true < 0] == 0).all() and (found[y_true > 0] < 0).all() and (found[y_true == 0] > 0).all()


@BOTH
def test_where_nothing_is_known_there_is_no_gradient(loss, predictions):
    y_pred = predictions(2, 3, 2)
    np.testing.assert_array_equal(gradient(loss, np.full_like(y_pred, -1), y_pred), 0)


def test_great_scores_do_not_overflow():
    loss, y_true = MultilabelCrossentropy(), np.array([[[1], [1], [0], [0], [-1]]] * 2, dtype="float32")
    right = np.array([[[1000], [1000], [-1000], [-1000], [1000]]], dtype="float32")
    y_pred = np.concatenate([right, -right])
    np.testing.assert_allclose(values(loss, y_true, y_pred), [0, 2 * (1000 + np.log(2))], rtol=1e-6)
    found = gradient(loss, y_true, y_pred)[..., 0] * len(y_true)  # the loss is a mean over the rows
    np.testing.assert_allclose(found, [[0] * 5, [-0.5, -0.5, 0.5, 0.5, 0]], atol=1e-3)


def test_probabilities_of_0_and_1_cost_much_but_not_infinitely():
    y_true, y_pred = np.array([[1, 0, -1], [0, 1, -1]], dtype="float32"), np.array([[1, 0, 0], [1, 0, 1]], dtype="float32")
    right, wrong = values(PartialBinaryCrossentropy(), y_true, y_pred)
    assert right == pytest.approx(0, abs=1e-5) and wrong == pytest.approx(2 * -np.log(keras.config.epsilon()), rel=0.01)
    assert np.isfinite(gradient(PartialBinaryCrossentropy(), y_true, y_pred)).all()


def test_pairs_that_are_out_cost_nothing():
    loss, y_true, y_pred = MultilabelCrossentropy(), labels(2, 4, 2, least=0), scores(2, 4, 2)
    out = np.full((2, 3, 2), -1e4, dtype="float32")  # what `PairScores` gives for padding
    padded = values(loss, np.concatenate([y_true, 0 * out], axis=1), np.concatenate([y_pred, out], axis=1))
    np.testing.assert_allclose(padded, values(loss, y_true, y_pred), rtol=1e-6)
