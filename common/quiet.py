"""Keeps TensorFlow's start-up notes off the screen, and nothing else.

Its C++ libraries write to the file descriptor of stderr while they are imported, before any setting of theirs is read: six
lines about the processor and the missing GPU ahead of every answer. So that descriptor is turned aside for the length of the
import. Where the import fails, or ends the process, as it does on a processor that is too old, what was written is shown after
all: a process of its own holds it until then.
"""

import importlib.util
import os
import subprocess
import sys

WELL = b"\0"  # the last thing written where all went well
HOLD = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # a stop by the keyboard is for the process that is watched
notes = sys.stdin.buffer.read()
sys.stderr.buffer.write(b"" if notes.endswith(b"\\0") else notes)
"""


class Finder:
    """Finds TensorFlow as Python does, and has it loaded quietly."""

    def find_spec(self, name, path=None, target=None):
        """The specification of TensorFlow; `None`, so that others find it, for anything else."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)  # once is enough
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: quietly(load, module)
        return spec


def quietly(function, *arguments):
    """Call a function while what C++ writes to stderr is held back; it is shown where the call fails or ends the process."""
    sys.stderr.flush()
    screen = os.dup(2)
    with subprocess.Popen([sys.executable, "-IS", "-c", HOLD], stdin=subprocess.PIPE) as holder:
        try:
            os.dup2(holder.stdin.fileno(), 2)
            result = function(*arguments)
            holder.stdin.write(WELL)
            return result
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def install():
    """Have the first import of TensorFlow in this process be quiet."""
    if "tensorflow" not in sys.modules and not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
