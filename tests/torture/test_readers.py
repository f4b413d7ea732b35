"""Damaged files of every contest are read or named: no traceback, no hang, whatever is wrong with them.

`make torture` damages 500 files of each contest, the tests one in each way.
"""

import contextlib
import importlib
import os
import shutil
import signal

import numpy as np
import pytest

from common import paths, run
from common.config import override
from tests.torture.damage import DAMAGES

INPUTS = int(os.environ.get("TORTURE", len(DAMAGES)))  # of each contest
SECONDS = 20  # in which an input must be answered


@contextlib.contextmanager
def within(seconds):
    """Stop what takes longer; no `Exception`, which a reader might take for its own."""

    def stop(*_):
        raise KeyboardInterrupt(f"not answered within {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def answer(contest, settings, folder):
    """What the stage `data` says of a folder: the message of its error, or nothing where it is read."""
    plan = [text for text in settings.SMOKE if not text.startswith("data=")]
    try:
        with within(SECONDS):
            config = run.locate_data(contest, "data", settings.Config, [f"data={folder}", *plan])
            importlib.import_module(f"competitions.{contest}.data").main(config)
    except Exception as error:
        message = run.said(error)
        if message is None:
            raise
        return message
    return ""


@pytest.mark.parametrize("contest", paths.contests())
def test_a_damaged_file_is_read_or_named(contest, tmp_path, capsys):
    settings = importlib.import_module(f"competitions.{contest}.config")
    whole, folder = tmp_path / "whole", tmp_path / "damaged"
    size = override(settings.Config, settings.SMOKE).sample_size
    importlib.import_module(f"competitions.{contest}.sample").write(whole, size, run.SAMPLE_SEED)
    assert answer(contest, settings, whole) == ""
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    generator, refused = np.random.default_rng(sum(map(ord, contest))), 0
    for number in range(INPUTS):
        shutil.copytree(whole, folder)
        way, file = list(DAMAGES)[number % len(DAMAGES)], files[generator.integers(len(files))]
        DAMAGES[way](folder / file, generator)
        try:
            refused += bool(answer(contest, settings, folder))
        except BaseException as error:
            error.add_note(f"{contest}: {file}, {way}, input {number}")
            raise
        shutil.rmtree(folder)
    assert refused >= INPUTS // len(DAMAGES), "a pipe is never read"
