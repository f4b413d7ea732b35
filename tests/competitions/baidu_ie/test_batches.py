"""What a batch holds: labels of all occurrences, windows with whole triples, unknown predicates, lengths; the ids before."""

import dataclasses

import numpy as np
import pytest

from common.ragged import Ragged
from common.text.encode import PLACES
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import batches, features
from competitions.baidu_ie.batches import Batches, Source
from competitions.baidu_ie.config import MODELS, Config
from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.features import CHANNELS, POSTAGS, Encoded, Encoder, given_words

CONFIG = Config(batch_size=4, window=30, character_dropout=0.0, postag_dropout=0.0)
PREDICATES = ("作者", "妻子", "父亲")
FAR, NEAR = "远" * 40, "近" * 50
TEXTS = [f"{FAR[row:]}甲的妻子是乙，作者丙{NEAR}" for row in range(8)] + ["甲妻乙" * (row + 1) for row in range(5)]


def sentence(text, *triples, source="ske", words=()):
    return Sentence(text, words, tuple(Triple(*one.split("-")) for one in triples), source)


@pytest.fixture(scope="module")
def encoder():
    vocabulary = CharVocabulary(1).fit(["甲乙丙远近的妻子是,作者abc "])
    return Encoder(vocabulary, WordVectors(("作者",), np.ones((1, 2), "float32")), PREDICATES)


@pytest.fixture(scope="module")
def sentences():
    return [sentence(text, "甲-妻子-乙", words=(("甲", "nr"),)) for text in TEXTS]


@pytest.fixture(scope="module")
def encoded(encoder, sentences):
    return encoder.encode(sentences)


def source_of(encoded, labelled=(True, True, True), count=None, known=None):
    known = known or Ragged.of([np.array([[0, 0, 2, 2, 2]])] * len(encoded), (5,))
    return Source(encoded, known, np.arange(len(encoded)), count or len(encoded), np.array(labelled))


def drawn(encoded, name, config=CONFIG, seed=1, **more):
    return Batches([source_of(encoded, **more)], name, config, seed)


def test_every_occurrence_is_labelled_at_its_place_in_the_original(encoder):
    text = "ABc和乙，ａｂC与乙"
    encoded = encoder.encode([sentence(text, "abc-妻子-乙", "abc-作者-丁")])
    assert encoded.triples[0].tolist() == [[0, 2, 1, 4, 4], [0, 2, 1, 10, 10], [6, 8, 1, 4, 4], [6, 8, 1, 10, 10]]
    characters = encoded.ids[0][:, CHANNELS.index("character")]
    assert characters[:3].tolist() == characters[6:9].tolist() and encoded.ids[0].shape == (len(text), 6)


def test_sources_have_numbers_and_arrays_are_read_as_written(encoder, encoded, tmp_path):
    mixed = encoder.encode([sentence("甲", source="duie2"), sentence("乙")])
    assert mixed.source.tolist() == [1, 0]
    encoded.save(tmp_path / "part.npz")
    loaded = Encoded.load(tmp_path / "part.npz").take([3, 0])
    assert loaded.ids[0].tolist() == encoded.ids[3].tolist() and loaded.triples[1].tolist() == encoded.triples[0].tolist()
    encoder.save(tmp_path / "encoder")
    again = Encoder.load(tmp_path / "encoder").encode([sentence(TEXTS[0], "甲-妻子-乙", words=(("甲", "nr"),))])
    assert again.ids.values.tolist() == encoded.ids[0].tolist() and again.triples.values.tolist() == encoded.triples[0].tolist()


