"""Commands of the toy contest, each in a fork of one process that has imported everything: 50 kills without 50 imports."""

import importlib
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import joblib
import numpy as np

import tests.toy_contest
from common import experiment, paths, run
from common.experiment.runs import Run
from common.report import plots

sys.modules["competitions.toy"] = tests.toy_contest
STAGES = ("config", "data", "ensemble", "evaluate", "predict", "sample", "submit", "train")
SETTINGS = ("folds=2", "sample_size=60")
STOPPED = "\nStopped. The same command continues where it stopped.\n"
LEFT_ALONE = (".lock", ".written")
END = "\0status "  # behind the output of each of several commands
SECONDS = 120  # that no command of the toy takes

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def warm_up():
    """Import what the stages import."""
    for name in STAGES:
        importlib.import_module(f"competitions.toy.{name}")
    return experiment, joblib, plots


def open_screen():
    """Have Python print where the system's two screens lead now."""
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115


def command(home, shown, lines, contests, fault, settings):
    """`python -m common.run ...` once for each line, and the last exit status; what they print goes into a file.

    Args:
        home: `PODIUM_HOME`.
        shown: path of the file; a line `status N` stands behind what each command printed.
        lines: arguments of command lines.
        contests: names of all that there are.
        fault: `fault(*settings)` is called first, to set a trap; or `None`.
        settings: its arguments.
    """
    with open(shown, "w", encoding="utf-8") as screen:
        os.dup2(screen.fileno(), 1)
        os.dup2(screen.fileno(), 2)
    open_screen()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in (signal.SIGTERM, signal.SIGHUP):  # which the tests may ignore, started by `nohup`
        signal.signal(name, signal.SIG_DFL)
    os.environ["PODIUM_HOME"] = str(home)
    paths.contests = lambda: list(contests)
    if fault:
        fault(*settings)
    for arguments in lines:
        try:
            status = run.main(list(arguments))
        except BaseException:
            traceback.print_exc()
            status = 1
        if len(lines) > 1:
            print(f"{END}{status} {int('keras' in sys.modules)}")
    sys.stdout.flush()
    os._exit(status)


class Command:
    """Commands at work, mostly one. `finish()` gives the last exit status and what was printed."""

    def __init__(self, home, *lines, contests=("toy",), fault=None, settings=()):
        handle, self.shown = tempfile.mkstemp(suffix=".txt")
        os.close(handle)
        self.process = FORKS.Process(target=command, args=(home, self.shown, lines, contests, fault, settings))
        self.process.start()

    def finish(self):
        """Wait for its end."""
        self.process.join(SECONDS)
        assert self.process.exitcode is not None, f"no end after {SECONDS} s: {Path(self.shown).read_text()}"
        shown = Path(self.shown).read_text(encoding="utf-8", errors="replace")
        os.unlink(self.shown)
        return self.process.exitcode, shown


def toy(home, stage, *settings, **trap):
    """Exit status and output of a stage, run to its end."""
    return Command(home, ("toy", stage, *settings), **trap).finish()


def each(home, *lines, **more):
    """Of several command lines, run one after the other: exit status, output and whether Keras was imported by then."""
    _, shown = Command(home, *lines, (), **more).finish()
    found = re.findall(rf"(.*?){END}(\d+) ([01])\n", shown, re.DOTALL)
    assert len(found) == len(lines) + 1, shown
    return [(int(status), text, keras == "1") for text, status, keras in found[:-1]]


def leftovers(home):
    """Whatever lies there under a temporary name."""
    return [path for path in Path(home).rglob(".*") if path.name not in LEFT_ALONE]


def results(home):
    """What a person gets: arrays, figures but for times, and the submission, by the names of files."""
    found = {}
    for path in sorted(Path(home).glob("runs/toy/*-*/*.npz")):
        with np.load(path) as arrays:
            found[path.parent.name, path.name] = {name: arrays[name].tobytes() for name in arrays}
    for path in sorted(Path(home).glob("runs/toy/*/metrics.json")):
        figures = json.loads(path.read_text())
        found[path.parent.name, path.name] = {name: value for name, value in figures.items() if name not in ("seconds", "data")}
    for path in Path(home).glob("submissions/*"):
        found[path.name] = path.read_bytes()
    return found


def runs(home):
    """The toy's run and its ensemble."""
    folder = Path(home) / "runs" / "toy"
    return (Run(next(folder.glob(f"{name}-*"))) for name in ("logistic", "ensemble"))


warm_up()
