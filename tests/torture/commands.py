"""Commands, each in a fork of a process that has imported everything: 50 kills without 50 imports.

Those of the toy contest are forked from a server without Keras, others from a process that `warm` starts.
"""

import atexit
import gzip
import importlib
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import tests.toy_contest
from common import paths, run

sys.modules["competitions.toy"] = tests.toy_contest
SETTINGS = ("folds=2", "sample_size=60")
STOPPED = "\nStopped. The same command continues where it stopped.\n"
LEFT_ALONE = (".lock", ".written")
END = "\0status "  # behind the output of each of several commands
SECONDS = 900  # that no command takes
STATUS = {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.torture.preload"])
FORK = multiprocessing.get_context("fork")  # of this very process


def warm(contest, function, *arguments):
    """`function(contest, *arguments)` in a process that has imported the contest and Keras.

    It has computed nothing: TensorFlow has no threads yet, so that `Command(..., forks=FORK)` is safe there.
    """
    with ProcessPoolExecutor(1, FORKS, import_contest, (contest,)) as pool:
        return pool.submit(function, contest, *arguments).result()


def import_contest(contest):
    """Import what the stages of a contest import, and have it compute in one thread."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")
    for path in sorted((paths.CONTESTS / contest).glob("*.py")):
        importlib.import_module(f"competitions.{contest}.{path.stem}")
    for name in ("keras", "lightgbm", "common.layers", "common.training", "common.experiment.report"):
        importlib.import_module(name)


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
    atexit._run_exitfuncs()  # which a fork of `multiprocessing` does not: it ends workers of joblib
    os._exit(status)


class Command:
    """Commands at work, mostly one. `finish()` gives the last exit status and what was printed."""

    def __init__(self, home, *lines, contests=("toy",), fault=None, settings=(), forks=FORKS):
        handle, self.shown = tempfile.mkstemp(suffix=".txt")
        os.close(handle)
        self.process = forks.Process(target=command, args=(home, self.shown, lines, contests, fault, settings))
        self.process.start()

    def strike(self, seconds, name):
        """Send it a signal so many seconds after its first line, unless it is at its end by then."""
        while self.process.is_alive() and not os.path.getsize(self.shown):
            time.sleep(0.001)
        self.process.join(seconds)
        if self.process.is_alive():
            os.kill(self.process.pid, name)

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
    """What a person gets: arrays, rankings, figures but for times, and submissions, by place."""
    found, of_run = {}, ("**/*.npz", "**/*.gz", "*.csv", "metrics.json")
    for pattern in (*(f"runs/*/*-*/{name}" for name in of_run), "submissions/*"):
        for path in sorted(Path(home).glob(pattern)):
            place = path.relative_to(home)
            if path.is_file() and path.name != "log.csv" and not any(map(paths.hidden, place.parts)):
                found[place.as_posix()] = content(path)
    return found


def content(path):
    """What a file holds, without times."""
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return {name: (arrays[name].shape, arrays[name].tobytes()) for name in arrays}
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.name == "metrics.json":
        return {name: value for name, value in json.loads(path.read_text()).items() if name not in ("seconds", "data")}
    return path.read_bytes()
