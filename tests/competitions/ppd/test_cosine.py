"""The encoder as a model of pairs: what it learns from, what is kept away from it, and how a cosine becomes a probability."""

import dataclasses

import keras
import numpy as np
import pytest

from common.errors import DataError
from competitions.ppd import cosine, data, metric, sample
from competitions.ppd.config import Config


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cosine") / "ppd"
    sample.write(path, 600, 7)
    return path


def test_groups_are_the_clusters_of_the_positives_and_leave_out_who_is_alone():
    pairs, labels = np.array([[0, 1], [1, 2], [3, 4], [5, 6]]), np.array([1, 1, 0, 1])
    members, classes = cosine.groups_of(pairs, labels, 8)
    np.testing.assert_array_equal(members, [0, 1, 2, 5, 6])
    np.testing.assert_array_equal(classes, [0, 0, 0, 1, 1])


def chain(questions, first=0):
    """Pairs that join some questions to one component."""
    return np.stack([np.arange(first, first + questions - 1), np.arange(first + 1, first + questions)], axis=1)


SINGLE = np.arange(1000, 1200).reshape(-1, 2)  # a hundred components of one pair


@pytest.mark.parametrize(
    ("pairs", "least", "most"),
    [
        (SINGLE, 20, 20),
        (np.concatenate([chain(901), SINGLE]), 100, 100),  # the giant teaches, all others are kept away
        (np.concatenate([chain(60), SINGLE]), 31, 31),
        (np.concatenate([chain(6, first) for first in range(0, 300, 6)]), 50, 50),
        (np.concatenate([chain(34, first) for first in range(0, 102, 34)]), 33, 33),  # each is greater than a fifth
    ],
)
def test_components_with_a_fifth_of_the_pairs_are_kept_away_whatever_the_graph(pairs, least, most):
    for seed in range(5):
        away = cosine.kept_away(pairs, 1200, seed)
        assert least <= away.sum() <= most
        assert not np.isin(pairs[away], pairs[~away]).any()


def test_where_nothing_can_be_kept_away_it_says_so(folder):
    dataset = data.load(folder, report=False)
    chain = np.arange(99)
    joined = dataclasses.replace(dataset, pairs=np.stack([chain, chain + 1], axis=1), labels=(chain % 3 == 0).astype("int8"))
    with pytest.raises(DataError, match=r"20% of the pairs away from its training, here 99 of 99"):
        cosine.fit(joined, chain, Config(data=folder), "")


def test_calibration_turns_cosines_into_probabilities():
    generator = np.random.default_rng(0)
    similar = generator.uniform(-0.2, 1, size=20_000)
    truth = 1 / (1 + np.exp(-(6 * similar - 4)))
    labels = (generator.random(len(similar)) < truth).astype(int)
    found = cosine.probability(cosine.calibrate(similar, labels), similar)
    np.testing.assert_allclose(found, truth, atol=0.02)


def test_it_learns_from_the_training_pairs_alone_and_answers_both_orders_alike(folder):
    dataset = data.load(folder, report=False)
    config = Config(data=folder, protocol="content", cosine_epochs=4, encoder_width=16, encoder_batch=20)
    rows = np.arange(len(dataset.pairs))
    learned, held_out = rows[:450], rows[450:]
    flipped = dataclasses.replace(dataset, labels=np.where(rows < 450, dataset.labels, 1 - dataset.labels))
    answers = []
    for given in (dataset, flipped):
        keras.utils.set_random_seed(1)
        network, calibration, log = cosine.fit(given, learned, config, "")
        answers.append(cosine.predict(network, calibration, dataset, dataset.pairs[held_out], config))
        assert log["score"].notna().all()
    np.testing.assert_array_equal(*answers)
    swapped = cosine.predict(network, calibration, dataset, dataset.pairs[held_out][:, ::-1], config)
    np.testing.assert_allclose(swapped, answers[0], atol=1e-6)
    share = dataset.labels[learned].mean()
    assert metric.score(dataset.labels[held_out], answers[0]) < metric.score(
        dataset.labels[held_out], np.full(len(held_out), share)
    )
