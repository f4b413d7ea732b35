import errno
import json
import os
import re
import shutil
import subprocess
import sys
import types

import pytest

import competitions
from common import paths, run
from common.experiment.runs import all_runs
from tests.conftest import REPOSITORY

CONFIG = """
from dataclasses import dataclass
from pathlib import Path

from common.config import setting

SMOKE = ("sample_size=3", "epochs=1")
SMOKE_INPUTS = ("input=mine",)


@dataclass(frozen=True)
class Config:
    data: Path | None = setting(None, of_data=True, identity=False)
    round: str = setting("", of_data=True)
    sample_size: int = setting(8, identity=False)
    seed: int = 42
    epochs: int = 20
    fail: str = ""
"""

SAMPLE = """
def write(folder, size, seed):
    folder.mkdir(exist_ok=True)
    (folder / "numbers.txt").write_text(" ".join([str(seed)] * size))
"""

TRAIN = """
import errno

from common import paths
from common.experiment.runs import open_run


def main(config):
    if config.fail == "stop":
        raise KeyboardInterrupt
    if config.fail == "full":
        with paths.atomic(paths.runs("toy") / "result.npz"):
            raise OSError(errno.ENOSPC, "No space left on device")
    if config.fail == "odd":
        raise OSError("an error without a number")
    if config.fail == "other":
        raise PermissionError(errno.EACCES, "not yours")
    made = open_run("toy", "line", config, paths.fingerprint([config.data]))
    print(f"trained {made.name} with {config}")
"""

LATER = """
def main(config):
    print(f"data={config.data} round={config.round} epochs={config.epochs}")
"""

PREDICT = """
def main(config, input, output="screen"):
    print(f"data={config.data} epochs={config.epochs} input={input} output={output}")
"""


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A contest with the stages train, ensemble, submit and predict."""

    def imported():
        return [name for name in sys.modules if name.startswith("competitions.toy")]

    for name in imported():  # by tests that have a toy of their own
        monkeypatch.delitem(sys.modules, name)
    folder = tmp_path / "competitions" / "toy"
    folder.mkdir(parents=True)
    files = {"config": CONFIG, "sample": SAMPLE, "train": TRAIN, "ensemble": LATER, "submit": LATER, "predict": PREDICT}
    for name, source in {**files, "__init__": '"""Toy: guess a number."""\n'}.items():
        (folder / f"{name}.py").write_text(source)
    monkeypatch.setattr(paths, "CONTESTS", folder.parent)
    monkeypatch.setattr(competitions, "__path__", [str(folder.parent)])
    yield folder
    for name in imported():
        del sys.modules[name]


def official(tmp_path, name="official"):
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "numbers.txt").write_text(name)
    return folder


def in_a_process(code):
    """What Python code prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_help_lists_every_target_and_every_contest():
    text = run.help_text("make")
    targets = (
        "help data features train ensemble submit evaluate predict export report leaderboard demo tensorboard smoke test lint "
        "bench lock clean"
    )
    for target in targets.split():
        assert any(line.split()[:1] == [target] and len(line.split()) > 1 for line in text.splitlines()), target
    for contest in paths.contests():
        assert any(line.split()[:1] == [contest] and len(line.split()) > 1 for line in text.splitlines()), contest
    assert "lamost" in paths.contests()


def test_help_shows_the_line_of_a_new_contest(toy, capsys):
    assert run.main(["help"]) == 0
    assert run.main([]) == 0
    first, second = capsys.readouterr().out.split("make TARGET")[1:]
    assert first == second
    assert re.search(r"\n  toy +Toy: guess a number\.", first)


def test_help_imports_nothing_but_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); from common import run; run.main(['help']); "
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names); print(sorted(new))"
    )
    assert in_a_process(code)[0].splitlines()[-1] == "['common']"


