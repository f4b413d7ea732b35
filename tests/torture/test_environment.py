"""Two `make` at once where there is no `.venv`: one makes it, the other waits."""

import subprocess
import sys
import time
from types import SimpleNamespace

from common import environment
from tests.torture.commands import FORKS


def build(root, status):
    """`make` as far as its `.venv`, where a line tells when each program begins and ends, which takes a moment."""

    def program(command, **_):
        with open(root / "told", "a") as file:
            for word in ("begins", "ends"):
                file.write(f"{word} {command[1:3]}\n")
                file.flush()
                time.sleep(0.1)
        return SimpleNamespace(returncode=status)

    environment.ROOT, subprocess.run = root, program
    sys.exit(environment.build())


def test_of_two_at_once_one_makes_it(tmp_path):
    (tmp_path / "requirements.lock").touch()
    for status in (1, 0, 0):
        both = [FORKS.Process(target=build, args=(tmp_path, status)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
            assert one.exitcode == status
        told = (tmp_path / "told").read_text().splitlines()
        assert [line.split()[0] for line in told] == ["begins", "ends"] * (len(told) // 2), "one after the other"
        assert len(told) == (4 if status else 10), "what failed is made again, what was made is not"
        assert (tmp_path / ".venv" / "installed").exists() == (status == 0)
