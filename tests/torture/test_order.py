"""The same files listed in another order are the same data: what is said, fingerprints, and every byte that is kept of them."""

import os
import shutil

import pytest

from common import paths
from tests.torture.readers import read_data, write_sample

LISTED, SCANNED = os.listdir, os.scandir


class Scanned:
    """What `os.scandir` gives, in an order of its own."""

    def __init__(self, entries):
        self.entries = iter(entries)

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    close = __exit__


def in_order(backwards):
    """`os.listdir` and `os.scandir` that list by name, or from the last name on."""

    def listed(*place):
        return sorted(LISTED(*place), reverse=backwards)

    def scanned(*place):
        with SCANNED(*place) as entries:
            return Scanned(sorted(entries, key=lambda entry: entry.name, reverse=backwards))

    return listed, scanned


def kept(home):
    """Bytes of the files in a home's cache, by place."""
    found = {path.relative_to(home).as_posix(): path for path in sorted(home.rglob("*")) if path.is_file()}
    return {place: path.read_bytes() for place, path in found.items() if place != paths.WRITTEN}


@pytest.mark.parametrize("contest", paths.contests())
def test_files_in_another_order_are_the_same_data(contest, tmp_path, own_home, capsys, monkeypatch):
    write_sample(contest, tmp_path / "data")
    capsys.readouterr()
    answers = []
    for backwards in (False, True):
        listed, scanned = in_order(backwards)
        with monkeypatch.context() as patch:
            patch.setattr(os, "listdir", listed)
            patch.setattr(os, "scandir", scanned)
            read_data(contest)(tmp_path / "data")
        answers.append((capsys.readouterr().out, kept(own_home)))
        shutil.rmtree(own_home, ignore_errors=True)
    assert answers[0] == answers[1]