@pytest.mark.parametrize(
    "arguments", [["nothing", "train"], ["lamost", "fly"], ["lamost", "train", "epoch=2"], ["lamost", "train", "epochs=two"]]
)
def test_a_wrong_argument_is_answered_without_importing_keras(arguments):
    code = f"import sys; from common import run; print(run.main({arguments})); print('keras' in sys.modules)"
    out, err = in_a_process(code)
    assert out == "2\nFalse\n"
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["toyy", "train"], "There is no contest 'toyy'. COMP is one of: toy"),
        (["toy", "fly"], "toy has no stage 'fly'. Its stages: train, ensemble, submit, predict"),
        (["toy", "config"], "toy has no stage 'config'"),
        (["toy", "features"], "toy has no stage 'features'"),
        (["toy"], "toy has no stage ''"),
        (["toy", "train", "epoch=2"], "There is no setting 'epoch'. Did you mean epochs? Settings: data, epochs, fail"),
        (["toy", "train", "input=mine"], "There is no setting 'input'."),
        (["toy", "train", "epochs=two"], "epochs=two: expected a whole number"),
        (["toy", "train", "epochs"], "'epochs' is not of the form name=value"),
        (["toy", "predict", "input=mine", "epoch=2"], "There is no setting 'epoch'. Did you mean epochs?"),
        (["toy", "predict", "inpt=mine"], "There is no setting 'inpt'. Did you mean input?"),
        (["toy", "predict"], "This stage needs input=..."),
        (["toy", "predict", "output=file"], "This stage needs input=..."),
        (["toy", "predict", "input"], "This stage needs input=..."),
        (["toy", "export"], "export needs to=FOLDER, a new folder"),
        (["toy", "export", "too=there"], "There is no setting 'too'. Did you mean to?"),
        (["leaderboard", "epochs=2"], "leaderboard takes no settings, but got epochs=2"),
        (["leaderboard", "html="], "html= is empty; name the file to write"),
        (["smoke", "epochs=2"], "smoke takes no settings, but got epochs=2"),
    ],
)
def test_a_wrong_command_is_told_what_would_be_right(toy, arguments, message, capsys):
    assert run.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert "Traceback" not in error


def test_a_data_folder_that_is_not_there_is_named(toy, tmp_path, capsys):
    assert run.main(["toy", "train", f"data={tmp_path / 'nowhere'}"]) == 2
    assert f"data={tmp_path / 'nowhere'}: there is no such folder. `make data COMP=toy` says where" in capsys.readouterr().err


def test_settings_reach_the_stage_unchanged(toy, tmp_path, capsys):
    folder = official(tmp_path, "a folder 'with' $(odd) names?")
    assert run.main(["toy", "train", f"data={folder}", "epochs=3", "round=a=b c"]) == 0
    output = capsys.readouterr().out
    assert f"toy train: data {folder} (official files), round a=b c, seed 42" in output
    assert "epochs=3" in output
    assert "round='a=b c'" in output


def test_official_files_in_their_place_are_found(toy, own_home, capsys):
    official(own_home / "data", "toy")
    assert run.main(["toy", "train"]) == 0
    assert f"data {own_home / 'data' / 'toy'} (official files)" in capsys.readouterr().out
    assert not paths.sample("toy").exists()


def test_without_official_files_the_sample_is_made_once_and_every_output_says_so(toy, own_home, capsys):
    paths.data("toy").mkdir(parents=True)
    assert run.main(["toy", "train"]) == 0
    first = capsys.readouterr().out
    assert "No official files in" in first
    assert "making a sample of size 8" in first
    assert "the built-in sample: its scores say nothing about the contest" in first
    numbers = paths.sample("toy") / "numbers.txt"
    assert numbers.read_text().split() == ["42"] * 8
    os.utime(numbers, (1e9, 1e9))
    assert run.main(["toy", "train", "epochs=3"]) == 0
    second = capsys.readouterr().out
    assert "making a sample" not in second
    assert "the built-in sample" in second
    assert numbers.stat().st_mtime == 1e9


@pytest.mark.parametrize(("setting", "content"), [("sample_size=3", ["42"] * 3), ("seed=7", ["42"] * 8)])
def test_another_size_makes_the_sample_anew_and_another_seed_does_not(toy, setting, content):
    run.main(["toy", "train"])
    run.main(["toy", "train", setting])
    assert (paths.sample("toy") / "numbers.txt").read_text().split() == content


def test_an_interrupted_sample_is_made_anew(toy, monkeypatch):
    (toy / "sample.py").write_text("def write(folder, size, seed):\n    folder.mkdir()\n    raise KeyboardInterrupt\n")
    assert run.main(["toy", "train"]) == 130
    assert not paths.sample("toy").exists()
    assert [path.name for path in paths.sample("toy").parent.iterdir()] == []


