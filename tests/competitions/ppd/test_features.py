"""Pair features by hand; both orders of a pair give the same, and no label takes part."""

import dataclasses

import numpy as np
import pytest

from common.ragged import Ragged
from competitions.ppd import data, features, sample
from competitions.ppd.config import Config


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("features") / "ppd"
    sample.write(folder, 200, 0)
    return data.load(folder, report=False)


def ragged(*rows):
    return Ragged.of([np.array(row) for row in rows])


PAIR = np.array([[0, 1]])


def test_both_orders_of_a_pair_are_the_same(dataset):
    found = features.describe_content(dataset, dataset.pairs)
    assert np.isfinite(found).all(axis=None) and found.shape[1] == found.columns.nunique()
    swapped = features.describe_content(dataset, dataset.pairs[:, ::-1])
    np.testing.assert_allclose(found, swapped, atol=1e-5)


def test_a_pair_is_described_the_same_whatever_stands_beside_it(dataset):
    found = features.describe_content(dataset, dataset.pairs)
    np.testing.assert_allclose(found[50:60], features.describe_content(dataset, dataset.pairs[50:60]), atol=1e-5)


def test_the_same_question_is_as_near_as_can_be(dataset):
    found = features.describe_content(dataset, np.array([[3, 3]])).iloc[0]
    for name in (
        "word_cosine",
        "char_cosine_2",
        "word_matched_min",
        "word_topic_cosine",
        "char_levenshtein",
    ):
        assert found[name] == pytest.approx(1, abs=1e-5), name
    assert found["char_alone_number_max"] == 0


def test_counting_leaves_the_sequences_as_they_are():
    ids = ragged([3, 1, 3], [2, 1])
    features.counts(ids, 4)
    assert ids.values.tolist() == [3, 1, 3, 2, 1]


def test_lengths_and_edits():
    ids = ragged([1, 2, 3, 4], [1, 2, 4])
    assert features.lengths(ids, PAIR) == {"length_min": [3], "length_max": [4]}
    found = {name: float(value[0]) for name, value in features.edits(ids, PAIR).items()}
    assert found["levenshtein"] == pytest.approx(3 / 4) and found["subsequence"] == pytest.approx(3 / 4)
    assert found["prefix"] == pytest.approx(2 / 4) and found["postfix"] == pytest.approx(1 / 4)


def test_ids_of_any_size_become_letters():
    ids = ragged([1, 60_000, 900_000], [60_000, 900_000])
    assert features.edits(ids, PAIR)["subsequence"].tolist() == pytest.approx([2 / 3])


def test_overlaps():
    counted = features.counts(ragged([1, 1, 2, 3], [2, 4]), 5)
    found = features.overlaps(counted, np.array([0.0, 1, 2, 3, 4]), PAIR)
    assert counted.toarray()[0].tolist() == [0, 2, 1, 1, 0]
    expected = {
        "shared": 1,
        "shared_rarity": 2,
        "jaccard_number": 1 / 4,
        "jaccard_rarity": 2 / 10,
        "alone_number_min": 1,
        "alone_number_max": 2,
        "contained_number_min": 1 / 3,
        "contained_number_max": 1 / 2,
        "rarest_alone_min": 3,
        "rarest_alone_max": 4,
    }
    assert {name: float(found[name][0]) for name in expected} == pytest.approx(expected)


def test_runs_of_tokens():
    matrix = features.ngrams(ragged([1, 2, 3], [2, 3], [3], [1, 2], [9, 1]), 2, fitted=5)
    assert matrix.shape == (5, 2), "3 runs, of which one stands in one question alone"
    assert matrix.toarray().sum(axis=1).tolist() == [2, 1, 0, 1, 0]
    assert features.ngrams(ragged([1, 2, 3], [5, 1, 2, 3]), 3, fitted=2).toarray().tolist() == [[1], [1]]
    assert features.ngrams(ragged([1, 2], [2, 3], [2, 3]), 2, fitted=2).shape == (3, 0), "one alone of the first two"


def test_questions_too_short_for_runs_of_tokens_have_none_in_common(dataset):
    short = {
        unit: dataclasses.replace(getattr(dataset, unit), ids=ragged(*[[1 + row % 9, 2] for row in range(len(dataset.names))]))
        for unit in data.UNITS
    }
    found = features.describe_content(dataclasses.replace(dataset, **short), dataset.pairs)
    assert np.isfinite(found).all(axis=None) and (found[["word_cosine_3", "char_cosine_3"]] == 0).all(axis=None)


def test_questions_that_came_later_change_no_other_pair(dataset):
    repeated = np.r_[np.arange(len(dataset.names)), [0, 0, 1, 5]]
    units = {
        unit: dataclasses.replace(getattr(dataset, unit), ids=getattr(dataset, unit).ids.take(repeated)) for unit in data.UNITS
    }
    more = dataclasses.replace(dataset, names=dataset.names[repeated], added=4, **units)
    before = features.describe_content(dataset, dataset.pairs)
    np.testing.assert_allclose(features.describe_content(more, dataset.pairs), before, atol=1e-5)
    asked = features.describe_content(more, np.array([[len(dataset.names), 7]]))
    np.testing.assert_allclose(asked, features.describe_content(dataset, np.array([[0, 7]])), atol=1e-5)


def test_alignment_finds_the_nearest_token_of_the_other_question():
    vectors = np.array([[0, 0], [1, 0], [0, 2], [3, 0.1]], "float32")
    unit = data.Unit(ragged([1, 2], [3]), np.array(["a", "b", "c"]), vectors)
    found = features.alignment(unit, np.array([0.0, 1, 3, 1]), PAIR)
    near, far = 3 / np.hypot(3, 0.1), 0.1 / np.hypot(3, 0.1)
    assert found["matched_min"][0] == pytest.approx((near + 3 * far) / 4, abs=1e-5)
    assert found["matched_max"][0] == pytest.approx(near, abs=1e-5)
    assert found["worst_match_min"][0] == pytest.approx(far, abs=1e-5)


def test_longer_questions_than_the_alignment_sees(monkeypatch, dataset):
    monkeypatch.setattr(features, "LONGEST", 3)
    assert np.isfinite(features.describe_content(dataset, dataset.pairs[:5])).all(axis=None)


def test_the_protocol_decides_what_is_seen_and_labels_take_no_part(dataset):
    content = features.pair_table(dataset, Config(protocol="content"))
    contest = features.pair_table(dataset, Config(protocol="contest"))
    assert len(content) == len(contest) == len(dataset.all_pairs)
    assert "detour" in contest and "detour" not in content
    assert list(contest[list(content)]) == list(content)
    assert "detour" not in features.pair_table(dataset, Config(protocol="contest", graph=False))
    flipped = dataclasses.replace(dataset, labels=1 - dataset.labels)
    np.testing.assert_array_equal(
        features.describe_content(flipped, flipped.pairs, Config().seed), content[: len(dataset.pairs)]
    )


def test_tables_are_made_once(dataset, monkeypatch):
    features.pair_table(dataset, Config())
    monkeypatch.setattr(features, "MAKERS", {})
    assert len(features.pair_table(dataset, Config())) == len(dataset.all_pairs)
