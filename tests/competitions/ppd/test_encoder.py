"""The sentence encoder on groups of made-up questions, and the search for the nearest of them."""

import dataclasses
import tracemalloc

import keras
import numpy as np
import pytest

from common import run
from common.errors import ConfigError, DataError, RunError
from common.experiment.leaderboard import finished_runs
from common.experiment.runs import open_run
from common.ragged import Ragged
from competitions.ppd import encoder, predict, retrieval
from competitions.ppd.config import LOSSES, Config

pytestmark = pytest.mark.backend
CONFIG = Config(
    model=("encoder",),
    encoder_width=12,
    encoder_batch=20,
    encoder_epochs=2,
    encoder_least=1,
    encoder_learning_rate=0.02,
    warm_up_steps=0,
    momentum=0.9,
)


@pytest.fixture(scope="module")
def questions():
    """Sixty groups of three: each says the same two characters of meaning among others that mean nothing."""
    random = np.random.default_rng(0)
    meaning, noise = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", "的了吗呢请问"
    groups, texts = [], []
    for group in range(60):
        first, second = meaning[group // 15 * 4 + group % 4], meaning[group % 16]
        for _ in range(3):
            fill = "".join(random.choice(list(noise), random.integers(1, 6)))  # at most eight characters: few shapes
            groups.append(group)
            texts.append(fill[:1] + first + second + fill[1:])
    return np.array(groups), texts


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains(loss, questions):
    groups, texts = questions
    trained, log, scores = encoder.fit(groups, texts, dataclasses.replace(CONFIG, encoder_loss=loss))
    assert log["loss"].iloc[-1] < log["loss"].iloc[0]
    assert set(scores) == {"top1", "top5", "top10", "queries"} and scores["queries"] == 36
    vectors = trained.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sample_of_the_groups_trains_too_but_not_more_than_there_are(questions):
    _, log, _ = encoder.fit(*questions, dataclasses.replace(CONFIG, encoder_negatives=20))
    assert log["loss"].iloc[-1] < log["loss"].iloc[0]
    with pytest.raises(ConfigError, match="encoder_negatives=43: there are only 42 training groups"):
        encoder.fit(*questions, dataclasses.replace(CONFIG, encoder_negatives=43))


def test_parts_share_no_group_and_characters_are_counted_on_the_first_alone(questions):
    groups, texts = questions
    rows = encoder.split(groups, 1)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(180))
    parts = [set(groups[chosen]) for chosen in rows.values()]
    assert [len(part) for part in parts] == [42, 6, 12] and not (parts[0] & parts[1] or parts[0] & parts[2])
    marked = [text + ("龘" if row in rows["score"] else "") for row, text in enumerate(texts)]
    trained, *_ = encoder.fit(groups, marked, dataclasses.replace(CONFIG, seed=1, encoder_epochs=1))
    assert "龘" not in trained.vocabulary.characters_ and "甲" in trained.vocabulary.characters_
    with pytest.raises(DataError, match="has 3 groups; expected at least 10"):
        encoder.split(np.array([0, 1, 2]), 1)


def test_padding_does_not_enter_the_vector():
    keras.utils.set_random_seed(0)
    network = encoder.new_encoder(9, CONFIG)
    ids = Ragged.of([[2, 3, 4], [5, 6]])
    short = network.predict_on_batch(ids.padded(np.arange(2), multiple=4))
    np.testing.assert_allclose(network.predict_on_batch(ids.padded(np.arange(2), multiple=16)), short, atol=1e-6)


def test_mates_stand_in_one_batch_and_each_question_once(questions):
    groups, texts = questions
    vocabulary = encoder.CharVocabulary().fit(texts)
    ids = encoder.ids_of(texts, vocabulary, 32)
    drawn = encoder.MateBatches(ids, groups, CONFIG, np.random.default_rng(0))
    rows = [drawn[number][1] for number in range(len(drawn))]
    assert sorted(np.concatenate(rows)) == sorted(groups)
    alone = sum(int((np.unique(labels, return_counts=True)[1] == 1).sum()) for labels in rows)
    assert alone <= len(drawn)
    assert len({drawn[number][0].shape[1] for number in range(len(drawn))}) == 1
    before = drawn.order.copy()
    drawn.on_epoch_end()
    assert not np.array_equal(before, drawn.order)


