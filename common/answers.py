"""What `predict` reads from a pipe and writes into one: `input=-`, `output=FILE`, `quiet=true`.

    cat photo.png | make predict COMP=fashion_mnist input=- quiet=true | jq .label

A contest's `predict.main` prints for a person and returns a list of dicts, one for each record; the rest happens here.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import sys
from pathlib import Path

from common import paths
from common.config import parse
from common.errors import ConfigError, DataError

OWN = {"output": "", "quiet": "false"}  # inputs of every `predict` beside its own, unless it has one of that name
FORMATS = ("csv", "jsonl")
BEGINNINGS = {  # of files whose readers go by the suffix
    b"PK\x03\x04": ".zip",
    b"\x1f\x8b": ".gz",
    b"SIMPLE  =": ".fits",
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
}


class Output:
    """Where the answers of one call go.

    Attributes:
        quiet: whether nothing is printed but the answers, and errors.
        format: one of `FORMATS`; `None` where only a person reads.
        path: of the file to write; `None` for the screen.
    """

    def __init__(self, output="", quiet="false"):
        """Read the texts of `output=` and `quiet=`.

        Raises:
            ConfigError: `output` names neither a format nor a file that ends in one, or `quiet` is not true or false.
        """
        self.format, self.path = None, None
        if output in FORMATS:
            self.format = output
        elif output:
            self.path = Path(output).expanduser()
            self.format = self.path.suffix.lower().removeprefix(".")
            if self.format not in FORMATS:
                raise ConfigError(f"output={output}: expected a file that ends in .csv or .jsonl, or csv or jsonl alone")
        on_screen = bool(self.format) and not self.path
        self.quiet = parse("quiet", quiet, bool) or on_screen
        if self.quiet and not self.format:
            self.format = "jsonl"

    def hush(self):
        """A block in which nothing reaches the screen where nothing but answers should."""
        return contextlib.redirect_stdout(io.StringIO()) if self.quiet else contextlib.nullcontext()

    def write(self, contest, answers):
        """Write what the contest's `predict` returned.

        Raises:
            ConfigError: it returned nothing that a file could hold.
        """
        if not self.format:
            return
        if answers is None:
            raise ConfigError(f"predict of {contest} answers on the screen alone: leave output= and quiet= out")
        text = {"csv": as_csv, "jsonl": as_json_lines}[self.format](answers)
        if self.path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
            return
        with paths.atomic(self.path) as temporary:
            temporary.write_bytes(text.encode("utf-8", "replace"))
        if not self.quiet:
            print(f"Wrote {self.path} ({len(answers)} records)")


def as_json_lines(answers):
    """A JSON object a line; letters stay as they are."""
    return "".join(json.dumps(answer, ensure_ascii=False, default=plain) + "\n" for answer in answers)


def as_csv(answers):
    """A header and a line for each; what is no number or text is written as JSON. Without records there is no header."""
    names = list(dict.fromkeys(name for answer in answers for name in answer))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, lineterminator="\n")
    if names:
        writer.writeheader()
    for answer in answers:
        writer.writerow({name: cell(value) for name, value in answer.items()})
    return file.getvalue()


def cell(value):
    """A value as it stands in a CSV."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return json.dumps(value, ensure_ascii=False, default=plain) if isinstance(value, list | tuple | dict) else value


def plain(value):
    """NumPy's numbers and arrays, and paths, as JSON has them."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def standard_input(contest):
    """Path of a file with what stands on standard input, its suffix as its first bytes say; the same content, the same file.

    Raises:
        DataError: there is nothing.
    """
    content = sys.stdin.buffer.read()
    if not content:
        raise DataError("input=-: there is nothing on standard input")
    suffix = next((suffix for begins, suffix in BEGINNINGS.items() if content.startswith(begins)), ".txt")
    path = paths.cache(contest) / "given" / f"standard-input-{hashlib.sha256(content).hexdigest()[:8]}{suffix}"
    with paths.atomic(path) as temporary:
        temporary.write_bytes(content)
    return str(path)


def abandon_screen():
    """Whoever read what is printed has gone, as `head` does: let Python close the screen without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