def test_stages_after_training_take_the_data_of_the_newest_run(toy, tmp_path, own_home, capsys):
    first, second = official(tmp_path, "first"), official(tmp_path, "second")
    official(own_home / "data", "toy")
    run.main(["toy", "train", f"data={second}", "round=2", "epochs=3"])
    run.main(["toy", "train", f"data={first}", "round=1", "epochs=3"])
    for age, made in enumerate(all_runs("toy")):
        os.utime(made.path / "config.json", (1e9 - age, 1e9 - age))
    newest = first if all_runs("toy")[0].read_json("config.json")["config"]["round"] == "1" else second
    assert newest == first
    capsys.readouterr()
    for stage in ("ensemble", "submit"):
        assert run.main(["toy", stage]) == 0
        shown = capsys.readouterr().out
        assert f"data={first} round=1 epochs=3" in shown, "the very plan that was trained"
        assert f"settings of {all_runs('toy')[0].path}: epochs=3, round=1\n" in shown
    assert run.main(["toy", "predict", "input=mine", "epochs=4"]) == 0
    assert f"data={first} epochs=4 input=mine" in capsys.readouterr().out, "what is given wins"
    shutil.rmtree(first)
    assert run.main(["toy", "predict", "input=mine"]) == 0, "what was learnt needs no data"
    assert f"data {first} (not there any more)" in capsys.readouterr().out
    assert run.main(["toy", "submit"]) == 2 and "there is no such folder" in capsys.readouterr().err


def test_given_data_take_the_other_settings_of_their_own_newest_run(toy, tmp_path, capsys):
    first, second = official(tmp_path, "first"), official(tmp_path, "second")
    run.main(["toy", "train", f"data={first}", "round=1"])
    run.main(["toy", "train", f"data={second}", "round=2"])
    capsys.readouterr()
    run.main(["toy", "submit", f"data={first}"])
    run.main(["toy", "submit", f"data={first}", "round=9"])
    run.main(["toy", "submit", f"data={official(tmp_path, 'third')}"])
    rounds = [line.split()[1] for line in capsys.readouterr().out.splitlines() if line.startswith("data=")]
    assert rounds == ["round=1", "round=9", "round="]


def test_the_sample_gets_the_short_plan_of_the_contest_and_official_files_do_not(toy, tmp_path, capsys):
    short = '    SAMPLE_PLAN: ClassVar = ("epochs=3", "round=short")\n'
    config = CONFIG.replace("class Config:\n", f"class Config:\n{short}").replace(
        "from pathlib", "from typing import ClassVar\nfrom pathlib"
    )
    (toy / "config.py").write_text(config)

    def given(*settings):
        assert run.main(["toy", *settings]) == 0
        shown = capsys.readouterr().out
        return "short plan, epochs=3 round=short" in shown, re.search(r"round='?(\w*)'?.* epochs=(\d+)", shown).groups()

    assert given("ensemble") == (True, ("short", "3")), "also where nothing is trained yet"
    assert given("train") == (True, ("short", "3"))
    assert given("submit") == (False, ("short", "3")), "as it was trained"
    assert given("train", f"data={official(tmp_path)}") == (False, ("", "20"))
    assert run.main(["toy", "train", "epochs=5"]) == 0
    assert "short plan, round=short;" in capsys.readouterr().out, "what is given wins"


def test_training_does_not_inherit(toy, tmp_path, own_home, capsys):
    run.main(["toy", "train", f"data={official(tmp_path)}", "round=1"])
    official(own_home / "data", "toy")
    capsys.readouterr()
    run.main(["toy", "train"])
    output = capsys.readouterr().out
    assert f"data {own_home / 'data' / 'toy'} (official files)" in output
    assert "round=''" in output


def test_a_run_on_the_sample_is_continued_after_make_clean(toy, capsys):
    run.main(["toy", "train"])
    shutil.rmtree(paths.sample("toy"))  # what `make clean` does
    capsys.readouterr()
    assert run.main(["toy", "submit"]) == 0
    assert f"data={paths.sample('toy')} " in capsys.readouterr().out
    assert (paths.sample("toy") / "numbers.txt").read_text().split() == ["42"] * 8


def test_predict_takes_settings_and_inputs(toy, tmp_path, capsys):
    assert run.main(["toy", "predict", f"data={official(tmp_path)}", "input=a=b c", "epochs=2", "output=file"]) == 0
    assert "epochs=2 input=a=b c output=file" in capsys.readouterr().out


def test_a_stop_by_the_keyboard_says_how_to_continue(toy, tmp_path, capsys):
    assert run.main(["toy", "train", f"data={official(tmp_path)}", "fail=stop"]) == 130
    assert "Stopped. The same command continues where it stopped." in capsys.readouterr().err


