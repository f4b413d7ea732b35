import keras
import numpy as np
import pytest
from keras import ops

from common.regularizers import KernelOrthogonality, SelfOrthogonality, cosines
from common.regularizers.orthogonality import sign_agreement

pytestmark = pytest.mark.backend


def agreement(outputs, **settings):
    return ops.convert_to_numpy(sign_agreement(np.asarray(outputs, "float32"), **settings))


@pytest.mark.parametrize("degrees, expected", [(0, 1), (60, 1 / 3), (90, 0), (120, -1 / 3), (180, -1)])
def test_signs_agree_as_the_angle_says(degrees, expected):
    """The lemma, by Monte Carlo: the mean of sgn(x w1) sgn(x w2) is 1 - 2 angle / pi for x uniform on a sphere."""
    draws = np.random.default_rng(0).normal(size=(1_000_000, 3)).astype("float32")  # the length of x does not matter
    angle = np.radians(degrees)
    pair = np.array([[1, 0, 0], [np.cos(angle), np.sin(angle), 0]], "float32").T
    signs = np.sign(draws @ pair)
    assert np.mean(signs[:, 0] * signs[:, 1]) == pytest.approx(expected, abs=0.003)
    assert agreement(draws @ pair, sharpness=1e4)[0, 1] == pytest.approx(expected, abs=0.003)


def test_orthogonal_units_agree_less_the_larger_the_batch_and_equal_ones_wholly():
    generator = np.random.default_rng(1)
    orthogonal = np.linalg.qr(generator.normal(size=(8, 8)))[0]
    means = []
    for rows in (100, 10_000):
        found = agreement(generator.normal(size=(rows, 8)) @ orthogonal)
        np.testing.assert_allclose(np.diag(found), 1, rtol=1e-4)
        means.append(np.abs(found[~np.eye(8, dtype=bool)]).mean())
    assert means[1] == pytest.approx(means[0] / 10, rel=0.5), "as 1 / sqrt(rows)"
    column = generator.normal(size=(50, 1))
    np.testing.assert_allclose(agreement(np.hstack([column, column])), 1, rtol=1e-4)


def test_positive_inputs_make_orthogonal_units_agree_until_they_are_centred():
    generator = np.random.default_rng(2)
    inputs = np.maximum(generator.normal(size=(5000, 16)), 0)
    orthogonal = np.linalg.qr(generator.normal(size=(16, 8)))[0]
    outputs, off = inputs @ orthogonal, ~np.eye(8, dtype=bool)
    plain, centred = (np.abs(agreement(outputs, centred=how)[off]).mean() for how in (False, True))
    assert plain > 3 * centred and centred < 0.1
    again = agreement((inputs - inputs.mean(axis=0)) @ orthogonal)
    np.testing.assert_allclose(agreement(outputs, centred=True), again, atol=1e-3)


def test_the_penalty_is_what_the_article_writes_but_for_the_number_of_pairs():
    outputs = np.random.default_rng(3).normal(size=(40, 5)).astype("float32")
    signs = np.tanh(10 * outputs)
    signs /= np.linalg.norm(signs, axis=0)
    others = (signs.T @ signs)[~np.eye(5, dtype=bool)]
    expected = 100 * (others.sum() / 20) ** 2 + np.square(others).sum() / 20
    assert float(SelfOrthogonality()(ops.convert_to_tensor(outputs))) == pytest.approx(expected, rel=1e-3)
    assert float(SelfOrthogonality(0.5)(ops.convert_to_tensor(outputs))) == pytest.approx(expected / 2, rel=1e-3)
    places = outputs.reshape(2, 4, 5, 5)  # of a convolution
    assert float(SelfOrthogonality()(ops.convert_to_tensor(places))) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("start", ["zeros", "near"])
def test_units_turn_apart_and_the_gradient_is_finite_also_at_zero(centred, start):
    generator = np.random.default_rng(4)
    kernel = np.zeros((6, 4)) if start == "zeros" else generator.normal(size=(6, 1)) + 0.3 * generator.normal(size=(6, 4))
    regularised = keras.layers.Dense(4, use_bias=False, activity_regularizer=SelfOrthogonality(centred=centred))
    model = keras.Sequential([keras.Input((6,)), regularised])
    regularised.kernel.assign(kernel)
    model.compile(keras.optimizers.Adam(0.02), loss=lambda truth, found: 0.0 * ops.mean(found, axis=-1))
    model.fit(generator.normal(size=(256, 6)), np.zeros((256, 4)), epochs=60, batch_size=256, verbose=0)
    after = model.get_weights()[0]
    assert np.isfinite(after).all()
    if start == "near":
        assert np.abs(cosines(after)).mean() < 0.6 * np.abs(cosines(kernel)).mean()


def test_kernels_are_measured_unit_by_unit():
    kernel = np.random.default_rng(5).normal(size=(3, 3, 4, 6)).astype("float32")
    expected = keras.regularizers.OrthogonalRegularizer(0.5, mode="columns")(ops.reshape(kernel, (36, 6)))
    assert float(KernelOrthogonality(0.5)(ops.convert_to_tensor(kernel))) == pytest.approx(float(expected), rel=1e-5)
    assert 0.5 * np.abs(cosines(kernel)).mean() == pytest.approx(float(expected), rel=1e-4)
    np.testing.assert_allclose(cosines([[1, 1], [0, 1]]), np.sqrt(0.5))


@pytest.mark.parametrize("one", [SelfOrthogonality(2, 3, 4, True, 5), KernelOrthogonality(0.2)])
def test_settings_are_kept(one, tmp_path):
    kind = "activity_regularizer" if isinstance(one, SelfOrthogonality) else "kernel_regularizer"
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3, **{kind: one})])
    model.save(tmp_path / "model.keras")
    loaded = getattr(keras.saving.load_model(tmp_path / "model.keras").layers[0], kind)
    assert type(loaded) is type(one) and loaded.get_config() == one.get_config()
