"""The table of answers, and the ensemble that gives them."""

import numpy as np
import pytest

from common.errors import RunError
from common.experiment.runs import newest_ensemble, open_run
from competitions.lamost import predict
from competitions.lamost.config import Config


def test_the_table_of_predictions_can_be_read_again():
    frame = predict.table_of(["a", "b"], np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.25, 0.5, 0.25]]))
    assert frame.to_csv(index=False).splitlines() == [
        "name,label,star,galaxy,qso,unknown",
        "a,star,0.7,0.1,0.1,0.1",
        "b,qso,0.0,0.25,0.5,0.25",
    ]


def test_the_newest_finished_ensemble_on_the_same_data_and_grid_is_taken(tmp_path):
    mine, other = Config(data=tmp_path / "mine"), Config(data=tmp_path / "other")
    with pytest.raises(RunError, match=r"No finished ensemble.*make ensemble COMP=lamost"):
        newest_ensemble("lamost", mine.data, grid=mine.grid)
    expected = open_run("lamost", "ensemble", mine, "a")
    expected.finish({})
    open_run("lamost", "ensemble", Config(data=tmp_path / "mine", epochs=3), "a")  # newer, not finished
    open_run("lamost", "lightgbm", mine, "a").finish({})
    open_run("lamost", "ensemble", other, "b").finish({})
    open_run("lamost", "ensemble", Config(data=tmp_path / "mine", grid="log10:3.58:3.95"), "a").finish({})
    assert newest_ensemble("lamost", mine.data, grid=mine.grid) == expected
