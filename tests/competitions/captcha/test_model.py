"""Each network reads every style with its own signs, learns, and comes back from disk as it was."""

import keras
import numpy as np
import pytest
from keras import ops

from competitions.captcha import inference, model
from competitions.captcha.batches import Batches, targets
from competitions.captcha.config import MODELS, Config
from competitions.captcha.data import Pictures
from competitions.captcha.metric import full_match
from tests.common.images.writing.styles import TABLE
from tests.conftest import eager

pytestmark = pytest.mark.backend
CONFIG = Config(height=24, width=60, filters=(8, 8), blocks=1, context=1)
LABELS = ["AB", "bx", "ab1", "1a"]
PICTURES = Pictures(
    [f"{number}.png" for number in range(4)],
    LABELS,
    np.array([0, 0, 1, 1]),
    np.random.default_rng(0).integers(0, 256, (4, 24, 60, 3), dtype=np.uint8),
)


@pytest.mark.parametrize("name", MODELS)
def test_a_network_answers_with_signs_of_the_style_alone_learns_and_comes_back_from_disk(name, tmp_path):
    keras.utils.set_random_seed(0)
    network = getattr(model, name)(TABLE, CONFIG, 0)
    assert network.output_shape == (None, 3, len(TABLE.signs))
    shown = inference.probabilities(network, PICTURES.images, PICTURES.styles, TABLE.positions)
    assert shown.dtype == "float32"
    np.testing.assert_allclose(shown.sum(axis=-1), 1, atol=1e-5)
    assert shown[~TABLE.shown[PICTURES.styles]].max() == 0

    reader = inference.Reader(TABLE, [(network, [0, 1])])
    expected = reader.predict(PICTURES)
    assert expected[~TABLE.answered[PICTURES.styles]].max() == 0, "answers stand in the case of the labels"
    np.testing.assert_allclose(expected.sum(axis=-1), 1, atol=1e-3)
    reader.save(tmp_path)
    loaded = inference.load(tmp_path, name, CONFIG)
    assert loaded.table == TABLE
    np.testing.assert_allclose(loaded.predict(PICTURES, np.array([2, 0, 3, 1])), expected[[2, 0, 3, 1]], atol=2e-4)

    (inputs, targets), before = one_batch(), network.get_weights()
    network.compile(keras.optimizers.AdamW(1e-3), model.either_case)
    with eager():
        assert np.isfinite(network.train_on_batch(inputs, targets))
    learning = {
        id(weight) for weight in network.trainable_weights if not weight.path.endswith("bias")
    }  # those of keys have none
    for weight, old, new in zip(network.weights, before, network.get_weights(), strict=True):
        assert np.isfinite(new).all() and (id(weight) not in learning or np.any(old != new)), weight.path


def one_batch(size=4):
    return Batches(TABLE, PICTURES, np.arange(4), 1, Config(batch_size=size), 0)[0]


def test_targets_name_the_other_case_where_labels_do_not_tell_it():
    numbers = TABLE.numbers
    found = targets(TABLE, PICTURES)
    assert found[0, :2].tolist() == [[numbers["A"]] * 2, [numbers["B"]] * 2], "labels with both cases tell it"
    assert found[2].tolist() == [[numbers["a"], numbers["A"]], [numbers["b"], numbers["B"]], [numbers["1"]] * 2]
    assert found[3, 2].tolist() == [0, 0], "the end"


def test_the_loss_adds_the_probabilities_of_both_cases():
    logits = np.log(np.array([[[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]], "float32"))
    found = ops.convert_to_numpy(model.either_case(np.array([[[0, 1], [2, 2]]]), logits))
    np.testing.assert_allclose(found, [-(np.log(0.8) + np.log(0.8)) / 2], atol=1e-6)
    sure = ops.convert_to_numpy(
        model.either_case(np.array([[[0, 0], [1, 2]]]), np.array([[[0, model.OUT, model.OUT]] * 2], "float32"))
    )
    assert np.isfinite(sure).all()


def test_columns_learns_pictures_by_heart_and_swapped_positions_are_wrong():
    keras.utils.set_random_seed(0)
    still = dict.fromkeys(("rotation", "scale", "shear", "shift", "elastic", "colour", "noise", "lines", "dropout"), 0.0)
    network = model.columns(TABLE, Config(height=24, width=60, filters=(8,), blocks=1, context=0, steps=30, **still), 0)
    network.compile(keras.optimizers.Adam(0.02), model.either_case)
    inputs = {"image": PICTURES.images, "places": model.places_of(PICTURES.styles, TABLE.positions)}
    wanted = targets(TABLE, PICTURES)
    with eager():
        for _ in range(30):
            network.train_on_batch(inputs, wanted)
    truth = np.column_stack([PICTURES.styles, TABLE.encode(LABELS)])
    found = inference.Reader(TABLE, [(network, [0, 1])]).predict(PICTURES)
    full = full_match(TABLE)
    assert full.of(truth, found) == 1 and full.of(truth, found[:, [1, 0, 2]]) == 0


def test_positions_look_first_where_evenly_spaced_signs_stand():
    looks = model.first_looks(TABLE, Config(height=24, width=60), 30).reshape(2, 3, 30)
    assert [int(row.argmax()) for row in looks[0, :2]] == [8, 21], "a picture of 40 x 20 fills 24 of 30 columns: 3 + 6, 3 + 18"
    assert [int(row.argmax()) for row in looks[1]] == [4, 14, 24]


def test_batches_draw_small_styles_more_often_and_repeat_with_their_seed():
    styles = np.repeat([0, 1], (16, 64))
    pictures = Pictures([""] * 80, [""] * 80, styles, np.zeros((80, 2, 2, 3), np.uint8))
    shares = {}
    for balance in (0.0, 0.5):
        config = Config(batch_size=50, balance=balance)
        batches, again = (Batches(TABLE, pictures, np.arange(80), 40, config, 1) for _ in range(2))
        shares[balance] = np.mean(styles[batches.order] == 0)
        np.testing.assert_array_equal(again.order, batches.order)
    assert shares[0.0] == pytest.approx(16 / 80, abs=0.04) and shares[0.5] == pytest.approx(4 / 12, abs=0.04)
