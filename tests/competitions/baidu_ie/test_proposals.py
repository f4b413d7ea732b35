"""What models propose: one row for each triple, the features one by one, targets by the official rule, LightGBM."""

import numpy as np
import pytest

from common.text.encode import PLACES
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import knowledge, proposals
from competitions.baidu_ie.data import Schema, Sentence, Triple
from competitions.baidu_ie.decode import Candidates
from competitions.baidu_ie.features import CHANNELS, Encoder
from competitions.baidu_ie.knowledge import Knowledge

PREDICATES = ("作者", "妻子", "父亲")
SCHEMAS = (Schema("图书作品", "作者", "人物"), Schema("人物", "妻子", "人物"), Schema("人物", "父亲", "人物"))
TEXT = "《呐喊》的作者是鲁迅，ＡＢ"


def sentence(text, *triples, words=()):
    return Sentence(text, words, tuple(Triple(*one.split("-")) for one in triples), "ske")


def candidates(*rows):
    """Candidates of (sentence, span, score); the parts are the score and two numbers."""
    score = np.array([row[2] for row in rows], "float32")
    parts = np.stack([score, score / 2, score / 4], axis=1)
    spans = np.array([row[1] for row in rows], "int32").reshape(-1, 5)
    return Candidates(np.array([row[0] for row in rows], "int32"), spans, score, parts)


def encode(*sentences):
    encoder = Encoder(CharVocabulary(1).fit([TEXT]), WordVectors(("作者",), np.ones((1, 2), "float32")), PREDICATES)
    return encoder.encode(sentences)


def features_of(found, sentences, known=None):
    """The features as a list of dicts by name."""
    encoded = encode(*sentences)
    known = known or [Knowledge.of([], SCHEMAS)] * len(sentences)
    rows = proposals.table(found, sentences, encoded, known)
    names = proposals.columns(found.scores.shape[1])
    assert rows.shape == (len(found), len(names)) and rows.dtype == "float32" and len(set(names)) == len(names)
    return [dict(zip(names, row.tolist(), strict=True)) for row in rows]


WRITER = (1, 2, 0, 8, 9)


def test_a_triple_is_proposed_once_with_the_score_of_each_model():
    sentences = [sentence("甲乙甲乙"), sentence(TEXT)]
    one = candidates((1, WRITER, 0.5), (0, (0, 0, 1, 1, 1), 0.25), (0, (2, 2, 1, 3, 3), 0.75))
    other = candidates((0, (2, 2, 1, 1, 1), 0.875), (0, (0, 0, 2, 1, 1), 0.5))
    found = proposals.propose(sentences, [one, other], PREDICATES)
    assert found.sentence.tolist() == [0, 0, 1]
    assert found.triples == [Triple("甲", "妻子", "乙"), Triple("甲", "父亲", "乙"), Triple("呐喊", "作者", "鲁迅")]
    assert found.scores.tolist() == [[0.75, 0.875], [0.0, 0.5], [0.5, 0.0]], "the best place of each model counts"
    assert found.spans.tolist() == [[2, 2, 1, 1, 1], [0, 0, 2, 1, 1], list(WRITER)], "the best place of all"
    assert found.parts[0].tolist() == [[0.75, 0.375, 0.1875], [0.875, 0.4375, 0.21875]]
    assert not found.parts[1, 0].any() and not found.parts[2, 1].any()
    kept = found.believed(np.array([True, False, True]), sentences=3)
    assert kept == [(found.triples[0],), (found.triples[2],), ()]


def test_case_makes_no_second_proposal_and_blanks_no_name():
    sentences = [sentence("AB ab乙")]
    found = proposals.propose(
        sentences, [candidates((0, (0, 2, 1, 5, 5), 0.5), (0, (3, 4, 1, 5, 5), 0.75), (0, (2, 2, 1, 5, 5), 0.9))], PREDICATES
    )
    assert found.triples == [Triple("AB", "妻子", "乙")] and found.scores.tolist() == [[0.75]]
    assert len(proposals.propose(sentences, [candidates(), candidates()], PREDICATES)) == 0
    assert proposals.triple_at("甲 乙", (0, 0, 1, 1, 1), PREDICATES) is None


