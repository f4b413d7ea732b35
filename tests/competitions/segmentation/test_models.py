"""The networks learn what the dictionary knows, keep texts whole and come back from disk."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from common.ragged import Ragged
from competitions.segmentation import batches, dictionary, ensemble, inference, metric, model, pictures, train
from competitions.segmentation.config import Config
from competitions.segmentation.encoder import PARTS, SEVERAL, Encoder, pieces, shaped, words_of

CONFIG = replace(Config(), width=24, characters=16, pairs=8, dilations=(1, 2), dropout=0.0, batch_size=32)
COUNTS = {"研究": 50, "研究生": 30, "生命": 50, "命": 5, "的": 90, "起源": 20}


@pytest.fixture(scope="module")
def learnt():
    """A network that has seen 60 batches of made-up sentences."""
    keras.utils.set_random_seed(0)
    sentences = dictionary.Sentences(COUNTS, [], 1.0, 8, 0)
    encoder = Encoder.of(map("".join, sentences.draw(300)), 2)
    network = model.tagger(encoder.sizes, CONFIG)
    network.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", jit_compile=False)
    drawn = batches.Batches(batches.Mixture(sentences, [], 256, 0.5), encoder, CONFIG, np.random.default_rng(0))
    for _ in range(8):
        for index in range(len(drawn)):
            ids, tags, weights = drawn[index]
            network.train_on_batch(ids, tags, sample_weight=weights)
        drawn.on_epoch_end()
    return inference.Network(network, encoder, 20)


@pytest.mark.backend
def test_it_learns_the_best_way_of_its_dictionary(learnt):
    texts = ["研究生命的起源", "研究的生命", "起源的研究生的"]
    expected = [inference.Words(COUNTS).cut(text) for text in texts]
    assert inference.Tags()(inference.Found(texts, [learnt.predict(texts)])) == expected


@pytest.mark.backend
def test_any_text_comes_back_whole_alone_in_company_and_from_disk(learnt, tmp_path):
    texts = ["", "研", "生命的起源" * 30, "Ａ1①😀\u2028。", "研究。生命！"]
    found = learnt.predict(texts)
    assert [len(row) for row in found] == list(map(len, texts)) and isinstance(found, Ragged)
    assert list(map("".join, inference.Tags()(inference.Found(texts, [found])))) == texts
    np.testing.assert_allclose(learnt.predict([texts[4]])[0], found[4], atol=2e-3)
    np.testing.assert_array_equal(learnt.predict(texts, np.array([4, 1]))[0], found[4])
    learnt.save(tmp_path)
    np.testing.assert_allclose(inference.load(tmp_path, "tagger", CONFIG).predict(texts).values, found.values, atol=2e-3)


def test_batches_hold_each_text_once_with_its_tags_and_no_weight_on_padding(learnt):
    segmented = [["研究", "生命"], ["的"], ["研究生", "的", "命", "。", "起源"]]
    drawn = batches.Batches(lambda: segmented, learnt.encoder, replace(CONFIG, batch_size=10), np.random.default_rng(0))
    ids, tags, weights = drawn[0]
    assert len(drawn) == 1 and sorted(weights.sum(axis=1).tolist()) == [1, 2, 4, 6]
    assert sorted("".join(map(str, row[: int(weight.sum())])) for row, weight in zip(tags, weights, strict=True)) == [
        *("0", "123000", "13", "1313")
    ]
    assert ((ids[..., 0] > 0) == (weights > 0)).all()


def test_pieces_join_to_the_text_and_are_short():
    for text in ("", "一。二", "三" * 45, "四！" * 20):
        cut = pieces(text, 20)
        assert "".join(cut) == text and all(len(one) <= 20 for one in cut)
    assert pieces("一。二", 20) == ["一。", "二"]
    assert shaped("２０05年ＡbＣ") == "0000年aaa"


def test_a_list_tells_of_the_words_around_unless_the_part_that_is_learnt_alone_holds_them(tmp_path):
    words = words_of([["研究", "生命", "的"], *[["研究生", "1998年"]] * (PARTS - 1)])
    assert words == {"研究": 0, "生命": 0, "研究生": SEVERAL, "0000年": SEVERAL}
    encoder = Encoder.of(["研究生命的"], 1, (words, {"生命": SEVERAL}))
    assert Encoder.of(["研"], 1, ({},)).encode("研")[0, 3] == 1  # an empty list
    nothing, begins, ends = 1, 1 + np.arange(3), 1 + 25 * np.arange(3)  # by the length of the word
    told = encoder.encode("研究生命的")[:, 3:].T.tolist()
    assert told[0] == [begins[2], 1 + 5 * 2 + 25 * 1, ends[2] + 1, ends[1], nothing]
    assert told[1] == [nothing, nothing, begins[1], ends[1], nothing]
    own_part = encoder.encode("研究生命的", 0)[:, 3:].T.tolist()
    assert own_part == [[begins[2], 1 + 5 * 2, ends[2], nothing, nothing], told[1]]
    encoder.save(tmp_path)
    np.testing.assert_array_equal(Encoder.load(tmp_path).encode("研究生命的"), encoder.encode("研究生命的"))


@pytest.mark.parametrize(
    ("given", "lists", "ways"), [(None, 1, {"mean", "best alone"}), ("d", 2, {"mean", "best alone", "lattice"})]
)
def test_a_dictionary_of_ones_own_is_a_second_list_and_a_lattice_beside_tags(given, lists, ways, monkeypatch):
    texts = [["研究", "生命"], ["的"]]
    dataset = SimpleNamespace(counts=COUNTS)
    plan = SimpleNamespace(
        config=SimpleNamespace(dictionary=given, least_pairs=1),
        dataset=dataset,
        truth=texts,
        parts={"train": list(map("".join, texts))},
        metric=metric.word_f1(set(COUNTS)),
    )
    draw, encoder = train.of_segmented(plan, SimpleNamespace(train=[0, 1]))
    assert draw() == texts and len(encoder.lists) == lists and encoder.lists[0].keys() == {"研究", "生命"}
    assert lists == 1 or encoder.lists[1].keys() == {word for word in COUNTS if len(word) > 1}
    monkeypatch.setattr(ensemble.experiment, "ensemble", lambda plan, blend: blend)
    assert ensemble.blend(plan).ways.keys() == ways


def test_the_users_words_are_taken_wherever_they_stand(learnt):
    texts = ["研究生命的起源"]
    found = inference.Found(texts, [learnt.predict(texts)], ("究生", "命的起"))
    assert inference.Tags()(found) == [["研", "究生", "命的起", "源"]]
    assert inference.InLattice(inference.Tags(), inference.Words(COUNTS), 0.3)(found) == [["研", "究生", "命的起", "源"]]


def test_a_lattice_takes_the_share_that_answers_best(learnt):
    """Tags that say nothing leave the answer to the words, so that they are best with the greatest share."""
    texts, scored = ["研究生命的起源", "起源的研究"] * 3, metric.word_f1(set(COUNTS))
    truth = [inference.Words(COUNTS).cut(text) for text in texts]
    nothing = Ragged.of([np.full((len(text), 4), 0.25, "float32") for text in texts], (4,))
    found, plan = (
        inference.Found(texts, [nothing]),
        SimpleNamespace(config=CONFIG, metric=scored, dataset=SimpleNamespace(counts=COUNTS)),
    )
    assert scored.of(truth, inference.Tags()(found)) < 1
    assert scored.of(truth, ensemble.fit_lattice(plan, found, truth)(found)) == 1


def test_blanks_stand_between_words():
    assert inference.by_line(["甲 乙丙", "", "丁"], [["甲"], ["乙", "丙"], ["丁"]]) == [["甲", "乙", "丙"], [], ["丁"]]


def test_words_come_back_from_disk_and_are_carried_without_their_lattice(tmp_path):
    words = inference.Words(COUNTS | {"\ud83d": 1})
    words.save(tmp_path)
    assert inference.Words.load(tmp_path) == words and words.__getstate__() == {"counts": words.counts}


def test_answers_are_read_as_they_were_written(tmp_path):
    from common.experiment.runs import Run

    answers = [["甲\u2028", "乙"], []]
    ensemble.write_answers(Run(tmp_path), "test", answers, None)
    assert ensemble.read_answers(Run(tmp_path), "test") == answers


def test_differences_are_stretches_between_common_ends():
    gold, found = [["研究", "生命", "的"], ["北京", "市"]], [["研究生", "命", "的"], ["北京市"]]
    assert pictures.differences(gold, found) == {("研究 生命", "研究生 命"): 1, ("北京 市", "北京市"): 1}


def test_words_with_blanks_stay_whole_where_the_user_or_the_dictionary_has_them():
    words = inference.Words({"Open Book认证": 9.0, "我们": 5.0, "的": 3.0})
    learnt = SimpleNamespace(first_of=lambda names: words, found=lambda texts: [words.predict(texts)], way=inference.Tags())
    texts = ["我们的Open Book认证 的", "A B的"]
    assert inference.predict(learnt, texts) == [["我们", "的", "Open Book认证", "的"], ["A", "B", "的"]]
    assert inference.predict(learnt, texts, ("A B",))[1] == ["A B", "的"]
