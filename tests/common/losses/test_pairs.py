from functools import partial

import keras
import numpy as np
import pytest

from common.losses import Contrastive, SupervisedContrastive, Triplet
from tests.common.losses.test_margin import slopes
from tests.common.losses.test_multilabel import gradient, values
from tests.conftest import check_loss

pytestmark = pytest.mark.backend
RANDOM = np.random.default_rng(0)
GROUPS = np.array([0, 1, 0, 2, 1, 0, 3])  # 2 and 3 stand alone


def normal(*shape):
    return RANDOM.normal(size=shape).astype("float32")


VECTORS = normal(7, 4)  # some mates have strangers on both sides, some on one


def contrastive(y_true, y_pred):
    terms = np.where(y_true == 1, (1 - y_pred) ** 2, np.maximum(0, y_pred - 0.5) ** 2)  # distance 1 - c, margin 0.5
    return terms.mean(axis=-1)


def cosine(x, y):
    return x @ y / np.linalg.norm(x) / np.linalg.norm(y)


def neighbours(groups, vectors, anchor):
    """Cosines with the mates and with the strangers of an anchor."""
    mates = [cosine(vectors[anchor], vectors[b]) for b in range(len(groups)) if b != anchor and groups[b] == groups[anchor]]
    return mates, [cosine(vectors[anchor], vectors[b]) for b in range(len(groups)) if groups[b] != groups[anchor]]


def triplet(groups, vectors):
    result = np.zeros(len(groups))
    for anchor in range(len(groups)):
        mates, strangers = neighbours(groups, vectors, anchor)
        if mates and strangers:
            result[anchor] = max(0, 0.2 + max(strangers) - min(mates))
    return result


def semi_hard(groups, vectors):
    result = np.zeros(len(groups))
    for anchor in range(len(groups)):
        mates, strangers = neighbours(groups, vectors, anchor)
        if mates and strangers:
            negatives = [max((one for one in strangers if one < mate), default=min(strangers)) for mate in mates]
            result[anchor] = np.mean([max(0, 0.2 + one - mate) for one, mate in zip(negatives, mates, strict=True)])
    return result


def supervised_contrastive(groups, vectors):
    result = np.zeros(len(groups))
    for anchor in range(len(groups)):
        mates, strangers = neighbours(groups, vectors, anchor)
        total = np.sum(np.exp(np.array(mates + strangers) / 0.1))
        if mates:
            result[anchor] = np.mean([np.log(total) - mate / 0.1 for mate in mates])
    return result


FORMULAS = [
    (Triplet, triplet),
    (partial(Triplet, negatives="semi-hard"), semi_hard),
    (SupervisedContrastive, supervised_contrastive),
]
WITHIN = pytest.mark.parametrize(("loss", "formula"), FORMULAS, ids=["triplet", "semi-hard", "supervised"])


def test_contrastive_keeps_what_every_loss_keeps():
    y_pred = RANDOM.uniform(0.05, 0.95, size=(8, 3)).astype("float32")
    check_loss(Contrastive(), RANDOM.integers(2, size=(8, 3)).astype("float32"), y_pred)


@pytest.mark.parametrize("loss", [Triplet(), Triplet(negatives="semi-hard"), SupervisedContrastive()])
def test_losses_within_a_batch_keep_what_every_loss_keeps(loss):
    vectors = np.random.default_rng(1).uniform(0.05, 0.95, size=(8, 5)).astype("float32")  # a step may mine other strangers
    check_loss(loss, np.array([0, 1, 0, 1, 2, 2, 0, 3]), vectors)


@pytest.mark.parametrize("loss", [Contrastive(0.3), Triplet(0.4, "semi-hard"), SupervisedContrastive(0.2)])
def test_a_saved_loss_comes_back(loss):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(copy) is type(loss) and copy.get_config() == loss.get_config()