def test_scores_and_ranks_of_a_proposal_in_its_sentence():
    sentences = [sentence("甲"), sentence("甲乙丙丁")]
    one = candidates((1, (0, 0, 1, 1, 1), 0.5), (1, (0, 0, 1, 2, 2), 0.75), (0, (0, 0, 0, 0, 0), 0.25))
    other = candidates((1, (0, 0, 1, 1, 1), 1.0), (1, (0, 0, 1, 3, 3), 0.25))
    found = proposals.propose(sentences, [one, other], PREDICATES)
    first, *rest = features_of(found, sentences)
    assert [first[name] for name in proposals.OWN] == [0.125, 0.25, 1, 0, 1, 1], "the only one of its sentence"
    by_object = {found.triples[number].object: row for number, row in enumerate(rest, start=1)}
    assert [by_object["乙"][name] for name in proposals.OWN] == [0.75, 1.0, 2, 0, 3, 1.0]
    assert [by_object["丙"][name] for name in proposals.OWN] == [0.375, 0.75, 1, 1, 3, 0.5]
    assert by_object["丁"]["rank"] == 2 and by_object["丁"]["relative"] == pytest.approx(0.125 / 0.75)
    scores = [by_object["乙"][f"{name}_{model}"] for model in (0, 1) for name in ("score", *proposals.PARTS)]
    assert scores == [0.5, 0.5, 0.25, 0.125, 1.0, 1.0, 0.5, 0.25]


def test_rivals_are_those_that_share_something():
    text = "甲乙丙丁"
    rows = {
        "own": ((0, 0, 1, 2, 3), 0.5),
        "same_pair": ((0, 0, 2, 2, 3), 0.25),  # another predicate
        "same_subject": ((0, 0, 1, 1, 1), 0.375),  # another object
        "same_object": ((1, 1, 1, 2, 3), 0.4375),  # another subject
        "overlapping": ((1, 1, 1, 3, 3), 0.1875),
        "swapped": ((2, 3, 0, 0, 0), 0.8125),
    }
    sentences = [sentence(text), sentence(text)]
    given = [(1, span, score) for span, score in rows.values()] + [(0, (0, 0, 2, 2, 3), 0.9)]
    found = proposals.propose(sentences, [candidates(*given)], PREDICATES)
    place = found.spans.tolist().index(list(rows["own"][0]))
    own = features_of(found, sentences)[place]
    assert {name: own[name] for name in proposals.RIVALS} == {name: rows[name][1] for name in proposals.RIVALS}
    alone = proposals.propose(sentences, [candidates((1, *rows["own"]), (0, (0, 0, 2, 2, 3), 0.9))], PREDICATES)
    assert not any(features_of(alone, sentences)[1][name] for name in proposals.RIVALS), "another sentence has none"


def test_what_is_known_of_a_triple_is_among_its_features():
    sentences = [sentence("甲乙b")]
    known = Knowledge.of([sentence("", "甲-作者-乙b"), sentence("", "丙-作者-乙b")], SCHEMAS)
    found = proposals.propose(sentences, [candidates((0, (0, 0, 0, 1, 2), 0.5))], PREDICATES)
    (row,) = features_of(found, sentences, [known])
    assert tuple(row[name] for name in knowledge.COLUMNS) == known.describe(Triple("甲", "作者", "乙b"))


def test_proposals_that_contradict_the_schema_are_told_and_taken_out():
    sentences = [sentence("甲乙")]
    known = [Knowledge.of([sentence("", "甲-妻子-丙"), sentence("", "甲-父亲-丁")], SCHEMAS)]
    found = proposals.propose(sentences, [candidates((0, (0, 0, 0, 1, 1), 0.5), (0, (0, 0, 1, 1, 1), 0.25))], PREDICATES)
    contradicting = proposals.contradictions(found, known)
    assert contradicting.tolist() == [True, False], "a person is no book"
    left = found.take(~contradicting)
    assert left.triples == [Triple("甲", "妻子", "乙")] and left.scores.tolist() == [[0.25]] and len(left) == 1


