"""The score, and vectors of a person's own through all stages."""

import numpy as np
import pytest
from scipy import stats

from common import experiment, paths, run
from common.errors import DataError
from common.experiment.runs import newest_ensemble
from common.text import vector_files
from common.text.word_vectors import WordVectors
from competitions.word_similarity import sample
from competitions.word_similarity.metric import SPEARMAN


def test_the_score_is_the_mean_of_spearman_over_files_and_of_found_pairs_beside_it():
    truth = np.array([[1, 0], [2, 0], [2, 0], [4, 0], [10, 1], [30, 1], [20, 1]], float)
    answers = np.array([[0.1, 1], [0.3, 1], [0.2, 1], [0.9, 0.5], [0.5, 1], [0.4, 1], [0.6, 1]])
    counts = SPEARMAN.count(truth, answers)
    each = [stats.spearmanr(truth[rows, 0], answers[rows, 0]).statistic for rows in (slice(0, 4), slice(4, 7))]
    assert SPEARMAN.score(counts) == pytest.approx(np.mean(each))
    assert SPEARMAN.figures(counts)["share found"] == pytest.approx(6 / 7)
    assert SPEARMAN.of(truth, np.ones((7, 2))) == 0, "one answer for all is worth nothing"


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
