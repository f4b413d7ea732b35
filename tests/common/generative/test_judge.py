import numpy as np
import pytest

from common.generative.judge import classifier, judge_of


def test_a_judge_is_named_by_what_it_learnt_and_finds_nothing_nearer_than_the_pictures_themselves():
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    network = classifier(images, 3)
    judge = judge_of(network, 0.9)
    assert judge.name == judge_of(network, 0.9).name != judge_of(classifier(images, 3), 0.9).name
    features, probability = judge.look(images)
    assert features.shape == (60, 64) and probability.shape == (60, 3) and features.dtype == "float64"
    of_itself, of_others = (judge.score(made, features, 0)["FID"] for made in (images, images // 4))
    assert of_itself == pytest.approx(0, abs=1e-4) and of_others > of_itself
