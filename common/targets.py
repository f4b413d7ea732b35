"""What the command line does beside the stages: exports, reports and searches of a contest, and what is of all contests."""

import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from common import locate, paths, removal
from common.config import unknown_name
from common.errors import ConfigError

LOGS = {"tensorboard": "TensorBoard", "mlflow": "MLflow"}  # what log= may name
TRIALS = 20  # of `tune`, for each model


def export(contest, assignments):
    """Write what an ensemble has learnt into one folder, to be loaded elsewhere by `common.experiment.load`."""
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if unknown := given.keys() - {"to", "run", "data"}:
        raise ConfigError(unknown_name(min(unknown), ("to", "run", "data")))
    if not given.get("to"):
        raise ConfigError("export needs to=FOLDER, a new folder")
    from common.experiment import export as write

    folder = write(contest, **given)
    print(f'Wrote {folder}: common.experiment.load("{folder}").predict(records)')


def report(contest, assignments):
    """Write one HTML page of a plan: what its runs and their blend keep."""
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if unknown := given.keys() - {"html", "run", "data"}:
        raise ConfigError(unknown_name(min(unknown), ("html", "run", "data")))
    from common.experiment.report import write

    print(f"Wrote {write(contest, metric_of, **given)}")


def metric_of(finished):
    """The `Metric` that a run was scored with; `None` where the data are gone, or the contest plans otherwise."""
    contest = finished.stored["contest"]
    config = finished.config(importlib.import_module(f"competitions.{contest}.config").Config)
    train = importlib.import_module(f"competitions.{contest}.train")
    return train.plan(config).metric if hasattr(train, "plan") and config.data.is_dir() else None


def tune(contest, assignments):
    """Search the settings whose fields in `config.py` have ranges; what is given on the command line stays as it is.

    Raises:
        ConfigError: `trials` is no number of trials, or a setting is wrong.
    """
    counts = [text.partition("=")[2] for text in assignments if text.startswith("trials=")]
    settings = [text for text in assignments if not text.startswith("trials=")]
    if len(counts) > 1:
        raise ConfigError("trials is given twice")
    count = counts[0] if counts else str(TRIALS)
    if not re.fullmatch("[0-9]+", count) or int(count) < 1:
        raise ConfigError(f"trials={count}: expected a whole number from 1 on, for example trials={TRIALS}")
    config = locate.located(contest, "tune", importlib.import_module(f"competitions.{contest}.config").Config, settings)
    from common.experiment.tune import tune as search

    search(contest, config, int(count), {text.partition("=")[0] for text in settings})


def clean(assignments):
    """Show what can be made again; `yes=1` moves it to the trash, `undo=1` brings back what went there last.

    With `yes=1`, what has been in the trash for `days`, 7 where not given, is removed for good; with `days=0` all of it is, at
    once. Uses nothing but the standard library.
    """
    given = {"yes": 0, "undo": 0, "days": 7}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in given:
            raise ConfigError(unknown_name(name, given))
        if not re.fullmatch("[0-9]+", text):
            raise ConfigError(f"{assignment}: expected a whole number, for example {name}=1")
        given[name] = int(text)
    if given["undo"]:
        if len(assignments) > 1:
            raise ConfigError("undo=1 stands alone")
        back, left = removal.undo()
        print(f"{len(back)} files are back in their places." if back or left else "There is nothing in the trash.")
        if left:
            print(f"{len(left)} stay in the trash, for their names are taken meanwhile: {removal.some(left)}")
        return
    found = removal.survey()
    if given["yes"]:
        removal.refuse_while_running(paths.home())
    print("Moved to .trash/:" if given["yes"] else "Would be moved to .trash/:")
    for one in found:
        print(f"  {one.label:<16}{len(one.own):>8,} files{sum(path.lstat().st_size for path in one.own):>18,} bytes")
    if given["yes"]:
        removal.to_trash(found)
    for _, root, folder in removal.trashed(given["days"]):
        print(f"{'Removed' if given['yes'] else 'Would be removed'} for good: {folder}")
        if given["yes"]:
            removal.erase(folder)
            removal.remove_empty([folder.parent], root)
    if kept := [path for one in found for path in one.kept]:
        print(f"Left alone, for somebody put it there or changed it, or it is a link: {removal.some(kept)}")
    where = "" if paths.home() == Path() else f" in {paths.home()}"
    print(f"Kept: runs/, submissions/, .venv/ and the official files under data/{where}.")
    print("`make clean undo=1` brings back what moved." if given["yes"] else "Do it: make clean yes=1")


def require_contest(contest):
    """Raise `ConfigError` where there is no such contest."""
    if contest not in paths.contests():
        raise ConfigError(f"There is no contest '{contest}'. COMP is one of: {', '.join(paths.contests())}")


def leaderboard(assignments):
    """Print all runs of all contests, or of `comp=`, beside the published scores, or write them as one HTML page: `html=FILE`.

    Raises:
        ConfigError: anything else is given, or there is no such contest.
    """
    given = dict(assignment.partition("=")[::2] for assignment in assignments)
    if given.keys() - {"html", "comp"}:
        raise ConfigError(f"leaderboard takes no settings, but got {' '.join(assignments)}")
    if "html" in given and not given["html"]:
        raise ConfigError("html= is empty; name the file to write")
    contests = [given["comp"]] if "comp" in given else paths.contests()
    for contest in contests:
        require_contest(contest)
    from common.experiment.leaderboard import show, write

    if "html" in given:
        print(f"Wrote {write(contests, given['html'])}")
    else:
        show(contests)


def tensorboard(assignments):
    """Open the logs of all runs in TensorBoard, on this machine alone, until it is stopped."""
    if assignments:
        raise ConfigError(f"tensorboard takes no settings, but got {' '.join(assignments)}")
    require_log("tensorboard")
    logs = ["--logdir", str(paths.home() / "runs"), "--host", "127.0.0.1"]
    subprocess.run([sys.executable, "-m", "tensorboard.main", *logs], check=False)


def require_log(name):
    """Raise `ConfigError` where what `log=` names is not installed."""
    if importlib.util.find_spec(name) is None:
        raise ConfigError(f"{LOGS[name]} is not installed: {sys.executable} -m pip install {name}")


def demo(assignments):
    """Serve a page with a tab for each contest that can answer, until it is stopped.

    Raises:
        ConfigError: Flask is not installed, or a setting is wrong.
    """
    if importlib.util.find_spec("flask") is None:
        raise ConfigError(f"The page needs Flask, which is not installed: {sys.executable} -m pip install flask")
    importlib.import_module("common.demo.server").main(assignments)


def communities(assignments):
    """The modules of a graph of the user's own."""
    importlib.import_module("common.graph.command").main(assignments)


def fetch(assignments):
    """Pages of the web, into a folder."""
    importlib.import_module("common.web.command").main(assignments)


OF_CONTEST = {"export": export, "report": report, "tune": tune}  # the same for all contests
OF_ALL = {
    "clean": clean,
    "leaderboard": leaderboard,
    "communities": communities,
    "fetch": fetch,
    "tensorboard": tensorboard,
    "demo": demo,
}