@pytest.mark.parametrize(
    ("text", "words", "tags", "places"),
    [
        ("甲乙丙", [("甲", "nr"), ("乙丙", "v")], ["nr", "v", "v"], ["only", "first", "last"]),
        (
            "甲 乙\u3000丙",
            [("甲", "nr"), ("乙", "v"), ("丙", "n")],
            ["nr", None, "v", None, "n"],
            ["only", 0, "only", 0, "only"],
        ),
        ("ab c", [("ＡＢ", "n"), (" ", "w"), ("C ", "n")], ["n", "n", None, "n"], ["first", "last", 0, "only"]),
        ("甲乙丙", [("甲", "nr"), ("丁", "v"), ("乙丙", "v")], ["nr", "v", "v"], ["only", "first", "last"]),  # 丁 does not fit
        ("甲乙丙", [("乙", "v")], [None, "v", None], [0, "only", 0]),  # 甲 is passed over
        ("甲乙丙丁戊己庚辛壬癸", [("癸", "v")], [None] * 10, [0] * 10),  # too much would be passed over
        ("甲乙甲", [("甲", "nr"), ("乙", "??"), ("甲", "v")], ["nr", None, "v"], ["only"] * 3),  # a tag of nobody
        ("甲", [("甲甲", "n"), ("", "n")], [None], [0]),
        ("甲", [], [None], [0]),
    ],
)
def test_the_words_that_came_with_a_text(text, words, tags, places):
    found = given_words(features.normalise(text), words)
    assert found[:, 0].tolist() == [POSTAGS.index(tag) + 1 if tag else 0 for tag in tags]
    assert found[:, 1].tolist() == [PLACES.get(place, 0) for place in places]


def test_labels_of_the_pointers(encoded):
    taken = drawn(encoded, "pointers")
    seen = set()
    for number in range(len(taken)):
        inputs, labels, weights = taken[number]
        rows, steps = inputs["ids"].shape[:2]
        assert labels["subjects"].shape == (rows, steps, 2) and labels["objects"].shape == (rows, steps, 3, 2)
        assert inputs["known_subjects"].shape == (rows, steps, 2) and inputs["known_objects"].shape == (rows, steps, 6)
        for row in range(rows):
            text = inputs["ids"][row, :, 0]
            for column in (0, 1):
                assert set(text[labels["subjects"][row, :, column] > 0]) == {id_of("甲", encoded)}
            assert weights["subjects"][row].sum() == weights["objects"][row].sum() == (text > 0).sum()
            first, last = inputs["span"][row]
            is_subject = first == last and text[first] == id_of("甲", encoded)
            seen.add(bool(is_subject))
            marked = np.argwhere(labels["objects"][row] > 0).tolist()
            assert bool(marked) == bool(is_subject)
            assert all(text[step] == id_of("乙", encoded) and predicate == 1 for step, predicate, _ in marked)
    assert seen == {True, False}, "a span that is no subject is asked about, too"


def id_of(character, encoded):
    """The id of a character of the texts."""
    return encoded.ids[8]["甲妻乙".index(character), 0]


def test_labels_of_the_linker(encoded):
    taken = drawn(encoded, "linker")
    for number in range(len(taken)):
        inputs, labels, weights = taken[number]
        rows, steps = inputs["ids"].shape[:2]
        assert "span" not in inputs and labels["links"].shape == (rows, steps, steps, 3)
        characters = inputs["ids"][..., 0]
        subjects, objects = characters == id_of("甲", encoded), characters == id_of("乙", encoded)
        np.testing.assert_array_equal(labels["links"][..., 1] > 0, subjects[:, :, None] & objects[:, None, :])
        assert not labels["links"][..., [0, 2]].any()
        expected = np.stack([subjects, subjects, objects, objects], axis=-1)
        np.testing.assert_array_equal(labels["entities"] > 0, expected)
        assert weights["links"].shape == (rows,) and (weights["entities"].sum(axis=1) == (characters > 0).sum(axis=1)).all()


def test_long_names_are_labelled_from_their_first_to_their_last_character(encoder):
    encoded = encoder.encode([sentence("远近甲乙丙，作者是乙丙", "近甲乙-作者-乙丙")])
    known = Ragged.of([np.array([[0, 1, 2, 3, 4]])], (5,))
    inputs, labels, _ = drawn(encoded, "linker", known=known)[0]
    assert np.argwhere(labels["entities"][0]).tolist() == [[1, 0], [3, 1], [3, 2], [4, 3], [9, 2], [10, 3]]
    assert np.argwhere(labels["links"][0]).tolist() == [[1, 3, 0], [1, 9, 0]]
    assert np.argwhere(inputs["known_subjects"][0]).tolist() == [[0, 0], [1, 1]]
    assert np.argwhere(inputs["known_objects"][0]).tolist() == [[3, 4], [4, 5]], "first and last of predicate 2"


