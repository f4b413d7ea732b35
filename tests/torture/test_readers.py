"""Damaged files are read or named: no traceback, no hang, no flood of memory, whatever is wrong with them.

`make torture` damages 10,000 files of each reader, the tests one in each way.
"""

import json
import os
import shutil

import pytest

from tests.torture.commands import FORKS
from tests.torture.damage import DAMAGES
from tests.torture.readers import READERS, finished, of_person, read_damaged

INPUTS = int(os.environ.get("TORTURE", len(DAMAGES)))  # of each reader
NAMED = 10  # faults in one message


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_file_is_read_or_named(reader, tmp_path, record_property):
    progress = tmp_path / "progress"
    READERS[reader][0](tmp_path / "whole")
    progress.touch()
    while (first := len(progress.read_text().splitlines())) < INPUTS:
        process = FORKS.Process(target=read_damaged, args=(reader, tmp_path, range(first, INPUTS)))
        process.start()
        if status := finished(process, progress):  # it hangs where no signal reaches it, or is dead: the next one goes on
            shutil.rmtree(tmp_path / "damaged", ignore_errors=True)
            number = len(progress.read_text().splitlines())
            with open(progress, "a") as file:
                file.write(json.dumps([False, f"input {number}: the process ended with {status}"]) + "\n")
    answers = [json.loads(line) for line in progress.read_text().splitlines()]
    faults, refused = [fault for _, fault in answers if fault], sum(refused for refused, _ in answers)
    record_property("inputs", len(answers))
    record_property("refused", refused)
    assert not faults, f"{len(faults)} of {INPUTS}\n" + "\n".join(faults[:NAMED])
    assert of_person(reader) or refused >= INPUTS // 30, "a pipe is never read"
