"""What a contest declares for its tab: fields that a person fills, a function that answers, examples that fill the fields.

def tab(learnt, sample):
    def answer(text):
        return [page.paragraph(" ".join(learnt.predict([text])[0]))]

    return Tab({"text": Text("A sentence")}, answer, [{"text": "研究生命的起源"}])
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from common.config import unknown_name
from common.errors import ConfigError, PodiumError
from common.images.pictures import png
from common.report import page

LONGEST_NAME = 200  # bytes of a file's name
MOST_CHARACTERS = 5_000  # of one field of text: what a page can answer while somebody waits


class Given(NamedTuple):
    """A file that a person hands in, or that an example holds."""

    name: str
    content: bytes

    @classmethod
    def of(cls, path):
        """A file on the disk."""
        return cls(path.name, path.read_bytes())


@dataclass(frozen=True)
class Text:
    """A text; the function gets it as it is.

    Attributes:
        label: what stands above it.
        rows: lines that can be seen at once.
    """

    kind = "text"
    label: str
    rows: int = 1

    def value(self, given, folder):
        """What the function gets of what a person gave; `folder` is for files and is gone after the answer.

        Raises:
            ConfigError: it is too long.
        """
        if len(given) > MOST_CHARACTERS:
            raise ConfigError(
                f"{self.label}: {len(given):,} characters; at most {MOST_CHARACTERS:,} are read here, `predict` takes more"
            )
        return given


@dataclass(frozen=True)
class Lines(Text):
    """A text of several lines; the function gets the path of a UTF-8 file that holds it.

    Attributes:
        file: the file's name, which messages use.
        optional: whether it may be empty; the function gets `""` then.
    """

    rows: int = 5
    file: str = "text.txt"
    optional: bool = False

    def value(self, given, folder):
        """See `Text`; also raises where there is nothing."""
        text = super().value(given, folder)
        if text.strip():
            return written(Given(self.file, text.encode("utf-8", "replace")), folder)
        if self.optional:
            return ""
        raise ConfigError(f"{self.label}: there is nothing; write something, or take an example")


@dataclass(frozen=True)
class File:
    """A file; the function gets its path, whose suffix is that of the name it came with.

    Attributes:
        label: what stands above it.
        suffixes: those that the browser offers first.
        optional: whether it may be missing; the function gets `""` then.
    """

    kind = "file"
    label: str
    suffixes: tuple = ()
    optional: bool = False

    def value(self, given, folder):
        """See `Text`.

        Raises:
            ConfigError: there is none.
        """
        if given:
            return written(given, folder)
        if self.optional:
            return ""
        raise ConfigError(f"{self.label}: no file was chosen; choose one, or take an example")


@dataclass(frozen=True)
class Choice:
    """One of some texts; the function gets it.

    Attributes:
        label: what stands above it.
        options: the texts, the default first.
    """

    kind = "choice"
    label: str
    options: tuple

    def value(self, given, folder):
        """See `Text`.

        Raises:
            ConfigError: it is none of them.
        """
        if given and given not in self.options:
            raise ConfigError(f"{self.label}: {unknown_name(given, self.options, 'option')}")
        return given or self.options[0]


@dataclass(frozen=True)
class Tab:
    """A contest's tab.

    Attributes:
        fields: name to `Text`, `Lines`, `File` or `Choice`.
        answer: function of these names. Returns pieces of HTML, as `common.report.page` makes them of tables, pictures and
            texts; raises the same `PodiumError` for a bad input as the contest's `predict`.
        examples: list of dicts of names and what a person would give: a text, or a `Given` for a file.
    """

    fields: dict
    answer: Callable
    examples: list

    def answered(self, given):
        """The answer to what a person gave, pieces of HTML; what the function prints stands below it.

        Args:
            given: name to text or `Given`; what is missing is empty.

        Raises:
            PodiumError: what is wrong with it. Of the files, the message gives the names alone.
        """
        with tempfile.TemporaryDirectory() as folder:
            places = {name: Path(folder) / name for name in self.fields}

            def bare(text):
                for place in places.values():
                    text = text.replace(f"{place}{os.sep}", "")
                return text

            try:
                values = {name: one.value(given.get(name, ""), places[name]) for name, one in self.fields.items()}
                with contextlib.redirect_stdout(io.StringIO()) as told:
                    pieces = self.answer(**values)
            except PodiumError as error:
                raise type(error)(bare(str(error))) from error
            return [*pieces, *(page.paragraph(bare(note), note=True) for note in told.getvalue().splitlines())]


def written(given, folder):
    """The path, text, of a file in a folder; of its name the last part counts, and no more of that than a system allows."""
    last = given.name.replace("\\", "/").split("/")[-1].replace("\0", "").strip(". ")
    name = last.encode("utf-8", "replace")[-LONGEST_NAME:].decode("utf-8", "ignore") or "file"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(given.content)
    return str(path)


def drawing(draw):
    """A piece of HTML with the picture that `draw(path)` writes as a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        draw(path)
        return page.picture(path)


def sliding(images, caption=""):
    """A piece of HTML with pictures of which a slider shows one.

    Args:
        images: bytes `(pictures, height, width)`.
        caption: text below the slider.
    """
    shown = "".join(page.picture(png(image), kind="pixels") for image in images)
    return (
        f'<div class="sliding"><input type="range" min="0" max="{len(images) - 1}" value="{len(images) // 2}" '
        f'aria-label="{page.text(caption)}"><p class="note">{page.text(caption)}</p>{shown}</div>'
    )
