"""What can strike a command: each trap is set in its process before it begins, see `commands.Command`."""

import ctypes
import errno
import os
import re
import sys
import threading
import zlib

from common import run
from tests.torture.commands import open_screen

LETTERS = r"(/\.[^/]+-)[a-z0-9_]{8}(?=/)"  # of the temporary folder of `paths.atomic`


def send(name):
    """Send this process a signal."""
    os.kill(os.getpid(), name)


def send_from_garbage(name):
    """Send this process a signal while it collects garbage, where what is raised is lost."""

    class Garbage:
        def __del__(self):
            send(name)

    Garbage()


def among_workers(name):
    """Has lamost read in small pieces by two more processes; after the first, all get the signal, as from a terminal."""
    from competitions.lamost import data

    os.setpgrp()
    data.CHUNK, parallel = 1, data.Parallel

    def struck(**how):
        def results_of(jobs):
            for found in parallel(**how)(jobs):
                os.killpg(0, name)
                yield found

        return results_of

    data.Parallel = struck


def no_room():
    """What the system says of a full disk."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


def at_rename(number, after, strike, *more):
    """`strike(*more)` right before or after the rename of that number."""
    replace, count = os.replace, iter(range(10**9))

    def struck(*names):
        mine = next(count) == number
        if mine and not after:
            strike(*more)
        replace(*names)
        if mine and after:
            strike(*more)

    os.replace = struck


def at_a_new_name(path, share, strike, *more):
    """`strike(*more)` before or after the first rename for which the file `path` has no line; of so many one."""
    replace, struck = os.replace, set(path.read_text().splitlines()) if path.exists() else set()

    def strike_once(when, name):
        line = f"{when} " + re.sub(LETTERS, r"\1*", str(name))
        if line not in struck and zlib.crc32(line.encode()) % share == 0:
            struck.add(line)
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
            strike(*more)

    def replaced(source, target):
        strike_once("before", target)
        replace(source, target)
        strike_once("after", target)

    os.replace = replaced


def count_renames(path):
    """Catches nothing: a line in a file for each rename."""
    replace = os.replace

    def counted(*names):
        replace(*names)
        with open(path, "a") as file:
            file.write(f"{names[1]}\n")

    os.replace = counted


def stop_soon(seconds, name):
    """That signal so many seconds after a command began, unless it is at its end by then."""
    work = run.run_command

    def stopped(arguments):
        timer = threading.Timer(seconds, send, (name,))
        timer.start()
        try:
            work(arguments)
        finally:
            timer.cancel()
            timer.join()

    run.run_command = stopped


def without_rights():
    """No trap, but a process that may do no more than its user: root has no rights to files that forbid it, either."""
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()  # the third version of Linux's capset
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def change_environment(name, value):
    """No trap, but another environment."""
    os.environ[name] = value


def nobody_reads():
    """No trap, but a screen that is a closed pipe, as behind `| head`."""
    read, write = os.pipe()
    os.close(read)
    os.dup2(write, 1)
    os.dup2(write, 2)
    open_screen()
