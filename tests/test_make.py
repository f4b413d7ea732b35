"""Make itself: values reach Python unchanged, an incomplete environment is left alone, `clean` keeps what took work."""

import json
import subprocess
import sys

import pytest

from common import paths
from tests.checkout import contents, copy_repository, make

ECHO = {
    "__init__.py": '"""Echo: prints its settings."""\n',
    "config.py": """from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    data: Path | None = None
    text: str = ""
    seed: int = 0
""",
    "train.py": """import json


def main(config):
    print(json.dumps({"text": config.text, "data": str(config.data)}))
""",
}
VALUES = [
    "plain",
    "two words  and two spaces",
    "single 'quotes' it's",
    'double "quotes"',
    "'",
    "$",
    "$HOME $$ costs $5",
    "$(x)",
    "${x}",
    "$(",
    "$(shell touch broken_in) `touch broken_in`",
    "a(b",
    "a)b",
    "what?",
    "# no comment",
    "100 %",
    "back\\slash\\",
    "五十 米，「星」",
    "a=b=c",
    "a:=b",
    "-k --flag; ls | cat & > file",
    "*",
    "~",
    "!x",
    "",
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = copy_repository(tmp_path_factory.mktemp("checkout"))
    (folder / "competitions" / "echo").mkdir()
    for name, text in ECHO.items():
        (folder / "competitions" / "echo" / name).write_text(text, encoding="utf-8")
    (folder / "data" / "echo").mkdir(parents=True)
    (folder / "data" / "echo" / "official.txt").write_text("here")
    return folder


@pytest.mark.parametrize("value", VALUES)
def test_a_value_reaches_python_unchanged(copy, value):
    before = {path.name for path in copy.iterdir()}
    said = json.loads(make(copy, "train", "COMP=echo", f"text={value}").splitlines()[-1])
    assert said == {"text": value, "data": "data/echo"}
    assert {path.name for path in copy.iterdir()} == before, "nothing in it was run"


@pytest.mark.parametrize("target", ["train", "bench"])
@pytest.mark.parametrize("value", ["x'; touch broken_in; echo '", "$(shell touch broken_in)", "`touch broken_in`", "a b"])
def test_the_name_of_a_contest_is_a_value_too(copy, target, value):
    before = {path.name for path in copy.iterdir()}
    shown = make(copy, target, f"COMP={value}", status=2)
    assert (f"There is no contest '{value}'" if target == "train" else f"No module named bench.{value}") in shown
    assert {path.name for path in copy.iterdir()} == before, "nothing in it was run"


def test_a_folder_with_a_blank_in_its_name_is_found(copy):
    (copy / "my data (2)").mkdir(exist_ok=True)
    assert json.loads(make(copy, "train", "COMP=echo", "data=my data (2)").splitlines()[-1])["data"] == "my data (2)"


def test_help_lists_every_target_and_every_contest(copy):
    shown = make(copy, "help")
    assert shown == make(copy), "it is the default"
    targets = (
        "help data features train ensemble submit evaluate predict export report leaderboard demo tensorboard smoke docs test "
        "lint bench lock clean"
    )
    lines = [line.split() for line in shown.splitlines()]
    for name in [*targets.split(), *paths.contests(), "echo"]:
        assert any(line[:1] == [name] and len(line) > 1 for line in lines), f"{name} has no line"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "epoch=2"), "There is no setting 'epoch'. Did you mean epochs? Settings: "),
        (("train", "epochs=many"), "epochs=many: expected a whole number, for example 2"),
        (("train", "model=resnet"), "model=resnet"),
        (("train", "COMP=nowhere"), "There is no contest 'nowhere'. COMP is one of: "),
        (("evaluate", "COMP=echo"), "echo has no stage 'evaluate'. Its stages: train"),
        (("train", "data=nowhere"), "data=nowhere: there is no such folder"),
        (("predict",), "This stage needs input=..."),
        (("leaderboard", "folds=2"), "leaderboard takes no settings, but got folds=2"),
        (("leaderboard", "COMP=nowhere"), "There is no contest 'nowhere'. COMP is one of: "),
    ],
)
def test_a_wrong_command_says_what_is_wrong(copy, arguments, message):
    shown = make(copy, *arguments, status=2)
    assert f"error: {message}" in shown and "Traceback" not in shown


def test_what_is_no_target_stops_make_before_any_work(copy):
    shown = make(copy, "train", "echo", status=2)
    assert "There is no target 'echo'; make help lists them, and a contest is named so: COMP=" in shown
    assert "text" not in shown, "the default contest was trained"


def test_an_environment_that_lacks_packages_is_named_and_left_alone(copy, tmp_path):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    before, files = contents(bare), {path.name for path in copy.iterdir()}
    for target in ("train", "leaderboard", "smoke", "test", "lint"):
        shown = make(copy, target, environment=bare, status=2)
        assert f"The active environment {bare} lacks: " in shown and "keras~=3" in shown and "lightgbm" in shown
        assert f"Install them there:  {bare}/bin/python -m pip install -r requirements.lock" in shown
        assert "or deactivate it, and make will build .venv by itself." in shown
    assert contents(bare) == before and {path.name for path in copy.iterdir()} == files
    assert "lamost" in make(copy, "help", environment=bare), "help needs no packages"


def test_clean_removes_what_can_be_made_again_and_says_what_stays(copy, tmp_path, monkeypatch):
    kept = ["runs/echo/a-1/metrics.json", "submissions/echo.csv", "data/echo/official.txt", "data/lamost/first_train_index.csv"]
    removed = ["data/cache/echo/a.npy", "data/sample/echo/a.csv", "common/__pycache__/a.pyc", ".ruff_cache/a"]
    removed += ["common/__pycache__/a.nbc"]
    monkeypatch.setenv("PODIUM_HOME", str(copy))
    for name in (*kept, *removed):
        with paths.atomic(copy / name) as temporary:
            temporary.write_text("x")
    before = set(contents(copy))
    assert "Do it: make clean yes=1" in make(copy, "clean") and set(contents(copy)) == before
    shown = make(copy, "clean", "yes=1", environment=tmp_path / "nothing is installed")
    assert all((copy / name).exists() for name in kept)
    assert not any((copy / name).exists() for name in removed)
    after = set(contents(copy))
    assert before - after == {name for name in removed if "__pycache__" not in name}
    assert all(name.startswith(".trash/") for name in after - before)
    assert "Kept: runs/, submissions/, .venv/ and the official files under data/." in shown
    assert "are back in their places" in make(copy, "clean", "undo=1")
    assert all((copy / name).exists() for name in removed) and set(contents(copy)) == before
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path))
    for name in ("data/cache/a", "data/lamost/a", "runs/a"):
        with paths.atomic(tmp_path / name) as temporary:
            temporary.write_text("x")
    shown = make(copy, "clean", "yes=1", "days=0", variables={"PODIUM_HOME": str(tmp_path)})
    assert f"the official files under data/ in {tmp_path}" in shown
    assert [(tmp_path / name).exists() for name in ("data/cache", "data/lamost/a", "runs/a", ".trash")] == [
        False,
        True,
        True,
        False,
    ]
