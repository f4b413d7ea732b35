import numpy as np
import pytest

from competitions.power_vocab import propagate


def unit(angles):
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("float32")


def test_the_bar_rises_with_depth():
    assert propagate.threshold(0) == pytest.approx(0.6)
    assert (np.diff(propagate.threshold(np.arange(10))) > 0).all() and propagate.threshold(100) == pytest.approx(1)


def test_words_are_reached_in_waves_and_the_far_ones_never():
    step = 0.5  # radians; its cosine 0.878 passes up to depth 3
    depths = propagate.spread(unit(step * np.arange(8)), [0], np.ones(8, bool), near=2)
    passed = int((propagate.threshold(np.arange(1, 8)) <= np.cos(step)).sum())
    assert depths.tolist() == [*range(passed + 1), *[-1] * (7 - passed)]


def test_a_refused_word_is_no_bridge():
    allowed = np.ones(4, bool)
    allowed[1] = False
    assert propagate.spread(unit(0.5 * np.arange(4)), [0], allowed, near=1).tolist() == [0, -1, -1, -1]


def test_two_bundles_are_two_communities():
    angles = np.concatenate([np.linspace(0, 0.2, 6), np.linspace(1.5, 1.7, 6), [3.1]])
    found = propagate.communities(unit(angles), near=4)
    assert len(set(found[:6])) == 1 and len(set(found[6:12])) == 1
    assert len(set(found[[0, 6, 12]])) == 3, "and one word stands alone"