def test_the_pointers_are_told_what_is_known_of_the_span_alone(encoder):
    encoded = encoder.encode([sentence("甲乙丙", "甲-妻子-乙")])
    known = Ragged.of([np.array([[0, 0, 2, 2, 2], [1, 1, 0, 2, 2]])], (5,))
    told = set()
    for seed in range(9):
        inputs, _, _ = drawn(encoded, "pointers", known=known, seed=seed)[0]
        assert np.argwhere(inputs["known_subjects"][0]).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        marks = np.argwhere(inputs["known_objects"][0]).tolist()
        expected = {(0, 0): [[2, 4], [2, 5]], (1, 1): [[2, 0], [2, 1]]}.get(tuple(inputs["span"][0].tolist()), [])
        assert marks == expected
        told.add(bool(marks))
    assert True in told


@pytest.mark.parametrize("name", MODELS)
def test_what_a_source_never_labels_is_neither_true_nor_false(encoded, name):
    output = {"pointers": "objects", "linker": "links"}[name]
    one = source_of(encoded.take([8, 9]), labelled=(True, True, False))
    other = source_of(encoder_as_duie(encoded.take([10, 11])), labelled=(False, True, True))
    inputs, labels, _ = Batches([one, other], name, CONFIG, 1)[0]
    of_predicate = np.moveaxis(labels[output], 2 if name == "pointers" else 3, 1).reshape(4, 3, -1)
    unknown = (of_predicate == -1).all(axis=2)
    assert (unknown == (of_predicate == -1).any(axis=2)).all(), "a predicate is unknown at every place or at none"
    assert sorted(inputs["source"].tolist()) == [0, 0, 1, 1]
    for source, row in zip(inputs["source"], unknown, strict=True):
        assert row.tolist() == ([True, False, False] if source else [False, False, True])


def encoder_as_duie(encoded):
    return dataclasses.replace(encoded, source=np.ones(len(encoded), "int32"))


def test_a_window_holds_whole_triples_and_moves(encoded):
    lengths, seen = encoded.ids.lengths, set()
    for seed in range(5):
        taken = drawn(encoded, "linker", seed=seed)
        for number in range(len(taken)):
            inputs, labels, _ = taken[number]
            real = (inputs["ids"][..., 0] > 0).sum(axis=1)
            owners = taken.drawn[taken.batches[number], 1]
            assert real.tolist() == np.minimum(lengths[owners], CONFIG.window).tolist()
            assert labels["links"].reshape(len(real), -1).any(axis=1).all(), "no window without the triple"
            seen |= {int(np.argmax(one)) for one, owner in zip(labels["entities"][..., 0], owners, strict=True) if owner < 8}
    assert len(seen) > 5


def test_triples_that_the_window_cuts_are_left_out():
    spans = np.array([[0, 1, 7, 4, 5], [3, 4, 8, 1, 2], [2, 3, 9, 6, 7]], "int32")
    assert batches.inside(spans, 1, 5).tolist() == [[2, 3, 8, 0, 1]]
    assert batches.inside(spans, 0, 8).tolist() == spans.tolist()
    assert batches.inside(spans[:0], 0, 8).shape == (0, 5)


@pytest.mark.parametrize("triple", [[0, 1, 0, 8, 9], [90, 91, 0, 98, 99], [45, 54, 0, 50, 50], [54, 54, 0, 45, 45]])
def test_a_triple_as_wide_as_the_window_is_whole_at_either_end(triple):
    generator = np.random.default_rng(0)
    begins = {batches.window_of(100, 10, np.array([triple], "int32"), generator) for _ in range(20)}
    assert begins == {min(triple[0], triple[3])}


def test_a_triple_wider_than_the_window_or_none_gives_any_window():
    generator = np.random.default_rng(0)
    wide = np.array([[0, 0, 0, 10, 10]], "int32")
    for triples in (wide, wide[:0]):
        begins = [batches.window_of(30, 10, triples, generator) for _ in range(300)]
        assert min(begins) == 0 and max(begins) == 20


