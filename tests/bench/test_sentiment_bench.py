"""What the two tables of sentiment say, on very little."""

import numpy as np
import pytest

from bench import saliency, sentiment
from common.errors import ConfigError
from competitions.sentiment import sample
from tests.conftest import eager


@pytest.mark.parametrize(("compare", "other"), [("losses", "threshold 0.6"), ("attacks", "fast, 0.5")])
def test_gains_over_the_cross_entropy_are_shown_with_and_without_noise(compare, other, tmp_path, monkeypatch, capsys):
    sample.write(tmp_path / "set", 60, 0)
    monkeypatch.setitem(sentiment.COMPARED, compare, [sentiment.PLAIN, other])
    with eager():
        sentiment.main([f"data={tmp_path / 'set'}", f"compare={compare}", "texts=40", "seeds=2", "epochs=1", "noise=0,0.3"])
    rows = [line for line in capsys.readouterr().out.splitlines() if "%" in line and (other in line or "cross" in line)]
    assert [row.split("%")[0].split()[-1] for row in rows] == ["0", "0", "30", "30"]
    assert " to " in rows[1] and " to " not in rows[0]


def test_planted_words_stand_where_they_are_counted():
    ids, labels, words = saliency.planted_sentences(50, np.random.default_rng(0))
    for row, label in enumerate(labels):
        keys = ids[row][ids[row] < 2 + 2 * saliency.KEYS] - 2
        assert 1 <= len(keys) <= 2 and (keys // saliency.KEYS == label).all() and ids[row].max() < words
    units = [ids[row] for row in range(50)]
    perfect = [(one < 2 + 2 * saliency.KEYS).astype(float) for one in units]
    assert saliency.hits_of(units, perfect)[0] == 1 and saliency.hits_of(units, [-one for one in perfect])[0] == 0


def test_every_way_is_judged(monkeypatch, capsys):
    monkeypatch.setattr(saliency, "EXPLAINED", 4)
    with eager():
        saliency.main(["texts=24", "seeds=1", "epochs=1"])
    shown = capsys.readouterr().out
    assert all(way in shown for way in saliency.WAYS) and "nan" not in shown


@pytest.mark.parametrize("bench", [sentiment, saliency])
def test_an_unknown_argument_is_refused(bench):
    with pytest.raises(ConfigError, match="no argument 'seed'"):
        bench.main(["seed=1"])
