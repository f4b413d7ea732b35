"""The benchmark's rows are what they are called, its tables are paired and written for real data alone."""

import dataclasses

import numpy as np
import pytest

from bench import baidu_ie, measure
from common import paths
from competitions.baidu_ie import data, inference, sample, train
from competitions.baidu_ie.config import Config
from tests.conftest import eager

SMALL = ["width=8", "head=2", "word_dim=4", "word_epochs=1", "filter_rounds=3"]


@pytest.fixture
def folder(tmp_path):
    sample.write(tmp_path / "data", 40, 1)
    return tmp_path / "data"


@pytest.fixture
def quick(monkeypatch, tmp_path, untrained, timed_once):
    """A benchmark of seconds, in this process, without the CRF, which the tests need not have."""
    monkeypatch.setattr(baidu_ie, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(baidu_ie, "REDUCED", {"folds": 1, "epochs": 1, "fine_epochs": 0})
    monkeypatch.setattr(baidu_ie, "QUARTER", {"epochs": 1, "fine_epochs": 0, "sentences": 0.5, "filter_rounds": 0})
    monkeypatch.setattr(baidu_ie, "SEEDS", (1,))
    monkeypatch.setattr(baidu_ie, "ADDITIONS", {})
    monkeypatch.setattr(baidu_ie, "VARIANTS", {})
    monkeypatch.setattr(baidu_ie, "LABELS", {})
    monkeypatch.setattr(baidu_ie, "SINGLE", 2)
    functions = baidu_ie.FUNCTIONS | dict.fromkeys((baidu_ie.CRF, baidu_ie.CRF_EXTRA), baidu_ie.measure_prior)
    monkeypatch.setattr(baidu_ie, "FUNCTIONS", functions)
    monkeypatch.setattr(measure, "alone", lambda function, *arguments: function(*arguments) | {"memory": 0.1})


def test_rows_differ_in_what_they_say():
    config = Config(data="x")
    plans = baidu_ie.plans(config)
    assert plans[baidu_ie.CRF].extra_share == 0 and plans[baidu_ie.CRF_EXTRA].extra_share > 0
    bare = plans[baidu_ie.ORIGINAL]
    assert not (bare.source or bare.tags or bare.postag) and bare.prior and bare.model == ("pointers",)
    last = plans[baidu_ie.best_addition(plans)]
    assert last.source and last.tags and last.postag
    for name, settings in baidu_ie.VARIANTS.items():
        assert plans[name] == dataclasses.replace(last, **settings) != last
    assert plans[baidu_ie.VOTED] == dataclasses.replace(last, model=("pointers", "linker")) and not last.filter_rounds
    assert plans[baidu_ie.FILTERED].filter_rounds == config.filter_rounds
    assert plans[baidu_ie.TYPED] == dataclasses.replace(plans[baidu_ie.FILTERED], types=True)


def test_peers_and_networks_learn_from_the_same_sentences(folder):
    config = Config(data=folder, folds=1)
    dataset = data.load(folder, report=False)
    learned, held_out, extra = baidu_ie.split(config, dataset)
    assert len(learned) + len(held_out) == len(dataset.train) and len(held_out) >= len(dataset.train) // 6
    assert not set(data.groups(held_out)) & set(data.groups([*learned, *extra]))


def test_scripts_and_batches_decode_the_same(folder):
    from competitions.baidu_ie import decode, features
    from competitions.baidu_ie.prior import TriplePrior

    config = Config(data=folder, width=8, word_dim=4, word_epochs=1, word_min_count=1)
    dataset = data.load(folder, report=False)
    prepared = features.prepare(config, dataset)
    network = train.new_network(config, "pointers", prepared)
    known = inference.known_of(TriplePrior(dataset.predicates).fit(dataset.train), config, dataset.dev)
    number, encoded = len(dataset.predicates), prepared.parts["dev"]
    for layer in network.get_layer("subject_model").layers + network.get_layer("object_model").layers:
        if hasattr(layer, "bias_initializer") and layer.use_bias and layer.bias.shape[0] in (2, 2 * number):
            layer.bias.assign(np.full(layer.bias.shape, 2.0))  # an untrained network that finds something
    short = np.argsort([len(sentence.text) for sentence in dataset.dev])[:2]  # every pair of places is asked about
    found = decode.find(network, encoded.take(short), known.take(short), number, 0.0)
    scripted = [baidu_ie.find_by_keras(network, encoded.take([row]), known.take([row]), number, 0.0) for row in short]
    assert len(found) and len(found) == sum(map(len, scripted))
    np.testing.assert_allclose(found.score, np.concatenate([one.score for one in scripted]), atol=1e-4)


def test_margins_are_paired_and_seeds_held_against_the_best():
    right, wrong = np.array([[1, 1, 1, 1]] * 4), np.array([[0, 1, 0, 1]] * 4)
    system = {"counts": right, "score": 0.5, "seconds": 90.0, "speed": 3.0}
    worse = {"counts": wrong, "score": 0.1, "seconds": 30.0, "speed": 3.0}
    rows = baidu_ie.score_rows(
        {baidu_ie.CRF: worse, baidu_ie.CRF_EXTRA: {**worse, "score": 0.0}, baidu_ie.ORIGINAL: system, "ours": system}, seed=1
    )
    assert rows[3][1:4] == ["1.0000"] * 3 and rows[3][5] == "+0.0000 (+0.000 to +0.000)"
    assert rows[3][6] == "+1.0000 (+1.000 to +1.000)" and rows[0][6] == "" and rows[3][7:] == ["0.5000", "1.5", "3"]
    seeds = {("pointers", 1): system, ("pointers", 2): worse}
    assert [row[2:] for row in baidu_ie.seed_rows(seeds)] == [["1.0000", "1.00"], ["0.0000", "0.00"]]


def test_the_whole_table_and_no_file_for_a_sample(folder, quick, capsys, monkeypatch):
    """Every step of the benchmark but training, the additions and the CRF, twice: the second time everything is read."""
    settings = [f"data={folder}", *SMALL, "folds=1", "epochs=1", "fine_epochs=0"]
    (folder / paths.SAMPLE_MARK).write_text("")
    with eager():
        baidu_ie.main(settings)
    shown = capsys.readouterr().out
    assert baidu_ie.CRF in shown and "no file was written" in shown and not baidu_ie.RESULTS.exists()
    runs = {path.parent.name.partition("-")[0] for path in paths.runs("baidu_ie").glob("*/metrics.json")}
    assert len(runs) == 3, "the plan's models and their ensemble alone: no row of the benchmark is the contest's newest run"
    (folder / paths.SAMPLE_MARK).unlink()
    monkeypatch.setattr(baidu_ie.experiment, "train", None)
    baidu_ie.main(settings)
    written = baidu_ie.RESULTS.read_text()
    for part in ("make bench COMP=baidu_ie data=DATA width=8", "| linker |", "five seeds", "each subject by model.predict"):
        assert part in written
    assert str(folder.parent) not in written