@pytest.mark.parametrize("name", MODELS)
def test_the_first_two_batches_differ_in_every_length(encoder, name):
    same = encoder.encode([sentence("甲妻乙", "甲-妻子-乙")] * 12)
    taken = drawn(same, name)
    (one, one_labels, one_weights), (other, other_labels, other_weights) = taken[0], taken[1]
    pairs = [(one[key], other[key]) for key in ("ids", "known_subjects", "known_objects")]
    pairs += [(one_labels[key], other_labels[key]) for key in one_labels]
    pairs += [(one_weights[key], other_weights[key]) for key in one_weights if one_weights[key].ndim > 1]
    assert len(pairs) >= 6
    for left, right in pairs:
        assert left.shape[1] != right.shape[1]
    if name == "linker":
        assert one_labels["links"].shape[2] != other_labels["links"].shape[2]


def test_all_are_seen_before_any_comes_again(encoded):
    taken = drawn(encoded, "linker", count=5)
    rows = []
    for _ in range(13):
        rows += [row for part in taken.batches for row in taken.drawn[part, 1]]
        taken.on_epoch_end()
    assert np.bincount(rows).tolist() == [5] * len(encoded)


def test_dropout_hits_real_characters_and_given_words_alone(encoded):
    config = dataclasses.replace(CONFIG, batch_size=13, character_dropout=0.5, postag_dropout=0.5)
    before, _, _ = drawn(encoded, "linker", dataclasses.replace(config, character_dropout=0.0, postag_dropout=0.0))[0]
    ids = drawn(encoded, "linker", config)[0][0]["ids"]
    given = before["ids"][..., 4:].any(axis=(1, 2))
    real = ids[..., 0] > 0
    assert 0.3 < (ids[..., 0] == batches.UNKNOWN)[real].mean() < 0.7
    assert (ids[~real] == 0).all() and 0 < ids[..., 4:].any(axis=(1, 2)).sum() < given.sum()
    assert not (before["ids"][..., 0] == batches.UNKNOWN).any()


def test_the_span_asked_about_is_a_subject_mostly():
    triples, generator = np.array([[2, 3, 0, 8, 9], [5, 6, 0, 0, 1]], "int32"), np.random.default_rng(0)
    asked = np.array([batches.choose_span(triples, 10, generator) for _ in range(400)])
    assert (asked[:, 0] <= asked[:, 1]).all() and asked.min() == 0 and asked.max() == 9
    subjects = [(asked == spans).all(axis=1).mean() for spans in ([2, 3], [5, 6])]
    assert min(subjects) > 0.35 and 0.85 < sum(subjects) < 0.97
    assert {(2, 9), (0, 6), (0, 1)} <= {tuple(one) for one in asked.tolist()}


@pytest.mark.parametrize("length", [1, 4, 300])
def test_where_nothing_is_said_any_short_span_is_asked_about(length):
    generator, nothing = np.random.default_rng(0), np.empty((0, 5), "int32")
    asked = np.array([batches.choose_span(nothing, length, generator) for _ in range(200)])
    assert (asked[:, 0] <= asked[:, 1]).all() and (asked >= 0).all() and asked.max() < length
    assert (asked[:, 1] - asked[:, 0]).max() == min(length - 1, 8)


def test_inputs_of_prediction_are_whole_and_taken_for_sentences_of_the_contest(encoded):
    known = Ragged.of([np.array([[0, 0, 2, 2, 2], [1, 1, 0, 0, 0]])] * len(encoded), (5,))
    inputs = batches.sentence_inputs(encoder_as_duie(encoded), known, [0, 9], 128, 3)
    assert inputs["ids"].shape == (2, 128, 6) and inputs["source"].tolist() == [0, 0]
    assert (inputs["ids"][..., 0] > 0).sum(axis=1).tolist() == [len(TEXTS[0]), len(TEXTS[9])]
    assert np.argwhere(inputs["known_subjects"][1]).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert np.argwhere(inputs["known_objects"][1]).tolist() == [[0, 0], [0, 1], [2, 4], [2, 5]]
