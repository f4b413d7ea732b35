import numpy as np
import pytest
from keras import ops
from sklearn.metrics import f1_score

from common.losses import SoftMacroF1, soft_macro_f1
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)


def random_batch(rows=40, classes=4):
    labels = RANDOM.integers(classes, size=rows)
    probability = RANDOM.dirichlet(np.ones(classes), size=rows).astype("float32")
    return np.eye(classes, dtype="float32")[labels], probability


def test_keeps_what_every_loss_keeps():
    check_loss(SoftMacroF1(), *random_batch(), per_sample=False)


@pytest.mark.parametrize("classes", [2, 3, 4, 7])
def test_equals_macro_f1_on_decisions(classes):
    y_true, probability = random_batch(classes=classes)
    decided = np.eye(classes, dtype="float32")[probability.argmax(axis=1)]
    expected = f1_score(y_true.argmax(axis=1), decided.argmax(axis=1), labels=range(classes), average="macro", zero_division=0)
    assert float(soft_macro_f1(y_true, decided)) == pytest.approx(expected, abs=1e-6)


def test_a_class_never_true_and_never_predicted_counts_zero():
    y_true = np.eye(4, dtype="float32")[[0, 1, 2]]
    assert float(soft_macro_f1(y_true, y_true)) == pytest.approx(0.75)


def test_for_four_classes_it_is_the_published_formula():
    y_true, probability = random_batch()
    published = -np.log(np.sum(0.5 * np.sum(y_true * probability, 0) / np.sum(y_true + probability, 0)))
    assert float(SoftMacroF1()(y_true, probability)) == pytest.approx(published, rel=1e-5)


def test_a_sample_of_weight_two_counts_as_two_samples():
    y_true, probability = random_batch(rows=9)
    twice = [*range(9), 3]
    weight = np.ones(9, dtype="float32")
    weight[3] = 2
    as_column = float(soft_macro_f1(y_true, probability, weight[:, None]))
    assert as_column == pytest.approx(float(soft_macro_f1(y_true, probability, weight)), abs=1e-7)
    assert float(soft_macro_f1(y_true, probability, weight)) == pytest.approx(
        float(soft_macro_f1(y_true[twice], probability[twice])), rel=1e-6
    )


def test_perfect_predictions_cost_nothing():
    y_true, _ = random_batch()
    assert float(ops.convert_to_numpy(SoftMacroF1()(y_true, y_true))) == pytest.approx(0, abs=1e-6)
