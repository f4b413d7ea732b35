"""What a fold may learn from, what it is told, how sources are mixed, and the files of a run."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from common import experiment
from common.errors import DataError
from common.experiment import Fold
from common.experiment.runs import open_run
from common.ragged import Ragged
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import data, features, inference, train
from competitions.baidu_ie.config import Config
from competitions.baidu_ie.data import Dataset, Schema, Sentence, Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import Encoder
from competitions.baidu_ie.prior import TriplePrior
from competitions.baidu_ie.sources import limited as limited_to
from competitions.baidu_ie.sources import of_fold, share_of
from tests.competitions.baidu_ie.test_data import put, record

PREDICATES = ("作者", "妻子")
CONFIG = Config()


def sentence(text, *triples, source="ske"):
    return Sentence(text, (), tuple(Triple(*one.split("-")) for one in triples), source)


TRAIN = [sentence(f"书{n}是人{n}写的{'A' * (n + 1)}", f"书{n}-作者-人{n}") for n in range(8)]
SAME = [
    sentence(f"书{n} 是人{n}写的{'ａ' * (n + 1)}", f"书{n}-作者-人{n}", source="duie2") for n in (0, 1, 5)
]  # as texts of TRAIN
EXTRA = [*SAME, sentence("书6和人6", "书6-作者-人6", source="duie2"), sentence("别的", source="duie2")]


@pytest.fixture(scope="module")
def dataset():
    schemas = tuple(Schema("人物", predicate, "人物") for predicate in PREDICATES)
    labelled = {"ske": set(PREDICATES), "duie2": {"作者"}}
    return Dataset(schemas, tuple(TRAIN), (), (), tuple(EXTRA), labelled, "0")


@pytest.fixture(scope="module")
def prepared(dataset):
    vocabulary = CharVocabulary(1).fit([one.text for one in TRAIN])
    encoder = Encoder(vocabulary, WordVectors(("作者",), np.ones((1, 2), "float32")), PREDICATES)
    parts = {name: encoder.encode(getattr(dataset, name)) for name in ("train", "extra")}
    return SimpleNamespace(encoder=encoder, parts=parts)


def sources_of(dataset, prepared, train_rows=(2, 3, 4, 5, 6, 7), valid_rows=(0, 1), **changes):
    config = dataclasses.replace(CONFIG, **changes)
    fold = Fold(0, np.array(train_rows), np.array(valid_rows), None, None)
    return of_fold(config, dataset, prepared, fold)


def test_texts_of_the_validation_part_are_in_no_source_and_their_triples_unknown(dataset, prepared):
    prior, (own, extra) = sources_of(dataset, prepared)
    assert [own.encoded.ids[row].tolist() for row in own.rows] == [prepared.parts["train"].ids[n].tolist() for n in range(2, 8)]
    assert [extra.encoded.ids[row].tolist() for row in extra.rows] == [
        prepared.parts["extra"].ids[n].tolist() for n in (2, 3, 4)
    ]
    assert own.encoded.source[own.rows].tolist() == [0] * 6 and extra.encoded.source[extra.rows].tolist() == [1] * 3
    assert (own.count, extra.count) == (6, 3)
    assert {subject for subject, _, _ in prior.counts} == {f"书{n}" for n in range(2, 8)}
    assert prior.find(TRAIN[0].text).shape == (0, 5)


def test_equal_texts_of_the_training_part_share_a_fold():
    first, *_, fifth = data.groups([TRAIN[0], *TRAIN[2:5], SAME[0]])
    assert first == fifth != data.groups([TRAIN[1]])[0]


def test_each_source_says_what_it_labels(dataset, prepared):
    _, (own, extra) = sources_of(dataset, prepared)
    assert own.labelled.tolist() == [True, True] and extra.labelled.tolist() == [True, False]


def test_a_sentence_is_told_what_others_state_and_not_its_own(dataset, prepared):
    _, (own, extra) = sources_of(dataset, prepared)
    told = {int(row) for row in own.rows if len(own.known[row])}
    assert 6 in told and 2 not in told, "row 6 is 书6, which an extra sentence states, too"
    assert extra.known.lengths[extra.rows].tolist()[1:] == [1, 0]
    prior, without = sources_of(dataset, prepared, prior=False)
    assert not any(source.known.lengths.any() for source in without)
    assert len(prior.counts) == 6, "it is written all the same"


def test_a_sentence_is_not_told_its_own_triples_by_its_double(dataset, prepared):
    _, (own, extra) = sources_of(dataset, prepared)
    assert not len(own.known[5]) and not len(extra.known[extra.rows[0]]), "书5 stands in both parts with one and the same text"


def test_exchanged_names_are_a_source_of_the_contest(dataset, prepared):
    _, (own, exchanged, extra) = sources_of(dataset, prepared, augmentation=0.5)
    assert exchanged.count == len(exchanged.encoded) == 3 and exchanged.encoded.source.tolist() == [0, 0, 0]
    assert exchanged.labelled.all() and len(own.rows) == 6 and extra.encoded.source[0] == 1
    known = {tuple(ids) for ids in map(np.ravel, map(own.encoded.ids.__getitem__, own.rows))}
    assert not known & {tuple(exchanged.encoded.ids[row].ravel()) for row in range(3)}
    assert exchanged.encoded.triples.lengths.tolist() == [1, 1, 1]


def test_joined_sentences_are_a_source_of_the_contest(dataset, prepared):
    _, (own, several, extra) = sources_of(dataset, prepared, joined=0.5)
    assert several.count == 3 and several.encoded.source.tolist() == [0, 0, 0] and several.labelled.all()
    assert set(several.encoded.triples.lengths.tolist()) <= {2, 3} and (own.count, extra.count) == (6, 3)


def test_a_share_of_the_sentences(dataset, prepared):
    prior, (own, extra) = sources_of(dataset, prepared, sentences=0.5)
    assert own.count == len(own.rows) == 3 and extra.count == len(extra.rows) == 2
    assert len(prior.counts) <= 5, "the rest is unknown to the prior, too"
    generator = np.random.default_rng(0)
    rows = share_of([3, 5, 9, 11], 0.5, generator)
    assert len(rows) == 2 and rows[0] < rows[1] and set(rows) <= {3, 5, 9, 11}
    assert share_of([3, 5], 0.01, generator).size == 1 and share_of([5, 3], 1.0, generator).tolist() == [5, 3]


def test_without_extra_sentences_there_is_one_source(prepared, dataset):
    alone = dataclasses.replace(dataset, extra=())
    _, sources = sources_of(alone, prepared)
    assert len(sources) == 1 and sources[0].encoded.source[sources[0].rows].tolist() == [0] * 6


def counts(sources):
    return [source.count for source in sources]


@pytest.mark.parametrize(("share", "expected"), [(6.0, [6, 3]), (0.5, [6, 3]), (1 / 3, [6, 2]), (0.0, [6])])
def test_extra_sentences_of_an_epoch_are_a_share_of_the_contests(dataset, prepared, share, expected):
    _, sources = sources_of(dataset, prepared)
    limited = limited_to(sources, share)
    assert counts(limited) == expected and counts(sources) == [6, 3]
    assert all(len(source.rows) >= source.count for source in limited)


def test_exchanged_names_are_not_limited(dataset, prepared):
    _, sources = sources_of(dataset, prepared, augmentation=0.5)
    assert counts(limited_to(sources, 0.0)) == [6, 3]


@pytest.mark.parametrize(("rows", "augmentation"), [((2, 3, 4), 0.1), ((2,), 1.0)])
def test_where_no_names_can_be_exchanged_the_others_are_left(dataset, prepared, rows, augmentation):
    _, sources = sources_of(dataset, prepared, train_rows=rows, augmentation=augmentation)
    assert counts(limited_to(sources, 1.0))[0] == len(rows)


def candidates(*rows):
    """Candidates of (sentence, span, score)."""
    score = np.array([row[2] for row in rows], "float32")
    spans = np.array([row[1] for row in rows], "int32").reshape(-1, 5)
    return Candidates(np.array([row[0] for row in rows], "int32"), spans, score, np.stack([score] * 3, axis=1))


def test_label_rules_mend_what_is_learnt_and_not_what_is_scored_on(own_home, dataset):
    titled = sentence("《春天：第二版》是乙写的", "春天-作者-乙")
    given = dataclasses.replace(dataset, train=(titled,), extra=(), dev=(titled,))
    config = Config(data="x", word_dim=2, word_epochs=1, word_min_count=1, min_count=1, label_rules=("complete titles",))
    mended = features.prepare(config, given)
    assert mended.parts["train"].triples[0].tolist() == [[1, 6, 0, 9, 9]]
    assert mended.parts["dev"].triples[0].tolist() == [[1, 2, 0, 9, 9]] and set(mended.parts) == {"train", "dev"}
    plain = features.prepare(dataclasses.replace(config, label_rules=()), given)
    assert plain.folder != mended.folder and plain.parts["train"].triples[0].tolist() == [[1, 2, 0, 9, 9]]


def test_what_is_known_of_new_sentences():
    prior = TriplePrior(PREDICATES).fit([TRAIN[0]])
    assert inference.known_of(prior, CONFIG, TRAIN[:2]).lengths.tolist() == [1, 0]
    without = inference.known_of(prior, dataclasses.replace(CONFIG, prior=False), TRAIN[:2])
    assert isinstance(without, Ragged) and without.lengths.tolist() == [0, 0] and without[0].shape == (0, 5)


KIND = inference.kinds(CONFIG)["linker"]
SPAN = (0, 0, 0, 1, 1)


def test_candidates_are_read_as_they_were_written(own_home):
    run = open_run("baidu_ie", "linker", Config(data="x"), "0")
    for written in (candidates((3, (0, 1, 2, 3, 4), 0.5), (1, (4, 3, 2, 1, 0), 0.25)), Candidates.join([])):
        run.save_arrays("found", **KIND.pack(written), fold=np.arange(3))
        read = KIND.unpack(run.load_arrays("found"))
        for name, value in vars(written).items():
            np.testing.assert_array_equal(getattr(read, name), value)
            assert getattr(read, name).dtype == value.dtype


def test_what_the_folds_found_is_put_together():
    several = [candidates((0, SPAN, 0.5), (1, SPAN, 0.25)), candidates((1, SPAN, 0.75))]
    joined = KIND.join(several, [np.array([1, 4]), np.array([0, 3])], None)
    assert joined.sentence.tolist() == [1, 4, 3] and joined.score.tolist() == [0.5, 0.25, 0.75], "numbered as the data set"
    records = SimpleNamespace(sentences=[sentence("甲乙")])
    assert KIND.mean([candidates((0, SPAN, 0.5 + fold / 4)) for fold in range(2)], records).score.tolist() == [0.625]


def test_where_no_sentence_has_a_triple_there_is_nothing_to_learn_from(tmp_path, own_home):
    put(tmp_path, train=[record("甲"), record("乙")])
    with pytest.raises(DataError, match="no training sentence has a triple, there is nothing to learn from"):
        experiment.train(train.plan(Config(data=tmp_path, model=("linker",))))
