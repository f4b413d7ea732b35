"""Many answers from one process: memory stays flat, no file stays open, and each answer is as if it had been asked alone.

`make torture` asks for 10,000 predictions and 1,000 answers of the page, the tests for a few hundred predictions.
"""

import contextlib
import os

import numpy as np
import pytest

from common import experiment, paths, run
from tests.torture.readers import settings_of, trained

LONG = "TORTURE" in os.environ
PREDICTIONS, REQUESTS = (10_000, 1_000) if LONG else (200, 0)
COMMAND = 20  # of so many predictions one is a whole command, which loads what was learnt
GROWTH = 8 << 20  # bytes that the second half may take more than the first


def taken():
    """Bytes of memory in use, and open files."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))


def assert_flat(work, count):
    """Call `work(number)` so many times, and see what it leaves behind."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for number in range(count):
            work(number)
            if number == count // 2:
                memory, files = taken()
    later, open_files = taken()
    print(f"{count}: {later - memory:+,} bytes in the second half, {open_files - files:+} files")
    assert later - memory < GROWTH
    assert open_files <= files + 1  # the null device


def test_predictions_leave_nothing_behind(tmp_path, monkeypatch):
    trained(tmp_path / "home")
    monkeypatch.setattr(paths, "contests", lambda: ["toy"])
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path / "home"))
    points = np.random.default_rng(0).uniform(-1, 1, (PREDICTIONS, 2)).round(3)
    learnt, singly = experiment.newest("toy"), []
    together = learnt.predict(points)

    def ask(number):
        singly.append(learnt.predict(points[number : number + 1]))
        if number % COMMAND == 0:
            run.run_command(["toy", "predict", "input={},{}".format(*points[number])])

    assert_flat(ask, PREDICTIONS)
    np.testing.assert_allclose(np.concatenate(singly), together, rtol=1e-6)


@pytest.mark.skipif(not LONG, reason="of make torture")
def test_the_page_leaves_nothing_behind():
    from common.demo import server

    run.run_stage("web_text", "ensemble", settings_of("web_text"))
    client = server.page_of(server.finished()).test_client()
    answers = []

    def ask(number):
        shown = client.post("/web_text", data={"example": "1"}, headers={"Host": "localhost"})
        assert shown.status_code == 200
        answers.append(hash(shown.text))

    assert_flat(ask, REQUESTS)
    assert len(set(answers)) == 1
