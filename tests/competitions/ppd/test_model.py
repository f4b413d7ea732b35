"""Both networks on a few questions: symmetry, padding, saving, and two stages of training."""

import keras
import numpy as np
import pytest

from common.experiment import Fold
from common.ragged import Ragged
from common.training import fit_stages
from common.training.batches import XLA
from competitions.ppd import batches, closure, metric, model, train
from competitions.ppd.config import NETWORKS, Config
from competitions.ppd.data import Dataset, Unit

pytestmark = pytest.mark.backend
TINY = {
    "width": 6,
    "batch_size": 32,
    "epochs": 2,
    "tuned_epochs": 1,
    "learning_rate": 0.02,
    "warm_up_steps": 0,
    "momentum": 0.9,
}
CONTENT = Config(protocol="content", longest_word=6, longest_char=7, **TINY)
CONTEST = Config(protocol="contest", longest_word=6, longest_char=7, closure_share=0.3, **TINY)
QUESTIONS, INTENTS = 90, 5


@pytest.fixture(scope="module")
def dataset():
    """Questions of five intents, each with words of its own: pairs of one intent are the same."""
    random = np.random.default_rng(0)
    intent = np.arange(QUESTIONS) % INTENTS
    units = {}
    for name, per_intent, longest in (("word", 3, 8), ("char", 4, 9)):
        rows = [1 + per_intent * i + random.integers(per_intent, size=random.integers(1, longest)) for i in intent]
        count = per_intent * INTENTS
        vectors = random.normal(size=(1 + count, 5)).astype("float32")
        vectors[0] = 0
        units[name] = Unit(Ragged.of(rows), np.arange(count).astype(str), vectors)
    first, second = random.integers(QUESTIONS, size=(2, 400))
    same = random.random(400) < 0.4
    second = np.where(same, (second - intent[second] + intent[first]) % QUESTIONS, second)
    kept = first != second
    pairs = np.unique(np.stack([first, second], axis=1)[kept], axis=0)
    random.shuffle(pairs)
    labels = (intent[pairs[:, 0]] == intent[pairs[:, 1]]).astype("int8")
    return Dataset(np.arange(QUESTIONS).astype(str), **units, pairs=pairs, labels=labels, test_pairs=None, fingerprint="tiny")


def new(name, dataset, config=CONTENT):
    keras.utils.set_random_seed(3)
    return getattr(model, name)({"word": dataset.word.vectors, "char": dataset.char.vectors}, config)


@pytest.mark.parametrize("name", NETWORKS)
def test_swap_padding_company_and_saving_change_nothing(name, dataset, tmp_path):
    network = new(name, dataset)
    answer = batches.predict(network, dataset, dataset.pairs, CONTENT)
    assert answer.std() > 1e-3
    swapped = batches.predict(network, dataset, dataset.pairs[:, ::-1], CONTENT)
    np.testing.assert_allclose(swapped, answer, atol=1e-6)
    padded = network.predict_on_batch(batches.arrays(dataset, dataset.pairs[:20], CONTENT, 13, 12))[:, 0]
    np.testing.assert_allclose(padded, answer[:20], atol=1e-5)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(batches.predict(loaded, dataset, dataset.pairs[:20], CONTENT), answer[:20], atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_two_stages_lower_the_log_loss_and_the_vectors_move_in_the_second_alone(name, dataset):
    network, rows = new(name, dataset, CONTEST), np.arange(len(dataset.pairs))
    given = {name: np.array(network.get_layer(name).get_weights()[0]) for name in model.VECTORS}
    first, second = train.make_stages(CONTEST, dataset, Fold(0, rows[:250], rows[250:], None, None))
    held = rows[250:]

    def log_loss(network):
        return metric.score(dataset.labels[held], batches.predict(network, dataset, dataset.pairs[held], CONTEST))

    before = log_loss(network)
    fit_stages(network, [first], log_loss, CONTEST, "tiny", greater=False)
    for name, vectors in given.items():
        np.testing.assert_array_equal(network.get_layer(name).get_weights()[0], vectors)
    after = log_loss(network)
    assert after < before - 0.02
    log = fit_stages(network, [second], log_loss, CONTEST, "tiny", greater=False)
    assert log_loss(network) == pytest.approx(log["score"].min(), abs=1e-5)
    share = np.full(len(held), dataset.labels[held].mean())
    assert log_loss(network) < metric.score(dataset.labels[held], share) - 0.02, "it has learnt more than how many are the same"
    for name, vectors in given.items():
        assert np.abs(network.get_layer(name).get_weights()[0] - vectors).max() > 1e-5


def test_batches_hold_every_pair_and_in_the_contest_what_follows_from_them(dataset):
    rows = np.arange(200)
    content = batches.PairBatches(dataset, rows, CONTENT, seed=1)
    assert len(content.pairs) == 200 and (content.weights == 1).all()
    contest = batches.PairBatches(dataset, rows, CONTEST, seed=1)
    added = contest.weights < 1
    assert 0 < added.sum() <= 60 and (contest.weights[added] == np.float32(closure.ADDED_WEIGHT)).all()
    first = contest.pairs[added].copy()
    contest.on_epoch_end()
    assert not np.array_equal(first, contest.pairs[contest.weights < 1]), "others in the next epoch"
    widths = [{name: array.shape[1] for name, array in contest[number][0].items()} for number in (0, 1)]
    if not XLA:
        assert all(widths[0][name] != widths[1][name] for name in widths[0]), "the trainer must see that all lengths vary"
    inputs, labels, weights = contest[2]
    assert labels.shape == (len(weights), 1) and {array.dtype.name for array in inputs.values()} == {"int32"}
    assert max(array.max(axis=None) for array in inputs.values()) <= 20


def test_arrays_are_the_first_tokens_of_both_questions(dataset):
    pairs = dataset.pairs[:7]
    inputs = batches.arrays(dataset, pairs, CONTENT, 8, 9)
    assert {name: array.shape for name, array in inputs.items()} == dict(zip(inputs, [(7, 8)] * 2 + [(7, 9)] * 2, strict=True))
    for unit, longest in (("word", 6), ("char", 7)):
        for place, side in enumerate(model.SIDES):
            for row, question in enumerate(pairs[:, place]):
                expected = getattr(dataset, unit).ids[question][:longest]
                found = inputs[f"{unit}_{side}"][row]
                np.testing.assert_array_equal(found[: len(expected)], expected)
                assert not found[len(expected) :].any()


def test_mates_have_a_fifth_of_the_say(dataset):
    network, known = new("siamese", dataset), dataset.pairs[:250]
    pairs, labels = dataset.pairs[250:270], dataset.labels[:250]
    own = batches.predict(network, dataset, pairs, CONTENT)
    blended = batches.predict_with_mates(network, dataset, pairs, known, labels, CONTENT, seed=0)
    assert blended.dtype == np.float32 and not np.allclose(blended, own, atol=1e-5)
    mates = (blended - 0.8 * own) / 0.2
    assert ((mates > -1e-5) & (mates < 1 + 1e-5)).all(), "what the mates say is a probability"
    without = batches.predict_with_mates(network, dataset, pairs, known[:1], np.zeros(1), CONTENT, seed=0)
    np.testing.assert_array_equal(without, own)
