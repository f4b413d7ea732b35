"""Probabilities to triples: hand-made arrays, slow reference versions, and the mean of folds."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from common.ragged import Ragged
from competitions.baidu_ie import decode
from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import CHANNELS, Encoded
from competitions.baidu_ie.prior import TriplePrior

PREDICATES = 3
JUNK = 0.99  # what the networks make of padding


def encoded(lengths):
    """Sentences whose characters are their number, so that a network can tell them apart; ids from 1 on."""
    ids = [np.full((length, len(CHANNELS)), number) for number, length in enumerate(lengths, start=1)]
    nothing = Ragged.of([np.empty((0, 5))] * len(lengths), (5,))
    return Encoded(Ragged.of(ids, (len(CHANNELS),)), nothing, np.zeros(len(lengths), "int32"))


def batch_of(ids, arrays):
    """The array `(length, columns)` of each sentence, with junk behind its end."""
    several = [arrays[number] for number in ids[:, 0, 0] - 1]
    batch = np.full((len(ids), ids.shape[1], several[0].shape[1]), JUNK, "float32")
    for row, array in enumerate(several):
        batch[row, : len(array)] = array
    return batch


def pointers(subjects, objects, asked=None):
    """A network with given probabilities: of each sentence `(length, 2)`, and by (sentence, first, last) `(length, 3, 2)`."""

    def predict_subjects(inputs):
        assert set(inputs) == {"ids", "source", "known_subjects"}
        return {
            "subjects": batch_of(inputs["ids"], subjects),
            "states": inputs["ids"].astype("float32"),
            "gates": inputs["ids"][..., :2].astype("float32"),
        }

    def predict_objects(inputs):
        np.testing.assert_array_equal(inputs["states"], inputs["ids"])
        np.testing.assert_array_equal(inputs["gates"], inputs["ids"][..., :2])
        result = np.full((*inputs["ids"].shape[:2], PREDICATES, 2), JUNK, "float32")
        for row, (number, span) in enumerate(zip(inputs["ids"][:, 0, 0] - 1, inputs["span"].tolist(), strict=True)):
            given = objects.get((number, *span), np.zeros((len(subjects[number]), PREDICATES, 2)))
            result[row, : len(given)] = given
            if asked is not None:
                asked[number, *span] = np.argwhere(inputs["known_objects"][row]).tolist()
        return result

    parts = {"subject_model": predict_subjects, "object_model": predict_objects}
    return SimpleNamespace(name="pointers", get_layer=lambda name: SimpleNamespace(predict_on_batch=parts[name]))


def linker(entities, links):
    """A network with given `(length, 4)` and `(length, length, 3)` of each sentence."""

    def predict(inputs):
        ids = inputs["ids"]
        scores = np.full((len(ids), ids.shape[1], ids.shape[1], PREDICATES), -1e9, "float32")  # as PairScores in padding
        for row, number in enumerate(ids[:, 0, 0] - 1):
            scores[row, : len(links[number]), : len(links[number])] = links[number]
        return {"entities": batch_of(ids, entities), "links": scores}

    return SimpleNamespace(name="linker", predict_on_batch=predict)


def marks(length, columns, *places):
    """Probabilities of 0 but for (step, column, value)."""
    array = np.zeros((length, *columns))
    for *place, value in places:
        array[tuple(place)] = value
    return array


def nothing_known(number):
    return Ragged.of([np.empty((0, 5))] * number, (5,))


def found_by(network, lengths, known=None, threshold=0.0):
    return decode.find(network, encoded(lengths), known or nothing_known(len(lengths)), PREDICATES, threshold)


def rows_of(candidates):
    return [(number, *span) for number, span in zip(candidates.sentence.tolist(), candidates.spans.tolist(), strict=True)]


def test_a_start_goes_to_its_nearest_end_and_to_the_nearest_sure_one():
    starts = np.array([[0.9, 0.0, 0.5, 0.0, 0.9], [0.1, 0.2, 0.0, 0.0, 0.0]])
    ends = np.array([[0.0, 0.9, 0.3, 0.9, 0.1], [0.9, 0.1, 0.0, 0.11, 0.9]])
    row, first, last = decode.spans_of(starts, ends)
    assert list(zip(row.tolist(), first.tolist(), last.tolist(), strict=True)) == [
        (0, 0, 1),
        (0, 2, 2),
        (0, 2, 3),
        (1, 1, 3),
        (1, 1, 4),
    ]
    assert decode.next_above(ends, 0.5).tolist() == [[1, 1, 3, 3, -1], [0, 4, 4, 4, 4]]


def test_the_pointers_name_a_subject_and_then_its_objects():
    subjects = [marks(6, (2,), (1, 0, 0.9), (2, 1, 0.4), (3, 1, 0.9))]
    objects = {(0, 1, 2): marks(6, (3, 2), (4, 2, 0, 0.5), (4, 2, 1, 0.8), (5, 2, 1, 0.9), (0, 0, 0, 0.9), (5, 1, 1, 0.9))}
    found = found_by(pointers(subjects, objects), [6])
    assert rows_of(found) == [(0, 1, 2, 2, 4, 4)]
    np.testing.assert_allclose(found.parts, [[0.6, np.sqrt(0.4), np.sqrt(0.4)]], rtol=1e-6)
    np.testing.assert_allclose(found.score, [np.sqrt(0.6 * np.sqrt(0.4))], rtol=1e-6)


def test_the_linker_names_all_triples_whose_spans_have_ends():
    entities = [marks(6, (4,), (0, 0, 0.9), (1, 1, 0.4), (3, 2, 0.5), (4, 3, 0.8), (5, 0, 0.9))]
    links = np.full((6, 6, PREDICATES), -9.0)
    links[0, 3, 1], links[0, 5, 1], links[5, 3, 0], links[0, 3, 2] = 2.0, 2.0, 2.0, -5.0
    found = found_by(linker(entities, [links]), [6])
    assert rows_of(found) == [(0, 0, 1, 1, 3, 4)], "nothing ends behind 5, and one link is too weak"
    link, subject, entity = 1 / (1 + np.exp(-2)), np.sqrt(0.36), np.sqrt(0.4)
    np.testing.assert_allclose(found.parts, [[subject, entity, link]], rtol=1e-6)
    np.testing.assert_allclose(found.score, [np.sqrt(link * np.sqrt(subject * entity))], rtol=1e-6)


def slow_spans(starts, ends):
    for first in range(len(starts)):
        if starts[first] > decode.ENDS:
            for last in ends_from(first, ends):
                yield first, last, starts[first] * ends[last]


def ends_from(first, ends):
    nearest = (next((at for at in range(first, len(ends)) if ends[at] > least), None) for least in (decode.ENDS, decode.SURE))
    return sorted({last for last in nearest if last is not None})


def slow_pointers(subjects, objects):
    for number, own in enumerate(subjects):
        for first, last, of_subject in slow_spans(*own.T):
            for predicate in range(PREDICATES):
                for begin, end, of_object in slow_spans(*objects[number, first, last][:, predicate].T):
                    score = np.sqrt(np.sqrt(of_subject) * np.sqrt(of_object))
                    yield (number, first, last, predicate, begin, end), score


LENGTHS = (5, 1, 40, 600, 3, 33)


def random_pointers(seed=0):
    random = np.random.default_rng(seed)
    subjects = [random.random((length, 2)) ** 8 for length in LENGTHS]
    objects = {
        (number, first, last): random.random((len(own), PREDICATES, 2)) ** 20
        for number, own in enumerate(subjects)
        for first, last, _ in slow_spans(*own.T)
    }
    return subjects, objects


@pytest.mark.parametrize(("batch", "area"), [(64, 8192), (1, 1), (3, 100)])
def test_the_subjects_of_a_batch_together_give_what_each_gives_alone(monkeypatch, batch, area):
    monkeypatch.setattr(decode, "BATCH", batch)
    monkeypatch.setattr(decode, "AREA", area)
    subjects, objects = random_pointers()
    found = found_by(pointers(subjects, objects), LENGTHS)
    expected = sorted(slow_pointers(subjects, objects))
    assert len(expected) > 1000 and {row[0] for row, _ in expected} >= {0, 2, 3, 5}
    assert rows_of(found) == [row for row, _ in expected], "in the order of the sentences, padding left out"
    np.testing.assert_allclose(found.score, [score for _, score in expected], rtol=1e-5)


def test_the_linker_gives_what_three_loops_give():
    random = np.random.default_rng(0)
    lengths = (5, 1, 40, 7)
    entities = [random.random((length, 4)) ** 4 for length in lengths]
    links = [random.normal(-5, 2, (length, length, PREDICATES)) for length in lengths]
    expected = []
    for number, (own, scores) in enumerate(zip(entities, links, strict=True)):
        for first, begin, predicate in np.ndindex(scores.shape):
            if scores[first, begin, predicate] <= decode.LINKS:
                continue
            for last, end in itertools.product(ends_from(first, own[:, 1]), ends_from(begin, own[:, 3])):
                link = 1 / (1 + np.exp(-scores[first, begin, predicate]))
                product = own[first, 0] * own[last, 1] * own[begin, 2] * own[end, 3]
                expected.append(((number, first, last, predicate, begin, end), np.sqrt(link * product**0.25)))
    expected.sort()
    found = found_by(linker(entities, links), lengths)
    assert rows_of(found) == [row for row, _ in expected] and len(expected) > 300
    np.testing.assert_allclose(found.score, [score for _, score in expected], rtol=1e-4)


def test_a_candidate_exceeds_the_threshold():
    network = pointers(*random_pointers())
    every = found_by(network, LENGTHS)
    threshold = float(np.median(every.score))
    some = found_by(network, LENGTHS, threshold=threshold)
    assert rows_of(some) == [row for row, score in zip(rows_of(every), every.score, strict=True) if score > threshold]
    assert 0 < len(some) < len(every)


def test_each_subject_is_told_what_is_known_of_itself():
    subjects = [np.zeros((2, 2)), marks(6, (2,), (1, 0, 0.9), (1, 1, 0.9), (3, 0, 0.9), (4, 1, 0.9))]
    known = Ragged.of([np.array([[0, 0, 1, 1, 1]]), np.array([[3, 4, 2, 0, 1], [1, 1, 0, 5, 5], [2, 2, 0, 5, 5]])], (5,))
    asked = {}
    found_by(pointers(subjects, {}, asked), [2, 6], known)
    assert asked == {(1, 1, 1): [[5, 0], [5, 1]], (1, 3, 4): [[0, 4], [1, 5]]}


@pytest.mark.parametrize("lengths", [(), (4, 2)])
def test_where_nothing_is_found_the_candidates_are_empty(lengths):
    silent = pointers([np.zeros((length, 2)) for length in lengths], {})
    linked = linker([np.zeros((n, 4)) for n in lengths], [np.full((n, n, PREDICATES), -9.0) for n in lengths])
    for network in (silent, linked):
        found = found_by(network, lengths)
        assert len(found) == 0 and found.spans.shape == (0, 5) and found.parts.shape == (0, 3)
        assert len(decode.merge([found, found], written(lengths))) == 0


def written(lengths):
    """Sentences in which no character occurs twice."""
    return [SimpleNamespace(text="".join(chr(0x4E00 + place) for place in range(length))) for length in lengths]


def test_folds_agree_on_a_triple_wherever_each_sees_it():
    sentences = [SimpleNamespace(text="甲乙甲乙")]
    several = [candidates((0, (0, 0, 0, 1, 1), 0.9)), candidates((0, (2, 2, 0, 3, 3), 0.6), (0, (0, 0, 0, 1, 1), 0.3))]
    merged = decode.merge(several, sentences, 0.2)
    assert rows_of(merged) == [(0, 0, 0, 0, 1, 1)] and merged.score[0] == pytest.approx(0.75)
    assert len(decode.merge(several, sentences, 0.8)) == 0


def candidates(*rows):
    """Candidates of (sentence, span, score); the parts are the score, twice and three times of it."""
    score = np.array([row[2] for row in rows], "float32")
    numbers, spans = np.array([row[0] for row in rows], "int32"), np.array([row[1] for row in rows], "int32")
    return Candidates(numbers, spans.reshape(-1, 5), score, score[:, None] * np.array([1, 2, 3], "float32"))


def test_folds_are_averaged_and_who_is_silent_counts_as_zero():
    one, other = (0, 1, 2, 3, 4), (0, 1, 2, 3, 5)
    merged = decode.merge(
        [candidates((1, one, 0.8), (0, one, 0.4)), candidates((1, other, 0.6), (1, one, 0.2)), candidates()], written([6, 6])
    )
    assert rows_of(merged) == [(0, *one), (1, *one), (1, *other)]
    np.testing.assert_allclose(merged.score, [0.4 / 3, 1 / 3, 0.2], rtol=1e-6)
    np.testing.assert_allclose(merged.parts, merged.score[:, None] * np.array([1, 2, 3]), rtol=1e-6)


def test_one_fold_alone_stays_as_it_is():
    found = found_by(pointers(*random_pointers()), LENGTHS).take(slice(None, None, 10))
    alone = decode.merge([found], written(LENGTHS))
    assert rows_of(alone) == rows_of(found)
    np.testing.assert_allclose(alone.score, found.score)


def test_sentences_can_have_other_numbers():
    found = candidates((1, (0,) * 5, 0.5), (0, (0,) * 5, 0.6)).renumbered([7, 9])
    assert found.sentence.tolist() == [9, 7] and found.take([1]).score.tolist() == [pytest.approx(0.6)]


def test_triples_are_cut_from_the_original_without_blanks_and_once():
    sentences = [Sentence("ＡＢ 的乙，ＡＢ", (), (), "ske"), Sentence("丙", (), (), "ske"), Sentence("  丁", (), (), "ske")]
    found = candidates(
        (0, (0, 2, 1, 4, 4), 0.5), (0, (6, 7, 1, 4, 4), 0.9), (0, (4, 4, 0, 0, 0), 0.5), (2, (0, 1, 0, 2, 2), 0.5)
    )
    triples = decode.triples_of(sentences, found, ("作者", "妻子", "父亲"))
    assert triples == [(Triple("ＡＢ", "妻子", "乙"), Triple("乙", "作者", "Ａ")), (), ()]


def test_what_only_a_sentence_states_is_known_of_new_ones_alone():
    own = Sentence("甲的妻子乙", (), (Triple("甲", "妻子", "乙"),), "ske")
    prior = TriplePrior(("作者", "妻子")).fit([own])
    assert decode.known_spans(prior, [own, own], fitted=False).lengths.tolist() == [1, 1]
    assert decode.known_spans(prior, [own], fitted=True).lengths.tolist() == [0]
    assert decode.known_spans(prior, [own], fitted=False)[0].tolist() == [[0, 0, 1, 4, 4]]
