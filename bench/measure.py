"""What any benchmark needs: a process of its own for each row, saved rows, intervals."""

import multiprocessing
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from common.errors import RunError
from common.runs import save_arrays


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
