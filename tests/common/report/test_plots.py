import numpy as np
import pandas as pd
import pytest

from common.report import plots

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def log():
    return pd.DataFrame({"fold": [0, 0, 0, 1, 1], "epoch": [1, 2, 3, 1, 2], "loss": [3, 2, 1, 3, 2], "score": np.arange(5) / 5})


def assert_picture(path):
    assert path.read_bytes().startswith(PNG)
    assert path.stat().st_size > 2000
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert plots.plt.get_fignums() == [], "the figure is closed"


def test_learning_curves_are_drawn(log, tmp_path):
    plots.learning_curves(log, tmp_path / "curves.png", "macro-F1")
    assert_picture(tmp_path / "curves.png")


def test_a_model_without_epochs_has_its_scores_drawn_alone(log, tmp_path, monkeypatch):
    panels = []
    monkeypatch.setattr(plots, "save", lambda figure, path: panels.extend(figure.axes))
    plots.learning_curves(log[log["epoch"] == 1].assign(loss=np.nan), tmp_path / "curves.png", "macro-F1")
    (panel,) = panels
    assert panel.get_ylabel() == "macro-F1"
    assert [(line.get_ydata().tolist(), line.get_marker()) for line in panel.lines] == [([0.0], "o"), ([0.6], "o")]
    plots.learning_curves(
        log.assign(score=[np.nan, np.nan, 0.5, np.nan, 0.6]), tmp_path / "curves.png"
    )  # its last epochs alone
    _, loss, score = panels
    assert [line.get_marker() for line in (*loss.lines, *score.lines)] == ["None", "None", "o", "o"]
    plots.plt.close("all")


def test_learning_curves_mark_where_the_stage_changes(log, tmp_path):
    plots.learning_curves(log, tmp_path / "one" / "curves.png")
    plots.learning_curves(log.assign(stage=[1, 1, 2, 1, 2]), tmp_path / "two" / "curves.png")
    assert_picture(tmp_path / "two" / "curves.png")
    assert (tmp_path / "one" / "curves.png").read_bytes() != (tmp_path / "two" / "curves.png").read_bytes()


def test_a_confusion_matrix_is_drawn_even_where_a_class_never_occurs(tmp_path):
    plots.confusion_matrix([0, 1, 1, 0], [0, 1, 0, 0], ("star", "galaxy", "qso"), tmp_path / "confusion.png")
    assert_picture(tmp_path / "confusion.png")