def test_contrastive_is_what_the_formula_says():
    y_true, y_pred = RANDOM.integers(2, size=(20, 6)), RANDOM.uniform(-1, 1, size=(20, 6)).astype("float32")
    np.testing.assert_allclose(values(Contrastive(), y_true, y_pred), contrastive(y_true, y_pred), rtol=1e-5)
    flat = values(Contrastive(), y_true[:, 0], y_pred[:, 0])
    np.testing.assert_allclose(flat, contrastive(y_true[:, :1], y_pred[:, :1]), rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(values(Contrastive(), y_true[:, 0], y_pred[:, :1]), flat)


def test_the_gradient_of_contrastive_is_the_slope_of_the_formula():
    y_true, y_pred = RANDOM.integers(2, size=(6, 3)), RANDOM.uniform(-1, 1, size=(6, 3)).astype("float32")
    expected = slopes(lambda at: contrastive(y_true, at).mean(), y_pred)
    np.testing.assert_allclose(gradient(Contrastive(), y_true, y_pred), expected, rtol=1e-3, atol=1e-5)


@WITHIN
def test_losses_within_a_batch_are_what_the_formula_says(loss, formula):
    vectors = VECTORS
    expected = formula(GROUPS, vectors)
    assert (expected > 0).sum() >= 4 and (expected[[3, 6]] == 0).all()
    np.testing.assert_allclose(values(loss(), GROUPS, vectors), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(values(loss(), GROUPS[:, None], vectors), values(loss(), GROUPS, vectors))


@WITHIN
def test_the_gradient_within_a_batch_is_the_slope_of_the_formula(loss, formula):
    vectors = normal(7, 4)
    expected = slopes(lambda at: formula(GROUPS, at).mean(), vectors)
    np.testing.assert_allclose(gradient(loss(), GROUPS, vectors), expected, rtol=1e-3, atol=1e-5)


@WITHIN
def test_lengths_do_not_count(loss, formula):
    vectors = normal(7, 4)
    longer = vectors * RANDOM.uniform(0.1, 10, size=(7, 1)).astype("float32")
    np.testing.assert_allclose(values(loss(), GROUPS, longer), values(loss(), GROUPS, vectors), rtol=1e-4, atol=1e-5)


@WITHIN
@pytest.mark.parametrize("groups", [[0], [0, 1, 2], [1, 1, 1]])
def test_anchors_without_mates_or_strangers_are_finite(loss, formula, groups):
    groups, vectors = np.array(groups), normal(len(groups), 3)
    found = values(loss(), groups, vectors)
    np.testing.assert_allclose(found, formula(groups, vectors), rtol=1e-4, atol=1e-6)
    assert np.isfinite(gradient(loss(), groups, vectors)).all()


@WITHIN
def test_zeros_and_equal_vectors_have_finite_gradients(loss, formula):
    for vectors in (np.zeros((7, 3), "float32"), np.ones((7, 3), "float32")):
        assert np.isfinite(gradient(loss(), GROUPS, vectors)).all()


@WITHIN
def test_half_precision_is_left_before_anything_is_computed(loss, formula):
    half = keras.ops.cast(normal(7, 16), "bfloat16")
    found = loss().call(GROUPS, half)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    whole = keras.ops.convert_to_numpy(keras.ops.cast(half, "float32"))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), values(loss(), GROUPS, whole))


@pytest.mark.parametrize(
    ("loss", "name"), [(Contrastive, "margin"), (Triplet, "margin"), (SupervisedContrastive, "temperature")]
)
def test_impossible_settings_are_named(loss, name):
    with pytest.raises(ValueError, match=rf"`{name}` must be positive\. Received: {name}=0"):
        loss(**{name: 0})


def test_unknown_negatives_are_named():
    with pytest.raises(ValueError, match=r"`negatives` must be 'hard' or 'semi-hard'\. Received: negatives='easy'"):
        Triplet(negatives="easy")


def test_semi_hard_negatives_are_easier_than_hard_ones_where_strangers_are_too_near():
    vectors = np.array([[1, 0], [0.6, 0.8], [0.9, 0.435], [-1, 0.1]], "float32")  # two mates, a near and a far stranger
    groups = np.array([0, 0, 1, 1])
    hard, semi = (values(Triplet(0.2, kind), groups, vectors)[0] for kind in ("hard", "semi-hard"))
    assert hard == pytest.approx(0.2 + 0.9 - 0.6, abs=1e-2) and semi == 0