def test_the_form_of_a_proposal():
    words = (("《", "w"), ("呐喊", "nw"), ("》", "w"), ("的", "u"), ("作者", "n"), ("是", "v"), ("鲁迅", "nr"))
    sentences = [sentence(TEXT + "，呐喊", words=words)]
    found = proposals.propose(sentences, [candidates((0, WRITER, 0.5))], PREDICATES)
    (row,) = features_of(found, sentences)
    expected = {
        "predicate": 0,
        "length": 16,
        "subject_length": 2,
        "object_length": 2,
        "distance": 7,
        "between": 5,  # 》的作者是
        "subject_count": 2,
        "object_count": 1,
        "marks": 1,
        "named": 1,
        "named_far": 3,
        "subject_titled": 1,
        "object_titled": 0,
    }
    assert {name: row[name] for name in expected} == expected
    ids = encode(*sentences).ids[0]
    for name, first, last in (("subject", 1, 2), ("object", 8, 9)):
        tag, place = CHANNELS.index("tag"), CHANNELS.index("place")
        assert (row[f"{name}_tag"], row[f"{name}_last_tag"]) == (ids[first, tag], ids[last, tag])
        own = (ids[first, place] in (PLACES["first"], PLACES["only"])) + (ids[last, place] in (PLACES["last"], PLACES["only"]))
        assert row[f"{name}_whole"] == own
    (without,) = features_of(found, [sentence(TEXT + "，呐喊")])
    assert without == row, "the words that the contest gives play no part: new sentences come without"


def test_a_predicate_that_is_not_named_and_an_object_that_comes_first():
    sentences = [sentence("乙，！甲")]
    found = proposals.propose(sentences, [candidates((0, (3, 3, 1, 0, 0), 0.5))], PREDICATES)
    (row,) = features_of(found, sentences)
    assert (row["named"], row["named_far"], row["distance"], row["between"], row["marks"]) == (0, -1, -3, 2, 2)


def test_targets_follow_the_official_rule():
    sentences = [sentence("《呐喊》的作者是Lu", "《呐喊》-作者-LU"), sentence("呐喊Lu")]
    rows = [(0, (1, 2, 0, 8, 9), 0.5), (0, (0, 3, 0, 8, 9), 0.5), (0, (1, 2, 1, 8, 9), 0.5), (0, (1, 2, 0, 8, 8), 0.5)]
    found = proposals.propose(sentences, [candidates(*rows, (1, (0, 1, 0, 2, 3), 0.5))], PREDICATES)
    names = [(number, *triple) for number, triple in zip(found.sentence, found.triples, strict=True)]
    truth = dict(zip(names, proposals.targets(found, sentences), strict=True))
    assert truth == {
        (0, "呐喊", "作者", "Lu"): 1.0,
        (0, "呐喊", "妻子", "Lu"): 0.0,
        (0, "呐喊", "作者", "L"): 0.0,
        (1, "呐喊", "作者", "Lu"): 0.0,  # true of another sentence
    }


def test_lightgbm_learns_and_repeats_itself():
    random = np.random.default_rng(0)
    rows = random.random((300, len(proposals.columns(2)))).astype("float32")
    rows[:, proposals.columns(2).index("predicate")] = random.integers(3, size=300)
    truth = (rows[:, proposals.columns(2).index("mean")] > 0.5).astype(float)
    trees = proposals.fit(rows, truth, 2, rounds=40, seed=1)
    judged = trees.predict(rows)
    assert judged.min() >= 0 and judged.max() <= 1 and judged[truth == 1].mean() > judged[truth == 0].mean() + 0.3
    np.testing.assert_array_equal(proposals.fit(rows, truth, 2, rounds=40, seed=1).predict(rows), judged)
