"""Similarities and analogies of vectors that were written by hand."""

import numpy as np
import pytest
from scipy import stats

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.runs import newest_ensemble
from common.text import vector_files
from common.text.word_vectors import WordVectors
from competitions.word_similarity import evaluate, sample
from competitions.word_similarity.inference import Similarity, Words
from competitions.word_similarity.metric import SPEARMAN

ROWS = {
    "king": [9, 9, 1],
    "queen": [9, 1, 1],
    "man": [1, 9, 0],
    "woman": [1, 1, 0],
    "He": [1, 8, 0],
    "he": [1, 8, 1],
    "猫": [0, 1, 7],
}
VECTORS = WordVectors(tuple(ROWS), np.array(list(ROWS.values()), "float32"))
PLAIN = Similarity(Words(VECTORS), 0, 0.0, typical=0.3)


def cosine(one, other):
    first, second = np.array(ROWS[one], float), np.array(ROWS[other], float)
    return first @ second / np.sqrt(first @ first * (second @ second))


def test_similarities_are_cosines_and_what_the_vectors_lack_is_marked():
    pairs = [
        ("king", "queen"),
        ("queen", "king"),
        ("KING", "Queen"),
        ("king", "king"),
        ("He", "he"),
        ("猫猫", "猫"),
        ("zz", "猫"),
    ]
    similarity, known = PLAIN.predict(pairs).T
    expected = cosine("king", "queen")
    np.testing.assert_allclose(similarity[:5], [expected, expected, expected, 1, cosine("He", "he")], atol=1e-6)
    np.testing.assert_array_equal(known, [1, 1, 1, 1, 1, 0.5, 0])
    assert similarity[5] > 0.5, "from its characters"
    assert similarity[6] == 0.3, "the median, not 0"


def test_the_score_is_the_mean_of_spearman_over_files_and_of_found_pairs_beside_it():
    truth = np.array([[1, 0], [2, 0], [2, 0], [4, 0], [10, 1], [30, 1], [20, 1]], float)
    answers = np.array([[0.1, 1], [0.3, 1], [0.2, 1], [0.9, 0.5], [0.5, 1], [0.4, 1], [0.6, 1]])
    counts = SPEARMAN.count(truth, answers)
    each = [stats.spearmanr(truth[rows, 0], answers[rows, 0]).statistic for rows in (slice(0, 4), slice(4, 7))]
    assert SPEARMAN.score(counts) == pytest.approx(np.mean(each))
    assert SPEARMAN.figures(counts)["share found"] == pytest.approx(6 / 7)
    assert SPEARMAN.of(truth, np.ones((7, 2))) == 0, "one answer for all is worth nothing"


def test_analogies_leave_the_given_words_out_and_count_what_is_lacking():
    questions = [("man", "woman", "king", "queen"), ("Man", "Woman", "KING", "queen"), ("man", "man", "woman", "woman")]
    assert evaluate.analogies(PLAIN, [*questions, ("king", "unicorn", "man", "woman")]) == (2, 3)
    assert evaluate.analogies(PLAIN, []) == (0, 0)


def test_components_that_are_taken_out_leave_no_trace():
    removed = Similarity(Words(VECTORS), 1, 0.0)
    vectors = removed.mended.vectors
    np.testing.assert_allclose(vectors @ removed.words.components[1][0], 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_given_vectors_go_through_the_contest(tmp_path, capsys):
    sample.write(tmp_path / "data", 50, 0)
    words = sorted({word for line in (tmp_path / "data/text/text.txt").read_text().split("。") for word in line.split()})
    topics = [sample.ROOTS.index(word[:4]) if word[:4] in sample.ROOTS else 6 for word in words]
    vectors = np.eye(7)[topics] + np.random.default_rng(0).normal(0, 0.05, (len(words), 7))
    vector_files.write(WordVectors(tuple(words), vectors.astype("float32")), tmp_path / "vectors.txt")
    given = ["model=given", f"vectors={tmp_path / 'vectors.txt'}", f"data={tmp_path / 'data'}", "folds=2"]
    run.run_stage("word_similarity", "submit", given)
    run.run_stage("word_similarity", "evaluate", given)
    shown = capsys.readouterr().out
    assert "Nothing is known of 1 pairs, which get the median similarity: unheard gubaka" in shown
    blended = newest_ensemble("word_similarity")
    assert blended.metrics["score"] > 0.5
    lines = (paths.home() / "submissions" / "word_similarity.tsv").read_text().splitlines()
    asked = (tmp_path / "data/test/pairs.tsv").read_text().splitlines()
    assert [line.split("\t")[1:3] for line in lines[1:]] == [line.split("\t")[:2] for line in asked]
    learnt = experiment.load(blended.path)
    assert learnt.predict([("gubaka", "gubaki")])[0, 0] > learnt.predict([("gubaka", "mileka")])[0, 0]
    predict = ["predict", f"data={tmp_path / 'data'}"]
    for asked in ("gubaka", "gubaka,gubaki", "gubaka,gubaki,mileka", str(tmp_path / "data/test/pairs.tsv")):
        run.run_stage("word_similarity", *predict[:1], [*predict[1:], f"input={asked}"])
    assert "gubaka gubaki: 0." in capsys.readouterr().out
    for asked, says in (("zz", "nothing is known of 'zz'"), ("a,b,c,d", "one, two or three"), ("gubaka,_", "has no network")):
        with pytest.raises(DataError, match=says):
            run.run_stage("word_similarity", *predict[:1], [*predict[1:], f"input={asked}"])
