import numpy as np
import pytest

from common.experiment import blend

CLASSES = 4


def random_runs(seed, runs=5, rows=80):
    random = np.random.default_rng(seed)
    labels = random.integers(CLASSES, size=rows)
    truth = np.eye(CLASSES)[labels]
    noise = random.dirichlet(np.ones(CLASSES), size=(runs, rows))
    trust = random.uniform(0.1, 0.5, size=(runs, 1, 1))
    return trust * truth + (1 - trust) * noise, labels


def accuracy(labels, classes):
    return float(np.mean(labels == classes))


def test_a_mean_of_probabilities_by_hand():
    runs = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[0.5, 0.5]]])
    np.testing.assert_allclose(blend.mean(runs), [[0.5, 0.5]])
    np.testing.assert_allclose(blend.mean(runs, [2, 1, 1]), [[0.625, 0.375]])


def test_rank_mean_by_hand():
    runs = np.array([[[0.9, 0.1], [0.4, 0.6], [0.6, 0.4]]])
    np.testing.assert_allclose(blend.rank_mean(runs, runs), [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize("transform", [np.sqrt, np.log, lambda p: p**5, lambda p: 3 * p - 7])
def test_rank_mean_does_not_change_with_the_scale_of_a_run(transform):
    runs, _ = random_runs(0)
    changed = runs.copy()
    changed[1] = transform(changed[1])
    np.testing.assert_allclose(blend.rank_mean(changed, changed), blend.rank_mean(runs, runs))
    np.testing.assert_allclose(blend.rank_mean(runs, runs).sum(axis=1), 1)


def test_hill_climbing_by_hand():
    # Wanted is 0.6. Run 1 alone is 0.1 off; with one run 0 the mean of 0.7 and 0.3 is 0.5, as far off; two of run 1 and
    # one run 2, 0.7 + 0.4 over 2 = 0.55, is better; then 0.7 + 0.7 + 0.4 over 3 = 0.6 is right and nothing helps any more.
    runs = np.array([0.3, 0.7, 0.4]).reshape(3, 1, 1)
    weights = blend.hill_climb(runs, lambda prediction: -round(abs(float(prediction[0, 0]) - 0.6), 9))
    np.testing.assert_allclose(weights, [0, 2 / 3, 1 / 3])


def test_hill_climbing_keeps_the_best_run_alone_where_nothing_helps():
    runs = np.array([0.2, 0.6, 0.9]).reshape(3, 1, 1)
    weights = blend.hill_climb(runs, lambda prediction: -abs(float(prediction[0, 0]) - 0.6))
    np.testing.assert_array_equal(weights, [0, 1, 0])


def test_hill_climbing_adds_nothing_that_only_keeps_the_score():
    runs = np.array([0.8, 0.6]).reshape(2, 1, 1)
    weights = blend.hill_climb(runs, lambda prediction: float(prediction[0, 0] < 0.75))
    np.testing.assert_array_equal(weights, [0, 1])


def test_hill_climbing_stops_after_its_rounds():
    runs = np.array([0.0, 1.0]).reshape(2, 1, 1)
    weights = blend.hill_climb(runs, lambda prediction: -abs(float(prediction[0, 0]) - 0.45), rounds=1)
    np.testing.assert_array_equal(weights, [0.5, 0.5])


@pytest.mark.parametrize("seed", range(10))
def test_hill_climbing_is_never_worse_than_the_best_run(seed):
    runs, labels = random_runs(seed)
    weights = blend.hill_climb(runs, lambda prediction: accuracy(labels, prediction.argmax(axis=1)))
    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    best = max(accuracy(labels, prediction.argmax(axis=1)) for prediction in runs)
    assert accuracy(labels, blend.mean(runs, weights).argmax(axis=1)) >= best


def test_one_run_is_its_own_blend():
    runs, labels = random_runs(0, runs=1)
    weights = blend.hill_climb(runs, lambda prediction: accuracy(labels, prediction.argmax(axis=1)))
    np.testing.assert_array_equal(weights, [1])


def test_stacking_learns_to_trust_the_good_run():
    random = np.random.default_rng(0)
    labels = random.integers(CLASSES, size=600)
    good = 0.3 * np.eye(CLASSES)[labels] + 0.7 * random.dirichlet(np.full(CLASSES, 5), size=600)
    loud_and_wrong = random.dirichlet(np.full(CLASSES, 0.1), size=600)
    runs = np.stack([good, loud_and_wrong])
    stacked = blend.fit_stack(blend.Stacked(runs[:, :300]), labels[:300])(blend.Stacked(runs[:, 300:]))
    assert stacked.shape == (300, CLASSES)
    np.testing.assert_allclose(stacked.sum(axis=1), 1)
    alone = accuracy(labels[300:], good[300:].argmax(axis=1))
    together = accuracy(labels[300:], blend.mean(runs[:, 300:]).argmax(axis=1))
    assert together < alone - 0.1
    assert accuracy(labels[300:], stacked.argmax(axis=1)) > alone - 0.03


def test_stacking_survives_probabilities_of_zero():
    _, labels = random_runs(0)
    certain = np.eye(CLASSES)[labels][None]
    found = blend.Stacked(certain)
    stacked = blend.fit_stack(found, labels)(found)
    assert accuracy(labels, stacked.argmax(axis=1)) == 1


def test_stacking_keeps_the_column_of_a_class_that_it_never_saw():
    runs, labels = random_runs(0)
    seen = labels != 1
    found = blend.Stacked(runs)
    stacked = blend.fit_stack(found.take(seen), labels[seen])(found)
    assert stacked.shape == (len(labels), CLASSES)
    assert accuracy(labels[seen], stacked[seen].argmax(axis=1)) > 0.5
    assert stacked[:, 1].max() < 0.5


@pytest.mark.parametrize("steps", [21, 20])
@pytest.mark.parametrize("seed", range(5))
def test_class_offsets_never_lower_the_score_on_their_rows(seed, steps):
    runs, labels = random_runs(seed, runs=1)
    offsets = blend.class_offsets(runs[0], labels, accuracy, steps=steps)
    shifted = blend.apply_offsets(runs[0], offsets)
    assert accuracy(labels, shifted.argmax(axis=1)) >= accuracy(labels, runs[0].argmax(axis=1))
    assert offsets[0] == 0


@pytest.mark.parametrize("steps", [21, 20])
def test_class_offsets_stay_at_zero_where_nothing_is_better(steps):
    labels = np.arange(40) % CLASSES
    offsets = blend.class_offsets(np.eye(CLASSES)[labels], labels, accuracy, steps=steps)
    np.testing.assert_array_equal(offsets, 0)


def test_class_offsets_undo_a_prior():
    random = np.random.default_rng(0)
    labels = random.integers(2, size=2000)
    fair = random.beta(np.where(labels == 1, 3, 2), np.where(labels == 1, 2, 3))
    biased = np.stack([1 - fair, fair * np.exp(-1)], axis=1)
    biased /= biased.sum(axis=1, keepdims=True)
    assert blend.class_offsets(biased, labels, accuracy)[1] == pytest.approx(1, abs=0.25)


def test_applied_offsets_give_probabilities_again():
    runs, _ = random_runs(0, runs=1)
    offsets = np.array([0, 1.5, -2, 0.3])
    shifted = blend.apply_offsets(runs[0], offsets)
    np.testing.assert_allclose(shifted.sum(axis=1), 1)
    np.testing.assert_array_equal(shifted.argmax(axis=1), (np.log(runs[0]) + offsets).argmax(axis=1))
    np.testing.assert_allclose(blend.apply_offsets(runs[0], np.zeros(CLASSES)), runs[0], atol=1e-5)
