"""What any benchmark needs: a process of its own for each row, saved rows, speeds in turn, intervals, the page of results."""

import contextlib
import hashlib
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from modulefinder import ModuleFinder
from pathlib import Path

import numpy as np

from common import paths
from common.errors import ConfigError, RunError
from common.experiment.runs import save_arrays
from common.report.tables import show_table


def resumed(path, function, *arguments):
    """The dict of arrays and numbers that `function` returns, with `memory` in GB; from `path` where it was measured before.

    Raises:
        RunError: the process was killed, as a machine does that has no memory left.
    """
    if not path.exists():
        save_arrays(path, **alone(function, *arguments))
    with np.load(path) as arrays:
        return {name: array if array.ndim else array.item() for name, array in arrays.items()}


def alone(function, *arguments):
    """What `function` returns in a fresh process, so that time and memory are its alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(measured, function, *arguments).result()
        except BrokenProcessPool:
            raise RunError("its process was killed; too little memory?") from None


def measured(function, *arguments):
    """The dict that `function` returns, and this process's peak memory."""
    return {**function(*arguments), "memory": peak_memory()}


def peak_memory():
    """Peak memory of this process in GB.

    On Linux from /proc, because `ru_maxrss` of a child starts at what its parent had taken.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


def interval(draws):
    """The middle 95 % of bootstrap draws; of the difference of two that share their resamples, a paired interval."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def code_version(contest):
    """A hash of the code that makes the numbers, so that no table mixes rows of two versions.

    That is the benchmark and whatever of this repository it imports: another contest's tools change nothing here.
    """
    root = Path(__file__).parents[1]
    finder = ModuleFinder([str(root)])
    finder.run_script(str(root / "bench" / f"{contest}.py"))
    files = sorted(Path(module.__file__) for module in finder.modules.values() if module.__file__)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def refuse_fixed(arguments, fixed):
    """Raise `ConfigError` where a setting is given that the rows set themselves."""
    if given := sorted(set(fixed) & {argument.partition("=")[0] for argument in arguments}):
        raise ConfigError(f"{', '.join(given)}: the benchmark sets {', '.join(sorted(fixed))} itself, the same for all rows")


@contextlib.contextmanager
def own_home(folder):
    """Let the runs of the rows lie in a folder of their own, so that no other command takes one for the contest's newest.

    The caches of texts and vectors are the contest's.
    """
    shared = paths.home().resolve() / "data"
    for path in (shared, folder):
        path.mkdir(parents=True, exist_ok=True)
    (folder / "data").unlink(missing_ok=True)
    (folder / "data").symlink_to(shared)
    with home_at(folder.resolve()):
        yield


@contextlib.contextmanager
def home_at(folder):
    """Let caches, runs and submissions lie in a folder, also of processes that are started meanwhile."""
    before = os.environ.get("PODIUM_HOME")
    os.environ["PODIUM_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("PODIUM_HOME")
        if before is not None:
            os.environ["PODIUM_HOME"] = before


def in_turn(ways, repeats):
    """Things per second of each way, `{name: (repeats,)}`; each does its work once before the clock runs, then all in turn.

    Args:
        ways: functions by name that work and return how many things they did.
        repeats: of each.
    """
    for way in ways.values():
        way()  # compiles
    speeds = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            started = time.perf_counter()
            count = way()
            speeds[name].append(count / (time.perf_counter() - started))
    return speeds


def speed_rows(speeds):
    """Lines of a table of speeds; the first way is the one that the others are held against."""
    speeds = {name: values for name, values in speeds.items() if name != "memory"}
    medians = {name: float(np.median(values)) for name, values in speeds.items()}
    first, *_ = medians.values()
    return [
        [name, f"{medians[name]:.1f}", f"{values.min():.1f} - {values.max():.1f}", f"{first / medians[name]:.2f}"]
        for name, values in speeds.items()
    ]


def without_path(argument):
    """A setting of the command line without a path of this machine."""
    name, _, _ = argument.partition("=")
    return {"data": "data=DATA", "vectors_corpus": "vectors_corpus=TEXTS"}.get(name, argument)


def report(path, title, tables, notes, command, sample):
    """Print the tables and notes, and write them unless they are of the built-in sample.

    Args:
        path, title, tables, notes, command: see `write_results`.
        sample: whether the data is the built-in sample, whose scores say nothing.
    """
    for heading, columns, rows in tables:
        show_table(heading, columns, rows)
    print(notes)
    if sample:
        print("This is the built-in sample: its scores say nothing about the contest, and no file was written.")
    else:
        write_results(path, title, tables, notes, command)
        print(f"Wrote {path}")


def write_results(path, title, tables, notes, command):
    """The tables as Markdown, with the command that made them.

    Args:
        path: file to write.
        title: its heading.
        tables: list of (title, columns, rows).
        notes: text below them.
        command: the command.
    """
    lines = [f"# {title}", "", f"    {command}", ""]
    for heading, columns, rows in tables:
        lines += [f"**{heading}**", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        lines += [*(f"| {' | '.join(row)} |" for row in rows), ""]
    lines += [notes]
    with paths.atomic(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
