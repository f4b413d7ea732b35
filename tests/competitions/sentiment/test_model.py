"""The networks on either backend: padding, the one-hot identity, what is frozen."""

import keras
import numpy as np
import pytest

from common.losses import ThresholdCrossentropy
from competitions.sentiment import model
from competitions.sentiment.config import NETWORKS, Config

pytestmark = pytest.mark.backend
CONFIG = Config(units=4, dim=5)
IDS = np.array([[3, 1, 4, 1, 5, 9, 2, 6], [5, 3, 5, 8, 0, 0, 0, 0]])


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_changes_no_answer_and_an_empty_text_has_one(name):
    keras.utils.set_random_seed(0)
    network = model.build(name, 10, 3, CONFIG)
    found = keras.ops.convert_to_numpy(network(IDS))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(network(IDS[1:, :4])), found[1:], atol=1e-6)
    assert np.abs(found[0] - found[1]).max() > 1e-4
    assert np.isfinite(keras.ops.convert_to_numpy(network(np.zeros((1, 4), int)))).all()


def test_looking_up_gates_is_an_lstm_on_one_hot_vectors():
    keras.utils.set_random_seed(1)
    network = model.build("one_hot", 10, 2, CONFIG)
    kernel = network.get_layer("vectors").get_weights()[0]  # (10, 16)
    identity, recurrent, bias = network.get_layer("states").get_weights()
    np.testing.assert_array_equal(identity, np.eye(16))
    plain = keras.layers.LSTM(4, return_sequences=True)
    one_hot = np.eye(10, dtype="float32")[IDS[:1]]
    plain.build(one_hot.shape)
    plain.set_weights([kernel, recurrent, bias])
    states = keras.Model(network.input, network.get_layer("states").output)(IDS[:1])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(states), keras.ops.convert_to_numpy(plain(one_hot)), atol=1e-5)
    assert len(network.trainable_variables) == 5  # the table, recurrent kernel and bias, and the last layer's two


def test_the_articles_encoder_is_frozen_and_its_last_layer_has_so_many_numbers():
    network = model.build("pretrained", 10, 2, Config(units=1000, dim=4, article=True))
    assert sum(np.prod(weight.shape) for weight in network.trainable_variables) == 2 * 1001


@pytest.mark.parametrize("loss", ["crossentropy", "threshold", "soft_threshold", "focal"])
def test_a_text_without_a_label_adds_nothing_to_a_loss(loss):
    made = model.loss_of(Config(loss=loss))
    labels, probability = np.array([[0, 1.0], [0, 0]], "float32"), np.array([[0.6, 0.4], [0.9, 0.1]], "float32")
    assert float(made(labels, probability)) == pytest.approx(float(made(labels[:1], probability[:1])) / 2, rel=1e-4)
    assert loss != "threshold" or isinstance(made, ThresholdCrossentropy)
