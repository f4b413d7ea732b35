"""Blends are compared on rows that they were not fitted on, and the plain mean stays unless another is clearly better."""

import numpy as np
import pytest

from common.experiment import blend
from competitions.lamost import ensemble, metric

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.permutation(np.repeat([0, 1, 2, 3], 50))
PARTS = np.arange(len(LABELS)) % 5


def guesses(skill, seed):
    """Probabilities that lean towards the truth by `skill`, `(rows, 4)`."""
    logits = np.random.default_rng(seed).normal(size=(len(LABELS), 4))
    logits[np.arange(len(LABELS)), LABELS] += skill
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def score(prediction):
    return metric.score(LABELS, prediction.argmax(axis=1))


def test_a_method_is_never_fitted_on_the_rows_that_it_predicts():
    predictions = np.stack([guesses(1, 1), guesses(1, 2)])
    rows_of = {row.tobytes(): place for place, row in enumerate(predictions[0])}
    asked = []

    def method(seen, labels):
        inside = {rows_of[row.tobytes()] for row in seen[0]}
        assert labels.tolist() == LABELS[[rows_of[row.tobytes()] for row in seen[0]]].tolist()

        def apply(others):
            rows = [rows_of[row.tobytes()] for row in others[0]]
            assert inside.isdisjoint(rows)
            asked.extend(rows)
            return others[0]

        return apply

    np.testing.assert_array_equal(ensemble.cross_fit(method, predictions, LABELS, PARTS), predictions[0])
    assert sorted(asked) == list(range(len(LABELS)))


def test_a_method_that_memorises_gains_nothing():
    predictions = np.stack([guesses(0, 1)])

    def memorise(seen, labels):
        answers = {row.tobytes(): label for row, label in zip(seen[0], labels, strict=True)}
        return lambda others: np.stack([np.eye(4)[answers.get(row.tobytes(), 0)] for row in others[0]])

    assert score(memorise(predictions, LABELS)(predictions)) == 1
    assert score(ensemble.cross_fit(memorise, predictions, LABELS, PARTS)) == pytest.approx(0.1), "as good as one class for all"


@pytest.mark.parametrize(("gain", "chosen"), [(0.0, "mean"), (0.0005, "mean"), (0.002, "stack")])
def test_the_mean_stays_without_a_clear_gain(gain, chosen):
    table = [{"name": "mean", "score": 0.8}, {"name": "stack", "score": 0.8 + gain}, {"name": "rank mean", "score": 0.7}]
    assert ensemble.choose(table) == chosen


def test_a_better_blend_is_chosen():
    predictions = np.stack([guesses(2.5, 1), *(guesses(-1.5, seed) for seed in (2, 3))])  # one good run, two misleading ones
    table = [
        ensemble.summary(name, LABELS, ensemble.cross_fit(method, predictions, LABELS, PARTS), PARTS)
        for name, method in ensemble.blending_methods().items()
        if "offsets" not in name  # these take seconds
    ]
    scores = {row["name"]: row["score"] for row in table}
    chosen = ensemble.choose(table)
    assert chosen != "mean" and scores[chosen] == max(scores.values()) > scores["mean"] + 0.2


def test_offsets_help_where_a_class_is_always_underestimated():
    shy = guesses(2.5, 4) * [1, 1, 1, 0.15]
    predictions = (shy / shy.sum(axis=1, keepdims=True))[None]
    methods = ensemble.blending_methods()
    plain, shifted = (ensemble.cross_fit(methods[name], predictions, LABELS, PARTS) for name in ("mean", "mean + offsets"))
    assert score(shifted) > score(plain) + 0.01


@pytest.mark.parametrize("name", ensemble.blending_methods())
def test_every_blend_gives_probabilities_and_keeps_the_test_set_apart(name):
    predictions = np.stack([guesses(1, 1), guesses(2, 2)])
    apply = ensemble.blending_methods()[name](predictions, LABELS)
    unseen = np.stack([guesses(1, 5), guesses(2, 6)])[:, :7]
    probability = apply(unseen)
    assert probability.shape == (7, 4) and (probability >= 0).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-6)


def test_the_mean_is_the_mean():
    predictions = np.stack([guesses(1, 1), guesses(2, 2)])
    np.testing.assert_allclose(ensemble.fit_mean(predictions, LABELS)(predictions), predictions.mean(axis=0))
    assert ensemble.fit_mean(predictions, LABELS) is blend.mean


def test_the_hold_out_part_is_split_in_the_shares_of_the_classes():
    parts = ensemble.split_hold_out(LABELS, seed=0)
    assert np.bincount(parts).tolist() == [40] * 5
    assert all(np.bincount(LABELS[parts == part]).tolist() == [10] * 4 for part in range(5))
    assert parts.tolist() == ensemble.split_hold_out(LABELS, seed=0).tolist()


def test_a_summary_scores_all_rows_and_each_part():
    row = ensemble.summary("run", LABELS, np.eye(4)[np.where(PARTS == 2, (LABELS + 1) % 4, LABELS)], PARTS)
    assert row["folds"] == [1, 1, 0, 1, 1] and 0.75 < row["score"] < 0.85


@pytest.mark.parametrize("name", ensemble.blending_methods())
def test_an_answer_does_not_depend_on_its_neighbours(name):
    random = np.random.default_rng(0)
    labels = random.integers(4, size=120)
    predictions = random.dirichlet(np.ones(4), size=(3, 120))
    apply = ensemble.blending_methods()[name](predictions, labels)
    together = apply(predictions[:, :7])
    alone = np.concatenate([apply(predictions[:, row : row + 1]) for row in range(7)])
    np.testing.assert_allclose(together, alone, atol=1e-9)
