import keras
import numpy as np
import pytest

from common.layers.sampled import SampledScores
from common.ragged import Ragged
from common.training.language_model import LanguageBatches, language_model, perplexity, rates_of
from tests.conftest import eager

pytestmark = pytest.mark.backend
TEXTS = Ragged.of([[1, 2, 3], [4], [], [5, 6, 7, 8, 9]])
COUNTS = np.array([0, *[3] * 9])


def examples(batches):
    """`(what came before, the unit asked for)` of every step that has a weight."""
    found = []
    for index in range(len(batches)):
        (ids, targets, _), _, weights = batches[index]
        found += [(tuple(ids[row][: step + 1]), targets[row, step]) for row, step in zip(*np.nonzero(weights), strict=True)]
    return sorted(found)


def test_windows_of_the_article_ask_for_every_unit_behind_its_ten():
    batches = LanguageBatches(TEXTS, COUNTS, 3, 1, 4, np.random.default_rng(0), last_only=True)
    wanted = [((0, 0, 1), 2), ((0, 1, 2), 3), ((0, 0, 5), 6), ((0, 5, 6), 7), ((5, 6, 7), 8), ((6, 7, 8), 9)]
    assert examples(batches) == sorted(wanted)


def test_windows_side_by_side_ask_for_every_unit_once_and_begin_again_alike():
    batches = LanguageBatches(TEXTS, COUNTS, 2, 1, 4, np.random.default_rng(0))
    assert sorted(target for _, target in examples(batches)) == [2, 3, 6, 7, 8, 9]
    before, drawn = [batches[index][0][2] for index in range(len(batches))], batches.drawn_from
    batches.on_epoch_end()
    assert any(not np.array_equal(one, batches[index][0][2]) for index, one in enumerate(before))
    batches.redraw(drawn)
    for index, one in enumerate(before):
        np.testing.assert_array_equal(batches[index][0][2], one)


def test_candidates_follow_the_power_of_the_counts_and_are_never_padding():
    counts = np.array([0, 1, 16, 81])
    assert rates_of(counts) == pytest.approx([0, 1 / 36, 8 / 36, 27 / 36])
    batches = LanguageBatches(Ragged.of([[1, 2]] * 50), counts, 1, 50, 20_000, np.random.default_rng(0))
    share = np.bincount(batches[0][0][2].ravel(), minlength=4) / batches[0][0][2].size
    np.testing.assert_allclose(share, rates_of(counts), atol=0.02)


def test_the_first_score_is_the_true_class_and_each_has_its_rate_taken_off():
    generator = np.random.default_rng(0)
    rates = np.arange(1, 7) / 21
    layer, states = SampledScores(6, rates), generator.normal(size=(2, 3, 4)).astype("float32")
    targets, drawn = generator.integers(6, size=(2, 3)), np.array([[5, 0], [2, 2]])
    scores = keras.ops.convert_to_numpy(layer([states, targets, drawn]))
    assert scores.shape == (2, 3, 5) == layer.compute_output_shape([(2, 3, 4), (2, 3), (2, 2)])
    whole = states @ keras.ops.convert_to_numpy(layer.table).T - np.log(rates)
    np.testing.assert_allclose(scores[..., 0], np.take_along_axis(whole, targets[..., None], -1)[..., 0], atol=1e-5)
    np.testing.assert_allclose(scores[..., 1:], whole[..., [5, 0, 2, 2]], atol=1e-5)
    copy = SampledScores.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    with pytest.raises(ValueError, match="one for each class"):
        SampledScores(6, [1.0])


def test_it_learns_which_unit_follows_and_probabilities_are_those_of_all():
    """After 1 comes 2 in three of four texts and 3 in the fourth: few candidates, yet the whole softmax says so."""
    keras.utils.set_random_seed(0)
    texts = Ragged.of([[1, 2], [1, 2], [1, 2], [1, 3]] * 16)
    counts = np.array([0, 64, 48, 16, 30, 30])
    ids = keras.Input((None,), dtype="int32")
    model = language_model(ids, keras.layers.Embedding(6, 4)(ids), counts)
    model.compile(keras.optimizers.Adam(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    batches = LanguageBatches(texts, counts, 1, 64, 64, np.random.default_rng(0))
    before = perplexity(model, texts, 1)
    with eager():
        model.fit(batches, epochs=60, shuffle=False, verbose=0)
    assert perplexity(model, texts, 1) < before
    best = np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert perplexity(model, texts, 1) == pytest.approx(best, rel=0.05)
