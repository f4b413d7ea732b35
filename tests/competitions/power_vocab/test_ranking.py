"""Measures, vectors, fusion and the option that learns, on the built-in sample."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from common import paths
from common.errors import ConfigError, DataError
from common.experiment import load
from common.experiment.leaderboard import published_scores
from common.experiment.runs import all_runs
from common.text.word_discovery import WordDiscovery
from competitions.power_vocab import data, ensemble, evaluate, features, metric, model, pictures, predict, ranker, sample, train
from competitions.power_vocab.config import Config
from competitions.power_vocab.inference import read_ranking
from competitions.power_vocab.rules import RULES, refused
from competitions.power_vocab.segmenter import Marker


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    sample.write(folder, 250, 1)
    return folder


@pytest.fixture(scope="module")
def settings(folder):
    return Config(data=folder, dim=16, epochs=2, seeds=20, head=100, model=("keyness", "measures"))


@pytest.fixture(scope="module")
def finished(settings, tmp_path_factory):
    """A home in which both methods have run and are fused, pictures and all, and the features: made once."""
    home = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODIUM_HOME", str(home))
        ensemble.main(settings)
        return home, features.prepare(settings, data.load(settings.data))


@pytest.fixture
def config(settings, finished, own_home):
    """The settings, in a home of the test's own that begins as a copy of the finished one."""
    shutil.copytree(finished[0], own_home)
    return settings


@pytest.fixture
def prepared(finished):
    return finished[1]


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Names of the pictures that a test would draw; only the finished home's are drawn."""
    names = []

    def save(figure, path):
        pictures.plt.close(figure)
        names.append(path.name)

    monkeypatch.setattr(pictures.plots, "save", save)
    return names


def words_by(scores, prepared, config):
    return prepared.table["word"].iloc[model.ordered(scores, prepared, config)].tolist()


def test_the_sample_repeats_and_its_gold_occurs(folder, tmp_path):
    sample.write(tmp_path, 250, 1)
    for name in ("data", "background", "gold"):
        assert (tmp_path / f"{name}.txt").read_bytes() == (folder / f"{name}.txt").read_bytes()
    found = data.load(folder)
    text, background = "\n".join(found.domain_lines()), "\n".join(found.background_lines())
    assert len(found.gold) > 40
    assert all(text.count(word) >= 3 and word not in background for word in found.gold)


def test_measures_beat_keyness_and_keyness_beats_count(prepared, config, folder):
    gold = data.load(folder).gold
    by_count, by_keyness, by_measures = (
        metric.score(gold, words_by(scores, prepared, config))["average_precision"]
        for scores in (prepared.table["count"].to_numpy(), model.keyness(prepared, config), model.measures(prepared, config))
    )
    assert by_measures > by_keyness > by_count


def test_vectors_and_table_come_back_from_the_cache(prepared, config, folder, monkeypatch):
    monkeypatch.delattr(features, "make")
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


def test_a_run_and_its_fusion(config, folder, drawn):
    fused = ensemble.main(config)
    assert not drawn and all((found.plots / "precision_recall.png").stat().st_size for found in all_runs("power_vocab"))
    names = [found.model for found in all_runs("power_vocab")]
    assert sorted(names) == ["ensemble", "keyness", "measures"]
    words = read_ranking(fused)["word"].tolist()
    assert len(words) == len(set(words)) > 0
    assert fused.metrics["score"] == metric.score(data.load(folder).gold, words)["average_precision"]
    assert (fused.path / "vocabulary.html").exists()
    ((piece, known), *others), nothing = load(fused.path).predict([words[0] + "。", ""])
    assert (piece, known) == (words[0], True) and not any(known for _, known in others) and nothing == []


def test_features_are_read_once_and_only_for_what_is_not_finished(config, folder, prepared, monkeypatch):
    asked = []
    monkeypatch.setattr(features, "prepare", lambda *given: asked.append(given) or prepared)
    config = replace(config, model=("measures", "smoothed", "odds"), share_of_vectors=0.25)
    for _ in range(2):
        assert ensemble.main(config).finished
    assert asked == [(config, data.load(folder))]


def test_without_gold_there_is_a_ranking_and_no_score(config, folder, tmp_path, drawn):
    for name in ("data", "background"):
        (tmp_path / f"{name}.txt").write_bytes((folder / f"{name}.txt").read_bytes())
    config = replace(config, data=tmp_path, model=("measures",))
    fused = ensemble.main(config)
    assert fused.metrics["score"] is None and drawn == ["head.png"] * 2
    assert len(read_ranking(fused)) > 0
    with pytest.raises(DataError, match="half of which ranker=true learns from"):
        ensemble.main(replace(config, ranker=True))


