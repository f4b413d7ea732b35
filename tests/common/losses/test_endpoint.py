import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from common.losses import CentreLoss, EndPoint, LossEndPoint, SmoothedSparseCrossentropy, Triplet
from common.training import Trainer
from common.training.adversarial import FastGradient, RDrop
from tests.conftest import REPOSITORY, check_layer

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
LABELS = np.array([0, 1, 0, 2, 1, 0], "int32")
WEIGHTS = np.array([1, 2, 0, 1, 1, 3], "float32")


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def added(layer, *inputs, mask=None):
    """The loss that an end point adds in one call, after its prediction came back as it was."""
    found = layer(list(inputs), mask=None if mask is None else [mask, None])
    np.testing.assert_array_equal(ops.convert_to_numpy(found), inputs[0])
    (loss,) = layer.losses
    return float(loss)


def network(end_point=None, weighted=False):
    """A linear model, or one with an end point that takes its targets as an input."""
    keras.utils.set_random_seed(0)
    x, y, weight = keras.Input((3,)), keras.Input((2,)), keras.Input(())
    prediction = keras.layers.Dense(2)(x)
    if not end_point:
        return keras.Model(x, prediction)
    given = [y, weight] if weighted else [y]
    return keras.Model([x, *given], end_point([prediction, *given]))


@pytest.mark.parametrize("layer", [CentreLoss(3), LossEndPoint(Triplet())])
def test_end_points_keep_what_every_layer_keeps(layer, tmp_path):
    check_layer(layer, [normal(6, 4), LABELS[:, None]], tmp_path)


