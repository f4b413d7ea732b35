import dataclasses

import pytest

from common import paths
from common.experiment.leaderboard import finished_runs, published_scores, show, write
from common.experiment.runs import open_run


@dataclasses.dataclass(frozen=True)
class Config:
    epochs: int = 20
    folds: int = 5


@pytest.fixture
def contests(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CONTESTS", tmp_path / "competitions")
    (tmp_path / "competitions" / "toy").mkdir(parents=True)
    return tmp_path / "competitions"


def make_run(score, spread=0.0123, seconds=90.0, folds=5, fingerprint="abc", **more):
    run = open_run("toy", "resnet", Config(epochs=round(score * 10_000), folds=folds), fingerprint)
    values = {"metric": "macro-F1", "score": score, "spread": spread, "seconds": seconds, "data": "official (abc)", **more}
    run.finish(values)
    return run


def lines_with(output, text):
    return [line for line in output.splitlines() if text in line]


def test_the_best_run_stands_first(contests, capsys):
    runs = {score: make_run(score) for score in (0.5, 0.75, 0.625)}
    show(["toy"])
    output = capsys.readouterr().out
    assert "toy: macro-F1" in output
    assert [line.split()[0] for line in lines_with(output, "resnet-")] == ["0.7500", "0.6250", "0.5000"]
    assert runs[0.75].name in lines_with(output, "0.7500")[0]


def test_where_less_is_better_the_least_stands_first(contests):
    for score in (0.5, 0.25, 0.75):
        make_run(score, greater=False)
    assert [row["score"] for row in finished_runs("toy")] == [0.25, 0.5, 0.75]


def test_a_row_has_score_spread_minutes_and_run(contests, capsys):
    run = make_run(0.5, spread=0.04321, seconds=150)
    show(["toy"])
    (line,) = lines_with(capsys.readouterr().out, run.name)
    assert line.split() == ["0.5000", "0.0432", "2.5", run.name]


def test_what_learnt_from_labels_that_others_do_without_is_marked(contests, capsys):
    plain, other = make_run(0.5), make_run(0.6, supervised="learnt from one half of the gold list")
    show(["toy"])
    output = capsys.readouterr().out
    assert f"{other.name} (supervised)" in output and f"{plain.name} (supervised)" not in output


def test_other_data_and_other_fold_counts_have_tables_of_their_own(contests, capsys):
    for score, more in ((0.5, {}), (0.6, {"folds": 1}), (0.7, {"fingerprint": "def"})):
        make_run(score, **more)
    show(["toy"])
    titles = lines_with(capsys.readouterr().out, "toy: ")
    assert [title.strip() for title in titles] == [
        "toy: macro-F1 on official (abc), 5 folds [def]",
        "toy: macro-F1 on official (abc), one hold-out part [abc]",
        "toy: macro-F1 on official (abc), 5 folds [abc]",
    ]


def test_a_hold_out_has_no_spread(contests, capsys):
    run = make_run(0.5, spread=None)
    show(["toy"])
    (line,) = lines_with(capsys.readouterr().out, run.name)
    assert line.split() == ["0.5000", "1.5", run.name]


def test_published_scores_stand_below_ours_with_their_source(contests, capsys):
    make_run(0.5)
    (contests / "toy" / "published.csv").write_text(
        "score,system,data,source\n0.8304,第一名,final round,https://example.org/a\n0.80,baseline,final round,the organisers\n",
        encoding="utf-8",
    )
    show(["toy"])
    output = capsys.readouterr().out
    assert output.index("resnet-") < output.index("第一名") < output.index("baseline")
    (line,) = lines_with(output, "第一名")
    assert line.split() == ["0.8304", "第一名", "final", "round", "https://example.org/a"]


def test_unfinished_runs_are_not_shown(contests, capsys):
    run = open_run("toy", "resnet", Config(), "abc")
    show(["toy"])
    assert run.name not in capsys.readouterr().out


def test_runs_of_an_older_layout_are_left_out_and_named(contests, capsys):
    older, newer = make_run(0.75), make_run(0.5)
    older.write_json("config.json", {**older.read_json("config.json"), "layout": 0})
    show(["toy"])
    captured = capsys.readouterr()
    assert lines_with(captured.out, "resnet-") == lines_with(captured.out, newer.name)
    assert "Left out: " in captured.err
    assert older.name in captured.err


def test_a_contest_without_runs_and_published_scores_has_no_table(contests, capsys):
    show(["toy"])
    assert capsys.readouterr().out == ""
    assert published_scores("toy") == []


def test_the_page_has_our_runs_the_published_scores_and_their_sources(contests, tmp_path):
    (contests / "toy" / "published.csv").write_text(
        "score,system,data,source\n0.9,<b>,its own,https://a.org/b\n", encoding="utf-8"
    )
    best, other = make_run(0.75), make_run(0.5)
    (contests / "empty").mkdir()
    path = write(["toy", "empty"], tmp_path / "new" / "board.html")
    text = path.read_text(encoding="utf-8")
    assert text.index(best.name) < text.index(other.name) < text.index("0.9")
    assert "&lt;b&gt;" in text and '<a href="https://a.org/b">' in text
    assert "<h2>empty</h2>" in text and "No runs yet, and nothing published." in text
