"""Trainings of networks that go on from what lay on the disk after an epoch, as after `kill -9`, in the same process."""

import contextlib

import pytest

from common.training import checkpoint


def _key(path):
    """The model and the file, whatever hash its run has."""
    return path.parents[1].name.rpartition("-")[0], path.name


@contextlib.contextmanager
def kept_on_the_way(kept):
    """Add a state of each training that runs meanwhile to `{(model, name of the file): content}`.

    It is that after the first epoch; where no epoch is chosen, so that the last one counts, that ahead of the last.
    """
    write, latest = checkpoint.write, {}

    def write_and_keep(path, state):
        write(path, state)
        if "epochs" in state:  # else it is what the end leaves
            content, before = path.read_bytes(), latest.get(path)
            latest[path] = content
            if before is None or "best" not in state:
                kept[_key(path)] = before or content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "EVERY", 0)
        patch.setattr(checkpoint, "write", write_and_keep)
        yield


@contextlib.contextmanager
def killed_on_the_way(kept):
    """Trainings that find there what others had kept; gives the models that went on, a set."""
    read, gone_on = checkpoint.read, set()

    def read_what_was_kept(path):
        if path and _key(path) in kept:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(kept[_key(path)])
            gone_on.add(_key(path)[0])
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "read", read_what_was_kept)
        yield gone_on
