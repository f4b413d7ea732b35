"""The benchmark's rows add up, its peer finds answers, its tables are paired and written for real data alone."""

import os
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from bench import measure, webqa
from common import paths
from common.errors import ConfigError, DataError
from competitions.webqa import data, ensemble, sample
from competitions.webqa.config import Config
from tests.conftest import eager

SMALL = (
    "width=8",
    "word_dim=8",
    "word_epochs=1",
    "pretrain_epochs=1",
    "cloze_questions=20",
    "threshold=0.0001",
    "longest_answer=4",
)


@pytest.fixture
def folder(tmp_path):
    """30 sample questions."""
    sample.write(tmp_path / "sample", 30, seed=1)
    return tmp_path / "sample"


@pytest.fixture
def quick(monkeypatch, tmp_path, untrained, timed_once):
    """The least budget, everything in this process."""
    monkeypatch.setattr(webqa, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(webqa, "REDUCED", {"folds": 1, "epochs": 1, "fine_epochs": 0})
    monkeypatch.setattr(webqa, "SINGLE", 3)
    monkeypatch.setattr(measure, "alone", lambda function, *arguments: function(*arguments) | {"memory": 0.1})
    with eager(), threadpool_limits(1):  # on a busy machine the trees' threads wait for each other
        yield


def test_each_row_adds_one_setting_to_the_row_before():
    config = Config(vectors_corpus=("texts",))
    plans = webqa.plans(config)
    peers = [webqa.RANKER, webqa.PUBLISHED, webqa.ORIGINAL]
    assert list(plans) == [*peers, webqa.READER, *webqa.ADDITIONS, webqa.RERANKED, webqa.OFFERED]
    rows = [vars(plan) for plan in plans.values()]
    for before, row, field in zip(rows[3:], rows[4:], webqa.ADDITIONS.values(), strict=False):
        assert [name for name in row if row[name] != before[name]] == [field]
    expected = {**vars(config), **webqa.REDUCED, "model": ("reader",)}
    assert rows[-2] == rows[-3] == expected and rows[-1] == {**expected, "model": ("reader", "ranker")}
    assert "+ plain texts for vectors and cloze questions" not in webqa.plans(Config())


def test_the_original_has_the_budget_of_our_reader():
    plans = webqa.plans(Config(vectors_corpus=("texts",), pretrain_epochs=3, extra_share=0.5))
    ours, bare = plans[webqa.RERANKED], plans[webqa.READER]
    assert plans[webqa.ORIGINAL] == replace(ours, model=("original",))
    assert plans[webqa.PUBLISHED] == replace(bare, model=("original",))
    assert (bare.pretrain_epochs, bare.extra_share, bare.vectors_corpus) == (0, 0, ())


def test_no_row_reads_what_was_measured_of_another(folder, tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(measure, "resumed", lambda path, *_: read.append(path))
    config, dataset = Config(data=folder, vectors_corpus=(folder / "passages.txt",)), data.load(folder, report=False)
    for settings in (config, replace(config, width=64), replace(config, rerank_rounds=5)):
        webqa.measure_systems(tmp_path, webqa.plans(settings), dataset)
    assert len(read) == len(set(read)) == 3 * len(webqa.plans(config))


def test_what_the_rows_set_cannot_be_given(folder):
    with pytest.raises(ConfigError, match=r"epochs, model: the benchmark sets epochs, fine_epochs, folds, model itself"):
        webqa.main([f"data={folder}", "model=reader", "epochs=2"])


def test_a_validation_part_is_needed(folder):
    for path in folder.glob("me_validation*"):
        path.unlink()
    with pytest.raises(DataError, match=r"no answered validation questions"):
        webqa.main([f"data={folder}"])


def test_margins_share_their_resamples(folder):
    dataset = data.load(folder, report=False)
    right = [next(iter(question.answers)) for question in dataset.valid]
    system = {"answers": np.array(right), "score": 0.5, "seconds": 90.0}
    rows = webqa.score_rows({webqa.ORIGINAL: system, webqa.RANKER: system, "ours": system}, dataset, seed=1)
    same = "+0.0000 (+0.000 to +0.000)"
    assert rows[2] == ["ours", "1.0000", "1.0000", "1.0000", "1.000 - 1.000", same, same, "0.5000", "1.5"]
    assert rows[0][5] == "" and rows[1][6] == ""


def test_speeds_are_medians_of_ways_in_turn():
    order = []
    speeds = measure.in_turn({name: lambda name=name: order.append(name) or 1 for name in "ab"}, 3)
    assert "".join(order) == "ab" * 4 and all(len(values) == 3 for values in speeds.values())
    rows = measure.speed_rows({"fast": np.array([8.0, 9.0, 1.0]), "slow": np.array([2.0, 1.0, 9.0]), "memory": 0.1})
    assert rows == [["fast", "8.0", "1.0 - 9.0", "1.00"], ["slow", "2.0", "1.0 - 9.0", "4.00"]]


def test_rows_have_a_home_of_their_own_and_share_the_cache(tmp_path):
    before = os.environ["PODIUM_HOME"]
    cache = paths.cache("webqa").resolve()
    for _ in range(2):
        with measure.own_home(tmp_path / "bench"):
            assert paths.runs("webqa").is_relative_to(tmp_path / "bench") and paths.cache("webqa").resolve() == cache
    assert os.environ["PODIUM_HOME"] == before


def test_the_whole_table_and_no_file_for_a_sample(folder, quick, capsys, monkeypatch):
    """Every step of the benchmark but training and the additions, twice: the second time everything is read."""
    monkeypatch.setattr(webqa, "ADDITIONS", {})
    settings = [f"data={folder}", *SMALL]
    (folder / paths.SAMPLE_MARK).write_text("")
    webqa.main(settings)
    shown = capsys.readouterr().out
    assert webqa.RANKER in shown and "no file was written" in shown and not webqa.RESULTS.exists()
    assert not list(paths.runs("webqa").glob("*/config.json")), "no run of the benchmark is the contest's newest"
    (folder / paths.SAMPLE_MARK).unlink()
    monkeypatch.setattr(webqa.experiment, "train", None)
    monkeypatch.setattr(ensemble, "blend", None)
    webqa.main(settings)
    written = webqa.RESULTS.read_text()
    for part in ("make bench COMP=webqa data=DATA width=8", "| + re-ranker |", "one at a time, model.predict", "tags=false"):
        assert part in written
    assert str(folder.parent) not in written
