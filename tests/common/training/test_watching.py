from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from common.losses import CentreLoss
from common.training import Stage, Watched, fit_stages

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
X, LABELS = RANDOM.normal(size=(8, 3)).astype("float32"), np.array([0, 1, 2, 0, 1, 2, 0, 1], "int32")
SETTINGS = SimpleNamespace(weight_decay=0.0, momentum=0.0, drop_patience=100, stop_patience=100)


class Network(Watched, keras.Model):
    """A functional model that can be watched."""


def length(x, y, y_pred):
    return ops.norm(y_pred, axis=-1)


def largest(x, y, y_pred):
    return ops.max(x)


def test_means_of_what_is_watched_stand_in_the_log_and_begin_anew_with_every_epoch():
    given = keras.Input((3,))
    model = Network(given, keras.layers.Dense(2, kernel_initializer="ones")(given))
    model.watch(length=length, largest=largest)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    weight = np.array([1, 0, 2, 1, 1, 3, 0, 1], "float32")
    history = model.fit(X, np.zeros((8, 2)), sample_weight=weight, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    lengths = np.sqrt(2) * abs(X.sum(axis=-1))
    np.testing.assert_allclose(history["length"], [np.average(lengths, weights=weight)] * 2, rtol=1e-5)
    np.testing.assert_allclose(history["largest"], [(X[:4].max() + X[4:].max()) / 2] * 2, rtol=1e-5)
    found = model.evaluate(X, np.zeros((8, 2)), batch_size=4, verbose=0, return_dict=True)
    assert found["length"] == pytest.approx(lengths.mean(), rel=1e-5) and len(found) == 3


class Batches(keras.utils.PyDataset):
    """Two batches of features and labels, without targets."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return ({"x": X[rows], "label": LABELS[rows]},)


def test_stages_train_a_network_whose_loss_is_an_end_point_and_watch_it():
    keras.utils.set_random_seed(0)
    given, label = keras.Input((3,), name="x"), keras.Input((), dtype="int32", name="label")
    network = keras.Model({"x": given, "label": label}, CentreLoss(3)([keras.layers.Dense(2)(given), label]))
    before = network.get_weights()
    watched = {"length": length, "label": lambda x, y, y_pred: ops.cast(x["label"], "float32")}
    stages = [Stage("only", Batches(), None, epochs=3, learning_rate=0.1, watched=watched)]
    log = fit_stages(network, stages, lambda network: -float(np.abs(network.get_weights()[0]).sum()), SETTINGS, "toy")
    assert log["loss"].is_monotonic_decreasing and log["length"].is_monotonic_decreasing
    np.testing.assert_allclose(log["label"], LABELS.mean(), rtol=1e-6)
    assert all(np.any(one != other) for one, other in zip(network.get_weights(), before, strict=True))
