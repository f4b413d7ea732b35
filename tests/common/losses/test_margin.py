import keras
import numpy as np
import pytest

from common.errors import DataError
from common.losses import AMSoftmax, ArcFace, ScaledSoftmax, SimplerASoftmax, check_labels
from tests.common.losses.test_multilabel import gradient, values
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
LOSSES = {
    "scaled": (ScaledSoftmax, np.cos),
    "am": (AMSoftmax, lambda angle: np.cos(angle) - 0.35),
    "arc": (ArcFace, lambda angle: np.where(angle + 0.5 > np.pi, np.cos(angle) - 0.5 * np.sin(0.5), np.cos(angle + 0.5))),
    "simpler a": (SimplerASoftmax, lambda angle: np.minimum(np.cos(angle), np.cos(4 * angle))),
}
ALL = pytest.mark.parametrize("name", LOSSES)


def cosines(*shape):
    return RANDOM.uniform(-0.99, 0.99, size=shape).astype("float32")


def labels(rows, classes):
    return RANDOM.integers(classes, size=rows)


def formula(margin, label, cosine, scale=30.0, represents=1.0):
    """Minus the logarithm of the true class's share, row by row, in float64 and by angles."""
    result = np.zeros(len(cosine))
    for row, (true, angles) in enumerate(zip(label, np.arccos(cosine.astype("float64")), strict=True)):
        own = np.exp(scale * margin(angles[true]))
        others = np.exp(scale * np.cos(np.delete(angles, true))).sum()
        result[row] = np.log1p(represents * others / own)
    return result


def slopes(function, at, step=1e-6):
    """Of a scalar function of an array, by central differences in float64."""
    result = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        up, down = at.astype("float64"), at.astype("float64")
        up[place] += step
        down[place] -= step
        result[place] = (function(up) - function(down)) / (2 * step)
    return result


@ALL
def test_keeps_what_every_loss_keeps(name):
    check_loss(LOSSES[name][0](scale=4.0), labels(8, 5), RANDOM.uniform(0.05, 0.95, size=(8, 5)).astype("float32"))


@pytest.mark.parametrize(
    "loss", [ScaledSoftmax(scale=4.0, represents=3.0), AMSoftmax(0.2), ArcFace(0.3, scale=64.0), SimplerASoftmax(scale=2.0)]
)
def test_a_saved_loss_comes_back(loss):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(copy) is type(loss) and copy.get_config() == loss.get_config()
    label, cosine = labels(4, 3), cosines(4, 3)
    np.testing.assert_array_equal(values(copy, label, cosine), values(loss, label, cosine))


@ALL
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_values_are_those_of_the_formula(name, scale):
    (loss, margin), label, cosine = LOSSES[name], labels(200, 6), cosines(200, 6)
    expected = formula(margin, label, cosine, scale)
    np.testing.assert_allclose(values(loss(scale=scale), label, cosine), expected, rtol=2e-5, atol=1e-9)


