"""Sheets of pictures."""

import numpy as np

from common.images import plots


def test_mistakes_are_drawn_the_surest_first_and_no_more_than_the_sheet_holds(tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(plots, "sheet", lambda images, titles, *_, columns: drawn.update(images=images, titles=titles))
    images, rows = np.arange(8, dtype=np.uint8).reshape(8, 1, 1), np.array([1, 3, 5, 7])
    wrong, sure = np.array([True, False, True, True]), np.array([0.5, 0.9, 0.7, 0.6])
    plots.mistakes(images, rows, wrong, sure, "answer {}".format, tmp_path / "mistakes.png", shape=(1, 2))
    assert drawn["titles"] == ["answer 2", "answer 3"] and drawn["images"].ravel().tolist() == [5, 7]


def test_a_sheet_may_be_empty(tmp_path):
    plots.mistakes(np.zeros((2, 4, 4), np.uint8), np.arange(2), np.zeros(2, bool), np.ones(2), str, tmp_path / "none.png")
    assert (tmp_path / "none.png").stat().st_size > 0
