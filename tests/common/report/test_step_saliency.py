"""Shares of steps: identities of each way, and one function for networks of every kind."""

import keras
import numpy as np
import pytest

from common.layers import LastStep1D, MaskedAveragePooling1D
from common.report import faithfulness
from common.report.saliency import WAYS, state_distances, state_evidence, step_shares

pytestmark = pytest.mark.backend
IDS = np.array([[3, 1, 4, 1, 5, 0, 0], [2, 6, 5, 3, 5, 4, 2]])


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32", name="ids")
    mask = keras.ops.not_equal(ids, 0)
    states = keras.layers.LSTM(6, return_sequences=True, name="states")(
        keras.layers.Embedding(8, 5, name="vectors")(ids), mask=mask
    )
    return keras.Model(ids, keras.layers.Dense(2, name="scores")(LastStep1D()(states, mask=mask)))


def margin(outputs):
    return outputs[:, 1] - outputs[:, 0]


def test_state_distances_by_hand_telescope_to_1_and_skip_padding():
    states = np.array([[[1.0, 0], [1, 1], [2, 1]]])
    np.testing.assert_allclose(state_distances(states), [[0.3675, 0.1852, 0.4472]], atol=1e-4)
    padded = np.concatenate([np.full((1, 2, 2), 9.0), states, np.full((1, 1, 2), np.nan)], axis=1)
    mask = np.array([[0, 0, 1, 1, 1, 0]], bool)
    np.testing.assert_allclose(state_distances(padded, mask)[0], [0, 0, 0.3675, 0.1852, 0.4472, 0], atol=1e-4)
    np.testing.assert_allclose(state_evidence(states, [1.0, -1]), [[1, -1, 1]])
    np.testing.assert_array_equal(state_distances(np.zeros((1, 2, 3))), 0)


def test_each_way_sums_to_what_it_should(network):
    mask = IDS > 0
    np.testing.assert_allclose(step_shares(network, IDS, margin, "states", mask=mask).sum(axis=1), 1, atol=1e-5)
    scores = margin(keras.ops.convert_to_numpy(network(IDS)))
    kernel, bias = network.get_layer("scores").get_weights()
    signed = step_shares(network, IDS, margin, "signed", mask=mask)
    np.testing.assert_allclose(signed.sum(axis=1), scores - (bias[1] - bias[0]), atol=1e-5)
    states = keras.Model(network.input, network.get_layer("states").output)(IDS)
    np.testing.assert_allclose(signed, state_evidence(states, kernel[:, 1] - kernel[:, 0], mask), atol=1e-5)
    vectors = network.get_layer("vectors")
    before = vectors.get_weights()
    vectors.set_weights([np.zeros_like(before[0])])
    nothing = margin(keras.ops.convert_to_numpy(network(IDS)))
    vectors.set_weights(before)
    whole = step_shares(network, IDS, margin, "integrated", mask=mask, steps=64)
    np.testing.assert_allclose(whole.sum(axis=1), scores - nothing, atol=1e-3)
    for way in WAYS:
        assert not step_shares(network, IDS, margin, way, mask=mask)[0, 5:].any(), way


def test_leaving_out_is_what_it_says_and_padding_changes_nothing(network):
    table = network.get_layer("vectors").get_weights()[0]
    found = step_shares(network, IDS, margin, "leave_one_out", mask=IDS > 0)
    silent = np.where(np.arange(8)[:, None] == 6, 0, table)  # only the second text has a 6, at step 1
    network.get_layer("vectors").set_weights([silent])
    without = margin(keras.ops.convert_to_numpy(network(IDS)))
    network.get_layer("vectors").set_weights([table])
    whole = margin(keras.ops.convert_to_numpy(network(IDS)))
    assert found[1, 1] == pytest.approx(whole[1] - without[1], abs=1e-5)
    for way in WAYS:
        short = step_shares(network, IDS[:1, :5], margin, way)
        np.testing.assert_allclose(step_shares(network, IDS[:1], margin, way, mask=IDS[:1] > 0)[:, :5], short, atol=1e-4)


def test_a_linear_model_of_numbers_or_of_two_sequences_has_its_weights_as_shares():
    first, second = keras.Input((4, 3), name="first"), keras.Input((2, 3), name="second")
    plain = keras.layers.Activation("linear", name="one")(first), keras.layers.Activation("linear", name="other")(second)
    means = [MaskedAveragePooling1D()(one) for one in plain]
    model = keras.Model([first, second], keras.layers.Dense(1)(keras.layers.Concatenate()(means)))
    given = {"second": np.ones((2, 2, 3), "float32"), "first": np.arange(24, dtype="float32").reshape(2, 4, 3)}
    kernel = model.layers[-1].get_weights()[0][:, 0]
    expected = [given["first"] @ kernel[:3] / 4, given["second"] @ kernel[3:] / 2]
    for way in ("integrated", "gradient", "leave_one_out"):
        found = step_shares(model, given, 0, way, vectors=("one", "other"), steps=4)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)
    np.testing.assert_allclose(
        step_shares(keras.Model(first, keras.layers.Dense(1)(means[0])), given["first"], 0, vectors=None).shape, (2, 4)
    )


def test_an_unknown_way_or_layer_is_named(network):
    with pytest.raises(ValueError, match="`way` must be one of integrated, "):
        step_shares(network, IDS, 0, "magic")
    with pytest.raises(ValueError, match="no layer 'words'; there are ids, "):
        step_shares(network, IDS, 0, vectors="words")


def test_curves_fall_as_what_counts_is_taken_away():
    units = [np.array([0, 5, 0, 1]), np.array([2, 0, 0, 0])]

    def score(sequences):
        return np.array([one.sum() for one in sequences], float)

    parts = (0.0, 0.25, 0.5)
    np.testing.assert_allclose(faithfulness.deletion_curve(score, units, units, parts), [4, 0.5, 0])
    np.testing.assert_allclose(faithfulness.deletion_curve(score, units, units, parts, insertion=True), [0, 3.5, 4])
    assert faithfulness.area([1, 0.5, 0], parts) == pytest.approx(0.5)
    shares, planted = np.array([[0.1, 0.9, 5], [0.3, 0.2, 0.1]]), np.array([[False, True, True], [False, True, False]])
    assert faithfulness.hit_rate(shares, planted, [2, 3]) == 0.5 and faithfulness.hit_rate(shares, planted, [2, 3], 2) == 1
    assert faithfulness.agreement([np.arange(4), np.ones(4)], [np.arange(4) ** 3, np.arange(4)]) == pytest.approx(1)