def test_search_is_exact_and_leaves_out_itself_by_number(monkeypatch):
    random = np.random.default_rng(0)
    vectors = random.normal(size=(50, 4)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7] = vectors[3]
    monkeypatch.setattr(retrieval, "CELLS", 300)  # blocks of six queries
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -np.inf)
    rows, cosines = retrieval.search(vectors, vectors, 5, own=np.arange(50))
    np.testing.assert_allclose(cosines, -np.sort(-cosine, axis=1)[:, :5], atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(cosine, rows, axis=1), cosines, atol=1e-6)
    assert rows[3, 0] == 7 and rows[7, 0] == 3, "a duplicate is another question"
    everything, _ = retrieval.search(vectors, vectors[:2], 99)
    assert everything.shape == (2, 50) and everything[0, 0] == 0
    with pytest.raises(ConfigError, match="k=0"):
        retrieval.search(vectors, vectors, 0)


def test_accuracy_by_hand():
    angles = np.radians([0, 1, 50, 53, 56, 90])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("float32")
    groups = np.array([0, 0, 1, 2, 1, 3])  # 2 and 3 are alone, and 53 degrees stands between 50 and 56
    found = retrieval.accuracy(vectors, groups, ranks=(1, 2))
    assert found == {"top1": 0.5, "top2": 1.0, "queries": 4}
    with pytest.raises(ConfigError, match="no group has two questions"):
        retrieval.accuracy(vectors, np.arange(6))


def test_search_never_holds_all_cosines(monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(4000, 8)).astype("float32")
    monkeypatch.setattr(retrieval, "CELLS", 1 << 16)  # of 2 million
    tracemalloc.start()
    retrieval.search(vectors, vectors[:500], 10, own=np.arange(500))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 4 * retrieval.CELLS, "2 MB; all cosines, their negatives and the order of these are 32 MB"


def test_a_run_of_its_own_answers_with_the_nearest_questions(questions, tmp_path, capsys):
    groups, texts = questions
    lines = [f"{group}\t{text}" for group, text in zip(groups, texts, strict=True)]
    (tmp_path / "tongyiju.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = dataclasses.replace(CONFIG, data=tmp_path, encoder_epochs=1)
    encoder.main(config)
    assert "top-10" in capsys.readouterr().out
    finished = encoder.train_encoder(config)
    trained, known = encoder.Encoder.load(finished.path / "encoder"), finished.load_arrays("questions")
    found = retrieval.nearest(trained, known, texts[4], k=3)
    assert "finished before" in capsys.readouterr().out
    assert len(found) == 3 and texts[4] in dict(found) and found[0][1] == pytest.approx(1, abs=2e-3)
    assert found[0][1] >= found[1][1] >= found[2][1]
    (row,) = finished_runs("ppd")
    assert row["greater"] is True and row["score"] == row["top1"]

    open_run("ppd", "encoder", dataclasses.replace(config, encoder_width=13), "unfinished, and the newest")
    run.run_stage("ppd", "predict", [f"data={tmp_path}", f"question= {texts[4]} "])
    shown = capsys.readouterr().out
    title, table = shown[shown.index("nearest to") :].split("\n", 1)
    rows = [line.split() for line in table.splitlines() if line.strip() and "─" not in line][1:]
    assert f"nearest to '{texts[4]}'" in title and len(rows) == predict.NEAREST and any(texts[4] in row for row in rows[:3])
    cosines = [float(cosine) for _, cosine in rows]
    assert cosines == sorted(cosines, reverse=True) and cosines[0] == pytest.approx(1, abs=2e-3)
    np.testing.assert_allclose(cosines[:3], [cosine for _, cosine in found], atol=1e-3)
    with pytest.raises(ConfigError, match="question= is empty"):
        run.run_stage("ppd", "predict", [f"data={tmp_path}", "question=　"])  # a full-width blank
    with pytest.raises(DataError, match="has learnt no character of 'ψψψψ'"):
        run.run_stage("ppd", "predict", [f"data={tmp_path}", "question=ψψψψ"])
    (tmp_path / "other").mkdir()
    with pytest.raises(RunError, match=r"No finished encoder of .*other. Make one"):
        run.run_stage("ppd", "predict", [f"data={tmp_path / 'other'}", f"question={texts[4]}"])
    with pytest.raises(DataError, match="missing; expected lines of 2 fields"):
        encoder.main(dataclasses.replace(config, data=tmp_path / "none"))
    (tmp_path / "tongyiju.csv").write_text("a\t怎么还款\nb\t怎么借钱\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"tongyiju.csv: every question is alone in its group"):
        encoder.main(config)


def test_an_unfinished_encoder_is_not_asked(tmp_path):
    open_run("ppd", "encoder", dataclasses.replace(CONFIG, data=tmp_path), "broken off")
    with pytest.raises(RunError, match=r"No finished encoder.*make train COMP=ppd model=encoder"):
        run.run_stage("ppd", "predict", [f"data={tmp_path}", "question=怎么还款"])
