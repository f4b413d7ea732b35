from functools import partial

import numpy as np
import pytest

from common.generative import quality

GENERATOR = np.random.default_rng(0)
FEATURES = GENERATOR.normal(size=(400, 6)) * [1, 2, 3, 0.5, 1, 1]


def test_frechet_distance_of_equal_shifted_scaled_and_turned_sets():
    assert quality.frechet(FEATURES, FEATURES) == pytest.approx(0, abs=1e-8)
    shift = np.array([1, 0, -2, 0, 0, 0.5])
    assert quality.frechet(FEATURES, FEATURES + shift) == pytest.approx(shift @ shift)
    mean, trace = FEATURES.mean(axis=0), np.trace(np.cov(FEATURES, rowvar=False))
    assert quality.frechet(FEATURES, mean + 1.5 * (FEATURES - mean)) == pytest.approx(0.25 * trace)
    turn, _ = np.linalg.qr(GENERATOR.normal(size=(6, 6)))
    other = GENERATOR.normal(size=(300, 6)) + 0.3
    assert quality.frechet(FEATURES @ turn, other @ turn) == pytest.approx(quality.frechet(FEATURES, other))


def test_worse_samples_score_worse():
    for measure, noises in ((quality.frechet, (0, 0.5, 1, 2)), (partial(quality.kernel_distance, seed=0), (0, 2, 4))):
        scores = [measure(FEATURES, FEATURES[::-1] + GENERATOR.normal(size=FEATURES.shape) * noise) for noise in noises]
        assert scores == sorted(scores)


def test_the_kernel_distance_leaves_out_pairs_of_one_sample_with_itself():
    x, y = FEATURES[:5], FEATURES[5:10]

    def mean(first, second, same):
        return np.mean([(a @ b / 6 + 1) ** 3 for i, a in enumerate(first) for j, b in enumerate(second) if not same or i != j])

    assert quality.kernel_distance(x, y, 0) == pytest.approx(mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False))


def test_precision_falls_with_strays_and_recall_with_collapse():
    first, second = FEATURES[:200], FEATURES[200:]
    precision, recall = quality.precision_recall(first, second, 0)
    assert precision > 0.8 and recall > 0.8
    collapsed = np.repeat(second[:4], 50, axis=0) + 1e-3 * GENERATOR.normal(size=(200, 6))
    assert quality.precision_recall(first, collapsed, 0)[1] < 0.1
    assert quality.precision_recall(first, second + 30, 0)[0] == 0


def test_classes_copies_and_doubles():
    assert quality.class_figures(np.eye(4)[[0, 0, 0, 1]]) == {
        "classes": 2,
        "entropy": pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25)),
        "largest class": 0.75,
    }
    images = GENERATOR.integers(0, 256, (4, 3, 3), dtype=np.uint8)
    assert quality.copies(images[[0, 0, 1, 2]], images[:2]) == 0.75 and quality.doubles(images[[0, 0, 1, 2]]) == 0.25
    assert quality.copies(["a b", "c"], ["c", "d"]) == 0.5


def test_words_of_sentences():
    real = ["the cat sat", "the dog ran"]
    assert quality.word_figures(real, real) == {"words": 3, "distinct pairs": 1, "new pairs": 0, "word distance": 0}
    found = quality.word_figures(["the the the", "the the"], real)
    assert found == {
        "words": 2.5,
        "distinct pairs": pytest.approx(1 / 3),
        "new pairs": 1,
        "word distance": pytest.approx(2 / 3),
    }
    assert quality.words("床前明月光") == list("床前明月光")
