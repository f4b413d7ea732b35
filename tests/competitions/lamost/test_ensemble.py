"""Blends for macro-F1: what helps is chosen, and an answer depends on nothing but itself."""

import numpy as np
import pytest

from common import experiment
from common.experiment.blend import Stacked, of_probabilities
from common.experiment.ensemble import choose, cross_fit
from competitions.lamost import ensemble, metric

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.permutation(np.repeat([0, 1, 2, 3], 50))
PARTS = np.arange(len(LABELS)) % 5
BLEND = of_probabilities(metric.MACRO_F1, seed=0, gain=ensemble.NEEDED_GAIN)


def guesses(skill, seed):
    """Probabilities that lean towards the truth by `skill`, `(rows, 4)`."""
    logits = np.random.default_rng(seed).normal(size=(len(LABELS), 4))
    logits[np.arange(len(LABELS)), LABELS] += skill
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def crossed(name, predictions):
    return metric.MACRO_F1.of(LABELS, cross_fit(BLEND.ways[name], Stacked(predictions), LABELS, PARTS))


def test_the_fast_macro_f1_is_that_of_scikit_learn():
    truth, prediction = RANDOM.integers(4, size=(2, 300))
    for part in (slice(None), slice(0, 3), slice(0, 1)):
        fast = metric.class_scores_of(np.stack([truth[part], prediction[part]], axis=1))
        np.testing.assert_allclose(fast, metric.class_scores(truth[part], prediction[part]), atol=1e-15)


def test_a_better_blend_is_chosen():
    predictions = np.stack([guesses(2.5, 1), *(guesses(-1.5, seed) for seed in (2, 3))])  # one good run, two misleading ones
    scores = {name: crossed(name, predictions) for name in BLEND.ways if "offsets" not in name}  # these take seconds
    chosen = choose(scores, BLEND, metric.MACRO_F1)
    assert chosen != "mean" and scores[chosen] == max(scores.values()) > scores["mean"] + 0.2


def test_offsets_help_where_a_class_is_always_underestimated():
    shy = guesses(2.5, 4) * [1, 1, 1, 0.15]
    predictions = (shy / shy.sum(axis=1, keepdims=True))[None]
    assert crossed("mean + offsets", predictions) > crossed("mean", predictions) + 0.01


def test_the_mean_is_the_mean():
    found = Stacked(np.stack([guesses(1, 1), guesses(2, 2)]))
    np.testing.assert_allclose(BLEND.ways["mean"](found, LABELS)(found), found.values.mean(axis=0))


def test_the_hold_out_part_is_split_in_the_shares_of_the_classes():
    parts = experiment.split(LABELS, seed=0)
    assert np.bincount(parts).tolist() == [40] * 5
    assert all(np.bincount(LABELS[parts == part]).tolist() == [10] * 4 for part in range(5))
    assert parts.tolist() == experiment.split(LABELS, seed=0).tolist()


@pytest.mark.parametrize("name", BLEND.ways)
def test_every_blend_gives_probabilities_and_an_answer_does_not_depend_on_its_neighbours(name):
    learnt = BLEND.ways[name](Stacked(np.stack([guesses(1, 1), guesses(2, 2)])), LABELS)
    unseen = np.stack([guesses(1, 5), guesses(2, 6)])[:, :7]
    together = learnt(Stacked(unseen))
    assert together.shape == (7, 4) and (together >= 0).all()
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    alone = np.concatenate([learnt(Stacked(unseen[:, row : row + 1])) for row in range(7)])
    np.testing.assert_allclose(together, alone, atol=1e-9)
