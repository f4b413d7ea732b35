import dataclasses

import numpy as np
import pytest

from common.text.encode import PLACES
from competitions.webqa import features
from competitions.webqa.config import Config
from competitions.webqa.features import Encoded, Encoder
from competitions.webqa.questions import Passage, Question

QUESTION = Question("1", "诗佛是谁？", (Passage("“诗佛”王维，字摩诘。王维😀", ("王维",)), Passage("李白是诗仙", ())), "webqa")
ODD = (
    Question("2", "", (), "webqa"),
    Question("3", "空？", (), "webqa"),
    Question("4", "长？", (Passage("长" * 5000, ("长长",)),), "webqa"),
    Question("5", "ＡＢＣ？", (Passage("ａｂｃ１２３ mixed 混", ("ABC１２３",)),), "webqa"),
)


@pytest.fixture(scope="module")
def encoder():
    from common.text.word_vectors import WordVectors

    vectors = WordVectors(("王维", "诗佛"), np.eye(2, dtype="float32"))
    return Encoder.fit([QUESTION], vectors, min_count=1)


def test_every_character_has_ids_match_and_place(encoder):
    encoded = encoder.encode([QUESTION, *ODD])
    assert encoded.questions.lengths.tolist() == [len(question.text) for question in (QUESTION, *ODD)]
    texts = [passage.text for question in (QUESTION, *ODD) for passage in question.passages]
    assert encoded.passages.lengths.tolist() == [len(text) for text in texts] == encoded.match.lengths.tolist()
    assert encoded.match.values.shape[1] == len(features.MATCH) and encoded.relevance.shape == (4, len(features.RELEVANCE))
    assert encoded.first.tolist() == [0, 2, 2, 2, 3, 4]
    assert np.isfinite(encoded.match.values).all() and np.isfinite(encoded.relevance).all()
    word = encoded.passages[0][QUESTION.passages[0].text.index("王维")]
    assert word[1] == 1 and word[3] == PLACES["first"]


def test_spans_are_first_and_last_characters_of_every_occurrence(encoder):
    encoded = encoder.encode([QUESTION, *ODD])
    assert encoded.spans[0].tolist() == [[4, 5], [11, 12]] and len(encoded.spans[1]) == 0
    assert len(encoded.spans[2]) == 4999
    assert encoded.spans[3].tolist() == [[0, 5]]  # whatever case and width


def test_the_right_passage_leads(encoder):
    encoded = encoder.encode([QUESTION])
    share, lead = (encoded.relevance[:, features.RELEVANCE.index(name)] for name in ("bigram_share", "bigram_share_lead"))
    assert share[0] > share[1]
    assert lead[0] > 0 and lead[1] == pytest.approx(-lead[0])


def test_rarities_spread_over_the_characters_of_their_tokens():
    weights = [np.array([1.0, 0, 0]), np.array([0.5, 0.2]), np.array([0.3]), np.array([0.7, 0])]
    spread = Encoder.spread_rarities(weights, ["甲", "乙丙"])
    assert spread.tolist() == [[1, 0.5, 0.3, 0.7], [0, 0.5, 0.3, 0], [0, 0.2, 0.3, 0]]


def test_what_is_saved_encodes_alike(encoder, tmp_path):
    encoder.save(tmp_path / "encoder")
    encoded, again = encoder.encode([QUESTION]), Encoder.load(tmp_path / "encoder").encode([QUESTION])
    encoder.write([QUESTION], tmp_path / "part")
    for other in (again, Encoded.load(tmp_path / "part")):
        for name in ("questions", "passages", "match", "spans"):
            np.testing.assert_array_equal(getattr(other, name).values, getattr(encoded, name).values)
        np.testing.assert_array_equal(other.relevance, encoded.relevance)


@pytest.mark.parametrize("chunk", [1, 3])
def test_what_is_written_chunk_by_chunk_is_what_is_encoded_at_once(encoder, tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(features, "CHUNK", chunk)
    questions = [*ODD[:2], QUESTION, *ODD[2:]]
    encoder.write(questions, tmp_path / "part")
    found, expected = Encoded.load(tmp_path / "part"), encoder.encode(questions)
    for name in features.RAGGED:
        for array in ("values", "bounds"):
            np.testing.assert_array_equal(getattr(getattr(found, name), array), getattr(getattr(expected, name), array))
        assert getattr(found, name).values.dtype == getattr(expected, name).values.dtype
    np.testing.assert_array_equal(found.relevance, expected.relevance)
    np.testing.assert_array_equal(found.first, expected.first)


def test_some_questions_alone(encoder):
    encoded = encoder.encode([*ODD, QUESTION])
    taken = encoded.take([4, 2])
    assert taken.first.tolist() == [0, 2, 3] and taken.owner_of(np.array([0, 1, 2])).tolist() == [0, 0, 1]
    np.testing.assert_array_equal(taken.passages[0], encoded.passages[2])
    assert encoded.passages_of([4, 0]).tolist() == [2, 3]


def test_scored_questions_teach_the_encoder_nothing(tmp_path):
    from competitions.webqa import data, sample

    sample.write(tmp_path / "sample", 30, seed=1)
    dataset = data.load(tmp_path / "sample", report=False)
    strange = dataclasses.replace(dataset.valid[0], text="龘靐齉？", passages=(Passage("龘靐齉爩", ()),))
    config = Config(data=tmp_path / "sample", cloze_questions=20, word_dim=4, word_epochs=1)
    prepared = features.prepare(config, dataclasses.replace(dataset, valid=(strange, *dataset.valid[1:])))
    assert not set("龘靐齉爩") & set(prepared.encoder.vocabulary.characters_)
    assert not any("龘" in word for word in prepared.encoder.vectors.words)
    assert set(prepared.parts) == {"train", "cloze", "valid", "test"}
    assert features.prepare(config, dataset).folder == prepared.folder, "the second time everything is read"
