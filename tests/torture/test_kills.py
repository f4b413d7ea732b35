"""A contest that is killed and stopped again and again comes to the same end as one that nothing disturbed.

Its `submit` runs from nothing to a submission. `kill -9`, SIGTERM and Ctrl-C strike before and after the names that files
get: every command goes on where the one before was struck. Then they strike at random moments, each followed by the same
command to its end. All that a network has learnt is kept after each epoch, so that trainings are continued, too.

`make torture` does so with all contests, `make test` at some names with one that is cheap and trains no network.
"""

import itertools
import os
import random
import shutil
import signal
import time
import typing

import pytest

from common import paths
from tests.torture.commands import FORK, STATUS, STOPPED, Command, leftovers, results, warm
from tests.torture.readers import part, settings_of
from tests.torture.traps import at_a_new_name, count_renames, send

LONG = "TORTURE" in os.environ
CONTESTS = paths.contests() if LONG else ["power_vocab"]
MOMENTS, NAMES = (3, 46) if LONG else (1, 6)  # random ones; names at which it is struck, about
FEWER = {"baidu_ie": ["model=pointers"], "ppd": ["model=trees,siamese"]}  # of the slowest, one network is enough
SIGNALS = signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT
OF_A_PERSON = ("note.txt", "data/note.txt", "runs/note.txt", "runs/mine/note.txt", "submissions/mine.csv")


def always_kept(trap, *more):
    """A trap, and trainings that are kept after every epoch."""
    from common.training import checkpoint

    checkpoint.EVERY = 0
    if trap:
        trap(*more)


class Campaign:
    """Commands of a contest, compared with one that nothing disturbed.

    Args:
        contest: its name.
        folder: to work in.
    """

    def __init__(self, contest, folder):
        settings = (*settings_of(contest), *FEWER.get(contest, ()))
        self.contest, self.folder = contest, folder
        self.settings = [text for text in settings if not text.startswith("workers=")]  # which `begin` says
        self.has_workers = "workers" in typing.get_type_hints(part(contest, "config").Config)
        started = time.monotonic()
        status, shown = self.begin(folder / "unbroken", count_renames, folder / "renames").finish()
        assert status == 0, shown
        self.share = max(1, 2 * len((folder / "renames").read_text().splitlines()) // NAMES)
        self.lasts, self.unbroken = time.monotonic() - started, results(folder / "unbroken")

    def begin(self, home, *trap, workers=1):
        """The command at work; a person's own files lie there before it."""
        if not home.exists():
            for name in OF_A_PERSON:
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_text(name)
        line = self.contest, "submit", *self.settings, *([f"workers={workers}"] if self.has_workers else ())
        return Command(home, line, contests=paths.contests(), fault=always_kept, settings=trap or (None,), forks=FORK)

    def end_well(self, home, workers=1):
        """The command to its end, which leaves what an unbroken one leaves."""
        status, shown = self.begin(home, workers=workers).finish()
        assert status == 0 and "Traceback" not in shown, shown
        assert results(home) == self.unbroken
        assert leftovers(home) == []
        self.assert_nothing_is_lost(home)
        shutil.rmtree(home)

    def assert_nothing_is_lost(self, home):
        """What has its name is whole, and what a person had is there."""
        found = results(home)
        assert found == {place: self.unbroken[place] for place in found}
        assert [name for name in OF_A_PERSON if (home / name).read_text() != name] == []

    def stopped(self, home, command, name):
        """See how a command ends that may have been sent a signal; gives whether it was broken off."""
        status, shown = command.finish()
        assert status in (0, STATUS[name]) and "Traceback" not in shown, f"status {status}\n{shown}"
        if status and name != signal.SIGKILL:
            assert shown.endswith(STOPPED), shown
            assert leftovers(home) == []
        self.assert_nothing_is_lost(home)
        return status != 0

    def at_names(self):
        """Strike before and after new names; gives how often."""
        home, names = self.folder / "names", self.folder / "struck"
        signals = itertools.cycle(SIGNALS)
        while self.stopped(home, self.begin(home, at_a_new_name, names, self.share, send, name := next(signals)), name):
            pass
        self.end_well(home)
        return len(names.read_text().splitlines())

    def at_moments(self):
        """Strike at random moments until so many commands were broken off; gives how many."""
        generator, names, struck = random.Random(self.contest), itertools.cycle(SIGNALS), 0
        for number in range(10 * MOMENTS):  # some come after the end
            home, name = self.folder / f"moment{number}", next(names)
            command = self.begin(home)
            command.strike(generator.uniform(0, 0.9 * self.lasts), name)
            struck += self.stopped(home, command, name)
            self.end_well(home)
            if struck == MOMENTS:
                return struck
        raise AssertionError(f"only {struck} of {10 * MOMENTS} commands were broken off")


def campaign(contest, folder):
    """All of a contest's; gives how many there were of each."""
    work = Campaign(contest, folder)
    counted = {"struck at names": work.at_names(), "at random moments": work.at_moments()}
    if work.has_workers:
        work.end_well(folder / "workers", workers=2)
        counted["with other workers"] = 1
    return counted


@pytest.mark.parametrize("contest", CONTESTS)
def test_whoever_is_struck_again_and_again_comes_to_the_same_end(contest, tmp_path, record_property):
    for what, count in warm(contest, campaign, tmp_path).items():
        record_property(what, count)