def test_a_full_disk_is_told_without_a_traceback(toy, tmp_path, capsys):
    assert run.main(["toy", "train", f"data={official(tmp_path)}", "fail=full"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: The disk is full: ")
    assert "result.npz was not written" in error
    assert list(paths.runs("toy").iterdir()) == []


def test_a_folder_where_a_file_should_be_is_named(tmp_path, capsys):
    assert run.guarded(lambda path: path.read_text(), tmp_path) == 2
    assert capsys.readouterr().err == f"error: {tmp_path} cannot be read or written: Is a directory\n"


def test_an_error_that_nobody_foresaw_keeps_its_traceback(toy, tmp_path):
    with pytest.raises(PermissionError) as caught:
        run.main(["toy", "train", f"data={official(tmp_path)}", "fail=other"])
    assert caught.value.errno == errno.EACCES


def test_an_error_without_a_number_is_not_taken_for_a_full_disk(toy, tmp_path, own_home):
    assert not own_home.exists()
    with pytest.raises(OSError, match="an error without a number"):
        run.main(["toy", "train", f"data={official(tmp_path)}", "fail=odd"])


def test_a_stage_run_by_its_own_name_does_the_same_as_make(toy, tmp_path, monkeypatch, capsys):
    folder = official(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train.py", f"data={folder}", "epochs=3"])
    with pytest.raises(SystemExit) as caught:
        run.stage(types.SimpleNamespace(name="competitions.toy.train"))
    assert caught.value.code == 0
    by_name = capsys.readouterr().out
    assert run.main(["toy", "train", f"data={folder}", "epochs=3"]) == 0
    assert capsys.readouterr().out == by_name


def test_a_letter_that_the_console_lacks_is_replaced(toy, tmp_path):
    official(tmp_path)
    code = "from common import run; run.main(['toyy\U0001f600', 'train'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "gbk"}
    )
    assert b"There is no contest 'toyy?'" in done.stderr and b"Traceback" not in done.stderr


def test_the_notes_of_tensorflow_stay_off_the_screen_and_its_errors_do_not():
    pytest.importorskip("tensorflow")
    _, shown = in_a_process("from common import run; import keras; keras.ops.zeros(2)")
    assert shown == ""
    code = (
        "import os, sys; from common import quiet\n"
        "def fails():\n    os.write(2, b'the reason')\n    raise ImportError\n"
        "try:\n    quiet.quietly(fails)\nexcept ImportError:\n    os.write(2, b', told')"
    )
    assert in_a_process(code)[1] == "the reason, told"
    aborts = "def ends():\n    os.write(2, b'this processor is too old')\n    os.abort()\nquiet.quietly(ends)"
    done = subprocess.run(
        [sys.executable, "-c", f"import os; from common import quiet\n{aborts}"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode != 0 and done.stderr == "this processor is too old"


def test_the_command_line_gives_the_exit_status():
    done = subprocess.run([sys.executable, "-m", "common.run", "nothing"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("error: There is no contest 'nothing'. COMP is one of: ")


def test_the_leaderboard_shows_runs_of_every_contest(toy, tmp_path, capsys):
    run.main(["toy", "train", f"data={official(tmp_path)}"])
    (made,) = all_runs("toy")
    made.finish({"metric": "luck", "score": 0.5, "spread": None, "seconds": 60, "data": "official"})
    assert run.main(["leaderboard"]) == 0
    output = capsys.readouterr().out
    assert "toy: luck" in output
    assert made.name in output


def test_smoke_takes_a_contest_through_all_its_stages_and_leaves_no_trace(toy, own_home, capsys):
    assert run.main(["smoke"]) == 0
    output = capsys.readouterr().out
    for stage in ("train", "ensemble", "submit", "predict"):
        assert f"toy {stage}: data " in output
    assert "input=mine" in output
    assert "smoke: every stage of every contest ran" in output
    assert os.environ["PODIUM_HOME"] == str(own_home)
    assert not own_home.exists()


def test_smoke_gives_back_the_home_when_a_stage_fails(toy, own_home, capsys):
    (toy / "submit.py").write_text("from common.errors import DataError\ndef main(config):\n    raise DataError('no luck')\n")
    assert run.main(["smoke"]) == 2
    assert "error: no luck" in capsys.readouterr().err
    assert os.environ["PODIUM_HOME"] == str(own_home)


def test_a_run_keeps_its_command_and_settings(toy, tmp_path):
    folder = official(tmp_path)
    run.main(["toy", "train", f"data={folder}", "epochs=3"])
    (made,) = all_runs("toy")
    stored = json.loads((made.path / "config.json").read_text())
    assert stored["config"]["epochs"] == 3
    assert stored["config"]["data"] == str(folder)


def test_every_target_of_make_is_described():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    stages = re.search(r"^STAGES := (.+)$", makefile, re.MULTILINE)[1].split()
    assert set(run.TARGETS) == {*re.findall(r"^([a-z]+):", makefile, re.MULTILINE), *stages}