def test_an_end_point_of_steps_keeps_it_too(tmp_path):
    check_layer(CentreLoss(3), [normal(2, 3, 4), LABELS.reshape(2, 3)], tmp_path, masks=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_model_with_an_end_point_trains_without_targets_as_one_with_a_compiled_loss(weighted):
    x, y, weight = normal(6, 3), normal(6, 2), WEIGHTS if weighted else None
    plain, ending = network(), network(LossEndPoint("mean_squared_error", weight=0.5), weighted)
    loss = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    plain.compile(keras.optimizers.SGD(0.1), loss, loss_weights=0.5)
    ending.compile(keras.optimizers.SGD(0.1))
    options = {"epochs": 3, "batch_size": 3, "shuffle": False, "verbose": 0}
    expected = plain.fit(x, y, sample_weight=weight, **options).history["loss"]
    given = [x, y, weight] if weighted else [x, y]
    found = ending.fit(given, **options).history["loss"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for one, other in zip(ending.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert ending.evaluate(given, batch_size=6, verbose=0) == pytest.approx(
        0.5 * float(loss(y, plain.predict(x, verbose=0), sample_weight=weight)), rel=1e-5
    )


@pytest.mark.parametrize("attack", [FastGradient("vectors", 0.5), RDrop(0.5, binary=True)])
def test_steps_of_several_passes_count_an_end_point_once(attack):
    ids, y = np.arange(6, dtype="int32").reshape(3, 2), normal(3, 1)
    found = []
    for ending in (False, True):
        keras.utils.set_random_seed(0)
        given, target = keras.Input((2,), dtype="int32"), keras.Input((1,))
        vectors = keras.layers.Flatten()(keras.layers.Embedding(6, 2, name="vectors")(given))
        prediction = keras.layers.Dense(1, activation="sigmoid")(vectors)
        model = LossEndPoint("mse")([prediction, target]) if ending else prediction
        trainer = Trainer(keras.Model([given, target] if ending else given, model), 0.9, attack)
        trainer.compile(keras.optimizers.SGD(0.1), None if ending else "mse", jit_compile=False)
        trainer.begin(0.1)
        options = {"epochs": 2, "batch_size": 3, "shuffle": False, "verbose": 0}
        history = trainer.fit([ids, y], **options) if ending else trainer.fit(ids, y, **options)
        found.append((history.history["loss"], trainer.network.get_weights()))
    (expected, weights), (loss, others) = found
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    for one, other in zip(others, weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_padded_steps_have_no_part_in_it():
    prediction, target, mask = normal(2, 3, 4), normal(2, 3, 4), np.array([[True, True, False], [True, False, False]])
    real = np.mean((prediction - target)[mask] ** 2)
    prediction[~mask] = np.nan
    assert added(LossEndPoint("mse"), prediction, target, mask=ops.convert_to_tensor(mask)) == pytest.approx(real, rel=1e-5)


def test_the_centre_loss_is_what_the_formula_says():
    feature, layer = normal(6, 4), CentreLoss(3, weight=0.3)
    layer.build([(None, 4), (None,)])
    centres = normal(3, 4)
    layer.set_weights([centres])
    squares = ((feature - centres[LABELS]) ** 2).sum(axis=-1)
    assert added(layer, feature, LABELS) == pytest.approx(0.3 * squares.mean(), rel=1e-5)
    assert added(layer, feature, LABELS[:, None]) == pytest.approx(0.3 * squares.mean(), rel=1e-5)
    weighted = 0.3 * (WEIGHTS * squares).sum() / WEIGHTS.sum()
    assert added(layer, feature, LABELS, WEIGHTS) == pytest.approx(weighted, rel=1e-5)
    assert added(layer, feature, LABELS, WEIGHTS[:, None]) == pytest.approx(weighted, rel=1e-5)
    assert added(layer, feature, LABELS, 0 * WEIGHTS) == 0
    for label in (-1, 3):
        assert np.isnan(added(layer, feature, np.where(LABELS == 2, label, LABELS)))


@pytest.mark.parametrize("weighted", [False, True])
def test_centres_come_to_rest_at_the_weighted_means_of_their_classes(weighted):
    feature, weights = normal(6, 2), WEIGHTS if weighted else np.ones(6, "float32")
    given = [keras.Input((2,)), keras.Input((), dtype="int32"), keras.Input(())]
    layer = CentreLoss(3)
    model = keras.Model(given, layer(given))
    model.compile(keras.optimizers.SGD(8.0))
    model.fit([feature, LABELS, weights], batch_size=6, epochs=40, verbose=0)
    of_class = [np.flatnonzero(np.equal(LABELS, number)) for number in range(3)]
    means = [np.average(feature[rows], axis=0, weights=weights[rows]) for rows in of_class]
    np.testing.assert_allclose(layer.get_weights()[0], means, atol=1e-4)


def test_the_model_without_its_end_point_has_the_same_outputs_and_no_centres():
    image, label = keras.Input((3,)), keras.Input((), dtype="int32")
    feature = keras.layers.Dense(2)(image)
    model, inference = keras.Model([image, label], CentreLoss(3)([feature, label])), keras.Model(image, feature)
    assert [weight.path.split("/")[-1] for weight in inference.weights] == ["kernel", "bias"]
    assert len(model.weights) == 3
    x = normal(6, 3)
    np.testing.assert_array_equal(inference.predict(x, verbose=0), model.predict([x, LABELS], verbose=0))


def test_half_precision_trains_float32_centres():
    image, label = keras.Input((3,)), keras.Input((), dtype="int32")
    feature = keras.layers.Dense(2, dtype="mixed_bfloat16")(image)
    layer = CentreLoss(3, dtype="mixed_bfloat16")
    model = keras.Model([image, label], layer([feature, label]))
    assert model.outputs[0].dtype == "bfloat16" and layer.centres.dtype == "float32"
    assert np.isfinite(added(layer, np.full((6, 2), 300, "float32"), LABELS))


FRESH = """
import keras, numpy as np
import common.losses

model, data = keras.saving.load_model("model.keras"), np.load("data.npz")
given = [data["x"], data["label"]]
np.testing.assert_allclose(model.predict(given, verbose=0), data["outputs"], atol=1e-6)
np.testing.assert_allclose(model.evaluate(given, data["label"], batch_size=6, verbose=0), data["loss"], rtol=1e-5)
"""


def test_a_saved_model_comes_back_in_a_fresh_process_with_the_same_outputs_and_losses(tmp_path):
    image, label = keras.Input((3,)), keras.Input((), dtype="int32")
    feature = CentreLoss(3, weight=0.3)([keras.layers.Dense(2)(image), label])
    feature = LossEndPoint(Triplet(0.4, "semi-hard"), weight=2.0)([feature, label])
    model = keras.Model([image, label], keras.layers.Dense(3)(feature))
    model.compile("adam", SmoothedSparseCrossentropy(0.2))
    given = [normal(6, 3), LABELS]
    model.fit(given, LABELS, batch_size=6, epochs=2, verbose=0)
    outputs, loss = model.predict(given, verbose=0), model.evaluate(given, LABELS, batch_size=6, verbose=0)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "data.npz", x=given[0], label=LABELS, outputs=outputs, loss=loss)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-c", FRESH], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def batch_loss(y_true, y_pred):
    return ops.mean(y_pred)


@pytest.mark.parametrize(
    ("layer", "inputs", "message"),
    [
        (CentreLoss(3), [normal(6, 4), normal(6, 3)], r"expects class numbers .* labels \(6, 3\), predictions \(6, 4\)"),
        (CentreLoss(3), [normal(6, 4), LABELS, normal(6, 4)], r"expects weights of samples, \(batch,\).*\(6, 4\)"),
        (LossEndPoint(batch_loss), [normal(6, 4), LABELS], "one value for each sample, not for the whole batch"),
        (EndPoint(), [normal(6, 4), LABELS], r"EndPoint must define `values\(prediction, target\)`"),
    ],
)
def test_what_it_cannot_take_is_named(layer, inputs, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        layer(inputs)


def test_a_loss_of_whole_samples_refuses_a_mask_of_steps():
    mask = [ops.ones((6, 4), "bool"), None]
    with pytest.raises(ValueError, match="one value for each step where predictions have a mask; pool them first"):
        LossEndPoint(lambda y_true, y_pred: y_pred[:, 0, 0])([normal(6, 4, 2), LABELS], mask=mask)


@pytest.mark.parametrize(("make", "message"), [(lambda: EndPoint(0), "weight=0"), (lambda: CentreLoss(1), "classes=1")])
def test_impossible_settings_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
