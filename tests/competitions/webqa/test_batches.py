import dataclasses

import numpy as np
import pytest

from common.text.word_vectors import WordVectors
from competitions.webqa import batches
from competitions.webqa.batches import Batches
from competitions.webqa.config import Config
from competitions.webqa.features import Encoder
from competitions.webqa.questions import Passage, Question

CONFIG = Config(batch_size=4, window=20, character_dropout=0.0, word_dropout=0.0)
LONG = "甲" * 37 + "答案" + "乙" * 60


def questions(number, source="webqa"):
    return [
        Question(f"{source}{row}", f"问题{row}？", (Passage(LONG[row:], ("答案",)), Passage("别的话" * (row + 1), ())), source)
        for row in range(number)
    ]


@pytest.fixture(scope="module")
def encoded():
    asked = questions(11)
    encoder = Encoder.fit(asked, WordVectors(("答案",), np.ones((1, 2), "float32")), min_count=1)
    return encoder.encode(asked)


def drawn(encoded, config=CONFIG, rows=range(11), count=11, seed=1):
    return Batches([(encoded, np.array(rows), count)], config, seed)


def test_one_passage_that_answers_and_one_that_does_not(encoded):
    taken = drawn(encoded)
    passages = taken.pairs[:, 1]
    assert sorted(encoded.owner_of(passages).tolist()) == sorted([*range(11)] * 2)
    assert (encoded.spans.lengths[passages] > 0).sum() == 11
    without = drawn(encoded, dataclasses.replace(CONFIG, negatives=0))
    assert len(without.pairs) == 11


def test_a_window_holds_the_whole_answer_and_is_labelled_where_it_stands(encoded):
    seen = set()
    for seed in range(5):
        taken = drawn(encoded, seed=seed)
        for number in range(len(taken)):
            inputs, targets, weights = taken[number]
            assert inputs["passage"].shape[:2] == targets.shape[:2] == weights.shape == inputs["match"].shape[:2]
            for row, pair in enumerate(taken.pairs[taken.batches[number]]):
                _, passage, begin, length = pair
                assert length <= CONFIG.window and weights[row].sum() == length
                marked = np.argwhere(targets[row]).tolist()
                if len(encoded.spans[passage]):
                    (first, _), (last, _) = sorted(marked, key=lambda place: place[1])
                    assert [first + begin, last + begin] == encoded.spans[passage][0].tolist()
                    seen.add(int(begin))
                else:
                    assert marked == []
    assert len(seen) > 3, "the window moves"


def test_every_question_comes_before_any_comes_again(encoded):
    taken = Batches([(encoded, np.arange(10), 4)], CONFIG, 1)
    owners = []
    for _ in range(5):
        answering = encoded.spans.lengths[taken.pairs[:, 1]] > 0
        owners += encoded.owner_of(taken.pairs[answering, 1]).tolist()
        taken.on_epoch_end()
    assert sorted(owners) == sorted([*range(10)] * 2)


def test_sources_are_mixed_in_one_batch(encoded):
    both = Batches([(encoded, np.arange(5), 5), (encoded, np.arange(5, 11), 3)], dataclasses.replace(CONFIG, batch_size=99), 1)
    assert len(both) == 1 and both[0][0]["question"].shape[0] == 16
    assert np.bincount(both.pairs[:, 0]).tolist() == [10, 6]


def test_dropout_hits_real_characters_alone(encoded):
    config = dataclasses.replace(CONFIG, character_dropout=0.5, word_dropout=0.5)
    inputs, _, weights = drawn(encoded, config)[0]
    characters = inputs["passage"][..., 0]
    real = weights > 0
    assert (
        ((characters == batches.UNKNOWN) & real).sum() > 5 and (characters[~real] == 0).all() and (characters[real] > 0).all()
    )


def test_the_first_two_batches_differ_in_every_length(encoded):
    taken = drawn(encoded)
    (one, _, _), (other, _, _) = taken[0], taken[1]
    for name in ("question", "passage", "match"):
        assert one[name].shape[1] != other[name].shape[1]


class Echo:
    """A network that answers with the id of each character."""

    def predict_on_batch(self, inputs):
        return np.repeat(inputs["passage"][..., :1], 2, axis=-1).astype("float32")


def test_predictions_come_in_the_order_of_the_passages_and_without_padding(encoded):
    passages = np.array([3, 0, 21, 3])
    found = batches.predict(Echo(), encoded, passages, batch_size=2)
    for row, passage in enumerate(passages):
        np.testing.assert_array_equal(found[row][:, 0], encoded.passages[passage][:, 0])
    assert len(batches.predict(Echo(), encoded, [])) == 0
