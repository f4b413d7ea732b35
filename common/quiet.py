"""Keeps TensorFlow's start-up notes off the screen, and nothing else.

Its C++ libraries write to the file descriptor of stderr while they are imported, before any setting of theirs is read: six
lines about the processor and the missing GPU ahead of every answer. So that descriptor is turned aside for the length of the
import. Where the import fails, what was written is shown after all.
"""

import importlib.util
import os
import sys
import tempfile


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
    """Call a function while what C++ writes to stderr goes into a file, which is shown where the call fails."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as notes:
        screen = os.dup(2)
        try:
            os.dup2(notes.fileno(), 2)
            return function(*arguments)
        except BaseException:
            notes.seek(0)
            os.write(screen, notes.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)


def install():
    """Have the first import of TensorFlow in this process be quiet."""
    if "tensorflow" not in sys.modules and not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