def test_a_word_is_ranked_by_a_model_that_never_saw_its_label(prepared, config, folder):
    dataset = data.load(folder)
    scores = model.measures(prepared, config)
    before = ranker.ranked(prepared, scores, dataset, config)
    half = [ranker.half_of(word) for word in prepared.table["word"]]
    kept = tuple(word for word in dataset.gold if ranker.half_of(word) == 0)
    other = tuple(word for word in prepared.table["word"] if ranker.half_of(word) == 1)[:50]
    after = ranker.ranked(prepared, scores, replace(dataset, gold=kept + other), config)
    second = np.array(half) == 1
    np.testing.assert_array_equal(after[second], before[second])
    assert (after[~second] != before[~second]).any()


def test_given_seeds_are_used_and_unknown_ones_harm_nothing(prepared, config):
    word = prepared.table["word"].iat[0]
    assert model.seeds(replace(prepared, seeds=(word, "查无此词")), config).tolist() == [0]
    assert len(model.seeds(prepared, config)) == config.seeds


def test_missing_seeds_are_named(prepared, config, folder, tmp_path, capsys):
    for name in ("data", "background"):
        (tmp_path / f"{name}.txt").write_bytes((folder / f"{name}.txt").read_bytes())
    word = prepared.table["word"].iat[0]
    (tmp_path / "seeds.txt").write_text(f"{word}\n查无此词\n也无此词\n", encoding="utf-8")
    train.main(replace(config, data=tmp_path, model=("keyness",)))
    assert "2 of 3 seeds are not among the words of the text: 查无此词, 也无此词" in capsys.readouterr().out
    assert len(list(paths.cache("power_vocab").iterdir())) == 1, "lists of words make no other features"


def test_without_any_seed_that_occurs_it_says_what_to_do(prepared, config):
    none = replace(prepared, seeds=("查无此词",))
    for method in (model.propagate, model.communities):
        with pytest.raises(DataError, match=r"None of the 1 seeds .*: 查无此词\. Put words into seeds\.txt .* or remove it"):
            method(none, config)


def test_what_is_asked_for_is_fused(prepared, config, capsys):
    by_default, alone = Config(), replace(config, model=("measures", "keyness"))
    assert ensemble.weights(by_default) == {"measures": 1.0, "vectors": 0.5}
    np.testing.assert_array_equal(ensemble.fused(prepared, alone), model.measures(prepared, config))
    both = replace(config, model=("vectors", "measures"))
    expected = model.measures(prepared, config) + 0.5 * model.ranks(model.vectors(prepared, config))
    np.testing.assert_array_equal(ensemble.fused(prepared, both), expected)
    fused = ensemble.main(alone)
    assert [member.model for member in fused.members] == ["measures"]
    assert "Fused: 1 measures\n" in capsys.readouterr().out


@pytest.mark.parametrize("wanted", [{"model": ("keyness",)}, {"model": ("vectors", "propagate"), "share_of_vectors": 0.0}])
def test_nothing_to_fuse_is_said_before_any_work(settings, wanted):
    with pytest.raises(ConfigError, match=r"nothing to fuse.*share_of_vectors .*share_of_propagation"):
        ensemble.main(replace(settings, **wanted))
    assert not all_runs("power_vocab")


def test_settings_of_the_fusion_make_no_ranking_again(config):
    config = replace(config, model=("measures", "vectors"))
    first, *others = [ensemble.main(replace(config, **more)) for more in ({}, {"ranker": True}, {"share_of_vectors": 0.25})]
    assert [other.members for other in others] == [first.members, first.members]
    assert len({first.name, *(other.name for other in others)}) == 3


def test_every_output_says_what_learnt_from_known_words(config, monkeypatch, capsys):
    drawn = []
    monkeypatch.setattr(pictures, "precision_recall", lambda rankings, dataset, path: drawn.append(list(rankings)))
    config = replace(config, head=99)  # another fusion than the finished one
    ensemble.main(config)
    predict.main(config, input=str(config.data / "text.txt"))
    assert "supervised" not in capsys.readouterr().out and "ensemble" in drawn.pop()
    supervised = replace(config, ranker=True)
    fused = ensemble.main(supervised)
    assert drawn.pop() == ["ensemble (supervised)"]
    assert "<p>No longer unsupervised: " in (fused.path / "vocabulary.html").read_text(encoding="utf-8")
    capsys.readouterr()
    predict.main(supervised, input=str(config.data / "text.txt"))
    assert "No longer unsupervised: " in capsys.readouterr().out
    evaluate.main(supervised)
    table = capsys.readouterr().out.rpartition("against ")[2]
    assert f"{fused.name} (supervised)" in table and table.count("(supervised)") == 1
    assert [name for name in drawn.pop() if name.endswith(" (supervised)")] == [f"{fused.name} (supervised)"]


