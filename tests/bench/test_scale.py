"""Data sets of any size are read by their contests and hold what was asked for; the table tells what was measured."""

import importlib

import numpy as np
import pytest

from bench import grown, scale
from common.errors import ConfigError
from competitions.baidu_ie import data as sentences
from competitions.lamost import data as spectra
from competitions.power_vocab import data as vocabulary
from competitions.ppd import data as pairs
from competitions.webqa import data as questions


@pytest.fixture
def grow(tmp_path):
    """A set of a contest from its built-in sample: `grow(contest, size of the sample, training records, test records)`."""

    def made(contest, size, train, test):
        importlib.import_module(f"competitions.{contest}.sample").write(tmp_path / "source", size, seed=1)
        (tmp_path / "grown").mkdir()
        getattr(grown, contest)(tmp_path / "source", tmp_path / "grown", train, test, np.random.default_rng(0))
        return tmp_path / "grown"

    return made


def test_spectra_grow_by_noise(grow):
    dataset = spectra.load(grow("lamost", 48, 130, 7))
    assert len(dataset.train.ids) == 130 and len(dataset.test.ids) == 7 and not dataset.train.broken
    assert len(np.unique(np.asarray(dataset.train.flux), axis=0)) == 130


def test_questions_grow_in_letters_and_have_their_answers(grow):
    dataset = questions.load(grow("webqa", 30, 100, 5), report=False)
    read = len(dataset.train)  # without twins of scored questions
    assert 90 < read <= 100 and len(dataset.test) == 5 and all(len(one.passages) >= 12 for one in dataset.train)
    assert len({one.text for one in dataset.train}) == read and all(one.answers for one in dataset.train)
    stands = [answer in passage.text for one in dataset.train for passage in one.passages for answer in passage.answers]
    assert stands and np.mean(stands) > 0.95


def test_sentences_grow_and_keep_their_triples(grow):
    dataset = sentences.load(grow("baidu_ie", 60, 200, 9), report=False)
    assert len(dataset.train) == len({one.text for one in dataset.train}) == 200 and len(dataset.test) == 9
    assert not any(map(sentences.not_inside, dataset.train)) and not any(one.triples for one in dataset.test)


def test_a_text_grows_to_its_size_and_in_words(grow):
    folder = grow("power_vocab", 100, 20_000, 0)
    lines = list(vocabulary.load(folder).domain_lines())
    assert 20_000 <= sum(map(len, lines)) < 20_200 and (folder / "background.txt").exists()
    first = lines[: len(list(vocabulary.load(folder.parent / "source").domain_lines()))]
    assert set("".join(lines)) == set("".join(first)) and len(set(lines)) > 1.5 * len(set(first))


def test_pairs_grow_with_their_questions(grow):
    dataset = pairs.load(grow("ppd", 200, 500, 60), report=False)
    assert len(dataset.pairs) == 500 and len(dataset.test_pairs) == 60
    assert len(set(dataset.names)) == len(dataset.names) > 500
    texts = [dataset.word.ids[row].tobytes() for row in range(len(dataset.names))]
    first = sum(name.endswith("-0") for name in dataset.names)
    assert len(set(texts)) > 1.2 * len(set(texts[:first]))


@pytest.mark.parametrize("argument", ["size=0", "steps=few", "rounds=-1"])
def test_numbers_that_cannot_be_are_refused(argument):
    with pytest.raises(ConfigError, match="expected a number"):
        scale.options([argument])


def test_a_contest_without_an_official_size_is_named():
    with pytest.raises(ConfigError, match="COMP=captcha: part=scale knows the sizes of lamost"):
        scale.main("captcha", [])


def test_the_table_of_a_contest(own_home, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(scale.measure, "alone", lambda function, *given: function(*given) | {"memory": 0.5})
    monkeypatch.setitem(grown.SIZES, "ppd", grown.Official(3_000, 500, "pairs"))
    monkeypatch.setattr(scale, "RESULTS", tmp_path)
    importlib.import_module("competitions.ppd.sample").write(tmp_path / "data", 200, seed=1)
    arguments = [f"data={tmp_path / 'data'}", "size=0.1", "rounds=2", "model=trees", "tree_rounds=20", "workers=1"]
    scale.main("ppd", arguments)
    page = (tmp_path / "scale-ppd.md").read_text(encoding="utf-8")
    assert "300 pairs (training), 50 pairs (test)" in page and "data=DATA size=0.1" in page
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith(("| reading", "| features", "| trees"))]
    assert [row[1] for row in rows] == ["300", "350", "300", "50"] and "all 20 rounds, from 2" in rows[2][-1]
    assert all(float(row[2]) >= 0 for row in rows)
    monkeypatch.setattr(scale.measure, "alone", None)
    scale.main("ppd", arguments)  # all is kept
    assert "all 20 rounds, from 2" in capsys.readouterr().out


def test_a_training_is_cut_short_and_told_from_its_steps(own_home, tmp_path):
    importlib.import_module("competitions.ppd.sample").write(tmp_path / "data", 200, seed=1)
    settings = [f"data={tmp_path / 'data'}", "width=4", "batch_size=16"]
    found = scale.fit("ppd", settings, "siamese", steps=2, rounds=1)
    assert found["records"] == 200 and "an epoch, from 2 of" in found["note"] and found["records_test"] > 0
    assert found["seconds"] > 0 and found["memory_training"] > 0
