"""What follows from labels, by hand; nothing that is described is among what is known."""

import numpy as np
import pytest

from competitions.ppd import closure

KNOWN = np.array([[0, 1], [1, 2], [3, 4], [2, 3], [5, 6]])  # 0=1=2, 3=4, 2!=3, 5=6
LABELS = np.array([1, 1, 1, 0, 1])


def test_clusters_are_what_positives_join():
    cluster = closure.clusters(KNOWN, LABELS, 8)
    assert cluster[0] == cluster[1] == cluster[2] != cluster[3] == cluster[4]
    assert len(np.unique(cluster)) == 4


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((0, 2), 1),  # 0=1 and 1=2
        ((2, 4), 0),  # 2!=3 and 3=4
        ((3, 0), 0),  # 3!=2 and 2=0
        ((0, 4), -1),  # a negative spreads one step, not two
        ((5, 0), -1),
        ((7, 0), -1),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_rules(pair, expected, order):
    assert closure.rules(np.array([pair[::order]]), KNOWN, LABELS, 8).tolist() == [expected]


def test_a_contradiction_resolves_to_negative():
    known, labels = np.array([[0, 1], [1, 2], [2, 0]]), np.array([1, 1, 0])
    assert closure.rules(np.array([[0, 2]]), known, labels, 3).tolist() == [0]


def test_without_negatives_and_without_positives():
    assert closure.rules(np.array([[0, 2]]), KNOWN[:2], np.array([1, 1]), 3).tolist() == [1]
    assert closure.rules(np.array([[0, 2]]), KNOWN[:2], np.array([0, 0]), 3).tolist() == [-1]


def test_description():
    found = closure.describe(np.array([[0, 2], [2, 4], [7, 5]]), KNOWN, LABELS, 8)
    assert found["same_cluster"].tolist() == [1, 0, 0]
    assert found["negative_links"].tolist() == [0, 1, 0]
    assert found["cluster_min"].tolist() == [3, 2, 1] and found["cluster_max"].tolist() == [3, 3, 2]
    assert found["labelled_min"].tolist() == [1, 1, 0] and found["labelled_max"].tolist() == [2, 2, 1]
    flipped = closure.describe(np.array([[2, 0], [4, 2], [5, 7]]), KNOWN, LABELS, 8)
    np.testing.assert_array_equal(found, flipped)


def random_pairs(seed, rows=300, questions=80):
    generator = np.random.default_rng(seed)
    pairs = np.unique(np.sort(generator.integers(questions, size=(rows, 2)), axis=1), axis=0)
    return generator.permutation(pairs[pairs[:, 0] != pairs[:, 1]]), questions


def test_a_training_pair_is_described_without_its_own_label():
    """With labels drawn by lot nothing that is described may tell them."""
    pairs, questions = random_pairs(0, 4000, 2500)
    labels = np.random.default_rng(1).integers(2, size=len(pairs))
    table = closure.describe_training(pairs, labels, questions)
    assert table.index.tolist() == list(range(len(pairs)))
    for name in table:
        assert abs(np.corrcoef(table[name], labels)[0, 1]) < 0.08, name
    naive = closure.describe(pairs, pairs, labels, questions)
    assert np.corrcoef(naive["positive_share_min"], labels)[0, 1] > 0.5, "with its own label it would"


def test_one_label_does_not_change_its_own_row():
    pairs, questions = random_pairs(2)
    labels = np.random.default_rng(2).integers(2, size=len(pairs))
    before = closure.describe_training(pairs, labels, questions)
    for row in (0, 17, 50):
        changed = labels.copy()
        changed[row] = 1 - changed[row]
        after = closure.describe_training(pairs, changed, questions)
        np.testing.assert_array_equal(before.iloc[row], after.iloc[row])


def test_a_pair_does_not_see_the_label_of_its_twin():
    pairs, questions = random_pairs(2)
    pairs = np.concatenate([pairs, pairs[:1, ::-1]])
    labels = np.random.default_rng(2).integers(2, size=len(pairs))
    changed = np.r_[labels[:-1], 1 - labels[-1]]
    before, after = (closure.describe_training(pairs, known, questions) for known in (labels, changed))
    np.testing.assert_array_equal(before.iloc[0], after.iloc[0])
    assert not before.equals(after)


def test_augmentation_follows_from_the_labels():
    pairs, questions = random_pairs(4, 60, 120)
    labels = np.random.default_rng(4).integers(2, size=len(pairs))
    cluster = closure.clusters(pairs, labels, questions)
    more, implied, weights = closure.augment(pairs, labels, questions, np.random.default_rng(5))
    assert (implied == 1).any() and (implied == 0).any()
    np.testing.assert_array_equal(implied == 1, cluster[more[:, 0]] == cluster[more[:, 1]])
    assert (more[:, 0] != more[:, 1]).all() and np.all(weights == np.float32(0.2))
    known = {frozenset(pair) for pair in pairs.tolist()}
    found = [frozenset(pair) for pair in more.tolist()]
    assert known.isdisjoint(found) and len(set(found)) == len(found)


def test_nothing_to_augment_in_clusters_of_two():
    more, implied, weights = closure.augment(np.array([[0, 1], [2, 3]]), np.array([1, 1]), 4, np.random.default_rng(0))
    assert more.shape == (0, 2) and implied.shape == weights.shape == (0,)


def test_augmentation_is_bounded_by_the_size_of_a_cluster():
    chain = np.stack([np.arange(99), np.arange(1, 100)], axis=1)
    _, implied, _ = closure.augment(chain, np.ones(99, int), 100, np.random.default_rng(0))
    assert 500 < implied.sum() <= 800, "8 for each question"


def test_variants_replace_one_side_by_a_mate():
    cluster = np.array([0, 0, 0, 1, 1, 2])
    found, rows = closure.variants(np.array([[0, 3], [5, 4], [0, 1]]), cluster, np.random.default_rng(0))
    by_row = {row: {tuple(pair) for pair in found[rows == row].tolist()} for row in range(3)}
    assert by_row == {0: {(1, 3), (2, 3), (0, 4)}, 1: {(5, 3)}, 2: {(2, 1), (0, 2)}}


@pytest.mark.parametrize("question", [0, 1, 50, 99])
def test_variants_of_a_large_cluster_are_limited(question):
    found, _ = closure.variants(np.array([[question, 100]]), np.repeat([0, 1], [100, 1]), np.random.default_rng(0))
    assert len(found) == closure.MATES
    assert len({tuple(pair) for pair in found.tolist()}) == len(found)


def test_blending_with_variants():
    blended = closure.blend_variants(np.array([0.5, 0.9]), np.array([0.2, 0.8]), np.array([0, 0]))
    assert blended.tolist() == pytest.approx([0.8 * 0.5 + 0.2 * (0.5 + 0.2 + 0.8) / 3, 0.9])