def test_what_a_rule_alone_costs_and_brings(config, folder, monkeypatch):
    """The gold list is what the rule `contains` refuses: all that it refuses is known, and it lowers the score most."""
    shown = {}
    monkeypatch.setattr(evaluate, "show_table", lambda title, columns, rows: shown.update({row[0]: row[1:] for row in rows}))
    dataset = data.load(folder)
    table = features.prepare(config, dataset).table
    gold = tuple(table["word"][np.array(refused(table, ["contains"]))])
    evaluate.measure_rules(replace(config, rules=("contains",)), replace(dataset, gold=gold))
    assert shown.keys() == RULES.keys()
    on, lost, known, gain, says = shown["contains"]
    assert (on, lost, known) == ("on", str(len(gold)), str(len(gold))) and float(gain) < 0 and "contains" in says
    assert float(gain) == min(float(row[3]) for row in shown.values())
    on, lost, known, gain, _ = shown["scans"]
    assert (on, lost, known, gain) == ("off", "0", "0", "+0.0000")


def test_the_features_change_with_all_code_that_makes_them():
    of_text = {path.name for path in features.OF_TEXT}
    assert {"ngrams.py", "pieces.py", "matching.py", "symbols.py", "corpus.py", "segment.py"} < of_text
    assert features.candidates in features.MODULES
    assert paths.code_version(features.__file__) != paths.code_version(features.__file__, features.candidates.__file__)


def test_discovery_counts_where_it_is_told_to(config, folder, monkeypatch):
    seen = []

    class Discovery(WordDiscovery):
        def fit(self, corpus):
            seen.append((self.memory, self.workers, self.cluster))
            self.cluster = None
            return super().fit(corpus)

    monkeypatch.setattr(features.word_discovery, "WordDiscovery", Discovery)
    dataset = data.load(folder)
    elsewhere = replace(config, memory=1 << 20, workers=2, cluster="tcp://host:8786")
    assert features.discovered(elsewhere, dataset, 3) == features.discovered(config, dataset, 3)
    assert seen == [(1 << 20, 2, "tcp://host:8786"), (config.memory, None, None)]


def test_the_text_alone_is_enough(config, folder, tmp_path):
    (tmp_path / "data.txt").write_bytes((folder / "data.txt").read_bytes())
    alone = replace(config, data=tmp_path)
    found = features.prepare(alone, data.load(tmp_path))
    assert len(found.table) and (found.table["background"] == 0).all() and found.background_size == 0
    assert np.isfinite(model.measures(found, alone)).all()


def test_lines_of_single_words_are_ranked_without_vectors(config, tmp_path, capsys):
    (tmp_path / "data.txt").write_text("变压器\n母线\n断路器\n绕组\n" * 5, encoding="utf-8")
    config = replace(config, data=tmp_path, model=("odds", "measures"))
    fused = ensemble.main(config)
    assert "No word vectors: no word stands beside others in 3 places" in capsys.readouterr().out
    assert {"变压器", "母线"} <= set(read_ranking(fused)["word"])
    found = features.prepare(config, data.load(tmp_path))
    for name in ("vectors", "propagate", "communities"):
        with pytest.raises(DataError, match=r"too short for word vectors.*model=keyness,smoothed,likelihood,odds,measures"):
            getattr(model, name)(found, config)


def test_long_sentences_come_in_parts(monkeypatch):
    monkeypatch.setattr(features, "LONGEST", 4)
    words = ["变压器", "母线"] * 5
    parts = list(features.segmented(["、".join(words)], Marker(words)))
    assert parts == [words[:4], words[4:8], words[8:]]


def test_published_figures_say_what_they_are(config):
    assert ensemble.main(config).metrics["metric"] == "average precision of the first 10,000"
    row, *_ = published_scores("power_vocab")
    assert row["data"].endswith("precision of the first 10,000 words, not average precision")


@pytest.mark.parametrize("text", ["", "\n\n", "。，！\n", "变\n"])
def test_a_text_without_words(tmp_path, text):
    (tmp_path / "data.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.txt"):
        features.prepare(Config(data=tmp_path), data.load(tmp_path))
