"""Word of a training, epoch by epoch, to whoever listens: who trains and who searches settings need not know each other."""

import contextlib

_LISTENERS = []


class BrokenOff(Exception):
    """What a listener raises to end a training that is not worth going on."""


@contextlib.contextmanager
def listening(listener):
    """Have `listener(epoch, score)` called after every epoch of what is trained inside the block; epochs count from 1."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


def tell(epoch, score):
    """Tell all listeners.

    Raises:
        BrokenOff: one of them has seen enough.
    """
    for listener in _LISTENERS:
        listener(epoch, score)
