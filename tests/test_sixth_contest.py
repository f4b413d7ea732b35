"""A sixth contest is one folder: `tests/toy_contest/` runs through every target and nothing else is touched."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.checkout import contents, copy_repository, make
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = copy_repository(tmp_path_factory.mktemp("checkout"))
    shutil.copytree(
        REPOSITORY / "tests" / "toy_contest", folder / "competitions" / "toy", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def test_a_folder_is_all_that_a_new_contest_needs(copy):
    before = contents(copy)
    helped = make(copy, "help")
    assert re.search(r"\n  toy +Toy: the colour of a point on a chequered board; the smallest complete contest\.", helped)

    shown = {stage: make(copy, stage, "COMP=toy", "folds=3") for stage in ("data", "train", "ensemble", "submit", "evaluate")}
    assert "making a sample of size 200" in shown["data"] and "200 training points, 100 test points" in shown["data"]
    assert all("built-in sample" in text for text in shown.values())
    accuracy = float(re.search(r"logistic +(0\.\d+)", shown["train"])[1])
    assert accuracy > 0.9
    assert "(chosen)" in shown["ensemble"] and "nested choice" in shown["ensemble"]
    assert "Wrote submissions/toy.csv (100 lines)" in shown["submit"]
    assert all(float(score) > 0.9 for score in re.findall(r"(?:logistic|ensemble)-\w+ +(0\.\d+|1\.0+)", shown["evaluate"]))
    assert "finished before" in make(copy, "submit", "COMP=toy"), "later stages take the plan that was trained"

    (copy / "data").rename(copy / "moved_away")
    assert "0.5,-0.3: blue" in make(copy, "predict", "COMP=toy", "input=0.5,-0.3"), "what was learnt answers by itself"
    assert "input=here: expected two numbers" in make(copy, "predict", "COMP=toy", "input=here", status=2)
    assert "There is no run runs/toy/ensemble-0" in make(copy, "predict", "COMP=toy", "input=1,1", "run=ensemble-0", status=2)
    make(copy, "export", "COMP=toy", "to=carried")
    code = "from common import experiment; print(experiment.load('carried').predict([[0.5, -0.3], [0.5, 0.3]]).argmax(axis=1))"
    (copy / "runs").rename(copy / "runs_away")
    carried = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True, check=True)
    assert carried.stdout == "[1 0]\n"
    (copy / "runs_away").rename(copy / "runs")
    assert "to=carried exists already" in make(copy, "export", "COMP=toy", "to=carried", status=2)
    shutil.rmtree(copy / "carried")
    (copy / "moved_away").rename(copy / "data")

    board = make(copy, "leaderboard")
    assert "toy: accuracy" in board and "a board painter" in board and f"{accuracy:.4f}" in board
    assert board.index("logistic-") < board.index("a board painter"), "ours stand first"

    (run,) = (copy / "runs" / "toy").glob("logistic-*")
    expected = {"config.json", "environment.json", "log.csv", "metrics.json", "oof.npz", "test.npz", "plots", *folds(3)}
    assert expected <= {path.name for path in run.iterdir()}
    assert contents(copy, leave_out=("data", "runs", "submissions")) == before, "nothing else was edited"


def folds(count):
    return {f"fold{fold}" for fold in range(count)}


def test_bad_data_of_the_toy_is_named(copy):
    folder = copy / "mine"
    folder.mkdir()
    (folder / "train.csv").write_text("id,x,y,colour\n0,1,1,green\n")
    (folder / "test.csv").write_text("id,x,y\n0,1,1\n")
    assert "line 2: unknown colour 'green'" in make(copy, "train", "COMP=toy", "data=mine", status=2)
    shutil.rmtree(folder)
