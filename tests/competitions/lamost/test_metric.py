"""The score is scikit-learn's macro-F1 over the four fixed labels."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import f1_score

from common.experiment.metric import bootstrap
from competitions.lamost import metric

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("classes", [1, 2, 4])
def test_equals_scikit_learn_with_four_fixed_labels(classes):
    truth, prediction = RANDOM.integers(classes, size=(2, 50))
    expected = f1_score(truth, prediction, labels=[0, 1, 2, 3], average="macro", zero_division=0)
    assert metric.score(truth, prediction) == pytest.approx(expected)


def test_a_class_never_true_and_never_predicted_counts_zero():
    assert metric.score(np.array([0, 1, 2]), np.array([0, 1, 2])) == pytest.approx(0.75)
    assert metric.class_scores(np.array([0, 1, 2]), np.array([0, 1, 2])).tolist() == [1, 1, 1, 0]


def test_a_worked_example():
    truth, prediction = np.array([0, 0, 0, 1, 2, 3]), np.array([0, 0, 3, 1, 3, 3])
    assert metric.class_scores(truth, prediction) == pytest.approx([0.8, 1, 0, 0.5])
    assert metric.score(truth, prediction) == pytest.approx((0.8 + 1 + 0 + 0.5) / 4)


def test_names_and_indices_score_alike():
    truth, prediction = RANDOM.integers(4, size=(2, 50))
    names = np.array(metric.LABELS)
    expected = metric.score(truth, prediction)
    assert metric.score(names[truth], names[prediction]) == pytest.approx(expected)
    assert metric.score(names[truth].tolist(), names[prediction].tolist()) == pytest.approx(expected)


def test_a_resample_counted_by_kind_scores_as_its_records_do():
    generator = np.random.default_rng(0)
    counts = generator.integers(4, size=(200, 2))
    plain = dataclasses.replace(metric.MACRO_F1, weighted=None)
    np.testing.assert_array_equal(bootstrap(metric.MACRO_F1, counts, 3), bootstrap(plain, counts, 3))