@ALL
def test_the_gradient_is_the_slope_of_the_formula(name):
    (loss, margin), label, cosine = LOSSES[name], labels(6, 4), cosines(6, 4)
    expected = slopes(lambda at: formula(margin, label, at).mean(), cosine)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(gradient(loss(), label, cosine), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("loss", [ScaledSoftmax(), AMSoftmax(0.0), ArcFace(0.0)])
def test_margin_0_is_kerass_crossentropy_of_scaled_cosines(loss):
    label, cosine = labels(50, 7), cosines(50, 7)
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(label, 30 * cosine)
    assert float(loss(label, cosine)) == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(gradient(loss, label, cosine), gradient(ScaledSoftmax(), label, cosine), atol=1e-5)


@ALL
def test_a_margin_costs_and_a_greater_angle_costs_more(name):
    (loss, _), angles = LOSSES[name], np.linspace(0, np.pi / 4 if name == "simpler a" else np.pi, 50)
    cosine = np.stack([np.cos(angles), np.full(50, 0.2)], axis=1).astype("float32")
    found = values(loss(scale=4.0), np.zeros(50, int), cosine)
    assert (np.diff(found) > 0).all()
    assert (found >= values(ScaledSoftmax(scale=4.0), np.zeros(50, int), cosine)).all()


@ALL
def test_digits_stay_where_the_target_dominates(name):
    loss, margin = LOSSES[name]
    cosine = np.array([[0.9999, -0.9, -0.95], [0.9995, -0.5, -0.99]], dtype="float32")
    expected = formula(margin, [0, 0], cosine, 20.0)
    assert (expected < 1e-6).all()  # 1 + expected is 1 in float32, or nearly
    np.testing.assert_allclose(values(loss(scale=20.0), [0, 0], cosine), expected, rtol=1e-3)


@ALL
@pytest.mark.parametrize("scale", [1.0, 64.0, 1000.0])
def test_cosines_of_1_and_minus_1_have_finite_values_and_gradients(name, scale):
    cosine = np.array([[1, -1, 0], [-1, 1, 1], [0, 0, 0], [1, 1, 1]], dtype="float32")
    loss = LOSSES[name][0](scale=scale)
    assert np.isfinite(values(loss, [0, 0, 1, 2], cosine)).all()
    assert np.isfinite(gradient(loss, np.array([0, 0, 1, 2]), cosine)).all()


@ALL
def test_half_precision_is_left_before_anything_is_computed(name):
    loss, label, half = LOSSES[name][0](), labels(5, 3), keras.ops.cast(cosines(5, 3), "bfloat16")
    found = loss.call(label, half)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    whole = values(loss, label, keras.ops.convert_to_numpy(keras.ops.cast(half, "float32")))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), whole)


@ALL
def test_a_column_may_stand_for_many_classes(name):
    (loss, margin), label, cosine = LOSSES[name], labels(20, 4), cosines(20, 4)
    found = values(loss(represents=1000.0), label, cosine)
    np.testing.assert_allclose(found, formula(margin, label, cosine, represents=1000.0), rtol=1e-4)


def test_labels_may_stand_in_a_column_or_in_sequences():
    label, cosine = labels(6, 4), cosines(6, 4)
    flat = values(AMSoftmax(), label, cosine)
    np.testing.assert_array_equal(values(AMSoftmax(), label[:, None], cosine), flat)
    np.testing.assert_array_equal(values(AMSoftmax(), label.reshape(2, 3), cosine.reshape(2, 3, 4)), flat.reshape(2, 3))


@ALL
@pytest.mark.parametrize("wrong", [-1, 3])
def test_a_label_that_is_no_class_gives_nan_and_nothing_else_does(name, wrong):
    found = values(LOSSES[name][0](), np.array([0, wrong, 2]), cosines(3, 3))
    np.testing.assert_array_equal(np.isnan(found), [False, True, False])


def test_a_label_that_is_no_class_stops_the_training():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("sgd", AMSoftmax())
    with pytest.raises(RuntimeError, match="NaN"):
        model.fit(np.ones((2, 2)), np.array([0, 3]), verbose=0, callbacks=keras.callbacks.TerminateOnNaN(raise_error=True))


def test_labels_are_checked_before_training():
    check_labels(np.array([[0, 2], [1, 1]]), 3)
    check_labels(np.array([], dtype="int32"), 3)
    with pytest.raises(DataError, match=r"label 3 at place 1 is no class: expected 0 to 2 \(2 such labels of 4\)"):
        check_labels([0, 3, 1, -1], 3)
    with pytest.raises(DataError, match="must be integers, found float64"):
        check_labels([0.0, 1.0], 3)


@pytest.mark.parametrize(
    ("loss", "wrong", "message"),
    [
        (ScaledSoftmax, {"scale": 0}, r"Received: scale=0, represents=1\.0"),
        (ScaledSoftmax, {"represents": 0.5}, r"Received: scale=30\.0, represents=0\.5"),
        (AMSoftmax, {"margin": -0.1}, r"must not be negative\. Received: margin=-0\.1"),
        (ArcFace, {"margin": 28.6}, r"from 0 to less than pi\. Received: margin=28\.6"),  # degrees, as some write it
    ],
)
def test_impossible_settings_are_named(loss, wrong, message):
    with pytest.raises(ValueError, match=message):
        loss(**wrong)
