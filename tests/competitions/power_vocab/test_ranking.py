"""Measures, vectors, fusion and the option that learns, on the built-in sample."""

from dataclasses import replace

import numpy as np
import pytest

from common import paths
from common.errors import DataError
from common.runs import all_runs
from competitions.power_vocab import data, ensemble, features, metric, model, sample, train
from competitions.power_vocab.config import Config


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, 250, 1)
    return folder


@pytest.fixture
def config(folder):
    return Config(data=folder, dim=16, epochs=2, seeds=20, head=100, model=("keyness", "measures"))


@pytest.fixture
def prepared(config, folder):
    return features.prepare(config, data.load(folder))


def words_by(scores, prepared, config):
    return prepared.table["word"].iloc[model.ordered(scores, prepared, config)].tolist()


def test_the_sample_repeats_and_its_gold_occurs(folder, tmp_path):
    sample.write(tmp_path, 250, 1)
    for name in ("data", "background", "gold"):
        assert (tmp_path / f"{name}.txt").read_bytes() == (folder / f"{name}.txt").read_bytes()
    found = data.load(folder)
    text, background = found.domain_text(), found.background_text()
    assert len(found.gold) > 40
    assert all(text.count(word) >= 3 and word not in background for word in found.gold)


def test_measures_beat_keyness_and_keyness_beats_count(prepared, config, folder):
    gold = data.load(folder).gold
    by_count, by_keyness, by_measures = (
        metric.score(gold, words_by(scores, prepared, config))["average_precision"]
        for scores in (prepared.table["count"].to_numpy(), model.keyness(prepared, config), model.measures(prepared, config))
    )
    assert by_measures > by_keyness > by_count


def test_vectors_and_table_come_back_from_the_cache(prepared, config, folder):
    again = features.prepare(config, data.load(folder))
    np.testing.assert_array_equal(again.vectors, prepared.vectors)
    assert again.table.equals(prepared.table)
    assert len(list(paths.cache("power_vocab").iterdir())) == 1
    lengths = np.linalg.norm(prepared.vectors, axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)) and prepared.own.any()


def test_refused_words_come_last(prepared, config):
    strict = replace(config, rules=("first", "degree"))
    table = prepared.table
    no = table["word"].str.contains("[较很越增多少大小长短高低好差]|^[每各该个被其从与及当为]").to_numpy()
    order = model.ordered(model.measures(prepared, config), prepared, strict)
    assert no.any() and no[order].tolist() == sorted(no.tolist())


def test_a_run_and_its_fusion(config, folder):
    fused = ensemble.main(config)
    names = [found.model for found in all_runs("power_vocab")]
    assert sorted(names) == ["ensemble", "keyness", "measures"]
    words = train.read_ranking(fused)["word"].tolist()
    assert len(words) == len(set(words)) > 0
    assert fused.read_json("metrics.json")["score"] == metric.score(data.load(folder).gold, words)["average_precision"]
    assert (fused.path / "vocabulary.html").exists()


def test_without_gold_there_is_a_ranking_and_no_score(config, folder, tmp_path):
    for name in ("data", "background"):
        (tmp_path / f"{name}.txt").write_bytes((folder / f"{name}.txt").read_bytes())
    config = replace(config, data=tmp_path, model=("measures",))
    fused = ensemble.main(config)
    assert fused.read_json("metrics.json")["score"] is None
    assert len(train.read_ranking(fused)) > 0
    with pytest.raises(DataError, match="ranker=true needs gold words in both halves"):
        ensemble.main(replace(config, ranker=True))


def test_a_word_is_ranked_by_a_model_that_never_saw_its_label(prepared, config, folder):
    dataset = data.load(folder)
    scores = model.measures(prepared, config)
    before = ensemble.ranked(prepared, scores, dataset, config)
    half = [ensemble.half_of(word) for word in prepared.table["word"]]
    kept = tuple(word for word in dataset.gold if ensemble.half_of(word) == 0)
    other = tuple(word for word in prepared.table["word"] if ensemble.half_of(word) == 1)[:50]
    after = ensemble.ranked(prepared, scores, replace(dataset, gold=kept + other), config)
    second = np.array(half) == 1
    np.testing.assert_array_equal(after[second], before[second])
    assert (after[~second] != before[~second]).any()


def test_given_seeds_are_used_and_unknown_ones_harm_nothing(prepared, config):
    word = prepared.table["word"].iat[0]
    assert model.seeds(replace(prepared, seeds=(word, "查无此词")), config).tolist() == [0]
    assert len(model.seeds(prepared, config)) == config.seeds


def test_propagation_without_any_seed_is_keyness(prepared, config):
    none = replace(prepared, seeds=("查无此词",))
    assert words_by(model.propagate(none, config), none, config) == words_by(model.keyness(none, config), none, config)


@pytest.mark.parametrize("text", ["", "\n\n", "。，！\n", "变\n"])
def test_a_text_without_words(tmp_path, text):
    (tmp_path / "data.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.txt"):
        features.prepare(Config(data=tmp_path), data.load(tmp_path))
