import re

import pytest

from bench import games
from common.errors import ConfigError
from tests.competitions.generation.test_games import settings
from tests.conftest import eager


def test_rows_are_trained_once_from_every_seed(monkeypatch, capsys):
    kept = {name: games.STABILITY[name] for name in ("stability 0", "stability 5")}
    monkeypatch.setitem(games.ROWS, "stability", kept)
    monkeypatch.setattr("competitions.generation.judge.LEAST_ACCURACY", 0.1)
    given = [one for one in settings("judge_epochs=1") if not one.startswith(("model=", "seed="))]
    with eager():
        games.main([*given, "rows=stability", "seeds=1"])
        shown = capsys.readouterr().out
        assert re.search(r"stability 5 +\d+\.\d\d .* of 1 ", shown) and "finished before" not in shown
        games.main([*given, "rows=stability", "seeds=1"])
    assert capsys.readouterr().out.count("finished before") == 2


def test_collapse_is_of_few_classes_or_of_a_score_far_from_the_others():
    found = [{"FID": fid, "x floor": fid, "classes": classes, "seconds": 60} for fid, classes in ((1, 10), (2, 7), (7, 10))]
    assert games.line("row", found, middle=2)[1:] == ["2.00", "7.00", "2.000", "7", "2 of 3", "1.0"]


def test_rows_that_there_are_not_are_refused():
    with pytest.raises(ConfigError, match="models or stability"):
        games.main(["rows=model"])
