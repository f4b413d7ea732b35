"""The benchmark's rows are what they are called, its tables are paired, peers that are not installed are named."""

import dataclasses
import importlib.util
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from bench import measure, pair_peers, ppd
from common import paths
from common.errors import ConfigError
from common.experiment.metric import bootstrap
from common.report import plots
from competitions.ppd import ensemble, metric, sample, train
from competitions.ppd.config import LOSSES, MODELS, Config

TINY = ["tree_rounds=20", "encoder_epochs=1", "encoder_width=4"]


@pytest.fixture(autouse=True)
def one_thread():
    """The threads of so small trees would mostly wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def folder(tmp_path):
    """300 sample pairs, and 40 groups of two or three questions that share a character."""
    sample.write(tmp_path / "data", 300, 1)
    lines = [
        f"{group}\t{chr(0x4E00 + group)}{chr(0x4E00 + group)}{place}" for group in range(40) for place in range(2 + group % 2)
    ]
    (tmp_path / "data" / "tongyiju.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A benchmark of seconds, in this process: trees and the encoder learn, of a network the answers alone are there."""
    monkeypatch.setattr(ppd, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(ppd, "GROUPS", 200)
    monkeypatch.setattr(ppd, "STEPS", {"all": (10, 0), "some": (10, 20)})
    monkeypatch.setattr(ppd, "LOSSES", ("softmax", "am"))
    monkeypatch.setattr(ppd, "NEEDS", dict.fromkeys(ppd.NEEDS, ("no_such_package",)))
    monkeypatch.setattr(measure, "alone", lambda function, *arguments: function(*arguments) | {"memory": 0.1})
    monkeypatch.setattr(train, "fit_network", lambda name, plan, fold: answer_half())
    monkeypatch.setattr(train, "fit_cosine", lambda plan, fold: answer_half())
    monkeypatch.setattr(plots, "learning_curves", lambda *arguments: None)
    monkeypatch.setattr(plots, "calibration", lambda *arguments: None)


def answer_half():
    """A model that says 0.5 of every pair, and its log."""

    def predict(records, rows=None):
        return np.full(len(records) if rows is None else len(rows), 0.5, "float32")

    log = pd.DataFrame({"epoch": [1], "loss": [0.7], "score": [0.7]})
    return SimpleNamespace(predict=predict, save=lambda folder: None), log


@pytest.mark.parametrize("protocol", ["content", "contest"])
def test_all_rows_learn_from_and_answer_the_same_pairs(folder, protocol):
    config = Config(data=folder, folds=1, protocol=protocol)
    dataset, learned, asked = ppd.split(config)
    np.testing.assert_array_equal(train.valid_of(dataset, config) == 0, np.isin(np.arange(300), asked))
    assert len(learned) + len(asked) == 300 and len(asked) >= 50
    shared = np.isin(dataset.pairs[asked], dataset.pairs[learned]).any()
    assert shared == (protocol == "contest"), "no question of the hold-out is learnt from where content is asked for"


def test_the_plans_of_the_rows():
    assert ppd.OURS[ppd.STACK]["model"] == MODELS and {*ppd.OURS[ppd.NO_COSINE]["model"], "cosine"} == set(MODELS)
    assert set(ppd.LOSSES) == set(LOSSES) and set(ppd.PUBLISHED) < set(LOSSES)
    for left_out in ppd.LEFT_OUT.values():
        assert set(left_out) <= {*ppd.PEERS, *ppd.OURS}
    assert ppd.TFIDF not in ppd.LEFT_OUT["contest"] and ppd.STACK not in ppd.LEFT_OUT["contest"]


def test_what_the_rows_set_cannot_be_given(folder):
    with pytest.raises(ConfigError, match=r"model, protocol: the benchmark sets encoder_loss, folds, model, protocol itself"):
        ppd.main([f"data={folder}", "model=trees", "protocol=content"])


def test_tfidf_is_that_of_the_joined_words(folder):
    from sklearn.feature_extraction.text import TfidfVectorizer

    dataset, learned, asked = ppd.split(Config(data=folder, folds=1))
    words = [" ".join(dataset.word.names[dataset.word.ids[question] - 1]) for question in range(len(dataset.names))]
    texts = np.array([f"{words[first]} {words[second]}" for first, second in dataset.pairs])
    vectorizer = TfidfVectorizer(lowercase=False, token_pattern=r"\S+").fit(texts[learned])
    found = pair_peers.tfidf(dataset, learned).toarray()
    columns = [dataset.word.names.tolist().index(name) + 1 for name in vectorizer.get_feature_names_out()]
    expected = vectorizer.transform(texts).toarray()
    known = np.isclose(np.linalg.norm(found[:, columns], axis=1), 1, atol=1e-5)  # has no word that training lacks
    assert known[learned].all() and known[asked].any()
    np.testing.assert_allclose(found[known][:, columns], expected[known], atol=1e-6)


@pytest.mark.parametrize("peer", [pair_peers.tfidf_lightgbm, pair_peers.tfidf_lightgbm_tuned])
def test_the_trees_of_the_peers_learn(tmp_path, peer):
    sample.write(tmp_path / "data", 1000, 1)
    config = Config(data=tmp_path / "data", folds=1, tree_rounds=50, tree_learning_rate=0.1, tree_leaves=15)
    dataset, learned, _ = ppd.split(config)
    half = learned[: len(learned) // 2]
    found, truth = peer(dataset, learned, half, config), dataset.labels[half]
    assert metric.score(truth, found) < metric.score(truth, pair_peers.constant(dataset, learned, half, config)) - 0.02


def test_margins_are_paired_and_against_the_best_peer():
    truth = np.array([0, 1] * 50)
    near, far = np.where(truth == 1, 0.9, 0.1), np.where(truth == 1, 0.6, 0.4)
    systems = {
        ppd.TFIDF: {"probability": far, "seconds": 30.0},
        ppd.TUNED: {"probability": near, "seconds": 30.0},
        "ours": {"probability": near, "seconds": 90.0},
        "worse": {"probability": 1 - near, "seconds": 90.0},
    }
    first, best, ours, worse = ppd.score_rows(systems, truth, np.arange(100), seed=1)
    assert ours[1:5] == ["0.1054", "0.1054 - 0.1054", "1.0000", "1.0000"] and ours[7] == "1.5"
    assert ours[5] == "-0.4055 (-0.4055 to -0.4055)" and ours[6] == "+0.0000 (+0.0000 to +0.0000)"
    assert first[5] == "" and best[6] == "" and worse[3:5] == ["0.0000", "0.0000"]


def test_ranks_are_those_of_the_accuracy():
    from competitions.ppd import retrieval

    generator = np.random.default_rng(0)
    groups = np.concatenate([[0], generator.integers(1, 30, size=99)])  # one alone in its group
    vectors = generator.normal(size=(100, 3)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ranks, counted = retrieval.places(vectors, groups, max(ppd.RANKS))
    own = groups[counted]
    expected = retrieval.accuracy(vectors, groups)
    assert len(ranks) == expected["queries"] < 100
    assert {f"top{rank}": np.mean(ranks <= rank) for rank in ppd.RANKS} == pytest.approx(
        {name: value for name, value in expected.items() if name != "queries"}
    )
    draws = bootstrap(ppd.HITS, ranks == 1, 1, own)
    assert draws.shape == (1000,) and draws.mean() == pytest.approx(expected["top1"], abs=0.01)
    whole, mixed = (bootstrap(ppd.HITS, hits, 1, own) for hits in (own < 15, np.arange(len(own)) < 50))
    assert np.std(whole) > np.std(mixed), "groups that hit as a whole are fewer than their questions"


def test_losses_are_held_against_softmax():
    right, half = np.ones(40, int), np.array([1, 11] * 20)
    groups = np.repeat(np.arange(20), 2)
    found = {name: {"ranks": ranks, "groups": groups, "seconds": 60.0} for name, ranks in (("softmax", half), ("am", right))}
    softmax, am = ppd.retrieval_rows(found, seed=1)
    assert softmax[1:6] == ["0.5000", "0.5000", "0.5000", "0.5000 - 0.5000", ""]
    assert am[5] == "+0.5000 (+0.5000 to +0.5000)" and am[6] == "0.9172, 0.9607, 0.9709"
    assert ppd.order({"softmax": 0.1, "am": 0.3, "arc": 0.2}) == "am > arc > softmax"


def test_a_step_tells_its_memory(folder, monkeypatch):
    monkeypatch.setattr(ppd, "GROUPS", 50)
    monkeypatch.setattr(ppd, "CHARACTERS", 20)
    config = Config(data=folder, model=("encoder",), encoder_width=4, encoder_batch=6)
    for negatives in (0, 10):
        found = ppd.measure_step(dataclasses.replace(config, encoder_negatives=negatives))
        assert 0 < found["before"] < 32 and found["seconds"] > 0


def test_the_whole_page_and_no_file_for_a_sample(folder, quick, capsys, monkeypatch):
    """Every part of the benchmark, twice: the second time everything is read."""
    (folder / paths.SAMPLE_MARK).write_text("")
    settings = [f"data={folder}", *TINY]
    ppd.main(settings)
    shown = capsys.readouterr().out
    assert ppd.STACK in shown and "no file was written" in shown and not ppd.RESULTS.exists()
    assert not list(paths.runs("ppd").glob("*/config.json")), "no run of the benchmark is the contest's newest"
    (folder / paths.SAMPLE_MARK).unlink()
    monkeypatch.setattr(ppd.experiment, "train", None)
    monkeypatch.setattr(ensemble, "main", None)
    ppd.main(settings)
    written = ppd.RESULTS.read_text()
    for part in (
        "make bench COMP=ppd data=DATA tree_rounds=20",
        "protocol content: ",
        "protocol contest: ",
        "| our trees |",
        f"| {ppd.NO_COSINE} |",
        "| am |",
        "| some | 10 |",
        f"| {ppd.SENTENCES} | not measured |",
        f"{ppd.AGREEMENT}: not measured, needs no_such_package: pip install -e '.[bench-torch]'",
        "published am > a_softmax > softmax",
    ):
        assert part in written
    assert str(folder.parent) not in written


def test_without_groups_their_table_is_named(folder):
    config = Config(data=folder)
    (folder / "tongyiju.csv").unlink()
    tables, notes = ppd.retrieval_part(None, config, None)
    assert not tables and "tongyiju.csv is not in the data folder" in notes[0]


TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra bench-torch")


@TORCH
@pytest.mark.parametrize("name", [ppd.SENTENCES, ppd.METRIC])
def test_the_peers_on_torch_learn(name, tmp_path):
    if ppd.lacking(name):
        pytest.skip("needs the extra bench-torch")
    sample.write(tmp_path / "data", 1500, 42)
    patience = {"cosine_epochs": 10, "stop_patience": 20, "drop_patience": 20}  # few pairs: it learns late
    settings = {"encoder_width": 32, "warm_up_steps": 2, "momentum": 0.5, "encoder_learning_rate": 0.01}
    config = Config(data=tmp_path / "data", folds=1, protocol="content", **settings, **patience)
    dataset, learned, _ = ppd.split(config)
    found = ppd.PEERS[name](dataset, learned, learned, config)
    assert roc_auc_score(dataset.labels[learned], found) > 0.65, "of what it has seen"
    assert np.array_equal(found, ppd.PEERS[name](dataset, learned, learned, config)), "the same again"


@TORCH
def test_losses_agree():
    if ppd.lacking(ppd.AGREEMENT):
        pytest.skip("needs the extra bench-torch")
    for own, other, *gradients in pair_peers.agreement(1).values():
        assert own == pytest.approx(other, rel=1e-5) and np.nanmax(gradients) < 1e-4
