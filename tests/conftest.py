"""Shared checks for every layer and every loss, and the set-up of both backends."""

import contextlib
import gc
import os
import sys
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if os.environ.get("PYTEST_XDIST_WORKER"):  # one of several processes: more threads than processors help none of them
    for threads in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(threads, "1")
if os.environ.get("KERAS_BACKEND") == "jax":
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # each test compiles for its own tiny shapes, once
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false")  # the old ones compile in a third of the time
    sys.modules["tensorflow"] = None  # any import of it fails: what runs here runs where TensorFlow is not installed

from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[1]


def pytest_ignore_collect(collection_path, config):
    """With `-m backend`, files without that mark are not even imported."""
    if config.option.markexpr == "backend" and collection_path.match("test_*.py"):
        return "mark.backend" not in collection_path.read_text(encoding="utf-8") or None
    return None


def pytest_collection_finish():
    """What was imported stays, and need not be looked through whenever Python collects garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Every test has its own data/, runs/ and submissions/."""
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def real_data():
    """The folder with official data that `DATA` names."""
    if not os.environ.get("DATA"):
        pytest.skip("needs official data: DATA=folder")
    return Path(os.environ["DATA"])


@contextlib.contextmanager
def eager():
    """Let TensorFlow run every operation as it comes: tests that train on a few rows need not wait for graphs."""
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly` option is set")
            yield
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture
def uncompiled():
    """A test whose every operation runs as it comes, see `eager`."""
    with eager():
        yield


def check_layer(layer, inputs, tmp_path, masks=False):
    """What every layer must keep; see the single steps.

    Args:
        layer: an unbuilt layer.
        inputs: float array `(batch, steps, channels)`, ids `(batch, steps)` or float vectors `(batch, dim)`; a list of arrays
            for a layer of several inputs.
        tmp_path: a folder to save in.
        masks: whether the layer takes a mask: then padded and unpadded batches must agree.
    """
    import keras

    each = keras.tree.map_structure
    inputs = each(lambda x: np.asarray(x, "float32" if np.issubdtype(x.dtype, np.floating) else "int32"), inputs)
    copy = type(layer).from_config(layer.get_config())
    assert copy.get_config() == layer.get_config(), "config round trip"

    symbolic = each(lambda x: keras.Input((None, *x.shape[2:]) if has_steps(x) else x.shape[1:], dtype=x.dtype.name), inputs)
    model = keras.Model(symbolic, layer(symbolic))
    outputs = keras.ops.convert_to_numpy(layer(inputs))
    assert np.isfinite(outputs).all()
    np.testing.assert_array_equal(outputs, keras.ops.convert_to_numpy(layer(inputs)), "inference repeats itself")
    assert len(model.output_shape) == outputs.ndim, "symbolic rank = eager rank"
    for known, size in zip(model.output_shape, outputs.shape, strict=True):
        assert known in (None, size), "symbolic shape = eager shape"
    assert tuple(layer.compute_output_shape(each(np.shape, inputs))) == outputs.shape

    model.save(tmp_path / "layer.keras")
    loaded = keras.saving.load_model(tmp_path / "layer.keras")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(loaded(inputs)), outputs, atol=1e-5, err_msg="save and load")

    if model.trainable_weights:  # a plain mean or maximum has none
        before = [keras.ops.convert_to_numpy(weight).copy() for weight in model.trainable_weights]
        model.compile(keras.optimizers.SGD(0.01), "mse")
        target = np.random.default_rng(0).normal(size=outputs.shape)
        history = model.fit(inputs, target, epochs=3, verbose=0, batch_size=len(target)).history["loss"]
        assert history[-1] < history[0], f"training lowers the loss: {history}"
        for weight, old in zip(model.trainable_weights, before, strict=True):
            assert np.any(keras.ops.convert_to_numpy(weight) != old), f"{weight.path} gets a gradient"

    if masks:
        mask = each(lambda x: np.ones(x.shape[:2], dtype=bool), inputs)
        padded = each(
            lambda x: np.pad(x, ((0, 0), (0, 3), *[(0, 0)] * (x.ndim - 2)), constant_values=7) if has_steps(x) else x, inputs
        )
        padded_mask = each(lambda x: np.pad(x, ((0, 0), (0, 3))), mask)
        result = keras.ops.convert_to_numpy(copy_of(layer, inputs)(padded, mask=padded_mask))
        expected = keras.ops.convert_to_numpy(copy_of(layer, inputs)(inputs, mask=mask))
        np.testing.assert_allclose(without_padding(result, expected), expected, atol=1e-5, err_msg="padded = unpadded")
        check_nothing_leaks(layer, inputs, padded, padded_mask, expected)
        nothing = keras.ops.convert_to_numpy(layer(inputs, mask=each(np.zeros_like, mask)))
        assert np.isfinite(nothing).all(), "nothing but padding"

    with_policy = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})
    assert np.isfinite(keras.ops.convert_to_numpy(keras.ops.cast(with_policy(inputs), "float32"))).all(), "mixed precision"


def without_padding(result, expected):
    """The real steps of a result, on as many axes as the expected one has fewer of."""
    return result[tuple(slice(0, size) for size in expected.shape)]


def check_nothing_leaks(layer, inputs, padded, mask, expected):
    """NaN and infinity in padded steps change no real step, and no gradient: 0 times either would be NaN."""
    import keras

    class RealSteps(keras.Model):
        """The layer's outputs for real steps."""

        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def call(self, given):
            return without_padding(self.layer(given["inputs"], mask=given["mask"]), expected)

    def spoil(value):
        def of_one(x, m):
            return np.where(m[..., None], x, np.float32(value)) if x.dtype == np.float32 and x.ndim > 2 else x

        return keras.tree.map_structure(of_one, padded, mask)

    model = RealSteps(copy_of(layer, inputs))
    spoilt = {value: {"inputs": spoil(value), "mask": mask} for value in (np.nan, np.inf)}
    for value, given in spoilt.items():
        found = keras.ops.convert_to_numpy(model(given))
        np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=f"{value} in padded steps")
    model.compile(keras.optimizers.SGD(0.01), "mse")
    for value, given in spoilt.items() if model.trainable_weights else ():
        model.fit(given, np.zeros_like(expected), batch_size=len(expected), verbose=0)
        assert all(np.isfinite(weight).all() for weight in model.get_weights()), f"{value} in padded steps reaches a gradient"


def has_steps(x):
    """Whether an input is a sequence, of ids or of vectors, rather than one vector per sample."""
    return x.ndim > 2 or np.issubdtype(x.dtype, np.integer)


def copy_of(layer, inputs):
    """A second layer with the same weights."""
    other = type(layer).from_config(layer.get_config())
    other(inputs)
    other.set_weights(layer.get_weights())
    return other


def check_loss(loss, y_true, y_pred, per_sample=True):
    """What every loss must keep: one value per sample, weights that act, config round trip, finite values and gradients.

    Args:
        loss: a `keras.losses.Loss`.
        y_true: labels `(batch, ...)`; class numbers `(batch,)` below the width of the predictions for a loss that takes those.
        y_pred: predictions, none of them at 0 or 1.
        per_sample: `False` for a loss that belongs to the whole batch.
    """
    import keras
    from keras import ops

    copy = type(loss).from_config(loss.get_config())
    assert copy.get_config() == loss.get_config(), "config round trip"
    values = ops.convert_to_numpy(loss.call(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)))
    assert values.shape == ((len(y_true),) if per_sample else ())
    first_half = np.arange(len(y_true)) < len(y_true) // 2
    weighted = float(loss(y_true, y_pred, sample_weight=first_half.astype("float32")))
    alone = float(loss(y_true[first_half], y_pred[first_half]))
    if not per_sample or loss.reduction == "mean_with_sample_weight":
        assert weighted == pytest.approx(alone, rel=1e-5), "a weight of 0 leaves a sample out"
    assert weighted != pytest.approx(float(loss(y_true, y_pred)), rel=1e-4), "weights act"
    right = y_true if y_true.shape == y_pred.shape else np.eye(y_pred.shape[-1])[y_true]
    right = np.asarray(right, y_pred.dtype)
    for extreme in (np.zeros_like(y_pred), np.ones_like(y_pred), right, 1 - right):
        assert np.isfinite(float(loss(y_true, extreme))), "finite at the extremes"

    scores = keras.Input(y_pred.shape[1:])
    model = keras.Model(scores, keras.layers.Activation("softmax")(keras.layers.Dense(y_pred.shape[-1])(scores)))
    model.compile(keras.optimizers.SGD(0.1), loss)
    history = model.fit(y_pred, y_true, epochs=5, batch_size=len(y_pred), verbose=0).history["loss"]
    assert history[-1] < history[0], "its gradient leads down"
    assert all(np.isfinite(ops.convert_to_numpy(weight)).all() for weight in model.weights), "finite gradient"
